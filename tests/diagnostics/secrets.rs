//! Whatever goes wrong, no error, no `Debug` and no trace shows a secret.

use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

use futures::StreamExt;
use iotda_batch_tasks::{ClientBuilder, Credentials, RetryPolicy, SigningAlgorithm, TaskType};
use iotda_simulator::{Fault, SignatureKind, Simulator};

use crate::credentials::{client, login, start};
use crate::recorder::traced;

/// Reads until the stream ends, and brings everything that can be printed on the way.
async fn printed(client: ClientBuilder) -> String {
    let client = client.retry(RetryPolicy::default().max_attempts(2).initial_backoff(Duration::from_millis(1)));
    let mut text = format!("{client:?}{client:#?}");
    let client = client.build().unwrap();
    let query = client.batch_tasks(TaskType::SoftwareUpgrade);
    let _ = write!(text, "{client:?}{client:#?}{query:?}{query:#?}");
    let mut tasks = query.stream().unwrap();
    while let Some(item) = tasks.next().await {
        if let Err(error) = item {
            let _ = write!(text, "{error}{error:?}{error:#?}");
            let mut cause = error.source();
            while let Some(error) = cause {
                let _ = write!(text, "{error}{error:?}");
                cause = error.source();
            }
        }
    }
    let _ = write!(text, "{tasks:?}{tasks:#?}{}{:?}", tasks.checkpoint(), tasks.checkpoint());
    text
}

/// What each request carried to be let in: tokens that IAM gave out, signatures that were made of a secret key.
fn carried(simulator: &Simulator) -> Vec<String> {
    let mut secrets = Vec::new();
    for request in simulator.requests() {
        secrets.extend(request.header("x-auth-token").map(str::to_owned));
        let signature = request.header("authorization").and_then(|text| text.split_once("Signature="));
        secrets.extend(signature.map(|(_, signature)| signature.to_owned()));
    }
    secrets
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_failure_shows_a_secret() {
    const SECRETS: [&str; 4] = ["Token-9f2c71", "SecretKey-5b8e02", "Passing-77d1a4", "Password-c36f90"];
    let [token, secret_key, passing, password] = SECRETS;
    let quoting =
        |text: &str| Fault::Error { status: 401, code: "APIGW.0301".into(), message: format!("bad: {text}, it wrote") };
    let elsewhere = start(Simulator::builder()).await;
    let faults = [
        None,
        Some(Fault::Internal),
        Some(Fault::BadGateway),
        Some(Fault::HalfBody),
        Some(Fault::Reset),
        Some(Fault::EndlessBody),
        Some(Fault::Redirect(elsewhere.endpoint())),
        Some(Fault::Body("<html>".into())),
    ];

    let (mut shown, mut secrets) = (String::new(), SECRETS.map(str::to_owned).to_vec());
    for fault in faults {
        let keys = || Credentials::aksk("AKID", secret_key);
        let derived = |keys: Credentials| keys.algorithm(SigningAlgorithm::Derived).in_region("cn-north-4");
        let builder = || Simulator::builder();
        let (passes, takes) = (|| keys().security_token(passing), || builder().token(token).key("AKID", secret_key));
        for (simulator, credentials) in [
            (takes(), Credentials::token(token)),
            (takes(), keys()),
            (takes(), derived(keys())),
            (builder().temporary_key("AKID", secret_key, passing), passes()),
            (builder().token("other"), Credentials::token(token)),
            (builder().key("AKID", "other").require_signature(SignatureKind::Basic), passes()),
            (takes().require_signature(SignatureKind::Basic).clock_ahead(5000), derived(keys())),
        ] {
            let simulator = start(simulator).await;
            simulator.set_fault(fault.clone());
            shown += &printed(client(&simulator, credentials)).await;
            secrets.extend(carried(&simulator));
        }
        for known in [password, "other"] {
            let builder = Simulator::builder().iam_user("factory", "reader", known);
            let builder = fault.iter().fold(builder, |builder, fault| builder.iam_fault_at(2, fault.clone()));
            let simulator = start(builder.token_lifetime(Duration::from_millis(50))).await;
            simulator.set_fault(fault.clone());
            shown += &printed(client(&simulator, login(&simulator, password))).await;
            secrets.extend(carried(&simulator));
        }
    }
    // Some gateways quote what they refuse.
    for (credentials, secret) in
        [(Credentials::token(token), token), (Credentials::aksk("AKID", secret_key).security_token(passing), passing)]
    {
        let simulator = start(Simulator::builder()).await;
        simulator.set_fault(Some(quoting(secret)));
        shown += &printed(client(&simulator, credentials)).await;
    }
    let simulator = start(Simulator::builder().iam_fault_at(1, quoting(password))).await;
    shown += &printed(client(&simulator, login(&simulator, password))).await;
    // A server that is not there at all.
    let gone = start(Simulator::builder()).await;
    let endpoint = gone.endpoint();
    drop(gone);
    for credentials in [Credentials::token(token), Credentials::aksk("AKID", secret_key).security_token(passing)] {
        shown += &printed(client(&elsewhere, credentials).endpoint(&endpoint)).await;
    }

    let traced = format!("{:?}", traced());
    assert!(secrets.len() > 100 && shown.len() > 10_000 && traced.len() > 10_000);
    assert_eq!(elsewhere.request_count(), 0, "a redirect was followed");
    for secret in &secrets {
        assert!(!shown.contains(secret), "{secret} is shown");
        assert!(!traced.contains(secret), "{secret} is traced");
    }
}
