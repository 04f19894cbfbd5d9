//! Starting, watching, editing and stopping.

use std::time::Duration;

use iotda_simulator::Simulator;
use tokio::net::TcpStream;

use crate::wire::{LIST, get, open, page, send};

#[tokio::test]
async fn the_log_has_requests_and_answers() {
    let simulator = Simulator::builder().tasks(5).start().await.unwrap();
    let target = format!("{LIST}?task_type=softwareUpgrade&limit=2&app_id=app%5FA-1");
    let reply = send(&simulator, "GET", &target, &[("X-Auth-Token", "secret")], "").await.unwrap();
    get(&simulator, "/nowhere").await;
    let requests = simulator.requests();
    assert_eq!(requests.iter().map(|request| request.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((requests[0].method.as_str(), requests[0].path.as_str()), ("GET", LIST));
    assert_eq!((requests[0].query("limit"), requests[0].query("app_id")), (Some("2"), Some("app_A-1")));
    assert_eq!(requests[0].query("offset"), None);
    assert_eq!((requests[0].status, requests[1].status), (Some(200), Some(404)));
    assert_eq!(requests[0].bytes, reply.body.len() as u64);
    assert!(requests[0].started <= requests[0].ended.unwrap());
    assert!(requests[0].ended.unwrap() <= requests[1].started);
    assert_eq!(requests[0].header("x-auth-token"), Some("secret"));
    assert!(!format!("{simulator:?}{requests:?}").contains("secret"));
    simulator.clear_requests();
    assert_eq!((simulator.requests().len(), simulator.request_count()), (0, 2));
}

#[tokio::test]
async fn requests_at_the_same_time_are_counted() {
    let simulator = Simulator::builder().tasks(5).latency(Duration::from_millis(50)).start().await.unwrap();
    let replies = futures::future::join_all((0..4).map(|_| page(&simulator, "limit=1"))).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
    assert_eq!((simulator.most_in_flight(), simulator.in_flight()), (4, 0));
    for request in simulator.requests() {
        let took = request.ended.unwrap() - request.started;
        assert!(took >= Duration::from_millis(50), "{took:?}");
    }
}

#[tokio::test]
async fn a_client_that_goes_leaves_a_request_without_an_answer() {
    let simulator = Simulator::builder().tasks(5).latency(Duration::from_secs(600)).start().await.unwrap();
    let target = format!("{LIST}?task_type=softwareUpgrade");
    let stream = open(&simulator, "GET", &target, &[], "").await.unwrap();
    while simulator.in_flight() == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    while simulator.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
    let request = &simulator.requests()[0];
    assert_eq!((request.status, request.bytes), (None, 0));
    assert!(request.ended.is_some());
}

#[tokio::test]
async fn edits_show_at_once() {
    let simulator = Simulator::builder().tasks(10).start().await.unwrap();
    let ids = simulator.edit(|list| list.ids("softwareUpgrade"));
    let created = simulator.edit(|list| list.create("softwareUpgrade"));
    assert!(created > ids[0]);
    simulator.edit(|list| {
        assert!(list.delete(&ids[0]) && !list.delete(&ids[0]));
        assert!(list.set_status(&ids[1], "Stopped") && !list.set_status(&ids[0], "Stopped"));
        assert!(list.set_json(&ids[2], r#"{"task_id":7}"#));
    });
    let reply = page(&simulator, "limit=50").await;
    let records = reply.json()["batchtasks"].clone();
    assert_eq!(reply.json()["page"]["count"], 10);
    assert_eq!(records[0]["task_id"], created.as_str());
    assert_eq!((&records[1]["task_id"], &records[1]["status"]), (&ids[1].as_str().into(), &"Stopped".into()));
    assert_eq!(records[2], serde_json::json!({"task_id": 7}));
}

#[tokio::test]
async fn a_task_can_be_put_anywhere() {
    let simulator = Simulator::builder().tasks(10).start().await.unwrap();
    let mut task = simulator.edit(|list| list.tasks())[4].clone();
    simulator.edit(|list| {
        assert!(!list.insert(&task), "it is there already");
        task.id.replace_range(20.., "ffff");
        task.status = "Unheard".to_owned();
        task.app_id = "app_D-4".to_owned();
        assert!(list.insert(&task));
        assert_eq!(list.ids("softwareUpgrade")[4], task.id);
    });
    let reply = page(&simulator, "status=Unheard&app_id=app_D-4").await;
    assert_eq!(reply.ids(), [task.id]);
    assert_eq!(reply.json()["batchtasks"][0]["status"], "Unheard");
}

#[tokio::test]
async fn hooks_edit_before_each_request() {
    let simulator = Simulator::builder()
        .tasks(20)
        .before_each(|number, list| {
            if number % 2 == 0 {
                let newest = list.ids("softwareUpgrade")[0].clone();
                list.delete(&newest);
            }
        })
        .start()
        .await
        .unwrap();
    let ids = simulator.edit(|list| list.ids("softwareUpgrade"));
    let mut heads = Vec::new();
    for _ in 0..5 {
        heads.push(page(&simulator, "limit=1").await.ids()[0].clone());
    }
    assert_eq!(heads, [0, 1, 1, 2, 2].map(|index: usize| ids[index].clone()));
}

#[tokio::test]
async fn scripted_edits_follow_from_the_seed() {
    let edited = async |seed| {
        let simulator = Simulator::builder()
            .tasks(40)
            .seed(seed)
            .delete_every(3)
            .create_every(4)
            .set_status_every(5)
            .start()
            .await
            .unwrap();
        let before = simulator.edit(|list| list.tasks());
        for _ in 0..20 {
            page(&simulator, "limit=1").await;
        }
        let after = simulator.edit(|list| list.tasks());
        (before, after)
    };
    let (before, after) = edited(7).await;
    assert_eq!(edited(7).await, (before.clone(), after.clone()));
    assert_eq!(after.len(), 40 - 6 + 5);
    let stayed = after.iter().filter_map(|task| Some((task, before.iter().find(|other| other.id == task.id)?)));
    assert!(stayed.filter(|(now, then)| now.status != then.status).count() >= 1);
}

#[tokio::test]
async fn down_refuses_and_resets_until_it_is_up_again() {
    let simulator = Simulator::builder().tasks(5).latency(Duration::from_secs(600)).start().await.unwrap();
    let target = format!("{LIST}?task_type=softwareUpgrade");
    let waiting = send(&simulator, "GET", &target, &[], "");
    let going_down = async {
        while simulator.in_flight() == 0 {
            tokio::task::yield_now().await;
        }
        simulator.set_down(true).await;
    };
    let (torn, ()) = tokio::join!(waiting, going_down);
    assert_eq!(torn.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    let refused = TcpStream::connect(simulator.address()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(simulator.in_flight(), 0);
    simulator.set_down(false).await;
    assert!(TcpStream::connect(simulator.address()).await.is_ok());
}

/// `localhost` may mean either address.
#[tokio::test]
async fn both_loopback_addresses_are_listened_on_where_there_are_two() {
    if tokio::net::TcpListener::bind("[::1]:0").await.is_err() {
        println!("skipped: there is no IPv6 here");
        return;
    }
    let simulator = Simulator::builder().tasks(5).start().await.unwrap();
    let six = std::net::SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, simulator.address().port()));
    let mut open = TcpStream::connect(six).await.unwrap();
    simulator.set_down(true).await;
    let read = tokio::io::AsyncReadExt::read(&mut open, &mut [0]).await;
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    assert!(TcpStream::connect(six).await.is_err());
    simulator.set_down(false).await;
    assert!(TcpStream::connect(six).await.is_ok());
}

#[tokio::test]
async fn a_dropped_simulator_is_gone() {
    let simulator = Simulator::builder().start().await.unwrap();
    let address = simulator.address();
    let mut open = TcpStream::connect(address).await.unwrap();
    drop(simulator);
    let mut nothing = [0; 1];
    let read = tokio::io::AsyncReadExt::read(&mut open, &mut nothing).await;
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_port_can_be_chosen_and_is_had_once() {
    let first = Simulator::builder().start().await.unwrap();
    let error = Simulator::builder().port(first.address().port()).start().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    assert_eq!(first.endpoint(), format!("http://{}", first.address()));
}
