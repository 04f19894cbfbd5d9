//! What is written where: links, modes, names that collide, and what is no file.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::export::fixture::{Export, Folder, failing};
use crate::fixture::{Ended, run, service};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A simulated export to `out`, with `more` options.
fn simulated(out: &Path, more: &[&str]) -> Ended {
    let out = out.to_str().unwrap();
    run(["export", "--simulate", "150", "--type", "softwareUpgrade", "--out", out]
        .into_iter()
        .chain(more.iter().copied()))
}

#[test]
fn a_link_stays_a_link_and_its_file_is_replaced() {
    for format in ["csv", "ndjson", "parquet"] {
        if format == "parquet" && !cfg!(feature = "parquet") {
            continue;
        }
        let folder = Folder::new();
        let elsewhere = Folder::new();
        let target = elsewhere.path("tasks");
        fs::write(&target, "old").unwrap();
        let (link, second) = (folder.path("link"), folder.path("second"));
        symlink(&target, &second).unwrap();
        // Relative, and through another one.
        symlink("second", &link).unwrap();
        assert_eq!(simulated(&link, &["--format", format]).complete(), "");
        assert!(link.is_symlink() && second.is_symlink());
        assert_ne!(fs::read(&target).unwrap(), b"old");
        assert!(fs::read(&target).unwrap().len() > 1000);
        assert_eq!((folder.names().len(), elsewhere.names()), (2, vec!["tasks".to_owned()]));
    }
}

#[test]
fn a_dangling_link_gets_the_file_that_it_leads_to() {
    let folder = Folder::new();
    let link = folder.path("link.csv");
    symlink("new.csv", &link).unwrap();
    simulated(&link, &[]).complete();
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(folder.path("new.csv")).unwrap().lines().count(), 151);
    assert_eq!(folder.names(), ["link.csv", "new.csv"]);
}

#[test]
fn the_processs_own_stdout_is_no_name_of_a_file() {
    let folder = Folder::new();
    let link = folder.path("link.csv");
    symlink("/dev/stdout", &link).unwrap();
    for out in ["/dev/stdout", "/proc/self/fd/1", link.to_str().unwrap()] {
        let stdout = fs::File::create(folder.path("stdout")).unwrap();
        let mut command = crate::fixture::batchtasks(["export", "--simulate", "50", "--format", "csv", "--out", out]);
        let ended: Ended = command.stdout(stdout).output().unwrap().into();
        assert_eq!(ended.code, Some(2), "{out}: {}", ended.stderr);
        assert!(ended.stderr.contains("--out"), "{}", ended.stderr);
    }
    assert_eq!(folder.names(), ["link.csv", "stdout"]);
}

#[test]
fn a_link_that_leads_to_itself_a_folder_and_a_device_are_refused() {
    let folder = Folder::new();
    let circle = folder.path("circle.csv");
    symlink("circle.csv", &circle).unwrap();
    for out in [circle.as_path(), folder.path(".").as_path(), Path::new("/dev/null")] {
        let ended = simulated(out, &["--format", "csv"]);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("--out"), "{}", ended.stderr);
    }
    assert_eq!(folder.names(), ["circle.csv"]);
}

#[test]
fn a_file_that_is_mounted_by_itself_is_refused_before_anything_is_sent() {
    let folder = Folder::new();
    let (out, source) = (folder.path("mounted tasks.csv"), folder.path("source"));
    fs::write(&out, "").unwrap();
    fs::write(&source, "old").unwrap();
    let mount = r#"mount --bind "$1" "$2" || exit 99; exec "$3" export --simulate 150 --out "$2""#;
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", mount, "sh"]).args([&source, &out]).arg(env!("CARGO_BIN_EXE_batchtasks"));
    let Ok(output) = command.output() else { return eprintln!("skipped: there is no unshare here") };
    let ended = Ended::from(output);
    if ended.code != Some(2) && !ended.stderr.contains("error: ") {
        return eprintln!("skipped: nothing can be mounted here: {}", ended.stderr);
    }
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("mounted") && ended.stderr.contains("--out"), "{}", ended.stderr);
    assert_eq!(fs::read(&source).unwrap(), b"old");
    assert_eq!(folder.names(), ["mounted tasks.csv", "source"]);
}

#[test]
fn names_that_lead_to_the_same_file_are_refused() {
    let folder = Folder::new();
    fs::create_dir(folder.path("sub")).unwrap();
    symlink("../x", folder.path("sub/link")).unwrap();
    let path = |name: &str| folder.path(name).to_str().unwrap().to_owned();
    for (out, checkpoint) in [
        ("x.lock", "x"),
        ("x", "x.part"),
        ("x", "sub/../x.part"),
        ("x", "x.lock"),
        ("x", "sub/../x"),
        ("x", "sub/link"),
        ("x.lock.lock", "x.lock"),
        ("x.new", "x"),
    ] {
        let ended = simulated(&folder.path(out), &["--format", "csv", "--checkpoint", &path(checkpoint)]);
        assert_eq!(ended.code, Some(2), "{out} {checkpoint}: {}", ended.stderr);
        assert!(ended.stderr.contains("--checkpoint") && ended.stderr.contains("needed for"), "{}", ended.stderr);
    }
    assert_eq!(folder.names(), ["sub"]);
}

#[cfg(feature = "parquet")]
#[test]
fn the_temporary_name_of_a_parquet_file_is_no_checkpoint() {
    let folder = Folder::new();
    let (out, checkpoint) = (folder.path("c"), folder.path("c.new"));
    for (out, checkpoint) in [(&out, &checkpoint), (&checkpoint, &out)] {
        let ended = simulated(out, &["--format", "parquet", "--checkpoint", checkpoint.to_str().unwrap()]);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    }
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn planted_links_are_not_followed() {
    let service = service(300, |builder| builder);
    for (planted, is_removed) in
        [("lock", false), ("checkpoint.lock", false), ("part", false), ("checkpoint.new", true)]
    {
        let export = Export::new(&service, "tasks.csv", &[]);
        let victim = export.folder.path("victim");
        fs::write(&victim, "precious").unwrap();
        let link = export.folder.path(&format!("tasks.csv.{planted}"));
        symlink(&victim, &link).unwrap();
        let ended = export.run(&[]);
        assert_eq!(fs::read(&victim).unwrap(), b"precious", "{planted}");
        if is_removed {
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        } else {
            assert!(matches!(ended.code, Some(1 | 2)), "{planted}");
            assert!(link.is_symlink() && ended.stderr.contains(planted), "{planted}: {}", ended.stderr);
        }
    }
    // Those that an earlier run could have left are thrown away on request.
    let export = Export::new(&service, "tasks.csv", &[]);
    let victim = export.folder.path("victim");
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, export.part()).unwrap();
    symlink(&victim, export.checkpoint()).unwrap();
    assert_eq!(export.run(&["--restart"]).code, Some(0));
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert_eq!(export.folder.names(), ["tasks.csv", "victim"]);
}

#[test]
fn a_private_file_stays_private_and_so_is_what_is_written_for_it() {
    let (service, heal) = failing(1000);
    let export = Export::new(&service, "tasks.csv", &[]);
    fs::write(export.file(), "old").unwrap();
    set_mode(&export.file(), 0o600);
    assert_eq!(export.run(&[]).code, Some(1));
    assert_eq!((mode(&export.part()), mode(&export.checkpoint())), (0o600, 0o600));
    heal();
    export.assert_continues_to(export.listed("csv").as_bytes());
    assert_eq!(mode(&export.file()), 0o600);
}

#[test]
fn a_replaced_file_keeps_its_mode_and_owner() {
    for (name, old) in [("tasks.csv", 0o640), ("tasks.ndjson", 0o444), ("tasks.parquet", 0o606)] {
        if name.ends_with("parquet") && !cfg!(feature = "parquet") {
            continue;
        }
        let folder = Folder::new();
        let out = folder.path(name);
        fs::write(&out, "old").unwrap();
        // Only root can give it away.
        let is_root = std::os::unix::fs::chown(&out, Some(4321), Some(4322)).is_ok();
        set_mode(&out, old);
        simulated(&out, &[]).complete();
        let new = fs::metadata(&out).unwrap();
        assert!(new.len() > 1000);
        assert_eq!(new.permissions().mode() & 0o777, old, "{name}");
        assert!(!is_root || (new.uid(), new.gid()) == (4321, 4322), "{name}");
    }
}

#[test]
fn a_new_file_is_as_the_umask_has_it() {
    let folder = Folder::new();
    for (umask, expected) in [("022", 0o644), ("077", 0o600)] {
        let out = folder.path(&format!("{umask}.csv"));
        let script = format!("umask {umask}; exec \"$0\" export --simulate 50 --out \"$1\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_batchtasks")]).arg(&out);
        assert_eq!(command.output().unwrap().status.code(), Some(0));
        assert_eq!(mode(&out), expected);
    }
}

#[test]
fn a_missing_folder_is_named_and_nothing_is_sent_whatever_is_written() {
    let service = service(10, |builder| builder);
    let folder = Folder::new();
    let out = folder.path("no folder/tasks.csv");
    let out = out.to_str().unwrap();
    let missing = folder.path("no folder");
    for (command, options) in [
        ("export", &["--out", out][..]),
        ("export", &["--out", folder.path("tasks.csv").to_str().unwrap(), "--checkpoint", out]),
        ("summary", &["--html", out]),
    ] {
        let ended: Ended = service.reading(command, options).output().unwrap().into();
        assert_eq!(ended.code, Some(2), "{options:?}: {}", ended.stderr);
        let words = format!("there is no folder {}", missing.display());
        assert!(ended.stderr.contains(&words) && !ended.stderr.contains(".lock"), "{}", ended.stderr);
    }
    assert_eq!((service.simulator.request_count(), folder.names()), (0, vec![]));
}

#[test]
fn csv_ends_its_lines_as_requested_and_a_resumed_one_ends_them_alike() {
    let (service, heal) = failing(1000);
    let export = Export::new(&service, "tasks.csv", &["--crlf", "--bom"]);
    assert_eq!(export.run(&[]).code, Some(1));
    let other = Export::new(&service, "other.csv", &[]);
    heal();
    let expected = export.listed("csv");
    assert!(!expected.contains('\r'));
    other.assert_continues_to(expected.as_bytes());
    export.assert_continues_to(format!("\u{feff}{}", expected.replace('\n', "\r\n")).as_bytes());
}

#[test]
fn an_unfinished_csv_of_other_line_ends_is_not_continued() {
    let (service, heal) = failing(1000);
    let export = Export::new(&service, "tasks.csv", &[]);
    assert_eq!(export.run(&[]).code, Some(1));
    heal();
    let ended = export.run(&["--crlf"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("--crlf"), "{}", ended.stderr);
}

#[test]
fn an_export_of_several_statuses_continues_where_it_was_stopped() {
    let (service, heal) = failing(1000);
    let selected = ["--status", "success,fail", "--max-items", "321"];
    let export = Export::new(&service, "tasks.ndjson", &selected);
    assert_eq!(export.run(&[]).code, Some(1));
    heal();
    let refused = export.run(&["--name", "x*"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--name was not given and is \"x*\""), "{}", refused.stderr);
    let listed =
        service.list(&[&["--type", "softwareUpgrade", "--format", "ndjson"][..], &selected].concat()).complete();
    assert_eq!(listed.lines().count(), 321);
    export.assert_continues_to(listed.as_bytes());
}
