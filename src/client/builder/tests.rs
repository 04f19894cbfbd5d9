use super::*;

fn complete() -> ClientBuilder {
    Client::builder().region("cn-north-4").project_id("0123456789abcdef0123456789ABCDEF").token("secret-token")
}

fn refused(builder: ClientBuilder) -> ArgumentError {
    match builder.build().unwrap_err() {
        Error::Argument(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn every_argument_is_checked_with_its_name_and_value() {
    let second = Duration::from_secs(1);
    for (builder, name, value) in [
        (complete().region("CN"), "region", "CN"),
        (complete().endpoint("iot.example"), "endpoint", "iot.example"),
        (complete().endpoint("http://iot.example"), "endpoint", "http://iot.example"),
        (complete().project_id(""), "project_id", ""),
        (complete().project_id("0123456789abcdef0123456789abcdef0"), "project_id", "0123456789abcdef0123456789abcdef0"),
        (complete().project_id("xyz"), "project_id", "xyz"),
        (complete().instance_id("ABC"), "instance_id", "ABC"),
        (complete().instance_id(""), "instance_id", ""),
        (complete().max_body_bytes(0), "max_body_bytes", "0"),
        (complete().request_timeout(Duration::ZERO), "request_timeout", "0s"),
        (complete().connect_timeout(Duration::ZERO), "connect_timeout", "0s"),
        (complete().connect_timeout(second).http_client(reqwest::Client::new()), "connect_timeout", "1s"),
        (Client::builder(), "endpoint", "(none)"),
        (Client::builder().endpoint("https://iot.example").token("t"), "project_id", "(none)"),
        (Client::builder().region("cn-north-4").project_id("a"), "credentials", "(none)"),
    ] {
        let error = refused(builder);
        assert_eq!((error.name(), error.value()), (name, value));
    }
    assert!(complete().instance_id("7a3e-0f").build().is_ok());
    assert!(complete().endpoint("http://iot.example").allow_plain_http().build().is_ok());
}

#[test]
fn a_bad_token_is_refused_unseen() {
    for token in ["", "geheim geheim", "geheim\n", "geheimß"] {
        let error = refused(complete().token(token));
        assert_eq!(error.name(), "token");
        assert!(!error.to_string().contains("geheim"), "{error}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let builder = complete();
    let with_password = complete().endpoint("https://user:secret-token@iot.example");
    let shown = format!("{builder:?} {with_password:?} {:?}", builder.clone().build().unwrap());
    assert!(shown.contains("0123456789abcdef") && !shown.contains("secret-token"), "{shown}");
}

#[test]
fn addresses_of_the_environment_fill_in_what_was_not_given() {
    let variables = [
        ("HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4", " https://of-region.example\r\n"),
        ("HW_INSTANCE_ID", " 7a3e-0f "),
        ("HW_CLOUD", "myhuaweicloud.eu"),
        ("HW_IOTDA_ENDPOINT", "https://of-all.example"),
    ];
    let from = |builder: ClientBuilder, count: usize| {
        let get = |wanted: &str| {
            let found = variables[..count].iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| (*value).to_owned())
        };
        let built = builder.addresses_from(&Environment::of_variables(&get));
        (built.endpoint, built.instance_id, built.cloud)
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(from(complete(), 3), (some("https://of-region.example"), some("7a3e-0f"), some("myhuaweicloud.eu")));
    assert_eq!(from(complete(), 4).0, some("https://of-all.example"));
    assert_eq!(from(complete().region("cn-south-1"), 3).0, None, "of another region");
    let given = complete().endpoint("https://given.example").instance_id("1").cloud("x.example");
    assert_eq!(from(given, 4), (some("https://given.example"), some("1"), some("x.example")));
}

#[test]
fn a_cloud_is_a_domain() {
    for cloud in ["", "evil.example/", "a b", ".example", "a..b", "user@example"] {
        let error = refused(complete().cloud(cloud));
        assert_eq!((error.name(), error.value()), ("cloud", cloud));
    }
    let client = complete().cloud("myhuaweicloud.eu").region("eu-west-101").build().unwrap();
    assert!(format!("{client:?}").contains("https://iotda.eu-west-101.myhuaweicloud.eu/"), "{client:?}");
}

#[test]
fn a_region_that_is_no_part_of_a_host_is_refused_before_a_password_goes_there() {
    let password = Credentials::password("u", "a", "p").in_region("evil.example/x");
    let builder = Client::builder().endpoint("https://iot.example").project_id("a").credentials(password);
    assert_eq!(refused(builder).name(), "region");
}
