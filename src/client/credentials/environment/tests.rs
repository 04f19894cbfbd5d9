//! The process's own environment is neither read nor changed here.

use super::*;

const HOME_FILE: &str = "/home/someone/.huaweicloud/credentials";

/// Looks in `variables` and in `files`, each a list of names with their contents.
fn found(variables: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Credentials, ArgumentError> {
    let of = |list: &[(&str, &str)], wanted: &str| {
        list.iter().find(|(name, _)| *name == wanted).map(|(_, content)| (*content).to_owned())
    };
    find(&Surroundings {
        variable: &|name| of(variables, name),
        home: Some("/home/someone".into()),
        read: &|path| match of(files, path.to_str().unwrap()) {
            Some(text) if text == "unreadable" => Err(io::ErrorKind::PermissionDenied.into()),
            Some(text) => Ok(text),
            None => Err(io::ErrorKind::NotFound.into()),
        },
    })
}

fn proof(credentials: &Credentials) -> &Proof {
    match &credentials.0.kind {
        Kind::Fixed(proof) => proof,
        Kind::Fetched(..) => panic!("nothing is fetched here"),
    }
}

fn keys_of(access_key: &str, secret_key: &str, security_token: Option<&str>) -> Proof {
    let security_token = security_token.map(Into::into);
    Proof::Keys(Keys { security_token, ..Keys::new(access_key, secret_key) })
}

#[test]
fn the_places_are_looked_at_in_their_order() {
    let variables = [
        ("HUAWEICLOUD_SDK_AK", "sdk-ak"),
        ("HUAWEICLOUD_SDK_SK", "sdk-sk"),
        ("HW_AUTH_TOKEN", "hw-token"),
        ("HW_ACCESS_KEY", "hw-ak"),
        ("HW_SECRET_KEY", "hw-sk"),
    ];
    let file = [(HOME_FILE, "[basic]\nak = file-ak\nsk = file-sk\n")];
    let from = |skipped: usize| proof(&found(&variables[skipped..], &file).unwrap()).clone();
    assert_eq!(from(0), keys_of("sdk-ak", "sdk-sk", None));
    assert_eq!(from(2), Proof::Token("hw-token".into()));
    assert_eq!(from(3), keys_of("hw-ak", "hw-sk", None));
    assert_eq!(from(5), keys_of("file-ak", "file-sk", None));
}

#[test]
fn temporary_keys_come_with_the_security_token_of_their_own_place() {
    let sdk = [
        ("HUAWEICLOUD_SDK_AK", "ak"),
        ("HUAWEICLOUD_SDK_SK", "sk"),
        ("HW_SECURITY_TOKEN", "not this"),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "session"),
    ];
    assert_eq!(proof(&found(&sdk, &[]).unwrap()), &keys_of("ak", "sk", Some("session")));
    assert_eq!(proof(&found(&sdk[..3], &[]).unwrap()), &keys_of("ak", "sk", None));
    let terraform = [("HW_ACCESS_KEY", "ak"), ("HW_SECRET_KEY", "sk"), ("HW_SECURITY_TOKEN", "session")];
    assert_eq!(proof(&found(&terraform, &[]).unwrap()), &keys_of("ak", "sk", Some("session")));
}

#[test]
fn project_and_region_come_along() {
    let variables = [
        ("HUAWEICLOUD_SDK_AK", "ak"),
        ("HUAWEICLOUD_SDK_SK", "sk"),
        ("HW_REGION_NAME", " cn-north-4 "),
        ("HW_PROJECT_ID", "b"),
        ("HUAWEICLOUD_SDK_PROJECT_ID", "a"),
    ];
    let of = |credentials: &Credentials| {
        (credentials.project_id().map(str::to_owned), credentials.region().map(str::to_owned))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(of(&found(&variables, &[]).unwrap()), (some("a"), some("cn-north-4")));
    assert_eq!(of(&found(&variables[..4], &[]).unwrap()), (some("b"), some("cn-north-4")), "another tool's will do");
    let file = [(HOME_FILE, "[basic]\nak = ak\nsk = sk\nproject_id = c\n")];
    assert_eq!(
        of(&found(&variables[2..], &file).unwrap()),
        (some("c"), some("cn-north-4")),
        "the file's own comes first"
    );
    assert_eq!(of(&found(&[], &file).unwrap()), (some("c"), None));
}

#[test]
fn half_a_pair_is_told_by_the_name_that_is_missing() {
    for (variables, missing, because) in [
        ([("HUAWEICLOUD_SDK_AK", "geheim"), ("HW_AUTH_TOKEN", "t")], "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_AK"),
        ([("HUAWEICLOUD_SDK_SK", "geheim"), ("HUAWEICLOUD_SDK_AK", " ")], "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"),
        ([("HW_ACCESS_KEY", "geheim"), ("HW_PROJECT_ID", "a")], "HW_SECRET_KEY", "HW_ACCESS_KEY"),
        ([("HW_SECRET_KEY", "geheim"), ("HW_PROJECT_ID", "a")], "HW_ACCESS_KEY", "HW_SECRET_KEY"),
    ] {
        let error = found(&variables, &[]).unwrap_err();
        let expected = format!("{missing} \"\" is not allowed: it must be set, because {because} is");
        assert_eq!(error.to_string(), expected);
    }
    let error = found(&[], &[(HOME_FILE, "[basic]\nak = geheim\n")]).unwrap_err().to_string();
    assert_eq!(error, format!("sk \"\" is not allowed: it must be set under [basic] in {HOME_FILE}, because ak is"));
}

#[test]
fn where_nothing_is_every_place_is_named() {
    let error = found(&[("HUAWEICLOUD_SDK_AK", "")], &[]).unwrap_err();
    for place in [
        "HUAWEICLOUD_SDK_AK",
        "HUAWEICLOUD_SDK_SK",
        "HW_AUTH_TOKEN",
        "HW_ACCESS_KEY",
        "HW_SECRET_KEY",
        "/home/someone/.huaweicloud/credentials, which does not exist",
    ] {
        assert!(error.rule.contains(place), "{error}");
    }
    let error = found(&[], &[(HOME_FILE, "[global]\nak = a\nsk = s\n")]).unwrap_err();
    assert!(error.rule.contains("has no ak and sk under [basic]"), "{error}");
    let homeless = Surroundings { variable: &|_| None, home: None, read: &|_| Ok(String::new()) };
    assert!(find(&homeless).unwrap_err().rule.contains("no home directory"));
}

#[test]
fn a_file_that_is_named_or_there_must_be_readable() {
    let named = [("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "/etc/keys")];
    let credentials = found(&named, &[("/etc/keys", "[basic]\nak=ak\nsk=sk")]).unwrap();
    assert_eq!(proof(&credentials), &keys_of("ak", "sk", None));
    let error = found(&named, &[(HOME_FILE, "[basic]\nak=ak\nsk=sk")]).unwrap_err();
    assert_eq!((error.name, error.value.as_str()), ("credentials file", "/etc/keys"));
    let error = found(&[], &[(HOME_FILE, "unreadable")]).unwrap_err();
    assert_eq!((error.name, error.value.as_str()), ("credentials file", HOME_FILE));
    assert!(error.rule.contains("permission denied"), "{error}");
}

#[test]
fn a_profile_is_read_with_its_sections_comments_and_signs_in_values() {
    let text = "\u{feff}ak = before any section\r\n[global]\r\nak = global\r\n\r\n [ basic ] \r\n# ak = comment\r\n; sk = comment\r\n\
                ak=  first \r\nak = second\r\nSK = other case\r\nsk = a=b#c;d==\r\nempty =\r\nno value\r\n[other]\r\nak = other\r\n";
    assert_eq!(value_in_basic(text, "ak"), Some("second"));
    assert_eq!(value_in_basic(text, "sk"), Some("a=b#c;d=="));
    assert_eq!(value_in_basic(text, "empty"), None);
    assert_eq!(value_in_basic(text, "no value"), None);
}
