use std::time::Duration;

use futures::TryStreamExt;

use super::*;
use crate::client::test_server::{Reply, TestServer};
use crate::decode::RawRecord;

fn client(url: &str) -> Client {
    Client::builder().endpoint(url).project_id("0a").token("t").build().unwrap()
}

/// The request line that `query` sends first.
async fn requested<T: Row + Send + 'static>(query: impl FnOnce(&Client) -> ListQuery<T>) -> String {
    let server = TestServer::start(|_| Reply::page(&[])).await;
    let records: Vec<T> = query(&client(&server.url)).stream().unwrap().try_collect().await.unwrap();
    assert!(records.is_empty());
    server.heads()[0].lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn each_list_is_requested_at_its_path_with_its_filters() {
    let time = "2015-12-12T12:12:12.9Z".parse().unwrap();
    for (line, expected) in [
        (
            requested(|client| client.devices().product_id("p").gateway_id("g").is_cascade_query(true).app_id("a"))
                .await,
            "devices?app_id=a&gateway_id=g&is_cascade_query=true&limit=50&product_id=p",
        ),
        (
            requested(|client| client.devices().node_id("n").device_name("水表 1").start_time(time).end_time(time))
                .await,
            "devices?device_name=%E6%B0%B4%E8%A1%A8%201&end_time=20151212T121212Z&limit=50&node_id=n\
             &start_time=20151212T121212Z",
        ),
        (requested(|client| client.products().product_name("n")).await, "products?limit=50&product_name=n"),
        (
            requested(|client| client.device_groups().last_modified_time(time).group_type("STATIC").name("n")).await,
            "device-group?group_type=STATIC&last_modified_time=20151212T121212Z&limit=50&name=n",
        ),
        (requested(|client| client.devices_in_group("g 1").page_size(7)).await, "device-group/g%201/devices?limit=7"),
        (
            requested(|client| client.ota_packages().package_type("softwarePackage").product_id("p").version("1.0"))
                .await,
            "ota-upgrades/packages?limit=50&package_type=softwarePackage&product_id=p&version=1.0",
        ),
        (
            requested(|client| client.rules().rule_type("DEVICE_LINKAGE")).await,
            "rules?limit=50&rule_type=DEVICE_LINKAGE",
        ),
        (
            requested(|client| client.batch_task_details("t").task_detail_status("Fail").target("d")).await,
            "batchtasks/t?limit=50&target=d&task_detail_status=Fail",
        ),
        (
            requested(|client| client.list::<RawRecord>(ListEndpoint::RULES).query("x".to_owned(), "a&b=c/d")).await,
            "rules?limit=50&x=a%26b%3Dc%2Fd",
        ),
    ] {
        assert_eq!(line, format!("GET /v5/iot/0a/{expected} HTTP/1.1"));
    }
}

#[tokio::test]
async fn bad_arguments_and_unpolled_streams_send_nothing() {
    let server = TestServer::start(|_| Reply::page(&[])).await;
    let client = client(&server.url);
    let of =
        |list: &str| client.list::<RawRecord>(ListEndpoint::DEVICES).query("list".to_owned(), list).stream().unwrap();
    let resumed = |marker: &str| {
        format!(r#"{{"version":1,"lists":{{"devices":[{{"after":"{marker}","delivered":50}}]}}}}"#).parse().unwrap()
    };
    for (query, name) in [
        (client.devices().page_size(0), "page_size"),
        (client.devices().scan_timeout(Duration::ZERO), "scan_timeout"),
        (client.devices().app_id("a b"), "app_id"),
        (client.devices().product_id(""), "product_id"),
        (client.devices().query("offset", "0"), "query"),
        (client.devices().product_id("p").query("product_id", "q"), "query"),
        (client.devices().path_parameter("group_id", "g"), "group_id"),
        (client.list(ListEndpoint::DEVICES_IN_GROUP), "list_endpoint"),
        (client.devices().resume(of("one").checkpoint()), "checkpoint"),
        (client.devices().resume(resumed("cert_A-1")), "marker"),
    ] {
        match query.stream() {
            Err(Error::Argument(error)) => assert_eq!(error.name(), name),
            other => panic!("{name}: {other:?}"),
        }
    }
    let stream = client.devices().stream().unwrap();
    tokio::task::yield_now().await;
    drop(stream);
    assert!(server.heads().is_empty());
}

#[test]
fn a_checkpoint_names_the_path_and_the_filters() {
    let client = client("http://localhost:1");
    let devices = client.devices_in_group("g").query("b", "2").query("a", "1").stream().unwrap();
    assert!(devices.checkpoint().to_string().contains(r#""device-group/g/devices?a=1&b=2""#));
    let resumed = client.devices_in_group("g").query("a", "1").query("b", "2").resume(devices.checkpoint());
    assert!(resumed.stream().is_ok());
}
