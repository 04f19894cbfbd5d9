//! Single decisions: who is admitted when, and who waits.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::client::quota::{Admission, Answered, Gate, LONGEST_PAUSE, Quota};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const THROTTLED: Answered = Answered::Throttled(Some(Duration::from_secs(2)));

#[test]
fn one_throttled_answer_stops_everything_until_its_time() {
    let (mut quota, start) = (Quota::new(None), Instant::now());
    (0..3).for_each(|_| assert_eq!(quota.admit(start), Admission::Now));
    let later = start + seconds(1);
    quota.back(start, THROTTLED, later);
    assert_eq!(quota.admit(later), Admission::At(later + seconds(2)));
    quota.back(start, Answered::Throttled(Some(seconds(5))), later);
    assert_eq!(quota.admit(later + seconds(2)), Admission::At(later + seconds(5)), "the longest counts");
    assert_eq!(quota.admit(later + seconds(5)), Admission::Now);
}

#[test]
fn a_service_cannot_stop_a_client_for_hours() {
    let (mut quota, start) = (Quota::new(None), Instant::now());
    assert_eq!(quota.admit(start), Admission::Now);
    quota.back(start, Answered::Throttled(Some(Duration::MAX)), start);
    assert_eq!(quota.admit(start), Admission::At(start + LONGEST_PAUSE));
}

#[test]
fn pauses_grow_while_nothing_is_served() {
    let (mut quota, mut now) = (Quota::new(None), Instant::now());
    let mut pauses = Vec::new();
    for _ in 0..9 {
        assert_eq!(quota.admit(now), Admission::Now);
        quota.back(now, Answered::Throttled(None), now);
        let Admission::At(until) = quota.admit(now) else { panic!("not paused") };
        pauses.push(until.duration_since(now).as_millis());
        now = until + seconds(20);
    }
    assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
}

#[test]
fn fewer_are_under_way_after_a_throttled_answer_and_more_again_with_every_served_one() {
    let (mut quota, start) = (Quota::new(None), Instant::now());
    (0..10).for_each(|_| assert_eq!(quota.admit(start), Admission::Now));
    quota.back(start, THROTTLED, start);
    // The others say nothing new.
    (0..3).for_each(|_| quota.back(start, THROTTLED, start));
    assert_eq!(quota.under_way, 6);
    let mut now = start + seconds(3);
    assert_eq!(quota.admit(now), Admission::Now);
    assert_eq!(quota.most_under_way.floor(), 8.0);
    let before = quota.most_under_way;
    (0..6).for_each(|_| quota.back(start, Answered::Served, now));
    assert!((0.5..1.0).contains(&(quota.most_under_way - before)));
    now += seconds(30);
    quota.back(now, THROTTLED, now);
    assert_eq!(quota.most_under_way, 1.0);
}

#[tokio::test(start_paused = true)]
async fn who_came_first_goes_first_and_who_leaves_gives_way() {
    let gate = Gate::new(Quota::new(Some(1.0)));
    drop(gate.enter().await);
    let start = Instant::now();
    let enter = |name: &'static str| {
        let gate = gate.clone();
        tokio::spawn(async move {
            drop(gate.enter().await);
            (name, start.elapsed().as_secs())
        })
    };
    let (leaves, second) = (enter("leaves"), enter("second"));
    tokio::task::yield_now().await;
    let third = enter("third");
    tokio::task::yield_now().await;
    leaves.abort();
    assert_eq!((second.await.unwrap(), third.await.unwrap()), (("second", 1), ("third", 2)));
}

#[tokio::test(start_paused = true)]
async fn an_aborted_request_gives_its_place_back() {
    let gate = Gate::new(Quota::new(None));
    let aborted = gate.enter().await;
    let throttled = gate.enter().await;
    throttled.answered(Answered::Throttled(None));
    sleep(seconds(1)).await;
    // One at most is under way now, and that is the one that will never be answered.
    let waiting = tokio::spawn({
        let gate = gate.clone();
        async move { drop(gate.enter().await) }
    });
    sleep(seconds(60)).await;
    assert!(!waiting.is_finished());
    drop(aborted);
    waiting.await.unwrap();
}
