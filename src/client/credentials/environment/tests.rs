//! The process's own environment is neither read nor changed here.

use super::*;
use crate::client::credentials::Kind;
use crate::client::credentials::secret::{AuthMaterial, Keys};

const HOME_FILE: &str = "/home/someone/.huaweicloud/credentials";

/// Looks in `variables` and in `files`, each a list of names with their contents.
fn found(variables: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Credentials, ArgumentError> {
    let of = |list: &[(&str, &str)], wanted: &str| {
        list.iter().find(|(name, _)| *name == wanted).map(|(_, content)| (*content).to_owned())
    };
    Environment {
        variable: &|name| of(variables, name),
        home: Some("/home/someone".into()),
        read: &|path| match of(files, path.to_str().unwrap()) {
            Some(text) if text == "unreadable" => Err(io::ErrorKind::PermissionDenied.into()),
            Some(text) => Ok(text),
            None => Err(io::ErrorKind::NotFound.into()),
        },
    }
    .credentials()
}

/// As [`found`], for a lookup by `look`.
fn looked_up<T>(
    variables: &[(&str, &str)],
    file: &str,
    look: impl FnOnce(&Environment<'_>) -> Result<T, ArgumentError>,
) -> Result<T, ArgumentError> {
    let variable =
        |wanted: &str| variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned());
    look(&Environment { variable: &variable, home: Some("/home/someone".into()), read: &|_| Ok(file.to_owned()) })
}

#[test]
fn keys_alone_are_found_where_only_keys_are_wanted() {
    let file = "[basic]\nidp_id = idp\nid_token_file = /token\n";
    let error = looked_up(&[], file, |environment| environment.keys()).unwrap_err();
    assert!(error.rule().contains("has no ak and sk under [basic]"), "{error}");
    let others = [("HW_AUTH_TOKEN", "t"), ("HUAWEICLOUD_SDK_IDP_ID", "idp"), ("HUAWEICLOUD_SDK_ID_TOKEN_FILE", "/t")];
    let found = looked_up(&others, &format!("{file}ak = ak\nsk = sk\n"), |environment| environment.keys()).unwrap();
    assert_eq!(material(&found), &keys_of("ak", "sk", None));
}

#[test]
fn an_id_token_is_found_beside_keys_where_it_is_requested_by_name() {
    let file = "[basic]\nak = ak\nsk = sk\nidp_id = idp\nid_token_file = /token\n";
    let found = looked_up(&[], file, |environment| environment.id_token()).unwrap().unwrap();
    assert!(format!("{found:?}").contains("IdToken { idp_id: \"idp\""), "{found:?}");
    let half = file.replace("id_token_file = /token\n", "");
    let error = looked_up(&[], &half, |environment| environment.id_token()).unwrap_err();
    assert_eq!(error.name(), "id_token_file");
}

fn material(credentials: &Credentials) -> &AuthMaterial {
    match &credentials.0.kind {
        Kind::Fixed(material) => material,
        Kind::Fetched(..) => panic!("nothing is fetched here"),
    }
}

fn keys_of(access_key: &str, secret_key: &str, security_token: Option<&str>) -> AuthMaterial {
    let security_token = security_token.map(Into::into);
    AuthMaterial::Keys(Keys { security_token, ..Keys::new(access_key, secret_key) })
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
    let from = |skipped: usize| material(&found(&variables[skipped..], &file).unwrap()).clone();
    assert_eq!(from(0), keys_of("sdk-ak", "sdk-sk", None));
    assert_eq!(from(2), AuthMaterial::Token("hw-token".into()));
    assert_eq!(from(3), keys_of("hw-ak", "hw-sk", None));
    assert_eq!(from(5), keys_of("file-ak", "file-sk", None));
}

#[test]
fn temporary_keys_come_with_the_security_token_of_the_same_place() {
    let sdk = [
        ("HUAWEICLOUD_SDK_AK", "ak"),
        ("HUAWEICLOUD_SDK_SK", "sk"),
        ("HW_SECURITY_TOKEN", "not this"),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "session"),
    ];
    assert_eq!(material(&found(&sdk, &[]).unwrap()), &keys_of("ak", "sk", Some("session")));
    assert_eq!(material(&found(&sdk[..3], &[]).unwrap()), &keys_of("ak", "sk", None));
    let terraform = [("HW_ACCESS_KEY", "ak"), ("HW_SECRET_KEY", "sk"), ("HW_SECURITY_TOKEN", "session")];
    assert_eq!(material(&found(&terraform, &[]).unwrap()), &keys_of("ak", "sk", Some("session")));
}

#[test]
fn project_and_region_come_along() {
    let sdk = [("HUAWEICLOUD_SDK_AK", "ak"), ("HUAWEICLOUD_SDK_SK", "sk"), ("HUAWEICLOUD_SDK_PROJECT_ID", " a\r")];
    let terraform = [
        ("HW_REGION_NAME", " cn-north-4 "),
        ("HW_PROJECT_ID", "b\r\n"),
        ("HW_ACCESS_KEY", "ak"),
        ("HW_SECRET_KEY", "sk"),
    ];
    let both: Vec<_> = sdk.into_iter().chain(terraform).collect();
    let of = |credentials: &Credentials| {
        (credentials.project_id().map(str::to_owned), credentials.region().map(str::to_owned))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(of(&found(&both, &[]).unwrap()), (some("a"), None), "nothing of another tool");
    assert_eq!(of(&found(&both[3..], &[]).unwrap()), (some("b"), some("cn-north-4")));
    let without_project = [&both[..2], &terraform[..2]].concat();
    assert_eq!(of(&found(&without_project, &[]).unwrap()), (None, None), "nothing of another tool");
    let file = [(HOME_FILE, "[basic]\nak = ak\nsk = sk\nproject_id = c\n")];
    assert_eq!(of(&found(&terraform[..2], &file).unwrap()), (some("c"), None), "nothing of another tool");
}

#[test]
fn half_a_pair_is_reported_by_the_name_that_is_missing() {
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
    assert_eq!(
        error,
        format!("sk \"\" is not allowed: it must be set under [basic] in {HOME_FILE}, line 2, because ak is")
    );
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
        assert!(error.rule().contains(place), "{error}");
    }
    let error = found(&[], &[(HOME_FILE, "[global]\nak = a\nsk = s\n")]).unwrap_err();
    assert!(error.rule().contains("has no ak and sk under [basic]"), "{error}");
    let homeless = Environment { variable: &|_| None, home: None, read: &|_| Ok(String::new()) };
    assert!(homeless.credentials().unwrap_err().rule().contains("no home directory"));
}

#[test]
fn a_file_that_is_named_or_there_must_be_readable() {
    let named = [("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "/etc/keys")];
    let credentials = found(&named, &[("/etc/keys", "[basic]\nak=ak\nsk=sk")]).unwrap();
    assert_eq!(material(&credentials), &keys_of("ak", "sk", None));
    let error = found(&named, &[(HOME_FILE, "[basic]\nak=ak\nsk=sk")]).unwrap_err();
    assert_eq!((error.name(), error.value()), ("credentials file", "/etc/keys"));
    let error = found(&[], &[(HOME_FILE, "unreadable")]).unwrap_err();
    assert_eq!((error.name(), error.value()), ("credentials file", HOME_FILE));
    assert!(error.rule().contains("permission denied"), "{error}");
}

#[test]
fn a_path_may_begin_at_home() {
    let named = [("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "~/keys")];
    let credentials = found(&named, &[("/home/someone/keys", "[basic]\nak=ak\nsk=sk")]).unwrap();
    assert_eq!(material(&credentials), &keys_of("ak", "sk", None));
}

#[test]
fn every_kind_that_has_variables_is_found_by_them() {
    let shown = |variables: &[(&str, &str)], files: &[(&str, &str)]| {
        let shown = format!("{:?}", found(variables, files).unwrap());
        assert!(!shown.contains("geheim"), "{shown}");
        shown
    };
    let idp = [("HUAWEICLOUD_SDK_IDP_ID", "idp"), ("HUAWEICLOUD_SDK_ID_TOKEN_FILE", "~/token")];
    assert!(shown(&idp, &[]).contains("IdToken { idp_id: \"idp\", token: File(\"/home/someone/token\") }"));
    let file = [(HOME_FILE, "[basic]\nidp_id = of-file\nid_token_file = /t")];
    assert!(shown(&[], &file).contains("idp_id: \"of-file\""));
    let agency = [
        ("HW_ACCESS_KEY", "ak"),
        ("HW_SECRET_KEY", "geheim"),
        ("HW_ASSUME_ROLE_AGENCY_NAME", "reader"),
        ("HW_ASSUME_ROLE_DOMAIN_NAME", "plant"),
    ];
    let agency = shown(&agency, &[]);
    assert!(agency.contains("name: \"reader\"") && agency.contains("account: \"plant\""), "{agency}");
    let user = [("HW_USER_NAME", "u"), ("HW_USER_PASSWORD", "geheim"), ("HW_DOMAIN_NAME", "d")];
    assert!(shown(&user, &[]).contains("Password(User { name: \"u\", account: \"d\""));
    for variables in [&idp[..1], &idp[1..], &user[..2], &user[1..2]] {
        assert!(found(variables, &[]).unwrap_err().rule().contains("because"));
    }
}

#[test]
fn the_default_chain_begins_with_oidc_and_ends_with_remote_sources() {
    let chain = |variables: &[(&str, &str)]| {
        let variable =
            |wanted: &str| variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned());
        let missing = |_: &Path| Err(io::ErrorKind::NotFound.into());
        Environment { variable: &variable, home: None, read: &missing }.chain().map(|found| format!("{found:?}"))
    };
    let oidc = [
        ("HUAWEICLOUD_OIDC_PROVIDER_URN", "iam::a:oidcProvider:p"),
        ("HUAWEICLOUD_OIDC_AGENCY_URN", "iam::a:agency:b"),
        ("HUAWEICLOUD_OIDC_ID_TOKEN", "geheim"),
        ("HUAWEICLOUD_SDK_AK", "ak"),
        ("HUAWEICLOUD_SDK_SK", "sk"),
    ];
    let found = chain(&oidc).unwrap();
    assert!(found.contains("Remote(Oidc {") && !found.contains("geheim"), "{found}");
    assert!(chain(&oidc[3..]).unwrap().contains("Keys {"));
    let later = chain(&[]).unwrap();
    assert!(later.contains("sources: [EcsAgency]") && later.contains("HC_CONTAINER_CREDENTIALS_FULL_URI is not set"));
    let pod = [
        ("HC_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"),
        ("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/var/token"),
    ];
    assert!(chain(&pod).unwrap().contains("sources: [EcsAgency, PodIdentity {"));
    for (mistake, name) in [
        (&oidc[..1], "HUAWEICLOUD_OIDC_AGENCY_URN"),
        (&oidc[..2], "HUAWEICLOUD_OIDC_TOKEN_FILE"),
        (&oidc[3..4], "HUAWEICLOUD_SDK_SK"),
        (&pod[..1], "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
        (&[("HC_CONTAINER_CREDENTIALS_FULL_URI", "http://10.0.0.1/"), pod[1]][..], "HC_CONTAINER_CREDENTIALS_FULL_URI"),
    ] {
        assert_eq!(chain(mistake).unwrap_err().name(), name);
    }
}
