//! In which order, how fast and with how much memory.

use super::*;

#[tokio::test(start_paused = true)]
async fn every_sub_task_of_every_task_comes_once() {
    for order in ORDERS {
        for rows in [vec![], vec![0, 0], vec![1], vec![3, 0, 120, 50, 0, 700, 51], vec![10; 130]] {
            for prefetch in [0, 1, 3, 11] {
                let service = service(rows.clone());
                let found = take(&mut stream(&service, &How { order, prefetch, ..ALL }, None), usize::MAX).await;
                assert_exact(order, &found, &expected(&service, None), (&rows, prefetch));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_after_any_sub_task_continues_with_the_next() {
    let rows = [70, 3, 0, 120, 50, 51, 200, 1, 1, 99, 40, 130, 7];
    let number: usize = rows.iter().sum();
    for order in ORDERS {
        for step in [1, 49, 50, 51, 97, 333] {
            let service = service(rows);
            let (mut found, mut checkpoint) = (Vec::new(), None);
            loop {
                let how = How { order, prefetch: 5, ..ALL };
                let mut part = stream(&service, &how, checkpoint.take());
                // Many short runs at the start and at the end of tasks; then on to the next.
                let rows = take(&mut part, step).await;
                if rows.is_empty() {
                    break;
                }
                found.extend(rows);
                let taken = part.checkpoint();
                assert_eq!(taken.to_string().parse(), Ok(taken.clone()));
                checkpoint = Some(taken);
                if step == 1 && found.len() > 150 {
                    found.extend(take(&mut stream(&service, &how, checkpoint), usize::MAX).await);
                    break;
                }
            }
            assert_eq!(found.len(), number, "{order:?}, {step}");
            assert_exact(order, &found, &expected(&service, None), step);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_takes_no_longer_than_the_requests_in_flight_allow() {
    // 500 tasks of 1 to 12 pages, the long ones first and last.
    let rows = || (0..500).map(|task| if task % 97 == 0 { 590 } else { 30 + task % 110 });
    for order in ORDERS {
        let service = service(rows());
        let started = tokio::time::Instant::now();
        let found = take(&mut stream(&service, &How { order, ..ALL }, None), usize::MAX).await;
        assert_exact(order, &found, &expected(&service, None), "time");
        let took = started.elapsed();
        let service = service.lock().unwrap();
        assert_eq!(service.most_in_flight, 11, "{order:?}");
        let floor = LATENCY * u32::try_from(service.requests.div_ceil(11)).unwrap();
        assert!(took <= floor.mul_f64(1.2), "{order:?}: {took:?}, floor {floor:?}");
    }
}

/// As a service has them: most tasks without a failure, some with many, each of which is read page after page.
#[tokio::test(start_paused = true)]
async fn long_tasks_hold_nothing_up_and_what_waits_for_them_stays_small() {
    let rows = || (0..400).map(|task| [0, 0, 0, 3_000, 0, 0, 20 * (task * 7 % 75), 0][task * 3 % 8]);
    for order in ORDERS {
        let service = service(rows());
        let started = tokio::time::Instant::now();
        let mut stream = stream(&service, &How { order, ..ALL }, None);
        let (mut found, mut most) = (0, 0);
        while let Some(row) = next(&mut stream).await {
            row.unwrap();
            found += 1;
            most = most.max(stream.begun().1);
        }
        assert_eq!(found, rows().sum::<usize>());
        let took = started.elapsed();
        let floor = LATENCY * u32::try_from(service.lock().unwrap().requests.div_ceil(11)).unwrap();
        assert!(took <= floor.mul_f64(1.2), "{order:?}: {took:?}, floor {floor:?}");
        assert!(most < 2_000_000, "{order:?}: {most}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_ready_stays_within_the_byte_budget() {
    for order in ORDERS {
        let service = service([2_000; 40]);
        let budget = 100_000;
        let mut stream = stream(&service, &How { order, bytes: budget, ..ALL }, None);
        let mut most = 0;
        for _ in 0..3_000 {
            next(&mut stream).await.unwrap().unwrap();
            // All that can come without another poll has come.
            tokio::time::sleep(LATENCY * 3).await;
            most = most.max(stream.begun().1);
        }
        // A page of 50 rows takes about 2.5 kB.
        assert!(most > budget / 2 && most <= budget + 11 * 4_000, "{order:?}: {most}");
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_are_there_throughout_come_once_while_others_go() {
    for order in ORDERS {
        let service = service([400, 90, 700, 260, 51]);
        service.lock().unwrap().edits = true;
        let mut stream = stream(&service, &How { order, ..ALL }, None);
        let found = take(&mut stream, usize::MAX).await;
        let unique: HashSet<&String> = found.iter().collect();
        assert_eq!(unique.len(), found.len(), "{order:?}: twice");
        let throughout = expected(&service, None);
        assert!(throughout.len() < 1_501 && throughout.iter().all(|row| unique.contains(row)), "{order:?}: lost");
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_sub_tasks_cost_one_request_beside_that_for_the_tasks() {
    let service = service([120; 60]);
    let mut stream = stream(&service, &ALL, None);
    take(&mut stream, 10).await;
    assert_eq!(service.lock().unwrap().requests, 1);
}

#[test]
fn the_stream_can_be_sent_and_kept() {
    fn check<T: Send + Unpin + 'static>() {}
    check::<SubTaskStream>();
    check::<SubTaskCheckpoint>();
    #[cfg(feature = "client")]
    check::<SubTaskQuery>();
}
