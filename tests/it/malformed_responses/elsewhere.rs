//! Answers that send the client to another host.

use iotda_batch_tasks::Credentials;
use iotda_simulator::{Fault, Simulator};

use super::reading::{client, read, simulator};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_not_followed_and_nothing_goes_there() {
    let elsewhere = simulator().await;
    let simulator = simulator().await;
    simulator.set_fault(Some(Fault::Redirect(format!("{}/v5?ticket=1", elsewhere.endpoint()))));
    let keys = Credentials::aksk("AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl");
    for client in [client(&simulator.endpoint()), client(&simulator.endpoint()).credentials(keys)] {
        simulator.clear_requests();
        let before = simulator.request_count();
        let outcome = read(client, 11).await;
        assert!(outcome.message().contains("redirects are not followed"), "{}", outcome.message());
        assert!(!outcome.failure.unwrap().is_retryable());
        assert_eq!(simulator.request_count() - before, 1);
    }
    assert_eq!(elsewhere.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirected_login_takes_the_password_nowhere() {
    let elsewhere = simulator().await;
    let redirect = Fault::Redirect(format!("{}/v3/auth/tokens", elsewhere.endpoint()));
    let builder = Simulator::builder().iam_user("factory", "reader", "geheim").iam_fault_at(1, redirect);
    let simulator = builder.start().await.unwrap();
    let login = Credentials::password("reader", "factory", "geheim").in_region("cn-north-4");
    let client = client(&simulator.endpoint()).credentials(login.iam_endpoint(simulator.endpoint()));
    let outcome = read(client, 11).await;
    assert!(outcome.message().contains("302") && !outcome.failure.unwrap().is_retryable());
    assert_eq!((elsewhere.request_count(), simulator.request_count()), (0, 1));
}
