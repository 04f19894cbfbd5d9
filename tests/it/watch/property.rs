//! A watch of a list that is edited, in any order of events, whatever its markers are.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use iotda_batch_tasks::TaskStatus;
use proptest::collection::vec;
use proptest::prelude::*;

use super::service::{Event, Markers, Odd, STATUSES, Service, Short, Spoilt, State, short};

#[derive(Clone, Debug)]
enum Step {
    /// This happens so many times between looks, or after so many requests of the next one.
    Event(usize, Event, Option<usize>),
    /// The task of this rank cannot be read until the next step of this kind.
    Spoil(usize, Spoilt),
    Heal,
    Look,
    /// The watch is stopped after so many changes of a look, and resumed from its checkpoint.
    Restart(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let rank = || prop_oneof![3 => 0..20_usize, 1 => 0..400_usize];
    prop_oneof![
        4 => (0..5_usize, any::<bool>()).prop_map(|(status, has_time)| Event::Create(status, has_time)),
        2 => rank().prop_map(Event::Delete),
        4 => (rank(), 0..5_usize).prop_map(|(rank, status)| Event::Status(rank, status)),
        2 => rank().prop_map(Event::Progress),
        1 => prop_oneof![Just(Odd::Empty), Just(Odd::Cut), Just(Odd::Failure), Just(Odd::Refusal)].prop_map(Event::Odd),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let when = prop_oneof![3 => Just(None), 1 => (0..4_usize).prop_map(Some)];
    let bursts = prop_oneof![8 => Just(1), 1 => 2..90_usize];
    let spoilt = prop_oneof![Just(Spoilt::WithId), Just(Spoilt::WithoutId)];
    let step = prop_oneof![
        10 => (event(), when, bursts).prop_map(|(event, when, times)| Step::Event(times, event, when)),
        1 => (0..60_usize, spoilt).prop_map(|(rank, spoilt)| Step::Spoil(rank, spoilt)),
        1 => Just(Step::Heal),
        4 => Just(Step::Look),
        1 => (0..5_usize).prop_map(Step::Restart),
    ];
    vec(step, 1..60)
}

/// What the changes say, held against what happened.
struct Ledger {
    service: Service,
    /// The state of each task as it was last reported, or at the beginning.
    reported: BTreeMap<u64, State>,
    gone: BTreeSet<u64>,
}

impl Ledger {
    fn take(&mut self, changes: Vec<Short>) -> Result<(), TestCaseError> {
        let world = self.service.world();
        for (number, before, after) in changes {
            match (before, after) {
                (None, Some(after)) => {
                    prop_assert!(self.reported.insert(number, after).is_none(), "{number} is reported as new twice");
                }
                (before, Some(after)) => {
                    prop_assert_ne!(before.as_ref(), Some(&after));
                    prop_assert_eq!(self.reported.insert(number, after), before, "of {}", number);
                }
                (before, None) => {
                    prop_assert!(!world.tasks.contains_key(&number), "{number} is there");
                    prop_assert_eq!(self.reported.get(&number).cloned(), before);
                    prop_assert!(self.gone.insert(number), "{number} is reported gone twice");
                }
            }
        }
        Ok(())
    }

    /// Once nothing more happens, everything is reported.
    fn is_complete(&self) -> Result<(), TestCaseError> {
        let world = self.service.world();
        for (number, task) in &world.tasks {
            match self.reported.get(number) {
                None => prop_assert!(false, "{number} is not reported as new"),
                Some(last) if last.status.is_final() && last.status != TaskStatus::Fail => {}
                Some(last) if last.status == TaskStatus::Fail && !world.created.contains_key(number) => {}
                Some(last) => prop_assert_eq!(last, task, "of {}", number),
            }
        }
        for (number, last) in self.reported.iter().filter(|(number, _)| !world.tasks.contains_key(number)) {
            let is_gone = self.gone.contains(number);
            prop_assert_eq!(is_gone, !last.status.is_final(), "{} is gone and was {:?}", number, last);
        }
        Ok(())
    }
}

async fn follow(markers: Markers, length: usize, is_strict: bool, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let service = Service::of(markers, length, |number| STATUSES[number * number % 5].clone());
    service.world().last_has_marker = is_strict || markers != Markers::Ids || length.is_multiple_of(2);
    service.world().handed_out = is_strict.then(HashSet::new);
    let mut watch = service.watch();
    prop_assert_eq!(watch.look().await, []);
    let mut ledger = Ledger { reported: service.snapshot(), service: service.clone(), gone: BTreeSet::new() };
    let mut was_odd = false;
    for step in steps {
        match step {
            // Two odd answers in a row look like the truth.
            Step::Event(_, Event::Odd(_), _) if was_odd => {}
            Step::Event(times, event, when) => {
                was_odd |= matches!(event, Event::Odd(_));
                let mut world = service.world();
                match when {
                    None => (0..times).for_each(|_| world.happen(event)),
                    Some(requests) => world.later.extend(vec![(requests, event); times]),
                }
            }
            Step::Spoil(rank, spoilt) => {
                let mut world = service.world();
                let number = world.tasks.keys().rev().nth(rank).copied();
                // A new task without a readable id cannot be distinguished from an old one, once newer ones have come.
                let is_known = |number: &u64| spoilt == Spoilt::WithId || ledger.reported.contains_key(number);
                number.filter(is_known).map(|number| world.spoilt.insert(number, spoilt));
            }
            Step::Heal => service.world().spoilt.clear(),
            Step::Look | Step::Restart(_) => {
                let most = if let Step::Restart(most) = step { most } else { usize::MAX };
                let items = watch.items(most).await;
                let changes = items.into_iter().flatten().map(|change| short(&change));
                ledger.take(changes.collect())?;
                if let Step::Restart(_) = step {
                    watch = watch.restart(&service);
                }
                service.world().settle();
                // The next look is as it should be, if this one was not.
                if std::mem::take(&mut was_odd) {
                    ledger.take(watch.look().await)?;
                }
            }
        }
    }
    service.world().spoilt.clear();
    service.world().settle();
    for _ in 0..4 {
        ledger.take(watch.look().await)?;
    }
    ledger.is_complete()
}

pub(crate) fn cases() -> u32 {
    std::env::var("WATCH_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_change_is_reported_once_and_nothing_that_stays_is_gone(
        markers in proptest::sample::select(&Markers::ALL[..]),
        length in prop_oneof![0..30_usize, 0..300_usize],
        is_strict in any::<bool>(),
        steps in steps(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(follow(markers, length, is_strict, steps))?;
    }
}
