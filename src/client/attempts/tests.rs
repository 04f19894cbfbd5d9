//! Requests that fail, on a paused clock.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;

use super::*;

fn failure(kind: FailureKind) -> SourceError {
    SourceError::new(kind, "failure")
}

fn status(status: u16) -> SourceError {
    let retryable = !matches!(status, 400..=407);
    SourceError::new(FailureKind::Status, "no").with_status(status).with_retryable(retryable)
}

/// A scan of so many requests, 11 at once, each attempt answered after 20 ms: how long it takes, and how many
/// attempts.
async fn scan(
    requests: usize,
    answer: impl Fn() -> Result<(), SourceError>,
) -> (Result<(), SourceError>, Duration, usize) {
    fastrand::seed(7);
    let (attempts, count) = (Attempts::new(RetryPolicy::default(), None), AtomicUsize::new(0));
    let attempt = |_| async {
        count.fetch_add(1, Ordering::Relaxed);
        let answer = answer();
        let hangs = matches!(&answer, Err(error) if error.kind() == FailureKind::Timeout);
        sleep(Duration::from_millis(if hangs { 2000 } else { 20 })).await;
        answer
    };
    let started = Instant::now();
    let mut scan = futures::stream::iter(0..requests).map(|_| attempts.run(attempt)).buffered(11);
    while let Some(done) = scan.next().await {
        if let Err(error) = done {
            return (Err(error), started.elapsed(), count.load(Ordering::Relaxed));
        }
    }
    (Ok(()), started.elapsed(), count.load(Ordering::Relaxed))
}

#[tokio::test(start_paused = true)]
async fn a_scan_with_one_failure_in_ten_completes() {
    let (outcome, took, attempts) = scan(410, || match fastrand::u8(0..100) {
        0..5 => Err(status(500)),
        5..7 => Err(failure(FailureKind::Decode).with_retryable(true)),
        7..9 => Err(failure(FailureKind::Interrupted)),
        9 => Err(status(502)),
        _ => Ok(()),
    })
    .await;
    outcome.unwrap();
    assert!((430..500).contains(&attempts), "{attempts}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_quota_of_iam_costs_what_iam_asked_for_and_slows_nothing_else() {
    let (outcome, faultless, _) = scan(410, || Ok(())).await;
    outcome.unwrap();
    let asked = Duration::from_secs(2);
    let refused = AtomicUsize::new(0);
    // All that are under way wait for the one token.
    let (outcome, took, attempts) = scan(410, || match refused.fetch_add(1, Ordering::Relaxed) {
        0..11 => {
            Err(failure(FailureKind::Credentials).with_status(429).with_retryable(true).with_retry_after(Some(asked)))
        }
        _ => Ok(()),
    })
    .await;
    outcome.unwrap();
    assert_eq!(attempts, 410 + 11);
    assert!((asked..faultless + asked + Duration::from_millis(500)).contains(&took), "{took:?} {faultless:?}");
}

#[tokio::test(start_paused = true)]
async fn requests_that_hang_cost_little_more_than_their_time_out() {
    let (outcome, faultless, _) = scan(410, || Ok(())).await;
    outcome.unwrap();
    let hung = AtomicUsize::new(0);
    let (outcome, took, _) = scan(410, || match fastrand::u8(0..200) {
        0 => Err({
            hung.fetch_add(1, Ordering::Relaxed);
            failure(FailureKind::Timeout)
        }),
        _ => Ok(()),
    })
    .await;
    outcome.unwrap();
    let time_outs = Duration::from_secs(2) * u32::try_from(hung.into_inner()).unwrap();
    assert!(!time_outs.is_zero() && took < 3 * faultless + time_outs, "{took:?} {faultless:?} {time_outs:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_for_five_seconds_is_waited_for() {
    let started = Instant::now();
    let away = Duration::from_secs(1)..Duration::from_secs(6);
    let (outcome, took, attempts) = scan(1000, || match away.contains(&started.elapsed()) {
        true => Err(failure(FailureKind::Connect)),
        false => Ok(()),
    })
    .await;
    outcome.unwrap();
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert!(attempts < 1000 + 75, "a storm of {attempts}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stays_away_is_reported_in_time_and_not_stormed() {
    let (outcome, took, attempts) = scan(1000, || Err(failure(FailureKind::Connect))).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.attempt()), (FailureKind::Connect, 12));
    assert!((5..120).contains(&took.as_secs()), "{took:?}");
    assert!(attempts <= 11 + 50 + 2 * took.as_secs() as usize + 1, "a storm of {attempts}");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_ends_is_given_up_on_time() {
    let attempts = Attempts::new(RetryPolicy::default(), None);
    let started = Instant::now();
    let error = attempts.run(|_| std::future::pending::<Result<(), _>>()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempt()), (FailureKind::Timeout, 1));
    assert_eq!(started.elapsed().as_secs(), 300);
}

#[tokio::test(start_paused = true)]
async fn waits_beyond_what_a_clock_counts_are_cut_or_given_up() {
    let policy = RetryPolicy::default().initial_backoff(Duration::MAX).max_backoff(Duration::MAX);
    for (retry_after, attempt) in [(None, 2), (Some(Duration::MAX), 1)] {
        let (attempts, error) = (Attempts::new(policy, None), status(503).with_retry_after(retry_after));
        let outcome = attempts.run(|_| std::future::ready(Err::<(), _>(error.clone()))).await;
        assert_eq!(outcome.unwrap_err().attempt(), attempt);
    }
    let throttled = status(429).with_retry_after(Some(Duration::MAX));
    let attempts = Attempts::new(policy.max_attempts(3), None);
    let outcome = attempts.run(|_| std::future::ready(Err::<(), _>(throttled.clone()))).await;
    let attempt = outcome.unwrap_err().attempt();
    assert!((5..=6).contains(&attempt), "{attempt}: a pause is a minute at most, and the limit is five");
}

#[tokio::test(start_paused = true)]
async fn throttled_answers_end_with_the_time_alone_and_the_error_names_the_quota() {
    let text = "The throttling threshold has been reached: policy user over ratelimit,limit:100,time:1 day";
    let throttled = status(429).with_service_error(Some("APIGW.0308".into()), Some(text.into()));
    let attempts = Attempts::new(RetryPolicy::default().max_attempts(2), None);
    let started = Instant::now();
    let error = attempts.run(|_| std::future::ready(Err::<(), _>(throttled.clone()))).await.unwrap_err();
    assert_eq!(started.elapsed().as_secs(), 300);
    assert_eq!((error.status(), error.error_code(), error.is_retryable()), (Some(429), Some("APIGW.0308"), true));
    assert!(error.to_string().contains("its quota is 100 requests in 86400 s (policy user)"), "{error}");

    let attempts = Attempts::new(RetryPolicy::none(), None);
    let outcome = attempts.run(|_| std::future::ready(Err::<(), _>(throttled.clone()))).await;
    assert_eq!(outcome.unwrap_err().attempt(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_window_that_others_used_up_is_waited_for_without_an_error() {
    let text = "policy user over ratelimit,limit:100,time:1 minute";
    let throttled = || status(429).with_service_error(None, Some(text.into()));
    let (attempts, started) = (Attempts::new(RetryPolicy::default(), None), Instant::now());
    let refused = AtomicUsize::new(0);
    let answer = |_| {
        let is_open = started.elapsed() >= Duration::from_secs(47);
        refused.fetch_add(usize::from(!is_open), Ordering::Relaxed);
        std::future::ready(if is_open { Ok(()) } else { Err(throttled()) })
    };
    attempts.run(answer).await.unwrap();
    assert!(started.elapsed() <= Duration::from_secs(47 + 30), "{:?}", started.elapsed());
    assert!(refused.into_inner() <= 4);
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_let_requests_through_before_is_tried_again() {
    let (attempts, count) = (Attempts::new(RetryPolicy::default(), None), AtomicUsize::new(0));
    let attempt = |_| async {
        match count.fetch_add(1, Ordering::Relaxed) {
            0 | 2 => Err(failure(FailureKind::Proxy)),
            _ => Ok(()),
        }
    };
    let outcomes = [attempts.run(attempt).await, attempts.run(attempt).await, attempts.run(attempt).await];
    assert_eq!(outcomes.map(|outcome| outcome.is_ok()), [false, true, true]);
    assert_eq!(count.into_inner(), 4, "the third was sent twice");
}

#[tokio::test(start_paused = true)]
async fn the_last_wait_is_cut_so_that_all_of_the_time_is_used() {
    for seed in 0..50 {
        fastrand::seed(seed);
        let attempts = Attempts::new(RetryPolicy::default().max_elapsed(Duration::from_secs(6)), None);
        let started = Instant::now();
        let outcome = attempts.run(|_| std::future::ready(Err::<(), _>(failure(FailureKind::Connect)))).await;
        let (took, error) = (started.elapsed(), outcome.unwrap_err());
        assert!(took >= Duration::from_secs(5) || error.attempt() == 12, "{took:?}, {error}");
        assert!(took <= Duration::from_secs(6), "{took:?}");
    }
}

/// Requests that fail for 0.4 s: how long until all are through after the first success.
#[tokio::test(start_paused = true)]
async fn a_short_outage_under_many_requests_is_over_when_it_is_over() {
    for at_once in [11, 22, 64] {
        fastrand::seed(7);
        let (attempts, started) = (Attempts::new(RetryPolicy::default(), None), Instant::now());
        let attempt = |_| async {
            sleep(Duration::from_millis(20)).await;
            match started.elapsed() < Duration::from_millis(400) {
                true => Err(failure(FailureKind::Connect)),
                false => Ok(()),
            }
        };
        let mut scan = futures::stream::iter(0..400).map(|_| attempts.run(attempt)).buffer_unordered(at_once);
        while let Some(done) = scan.next().await {
            done.unwrap();
        }
        let at_best = Duration::from_millis(400 + 20 * 400 / at_once as u64);
        assert!(started.elapsed() < at_best + Duration::from_secs(2), "{at_once}: {:?}", started.elapsed());
    }
}

/// A server that takes 50 requests a second and answers 503 to the rest.
#[tokio::test(start_paused = true)]
async fn a_limit_by_503_is_found_and_used() {
    fastrand::seed(7);
    let (attempts, started) = (Attempts::new(RetryPolicy::default(), None), Instant::now());
    let taken = Mutex::new(Vec::<Instant>::new());
    let attempt = |_| async {
        sleep(Duration::from_millis(20)).await;
        let (mut taken, now) = (taken.lock().unwrap(), Instant::now());
        taken.retain(|at| now.duration_since(*at) < Duration::from_secs(1));
        if taken.len() >= 50 {
            return Err(status(503));
        }
        taken.push(now);
        Ok(())
    };
    let mut scan = futures::stream::iter(0..1_000).map(|_| attempts.run(attempt)).buffer_unordered(64);
    while let Some(done) = scan.next().await {
        done.unwrap();
    }
    assert!(started.elapsed() < Duration::from_secs(2 * 1_000 / 50), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_turn_counts_against_the_time_limit_of_the_request() {
    let attempts = Attempts::new(RetryPolicy::default(), Some(0.002));
    let started = Instant::now();
    attempts.run(|_| async { Ok(()) }).await.unwrap();
    let error = attempts.run(|_| async { Ok(()) }).await.unwrap_err();
    assert_eq!((error.kind(), started.elapsed().as_secs()), (FailureKind::Timeout, 300));
    assert!(error.to_string().contains("rate_limit"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_succeed_is_tried_once() {
    for refused in [400, 401, 403, 404] {
        let (outcome, _, attempts) = scan(1, || Err(status(refused))).await;
        assert_eq!((outcome.unwrap_err().attempt(), attempts), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn throttling_is_reported_and_slows_down_all_requests() {
    let attempts = Attempts::new(RetryPolicy::default(), None);
    let answer = |number| async move {
        match number {
            1 => Err(status(429).with_retry_after(Some(Duration::from_secs(3)))),
            _ => Ok(number),
        }
    };
    let started = Instant::now();
    let (one, other) = tokio::join!(attempts.run(answer), async {
        tokio::task::yield_now().await;
        attempts.run(|number| async move { Ok(number) }).await
    });
    assert_eq!((one.unwrap(), other.unwrap()), ((2, true), (1, false)));
    assert!(started.elapsed() >= Duration::from_secs(3));
}

/// How long an attempt lives that never ends, where so many bytes arrive within its time, and then in each quarter of it.
async fn lives(within: u64, quarters: &[u64]) -> Duration {
    let limit = Duration::from_secs(40);
    let attempts = Attempts::new(RetryPolicy::default().max_elapsed(limit), None);
    let (arrived, started) = (Cell::new(0), Instant::now());
    let arriving = async {
        sleep(limit - Duration::from_secs(1)).await;
        arrived.set(within);
        for bytes in quarters {
            sleep(limit / GRACE_PARTS).await;
            arrived.set(arrived.get() + bytes);
        }
        std::future::pending::<()>().await
    };
    let (traced, attempt) = (Traced::default(), |_| std::future::pending::<Result<(), SourceError>>());
    let error = tokio::select! {
        outcome = attempts.run_while_arriving(&traced, || arrived.get(), attempt) => outcome.unwrap_err(),
        () = arriving => unreachable!(),
    };
    assert_eq!(error.kind(), FailureKind::Timeout);
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn an_answer_lives_on_as_long_as_enough_of_it_arrives() {
    let enough = PROGRESS as u64;
    let cases: [(u64, &[u64], u64); 6] = [
        (enough - 1, &[enough], 0),
        (enough, &[], 1),
        (enough, &[enough], 2),
        (enough, &[enough - 1, enough], 1),
        (enough, &[enough, enough, enough], 4),
        (1000 * enough, &[enough, enough - 1], 2),
    ];
    for (within, quarters, parts) in cases {
        let took = lives(within, quarters).await;
        assert_eq!(took, Duration::from_secs(40 + 10 * parts), "{within} {quarters:?}");
    }
}
