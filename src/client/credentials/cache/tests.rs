//! The clock of the fetches is tokio's, paused; the time that counts for expiry is passed with each call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::join_all;

use super::*;

/// A place to fetch from: it takes a second, counts, and answers with tokens of a lifetime, with failures or with
/// the same token over and over.
#[derive(Clone, Default)]
struct Origin {
    fetches: Arc<AtomicU64>,
    lifetime: Option<SignedDuration>,
    fails_from: Option<u64>,
    always_same: bool,
}

impl Origin {
    fn lasting(seconds: i64) -> Self {
        Self { lifetime: Some(SignedDuration::from_secs(seconds)), ..Self::default() }
    }

    async fn fetch(&self, now: Timestamp) -> Fetched {
        let number = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
        if self.fails_from.is_some_and(|first| number >= first) {
            return Err(SourceError::new(FailureKind::Credentials, format!("failure {number}")).with_retryable(true));
        }
        let token = TemporaryCredentials::token(format!("token {}", if self.always_same { 1 } else { number }));
        Ok(match self.lifetime {
            Some(lifetime) => token.expires_at(now + lifetime),
            None => token,
        })
    }

    fn fetches(&self) -> u64 {
        self.fetches.load(Ordering::SeqCst)
    }
}

/// So many milliseconds after the beginning.
fn at(milliseconds: i64) -> Timestamp {
    "2026-08-22T10:15:30Z".parse::<Timestamp>().unwrap() + SignedDuration::from_millis(milliseconds)
}

async fn current(cache: &Cache, origin: &Origin, now: Timestamp) -> Result<u64, String> {
    let answer = cache.current(now, origin.fetch(now)).await;
    answer.map(|(_, generation)| generation).map_err(|error| error.to_string())
}

async fn refused(cache: &Cache, origin: &Origin, generation: u64, now: Timestamp) -> Result<bool, String> {
    cache.refused(generation, now, origin.fetch(now)).await.map_err(|error| error.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_hundred_requests_fetch_once() {
    let (cache, origin) = (Cache::default(), Origin::lasting(86_400));
    let generations = join_all((0..100).map(|_| current(&cache, &origin, at(0)))).await;
    assert_eq!((generations, origin.fetches()), (vec![Ok(1); 100], 1));
    assert_eq!((current(&cache, &origin, at(5_000)).await, origin.fetches()), (Ok(1), 1));
}

#[tokio::test(start_paused = true)]
async fn a_hundred_refusals_fetch_once() {
    let (cache, origin) = (Cache::default(), Origin::default());
    assert_eq!(current(&cache, &origin, at(0)).await, Ok(1));
    let answers = join_all((0..100).map(|_| refused(&cache, &origin, 1, at(0)))).await;
    assert_eq!((answers, origin.fetches()), (vec![Ok(true); 100], 2));
    assert_eq!(
        (refused(&cache, &origin, 1, at(0)).await, origin.fetches()),
        (Ok(true), 2),
        "it came too late to matter"
    );
    assert_eq!(current(&cache, &origin, at(0)).await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn a_day_s_token_is_renewed_five_minutes_before_its_end_and_a_short_one_a_fifth_before() {
    for (seconds, renewed_at) in [(86_400, 86_100_000), (3, 2_400), (0, 0)] {
        let (cache, origin) = (Cache::default(), Origin::lasting(seconds));
        assert_eq!(current(&cache, &origin, at(0)).await, Ok(1));
        if renewed_at > 0 {
            assert_eq!(current(&cache, &origin, at(renewed_at - 1)).await, Ok(1), "{seconds} s");
        }
        assert_eq!(current(&cache, &origin, at(renewed_at)).await, Ok(2), "{seconds} s");
        assert_eq!(origin.fetches(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_without_an_end_is_kept_until_it_is_refused() {
    let (cache, origin) = (Cache::default(), Origin::default());
    assert_eq!(current(&cache, &origin, at(0)).await, Ok(1));
    assert_eq!(current(&cache, &origin, Timestamp::MAX).await, Ok(1));
    assert_eq!(refused(&cache, &origin, 1, at(0)).await, Ok(true));
    assert_eq!(current(&cache, &origin, at(0)).await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn while_one_renews_early_the_others_use_what_is_good() {
    let (cache, origin) = (Cache::default(), Origin::lasting(100));
    assert_eq!(current(&cache, &origin, at(0)).await, Ok(1));
    let started = tokio::time::Instant::now();
    let others = async {
        tokio::task::yield_now().await;
        let answer = current(&cache, &origin, at(90_000)).await;
        (answer, started.elapsed())
    };
    let (renewing, others) = tokio::join!(current(&cache, &origin, at(90_000)), others);
    assert_eq!((renewing, others), (Ok(2), (Ok(1), Duration::ZERO)));
    assert_eq!(origin.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_reported_to_all_that_waited_and_the_next_call_tries_again() {
    let (cache, origin) = (Cache::default(), Origin { fails_from: Some(1), ..Origin::default() });
    let answers = join_all((0..10).map(|_| current(&cache, &origin, at(0)))).await;
    assert_eq!((answers, origin.fetches()), (vec![Err("failure 1".to_owned()); 10], 1));
    assert_eq!(current(&cache, &origin, at(0)).await, Err("failure 2".to_owned()));
    assert_eq!(current(&cache, &Origin::default(), at(0)).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_early_leaves_the_token_in_use_and_is_not_tried_by_every_request() {
    let (cache, origin) = (Cache::default(), Origin { fails_from: Some(2), ..Origin::lasting(100) });
    assert_eq!(current(&cache, &origin, at(0)).await, Ok(1));
    assert_eq!((current(&cache, &origin, at(80_000)).await, origin.fetches()), (Ok(1), 2));
    assert_eq!((current(&cache, &origin, at(83_999)).await, origin.fetches()), (Ok(1), 2), "a fifth of what was left");
    assert_eq!((current(&cache, &origin, at(84_000)).await, origin.fetches()), (Ok(1), 3));
    assert_eq!(current(&cache, &origin, at(100_000)).await, Err("failure 4".to_owned()), "now it has ended");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_not_used_again_when_its_renewal_fails() {
    let (cache, origin) = (Cache::default(), Origin { fails_from: Some(2), ..Origin::lasting(100) });
    assert_eq!(current(&cache, &origin, at(0)).await, Ok(1));
    let answers = join_all((0..10).map(|_| refused(&cache, &origin, 1, at(0)))).await;
    assert_eq!((answers, origin.fetches()), (vec![Err("failure 2".to_owned()); 10], 2));
    assert_eq!(current(&cache, &origin, at(0)).await, Err("failure 3".to_owned()));
    assert_eq!(current(&cache, &Origin::default(), at(0)).await, Ok(1), "the place has come back with the same token");
}

#[tokio::test(start_paused = true)]
async fn the_same_credentials_again_are_not_worth_another_try() {
    let (cache, origin) = (Cache::default(), Origin { always_same: true, ..Origin::default() });
    assert_eq!(current(&cache, &origin, at(0)).await, Ok(1));
    let answers = join_all((0..10).map(|_| refused(&cache, &origin, 1, at(0)))).await;
    assert_eq!((answers, origin.fetches()), (vec![Ok(false); 10], 2));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_is_dropped_midway_is_taken_over_by_the_next_in_line() {
    let (cache, origin) = (Cache::default(), Origin::default());
    let half = Duration::from_millis(500);
    let dropped = tokio::time::timeout(half, current(&cache, &origin, at(0)));
    let (dropped, next) = tokio::join!(dropped, current(&cache, &origin, at(0)));
    assert!(dropped.is_err());
    assert_eq!((next, origin.fetches()), (Ok(1), 2));

    let dropped = tokio::time::timeout(half, refused(&cache, &origin, 1, at(0)));
    let (dropped, next) = tokio::join!(dropped, current(&cache, &origin, at(0)));
    assert!(dropped.is_err());
    assert_eq!((next, origin.fetches()), (Ok(2), 4), "a refused token is not used again");
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_hangs_ends_after_thirty_seconds() {
    let cache = Cache::default();
    let started = tokio::time::Instant::now();
    let error = cache.current(at(0), std::future::pending()).await.unwrap_err();
    assert_eq!(started.elapsed(), FETCH_LIMIT);
    assert_eq!((error.kind(), error.is_retryable()), (FailureKind::Credentials, true));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_panics_poisons_nothing() {
    let cache = Arc::new(Cache::default());
    let panicking = cache.clone();
    let task = tokio::spawn(async move { panicking.current(at(0), async { panic!("the vault is broken") }).await });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(current(&cache, &Origin::default(), at(0)).await, Ok(1));
}
