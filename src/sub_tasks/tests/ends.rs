//! What ends a task, or all of them, and what does not.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_is_the_last_item_and_a_later_stream_continues_there() {
    for order in ORDERS {
        let service = service([120, 300, 80, 260, 51]);
        service.lock().unwrap().fails = Some((9, 500));
        let mut first = stream(&service, &How { order, ..ALL }, None);
        let mut found = Vec::new();
        let error = loop {
            match next(&mut first).await.unwrap() {
                Ok(row) => found.push(row),
                Err(error) => break error,
            }
        };
        assert_eq!(error.failure().unwrap().status(), Some(500));
        assert!(next(&mut first).await.is_none() && !found.is_empty());
        service.lock().unwrap().fails = None;
        let rest = take(&mut stream(&service, &How { order, ..ALL }, Some(first.checkpoint())), usize::MAX).await;
        found.extend(rest);
        assert_exact(order, &found, &expected(&service, None), "failed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_deleted_meanwhile_ends_quietly() {
    for order in ORDERS {
        let service = service([120, 300, 80]);
        {
            let service = &mut *service.lock().unwrap();
            service.rows.remove(&service.tasks[1]);
        }
        let found = take(&mut stream(&service, &How { order, ..ALL }, None), usize::MAX).await;
        assert_exact(order, &found, &expected(&service, None), "deleted");
    }
}

#[tokio::test(start_paused = true)]
async fn sub_tasks_of_one_status_come_whether_or_not_the_service_chooses_by_it() {
    for order in ORDERS {
        let mut requests = Vec::new();
        for filters in [true, false] {
            let service = service([120, 300, 0, 80, 51, 2]);
            service.lock().unwrap().filters = filters;
            let how = How { order, status: Some("Fail"), prefetch: 2, ..ALL };
            let mut first = stream(&service, &how, None);
            let mut found = take(&mut first, 70).await;
            found.extend(take(&mut stream(&service, &how, Some(first.checkpoint())), usize::MAX).await);
            assert_exact(order, &found, &expected(&service, Some("Fail")), filters);
            requests.push(service.lock().unwrap().requests);
        }
        assert!(requests[0] < requests[1], "{requests:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_cannot_be_opened_fails_in_its_turn_and_stays_in_the_checkpoint() {
    for order in ORDERS {
        let service = service([120, 300, 80, 260, 51]);
        let id = service.lock().unwrap().tasks[2].clone();
        service.lock().unwrap().unopenable.insert(id);
        let mut first = stream(&service, &How { order, ..ALL }, None);
        let mut found = Vec::new();
        let error = loop {
            match next(&mut first).await.unwrap() {
                Ok(row) => found.push(row),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::Argument(_)), "{error}");
        if order == SubTaskOrder::OfTasks {
            assert_eq!(found.len(), 420, "all before it, and nothing after");
        }
        assert!(next(&mut first).await.is_none());
        assert_eq!(first.begun().1, 0);
        let checkpoint = first.checkpoint();
        // Until it can be opened, it is in the way.
        let mut again = stream(&service, &How { order, ..ALL }, Some(checkpoint.clone()));
        if order == SubTaskOrder::OfTasks {
            assert!(matches!(next(&mut again).await, Some(Err(Error::Argument(_)))));
            assert_eq!(again.checkpoint(), checkpoint);
        }
        service.lock().unwrap().unopenable.clear();
        found.extend(take(&mut stream(&service, &How { order, ..ALL }, Some(checkpoint)), usize::MAX).await);
        assert_exact(order, &found, &expected(&service, None), "unopenable");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_cannot_be_read_is_an_error_and_all_others_come() {
    for order in ORDERS {
        let service = service([120, 300, 80, 260, 51]);
        let id = service.lock().unwrap().tasks[3].clone();
        service.lock().unwrap().unreadable.insert(id.clone());
        let mut stream = stream(&service, &How { order, ..ALL }, None);
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        while let Some(item) = next(&mut stream).await {
            match item {
                Ok(row) => found.push(row),
                Err(Error::Record(error)) => errors.push(error),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(errors.iter().map(|error| error.identity()).collect::<Vec<_>>(), [Some(id.as_str())]);
        service.lock().unwrap().rows.remove(&id);
        assert_exact(order, &found, &expected(&service, None), "unreadable");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_nothing_is_requested_again_at_both_levels() {
    for order in ORDERS {
        let service = service([120, 0, 80]);
        let lists = service.lock().unwrap().tasks.clone();
        service.lock().unwrap().silent = lists.into_iter().chain(["tasks".to_owned()]).collect();
        let found = take(&mut stream(&service, &How { order, ..ALL }, None), usize::MAX).await;
        assert_exact(order, &found, &expected(&service, None), "silent");
        assert!(service.lock().unwrap().silent.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn every_request_counts_those_with_a_filter_that_is_refused_too() {
    for filters in [true, false] {
        let service = service([120, 300, 0, 80]);
        service.lock().unwrap().filters = filters;
        let mut stream = stream(&service, &How { status: Some("Fail"), ..ALL }, None);
        take(&mut stream, usize::MAX).await;
        let service = service.lock().unwrap();
        assert_eq!(stream.progress().requests as usize, service.requests + service.task_requests, "{filters}");
        assert_eq!((stream.task_progress().delivered, stream.task_progress().count), (4, Some(4)));
    }
}

#[cfg(feature = "client")]
#[test]
fn arguments_of_both_levels_are_refused_before_anything_is_sent() {
    let client = crate::Client::builder().region("cn-north-4").project_id("0a").token("t").build().unwrap();
    let query = || client.batch_tasks("softwareUpgrade");
    for (query, name) in [
        (query().sub_tasks().status(""), "task_detail_status"),
        (query().sub_tasks().status("x".repeat(257)), "task_detail_status"),
        (query().page_size(51).sub_tasks(), "page_size"),
        (query().app_id("a b").sub_tasks(), "app_id"),
    ] {
        match query.stream() {
            Err(Error::Argument(error)) => assert_eq!(error.name(), name, "{error}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(query().sub_tasks().status("Fail").stream().is_ok());
}
