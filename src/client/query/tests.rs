//! Which lists a query names, and what it refuses.

use super::*;

fn lists(query: impl Fn(&Client) -> BatchTaskQuery) -> Vec<String> {
    let client = Client::builder().region("cn-north-4").project_id("a").token("t").build().unwrap();
    query(&client).checked().unwrap().0.iter().map(|source| source.name.clone()).collect()
}

#[test]
fn every_known_type_is_a_list_and_further_ones_are_added_once() {
    let known: Vec<_> = TaskType::KNOWN.iter().map(TaskType::to_string).collect();
    assert_eq!(lists(Client::all_batch_tasks), known);
    let more = lists(|client| client.all_batch_tasks().task_type("deviceJob").task_type("createDevices"));
    assert_eq!(more.len(), known.len() + 1);
    assert!(more.contains(&"deviceJob".to_owned()));
}

#[test]
fn a_filter_that_is_set_twice_is_refused_with_both_values() {
    let client = Client::builder().region("cn-north-4").project_id("a").token("t").build().unwrap();
    let query = || client.batch_tasks(TaskType::SoftwareUpgrade).status(TaskStatus::Fail).app_id("a");
    for (query, name, value) in [
        (query().status(TaskStatus::Success), "status", "Fail and Success"),
        (query().app_id("b"), "app_id", "a and b"),
    ] {
        match query.stream() {
            Err(Error::Argument(error)) => assert_eq!((error.name(), error.value()), (name, value)),
            other => panic!("{other:?}"),
        }
    }
    assert!(query().status(TaskStatus::Fail).app_id("a").stream().is_ok());
}

#[test]
fn a_type_given_twice_is_read_once() {
    let query = |client: &Client| client.batch_tasks("createDevices").task_type(TaskType::CreateDevices);
    assert_eq!(lists(query), ["createDevices"]);
}
