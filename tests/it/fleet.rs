//! Several members as one stream: order, one checkpoint, and failures that stay with their member.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;
use iotda_batch_tasks::fleet::{FleetCheckpoint, FleetOrder, FleetStream, MemberState};
use iotda_batch_tasks::{RecordStream, StreamOptions};

use crate::fixture::assert_exactly_once;
use crate::model::source::{ModelSource, broken, named};
use crate::model::{List, Record};

const NAMES: [&str; 3] = ["east", "north", "south"];
const ORDERS: [FleetOrder; 2] = [FleetOrder::NewestFirst, FleetOrder::AsTheyCome];

/// Three members of two lists each; no two lists share an id.
fn members(length: usize, latency: Duration) -> Vec<Vec<ModelSource>> {
    let list = |place: u64| {
        let length = length * (1 + place as usize % 3);
        ModelSource::new(List::starting_from(place, length), latency)
    };
    (0..3).map(|member| vec![list(2 * member), list(2 * member + 1)]).collect()
}

fn stream(members: &[Vec<ModelSource>], order: FleetOrder, resume: Option<&FleetCheckpoint>) -> FleetStream<Record> {
    let streams = members.iter().zip(NAMES).map(|(lists, name)| {
        let mut options = StreamOptions::new();
        if let Some(checkpoint) = resume {
            options = options.resume(checkpoint.member(name).unwrap().clone());
        }
        (name, RecordStream::merged(named(lists.clone()), options).unwrap())
    });
    FleetStream::new(streams, order).unwrap()
}

/// The ids of a member, in the order of its own stream.
fn ids(lists: &[ModelSource]) -> Vec<String> {
    let mut ids: Vec<_> = lists.iter().flat_map(|list| list.world().list.ids()).collect();
    ids.sort_by(|left, right| right.cmp(left));
    ids
}

/// What came of each member: ids, in their order.
#[derive(Default)]
struct Arrived {
    of: BTreeMap<String, Vec<String>>,
    all: Vec<String>,
    failed: Vec<String>,
}

impl Arrived {
    async fn take(&mut self, stream: &mut FleetStream<Record>, items: usize) {
        for _ in 0..items {
            match stream.next().await {
                None => break,
                Some(Ok(item)) => {
                    self.all.push(item.record.0.clone());
                    self.of.entry(item.origin.to_string()).or_default().push(item.record.0);
                }
                Some(Err(error)) => self.failed.push(error.to_string()),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn all_members_arrive_newest_first_each_with_its_origin() {
    let members = members(130, Duration::from_millis(20));
    let mut arrived = Arrived::default();
    let mut stream = stream(&members, FleetOrder::NewestFirst, None);
    arrived.take(&mut stream, usize::MAX).await;
    assert!(arrived.all.windows(2).all(|pair| pair[0] > pair[1]));
    for (lists, name) in members.iter().zip(NAMES) {
        assert_eq!(arrived.of[name], ids(lists), "{name}");
    }
    assert_eq!(stream.progress().delivered as usize, arrived.all.len());
    assert!(stream.members().all(|member| member.state == MemberState::Complete));
}

#[tokio::test(start_paused = true)]
async fn one_checkpoint_continues_with_the_very_next_item_of_each_member() {
    let whole = members(40, Duration::from_millis(20));
    let number: usize = whole.iter().map(|lists| ids(lists).len()).sum();
    for order in ORDERS {
        for first in (0..=number).step_by(13).chain([1, number - 1, number]) {
            let mut arrived = Arrived::default();
            let mut before = stream(&whole, order, None);
            arrived.take(&mut before, first).await;
            let progress = before.progress().delivered as usize;
            let checkpoint: FleetCheckpoint = before.checkpoint().to_string().parse().unwrap();
            assert_eq!(checkpoint, before.checkpoint());
            let mut after = stream(&whole, order, Some(&checkpoint));
            arrived.take(&mut after, usize::MAX).await;
            assert_eq!((progress, arrived.all.len()), (first, number), "{order:?}, {first}");
            for (lists, name) in whole.iter().zip(NAMES) {
                assert_eq!(arrived.of[name], ids(lists), "{order:?}, {first}, {name}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_member_stays_exact_under_edits_and_over_many_resumes() {
    for order in ORDERS {
        let members = members(150, Duration::from_millis(20));
        members.iter().flatten().for_each(|list| list.world().edit_every = 2);
        let mut arrived = Arrived::default();
        let mut checkpoint = None;
        loop {
            let mut stream = stream(&members, order, checkpoint.as_ref());
            let before = arrived.all.len();
            arrived.take(&mut stream, 97).await;
            checkpoint = Some(stream.checkpoint());
            if arrived.all.len() == before {
                break;
            }
        }
        for (lists, name) in members.iter().zip(NAMES) {
            let mut throughout: Vec<_> = lists.iter().flat_map(|list| list.world().list.throughout()).collect();
            throughout.sort_by(|left, right| right.cmp(left));
            assert!(!throughout.is_empty());
            assert_exactly_once(&arrived.of[name], &throughout, (order, name));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_member_that_fails_ends_alone_and_only_the_rest_of_it_is_read_again() {
    for order in ORDERS {
        let mut members = members(200, Duration::from_millis(20));
        members[1][0] = members[1][0].clone().with_fault(|number, _| (number > 2).then(broken));
        let mut arrived = Arrived::default();
        let mut first = stream(&members, order, None);
        arrived.take(&mut first, usize::MAX).await;
        assert_eq!(arrived.failed.len(), 1, "{:?}", arrived.failed);
        assert!(arrived.failed[0].starts_with("north: type0: page "), "{:?}", arrived.failed);
        let states: Vec<_> = first.members().map(|member| member.state).collect();
        assert_eq!(states, [MemberState::Complete, MemberState::Failed, MemberState::Complete]);
        for place in [0, 2] {
            assert_eq!(arrived.of[NAMES[place]], ids(&members[place]), "{order:?}");
        }
        assert!(arrived.of["north"].len() < ids(&members[1]).len());

        members[1][0] = members[1][0].clone().with_fault(|_, _| None);
        let requests = |members: &[Vec<ModelSource>], place: usize| -> usize {
            members[place].iter().map(ModelSource::requests).sum()
        };
        let before = [requests(&members, 0), requests(&members, 2)];
        let mut second = stream(&members, order, Some(&first.checkpoint()));
        arrived.take(&mut second, usize::MAX).await;
        assert_eq!(arrived.of["north"], ids(&members[1]), "{order:?}");
        assert_eq!([requests(&members, 0), requests(&members, 2)], before, "complete members are not read again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_member_holds_up_the_order_of_all_and_nothing_else() {
    let mut members = members(100, Duration::from_millis(20));
    let slow: Vec<_> =
        members[0].iter().map(|list| ModelSource::new(list.world().list.clone(), Duration::from_secs(60))).collect();
    members[0] = slow;
    for (order, is_held_up) in [(FleetOrder::NewestFirst, true), (FleetOrder::AsTheyCome, false)] {
        let mut stream = stream(&members, order, None);
        let first = tokio::time::timeout(Duration::from_secs(1), stream.next()).await;
        assert_eq!(first.is_err(), is_held_up, "{order:?}");
    }
}

#[test]
fn names_tell_members_apart() {
    for names in [["a", "a"], ["a", ""]] {
        let empty =
            || RecordStream::merged(Vec::<iotda_batch_tasks::NamedSource<ModelSource>>::new(), StreamOptions::new());
        let error = FleetStream::new(names.map(|name| (name, empty().unwrap())), FleetOrder::NewestFirst).unwrap_err();
        assert_eq!((error.name(), error.value()), ("member", names[1]));
    }
}

#[cfg(feature = "client")]
#[test]
fn a_checkpoint_of_other_members_is_refused() {
    use iotda_batch_tasks::Client;
    use iotda_batch_tasks::fleet::Fleet;

    let client = || Client::builder().region("cn-north-4").project_id("0a").token("t").build().unwrap();
    let fleet = |names: &[&'static str]| Fleet::new(names.iter().map(|name| (*name, client()))).unwrap();
    let checkpoint = fleet(&["a", "b"]).query(Client::devices).stream().unwrap().checkpoint();
    for names in [&["a"][..], &["a", "c"], &["a", "b", "c"]] {
        let error = fleet(names).query(Client::devices).resume(checkpoint.clone()).stream().unwrap_err();
        assert!(error.to_string().contains("of a fleet of the same members"), "{error}");
    }
    assert!(fleet(&["b", "a"]).query(Client::devices).resume(checkpoint).stream().is_ok());
}

#[test]
fn fleets_can_be_sent_and_shared_out() {
    fn check<T: Send + Unpin + 'static>() {}
    check::<FleetStream<Record>>();
    check::<FleetCheckpoint>();
    check::<iotda_batch_tasks::fleet::MemberError>();
    #[cfg(feature = "client")]
    check::<iotda_batch_tasks::fleet::Fleet>();
}
