use std::io::Write;
use std::process::{Command, Stdio};

use crate::fixture::{batchtasks, run};

#[test]
fn every_shell_gets_completions_of_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(["completions", shell]).complete();
        for word in ["simulate", "prefetch", "created-after", "page-cap"] {
            assert!(script.contains(word), "{shell} {word}");
        }
    }
    assert_eq!(run(["completions", "tcsh"]).code, Some(2));
}

#[test]
fn bash_reads_its_completions() {
    if Command::new("bash").arg("--version").stdout(Stdio::null()).status().is_err() {
        std::io::stderr().write_all(b"SKIPPED: bash is not here, so its completions were not checked\n").unwrap();
        return;
    }
    let script = run(["completions", "bash"]).complete();
    let asked = r#"COMP_WORDS=(batchtasks list --cre); COMP_CWORD=2; _batchtasks batchtasks --cre list; echo "${COMPREPLY[@]}""#;
    // Longer than an argument may be.
    let mut command = Command::new("bash");
    let mut bash = command.arg("--norc").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(format!("{script}\n{asked}\n").as_bytes()).unwrap();
    let output = bash.wait_with_output().unwrap();
    let proposed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(proposed.split_whitespace().collect::<Vec<_>>(), ["--created-after", "--created-before"]);
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let all = run(["man"]).complete();
    assert!(all.starts_with(".ie") && all.contains("batchtasks\\-list(1)"), "{all}");
    let list = run(["man", "list"]).complete();
    assert!(list.contains(".TH batchtasks-list 1") && list.contains("HW_AUTH_TOKEN"), "{list}");
    // The examples are not filled up to paragraphs.
    assert!(list.contains("EXAMPLES AND NOTES\"\n.nf\n") && list.contains("RFC 4180"), "{list}");
    let unknown = batchtasks(["man", "fly"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("no command fly"));
}
