//! Tokens and signatures.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use iotda_simulator::{Fault, SignatureKind, Simulator, SimulatorBuilder};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::wire::{LIST, Reply, send};

const TARGET: &str = "/v5/iot/0123456789abcdef0123456789abcdef/batchtasks?task_type=softwareUpgrade";
const KEY: (&str, &str) = ("AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl");

async fn start(builder: SimulatorBuilder) -> Simulator {
    builder.tasks(3).start().await.unwrap()
}

async fn get(simulator: &Simulator, headers: &[(&str, &str)]) -> Reply {
    send(simulator, "GET", TARGET, headers, "").await.unwrap()
}

fn outcome(reply: &Reply) -> (u16, String) {
    (reply.status, if reply.status == 200 { String::new() } else { reply.code() })
}

fn refused(code: &str) -> (u16, String) {
    (401, code.to_owned())
}

const TAKEN: (u16, String) = (200, String::new());

#[tokio::test]
async fn without_configured_credentials_any_request_is_taken() {
    let simulator = start(Simulator::builder()).await;
    for headers in [&[][..], &[("X-Auth-Token", "whatever")], &[("Authorization", "Bearer whatever")]] {
        assert_eq!(outcome(&get(&simulator, headers).await), TAKEN, "{headers:?}");
    }
}

#[tokio::test]
async fn a_fixed_token_is_required_and_checked() {
    let simulator = start(Simulator::builder().token("own")).await;
    assert_eq!(outcome(&get(&simulator, &[("X-Auth-Token", "own")]).await), TAKEN);
    for headers in [&[][..], &[("X-Auth-Token", "other")], &[("X-Auth-Token", "")], &[("Authorization", "own")]] {
        assert_eq!(outcome(&get(&simulator, headers).await), refused("APIGW.0301"), "{headers:?}");
    }
    assert!(!format!("{simulator:?}{:?}", Simulator::builder().token("own-token")).contains("own-token"));
}

async fn request_token(simulator: &Simulator, domain: &str, user: &str, password: &str) -> Reply {
    let body = format!(
        r#"{{"auth":{{"identity":{{"methods":["password"],"password":{{"user":{{"name":"{user}","password":"{password}","domain":{{"name":"{domain}"}}}}}}}},"scope":{{"project":{{"name":"cn-north-4"}}}}}}}}"#
    );
    send(simulator, "POST", "/v3/auth/tokens", &[("Content-Type", "application/json")], &body).await.unwrap()
}

#[tokio::test]
async fn iam_gives_a_token_for_a_password() {
    let simulator = start(Simulator::builder().iam_user("account", "me", "secret")).await;
    assert_eq!(outcome(&get(&simulator, &[]).await), refused("APIGW.0301"));
    for (domain, user, password) in
        [("account", "me", "wrong"), ("account", "you", "secret"), ("other", "me", "secret")]
    {
        assert_eq!(request_token(&simulator, domain, user, password).await.status, 401);
    }
    let broken = send(&simulator, "POST", "/v3/auth/tokens", &[], "{}").await.unwrap();
    assert_eq!((broken.status, simulator.tokens_issued()), (400, 0));

    let reply = request_token(&simulator, "account", "me", "secret").await;
    assert_eq!((reply.status, simulator.tokens_issued()), (201, 1));
    let good_until: Timestamp = reply.json()["token"]["expires_at"].as_str().unwrap().parse().unwrap();
    let lifetime = good_until.duration_since(Timestamp::now());
    assert!((86_390..=86_400).contains(&lifetime.as_secs()), "{lifetime}");
    let token = reply.header("x-subject-token").unwrap();
    assert_eq!(outcome(&get(&simulator, &[("X-Auth-Token", token)]).await), TAKEN);

    simulator.revoke_tokens();
    assert_eq!(outcome(&get(&simulator, &[("X-Auth-Token", token)]).await), refused("IOTDA.000002"));
    let again = request_token(&simulator, "account", "me", "secret").await;
    let token = again.header("x-subject-token").unwrap();
    assert_eq!(outcome(&get(&simulator, &[("X-Auth-Token", token)]).await), TAKEN);
    assert_eq!(simulator.requests().iter().filter(|request| request.path == LIST).count(), 4);
}

#[tokio::test]
async fn a_token_expires() {
    let short = Simulator::builder().iam_user("account", "me", "secret").token_lifetime(Duration::from_millis(20));
    let simulator = start(short).await;
    let reply = request_token(&simulator, "account", "me", "secret").await;
    let token = reply.header("x-subject-token").unwrap();
    while get(&simulator, &[("X-Auth-Token", token)]).await.status == 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(outcome(&get(&simulator, &[("X-Auth-Token", token)]).await), refused("IOTDA.000002"));
}

#[tokio::test]
async fn iam_has_its_own_faults() {
    let spoilt =
        Simulator::builder().iam_user("a", "b", "c").fault_at(1, Fault::Internal).iam_fault_at(2, Fault::BadGateway);
    let simulator = start(spoilt).await;
    assert_eq!(request_token(&simulator, "a", "b", "c").await.status, 201);
    assert_eq!(request_token(&simulator, "a", "b", "c").await.status, 502);
    assert_eq!(get(&simulator, &[]).await.status, 500);
}

/// Signs a GET, with the host and the date.
fn sign(
    simulator: &Simulator,
    target: &str,
    scope: Option<&str>,
    key: (&str, &str),
    seconds_ahead: i64,
) -> (String, String) {
    let date = (Timestamp::now() + SignedDuration::from_secs(seconds_ahead)).strftime("%Y%m%dT%H%M%SZ").to_string();
    let (path, query) = target.split_once('?').unwrap();
    let host = simulator.address();
    let empty = hex(&Sha256::digest(b""));
    let canonical = format!("GET\n{path}/\n{query}\nhost:{host}\nx-sdk-date:{date}\n\nhost;x-sdk-date\n{empty}");
    let digest = hex(&Sha256::digest(canonical));
    let (algorithm, who, signature) = match scope {
        None => {
            let signature = keyed(key.1.as_bytes(), format!("SDK-HMAC-SHA256\n{date}\n{digest}").as_bytes());
            ("SDK-HMAC-SHA256", format!("Access={}", key.0), signature)
        }
        Some(scope) => {
            let info = scope.replace("{day}", &date[..8]);
            let derived = keyed(&keyed(key.0.as_bytes(), key.1.as_bytes()), format!("{info}\u{1}").as_bytes());
            let text = format!("V11-HMAC-SHA256\n{date}\n{info}\n{digest}");
            (
                "V11-HMAC-SHA256",
                format!("Credential={}/{info}", key.0),
                keyed(hex(&derived).as_bytes(), text.as_bytes()),
            )
        }
    };
    (format!("{algorithm} {who}, SignedHeaders=host;x-sdk-date, Signature={}", hex(&signature)), date)
}

fn keyed(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const DERIVED: Option<&str> = Some("{day}/cn-north-4/iotdm");

async fn signed(simulator: &Simulator, scope: Option<&str>, key: (&str, &str), seconds_ahead: i64) -> (u16, String) {
    let (authorization, date) = sign(simulator, TARGET, scope, key, seconds_ahead);
    outcome(&get(simulator, &[("Authorization", &authorization), ("X-Sdk-Date", &date)]).await)
}

#[tokio::test]
async fn signatures_of_either_kind_are_checked() {
    let simulator = start(Simulator::builder().require_signature(SignatureKind::Either)).await;
    for scope in [None, DERIVED] {
        assert_eq!(signed(&simulator, scope, KEY, 0).await, TAKEN);
        assert_eq!(signed(&simulator, scope, (KEY.0, "wrong"), 0).await, refused("APIGW.0301"));
        assert_eq!(signed(&simulator, scope, ("UNKNOWN", KEY.1), 0).await, refused("APIGW.0301"));
        assert_eq!(signed(&simulator, scope, KEY, 16 * 60).await, refused("APIGW.0303"));
        assert_eq!(signed(&simulator, scope, KEY, -16 * 60).await, refused("APIGW.0303"));
        assert_eq!(signed(&simulator, scope, KEY, 14 * 60).await, TAKEN);
    }
    for headers in [&[][..], &[("X-Auth-Token", "whatever")], &[("Authorization", "SDK-HMAC-SHA256 Access=x")]] {
        assert_eq!(outcome(&get(&simulator, headers).await), refused("APIGW.0301"), "{headers:?}");
    }
}

#[tokio::test]
async fn a_signature_is_checked_even_where_none_is_wanted() {
    let simulator = start(Simulator::builder()).await;
    assert_eq!(signed(&simulator, None, KEY, 0).await, TAKEN);
    assert_eq!(signed(&simulator, None, (KEY.0, "wrong"), 0).await, refused("APIGW.0301"));
    let (authorization, date) = sign(&simulator, TARGET, None, KEY, 0);
    let headers = [("Authorization", authorization.as_str()), ("X-Sdk-Date", date.as_str())];
    let other = send(&simulator, "GET", &format!("{TARGET}&limit=5"), &headers, "").await.unwrap();
    assert_eq!(outcome(&other), refused("APIGW.0301"));
}

#[tokio::test]
async fn an_instance_takes_derived_signatures_only_and_the_shared_endpoint_basic_ones() {
    let own = start(Simulator::builder().require_signature(SignatureKind::Derived)).await;
    assert_eq!(signed(&own, DERIVED, KEY, 0).await, TAKEN);
    assert_eq!(signed(&own, None, KEY, 0).await, refused("IOTDA.000002"));
    for scope in ["{day}/cn-north-4/other", "20200101/cn-north-4/iotdm", "{day}/iotdm", "{day}//iotdm"] {
        assert_eq!(signed(&own, Some(scope), KEY, 0).await, refused("IOTDA.000002"), "{scope}");
    }
    let shared = start(Simulator::builder().require_signature(SignatureKind::Basic)).await;
    assert_eq!(signed(&shared, None, KEY, 0).await, TAKEN);
    assert_eq!(signed(&shared, DERIVED, KEY, 0).await, refused("IOTDA.000002"));
}

#[tokio::test]
async fn keys_can_be_chosen_and_temporary_ones_need_their_token() {
    let simulator = start(Simulator::builder().key("AK1", "SK1").temporary_key("AK2", "SK2", "STS")).await;
    assert_eq!(signed(&simulator, None, ("AK1", "SK1"), 0).await, TAKEN);
    assert_eq!(signed(&simulator, None, KEY, 0).await, refused("APIGW.0301"));
    assert_eq!(signed(&simulator, None, ("AK2", "SK2"), 0).await, refused("APIGW.0301"));
    for (token, expected) in [("STS", TAKEN), ("other", refused("APIGW.0301"))] {
        let (authorization, date) = sign(&simulator, TARGET, None, ("AK2", "SK2"), 0);
        let headers =
            [("Authorization", authorization.as_str()), ("X-Sdk-Date", date.as_str()), ("X-Security-Token", token)];
        assert_eq!(outcome(&get(&simulator, &headers).await), expected);
    }
}

#[tokio::test]
async fn a_clock_that_is_off_shows_in_the_date_and_refuses_signatures() {
    let simulator = start(Simulator::builder().clock_ahead(3600)).await;
    assert_eq!(signed(&simulator, None, KEY, 0).await, refused("APIGW.0303"));
    assert_eq!(signed(&simulator, None, KEY, 3600).await, TAKEN);
    let reply = get(&simulator, &[]).await;
    let date = jiff::fmt::rfc2822::parse(reply.header("date").unwrap()).unwrap().timestamp();
    let ahead = date.duration_since(Timestamp::now()).as_secs();
    assert!((3590..=3600).contains(&ahead), "{ahead}");
}

#[tokio::test]
async fn a_token_does_where_a_token_or_a_signature_is_required() {
    let simulator = start(Simulator::builder().token("own").require_signature(SignatureKind::Basic)).await;
    assert_eq!(outcome(&get(&simulator, &[("X-Auth-Token", "own")]).await), TAKEN);
    assert_eq!(signed(&simulator, None, KEY, 0).await, TAKEN);
    assert_eq!(outcome(&get(&simulator, &[]).await), refused("APIGW.0301"));
}

#[tokio::test]
async fn iam_returns_the_project_to_known_users() {
    let simulator = start(Simulator::builder().token("own").project_id("abc")).await;
    let asked = async |headers: &[(&str, &str)]| {
        send(&simulator, "GET", "/v3/projects?name=cn-south-1", headers, "").await.unwrap()
    };
    let project = asked(&[("X-Auth-Token", "own")]).await.json()["projects"][0].clone();
    assert_eq!((&project["id"], &project["name"]), (&"abc".into(), &"cn-south-1".into()));
    assert_eq!(asked(&[]).await.status, 401);
}

#[tokio::test]
async fn iam_takes_basic_signatures_whatever_the_service_takes() {
    let simulator = start(Simulator::builder().require_signature(SignatureKind::Derived)).await;
    let (authorization, date) = sign(&simulator, "/v3/projects?name=cn-north-4", None, KEY, 0);
    let headers = [("Authorization", authorization.as_str()), ("X-Sdk-Date", date.as_str())];
    let reply = send(&simulator, "GET", "/v3/projects?name=cn-north-4", &headers, "").await.unwrap();
    assert_eq!(reply.status, 200);
}
