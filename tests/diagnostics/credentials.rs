//! Each way to be authorised against a service that checks it, and the error of a refusal.

use futures::TryStreamExt;
use iotda_batch_tasks::{
    BatchTask, Client, ClientBuilder, Credentials, Error, FailureKind, SigningAlgorithm, TaskType,
};
use iotda_simulator::{SignatureKind, Simulator, SimulatorBuilder};

use crate::recorder::start_recording;

pub(crate) const KEY: (&str, &str) = ("AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl");

pub(crate) async fn start(builder: SimulatorBuilder) -> Simulator {
    start_recording();
    builder.tasks(700).only("softwareUpgrade").start().await.unwrap()
}

pub(crate) fn client(simulator: &Simulator, credentials: Credentials) -> ClientBuilder {
    Client::builder().endpoint(simulator.endpoint()).project_id("0a").credentials(credentials)
}

async fn read(client: ClientBuilder) -> Result<Vec<BatchTask>, Error> {
    client.build().unwrap().batch_tasks(TaskType::SoftwareUpgrade).stream().unwrap().try_collect().await
}

pub(crate) fn login(simulator: &Simulator, password: &str) -> Credentials {
    Credentials::password("reader", "factory", password).in_region("cn-north-4").iam_endpoint(simulator.endpoint())
}

fn keys() -> Credentials {
    Credentials::aksk(KEY.0, KEY.1)
}

fn derived(keys: Credentials) -> Credentials {
    keys.algorithm(SigningAlgorithm::Derived).in_region("cn-north-4")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_to_be_authorised_is_taken() {
    use SignatureKind::{Basic, Derived};
    let builder = Simulator::builder;
    let temporary = || builder().temporary_key("ASIA", "key", "passing");
    let passing = || Credentials::aksk("ASIA", "key").security_token("passing");
    for (name, simulator, credentials) in [
        ("basic", builder().require_signature(Basic), keys()),
        ("derived", builder().require_signature(Derived), derived(keys())),
        ("basic, temporary", temporary().require_signature(Basic), passing()),
        ("derived, temporary", temporary().require_signature(Derived), derived(passing())),
        ("token", builder().token("good"), Credentials::token("good")),
    ] {
        let simulator = start(simulator).await;
        let tasks = read(client(&simulator, credentials).instance_id("7a3e-0f")).await;
        assert_eq!(tasks.map(|tasks| tasks.len()).map_err(|error| error.to_string()), Ok(700), "{name}");
        assert!(simulator.requests().iter().all(|request| request.status == Some(200)), "{name}");
    }
    let simulator = start(builder().iam_user("factory", "reader", "geheim")).await;
    assert_eq!(read(client(&simulator, login(&simulator, "geheim"))).await.unwrap().len(), 700);
    assert_eq!(simulator.tokens_issued(), 1);
}

/// The refusal, and how many requests it took.
async fn refusal(simulator: SimulatorBuilder, credentials: impl Fn(&Simulator) -> Credentials) -> (Error, u64) {
    let simulator = start(simulator).await;
    let error = read(client(&simulator, credentials(&simulator))).await.unwrap_err();
    println!("{error}");
    (error, simulator.request_count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_credentials_are_reported_clearly_and_not_tried_again() {
    let signed = |kind| Simulator::builder().require_signature(kind);
    for (error, requests) in [
        refusal(signed(SignatureKind::Basic), |_| Credentials::aksk(KEY.0, "wrong")).await,
        refusal(signed(SignatureKind::Derived), |_| derived(Credentials::aksk(KEY.0, "wrong"))).await,
        refusal(signed(SignatureKind::Derived), |_| keys()).await,
        refusal(signed(SignatureKind::Basic), |_| derived(keys())).await,
        refusal(Simulator::builder().token("good"), |_| Credentials::token("wrong")).await,
    ] {
        let failure = error.failure().unwrap();
        assert_eq!((failure.status(), failure.kind(), requests), (Some(401), FailureKind::Status, 1), "{error}");
        assert!(matches!(failure.error_code(), Some("APIGW.0301" | "IOTDA.000002")), "{error}");
        assert!(error.to_string().contains("401 Unauthorized") && !error.is_retryable(), "{error}");
    }
    let login = |simulator: &Simulator| login(simulator, "Geheim");
    let (error, requests) = refusal(Simulator::builder().iam_user("factory", "reader", "geheim"), login).await;
    assert_eq!((error.failure().unwrap().kind(), requests), (FailureKind::Credentials, 1), "{error}");
    assert!(error.to_string().contains("IAM") && error.to_string().contains("password is wrong"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_that_disagree_are_reported_as_such() {
    for (seconds, algorithm) in [(3600, SignatureKind::Basic), (-3600, SignatureKind::Derived)] {
        let builder = Simulator::builder().require_signature(algorithm).clock_ahead(seconds);
        let credentials = if algorithm == SignatureKind::Basic { keys() } else { derived(keys()) };
        let (error, requests) = refusal(builder, |_| credentials.clone()).await;
        assert!(error.to_string().contains("clock") && error.to_string().contains("15 minutes"), "{error}");
        assert_eq!(requests, 1);
    }
    let builder = Simulator::builder().require_signature(SignatureKind::Basic).clock_ahead(600);
    assert_eq!(read(client(&start(builder).await, keys())).await.unwrap().len(), 700);
}
