//! The sub-tasks of several members as one stream, over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::{StreamExt, TryStreamExt};
use iotda_batch_tasks::fleet::{Fleet, FleetCheckpoint, FleetOrder, FleetQuery, FleetStream, MemberState};
use iotda_batch_tasks::sub_tasks::{SubTask, SubTaskCheckpoint, SubTaskOrder, SubTaskQuery, SubTaskStream};
use iotda_batch_tasks::{Client, Error, TaskType};
use iotda_simulator::{Fault, Simulator};

const NAMES: [&str; 3] = ["east", "north", "south"];
const ORDERS: [FleetOrder; 2] = [FleetOrder::NewestFirst, FleetOrder::AsTheyCome];

/// Three services; the second one refuses every request while it is broken.
struct Services {
    simulators: Vec<Simulator>,
    is_broken: Arc<AtomicBool>,
}

async fn services() -> Services {
    let is_broken = Arc::new(AtomicBool::new(false));
    let mut simulators = Vec::new();
    for (seed, _) in NAMES.iter().enumerate() {
        let still = Arc::clone(&is_broken);
        let fault = move |_: &iotda_simulator::SeenRequest| {
            let refused = || Fault::Error { status: 403, code: "IOTDA.000021".into(), message: String::new() };
            (seed == 1 && still.load(Ordering::SeqCst)).then(refused)
        };
        let tasks = 20 + 10 * seed;
        let builder = Simulator::builder().tasks(tasks).targets_per_task(130).seed(seed as u64).fault_when(fault);
        simulators.push(builder.start().await.unwrap());
    }
    Services { simulators, is_broken }
}

impl Services {
    fn client(&self, place: usize) -> Client {
        let endpoint = self.simulators[place].endpoint();
        Client::builder().endpoint(endpoint).project_id("0a").token("any").build().unwrap()
    }

    fn query(&self, order: FleetOrder) -> FleetQuery<SubTaskQuery> {
        let members = NAMES.iter().enumerate().map(|(place, name)| (*name, self.client(place)));
        let sub_tasks =
            |client: &Client| client.batch_tasks(TaskType::SoftwareUpgrade).sub_tasks().status("Fail").prefetch(2);
        Fleet::new(members).unwrap().query(sub_tasks).order(order)
    }

    /// What each member has by itself: tasks and devices.
    async fn expected(&self) -> BTreeMap<String, Vec<(String, String)>> {
        let mut expected = BTreeMap::new();
        for (place, name) in NAMES.iter().enumerate() {
            let query = self.client(place).batch_tasks(TaskType::SoftwareUpgrade).sub_tasks();
            let rows: Vec<SubTask> =
                query.status("Fail").order(SubTaskOrder::OfTasks).stream().unwrap().try_collect().await.unwrap();
            expected.insert((*name).to_owned(), rows.iter().map(key).collect());
        }
        expected
    }
}

fn key(row: &SubTask) -> (String, String) {
    (row.task.task_id.clone(), row.detail.target.clone().unwrap())
}

/// What came, by its member and in its order.
#[derive(Default)]
struct Arrived {
    of: BTreeMap<String, Vec<(String, String)>>,
    tasks: Vec<String>,
    failed: Vec<String>,
}

impl Arrived {
    /// Returns whether there were so many items.
    async fn take(&mut self, stream: &mut FleetStream<SubTask, SubTaskStream>, items: usize) -> bool {
        for _ in 0..items {
            match stream.next().await {
                None => return false,
                Some(Ok(row)) => {
                    self.tasks.push(row.record.task.task_id.clone());
                    self.of.entry(row.origin.to_string()).or_default().push(key(&row.record));
                }
                Some(Err(error)) => self.failed.push(error.member().to_owned()),
            }
        }
        true
    }
}

#[tokio::test]
async fn every_member_is_complete_in_its_order_and_newest_first_over_all() {
    let services = services().await;
    let expected = services.expected().await;
    for order in ORDERS {
        let mut arrived = Arrived::default();
        let mut stream = services.query(order).stream().unwrap();
        assert!(!arrived.take(&mut stream, usize::MAX).await);
        assert!(arrived.of == expected, "{order:?}");
        if order == FleetOrder::NewestFirst {
            assert!(arrived.tasks.is_sorted_by(|one, next| one >= next));
        }
        for member in stream.members() {
            assert_eq!(member.state, MemberState::Complete);
            assert_eq!(member.progress.delivered as usize, expected[&*member.member].len());
            assert_eq!(member.lists.count, Some(member.lists.delivered), "the tasks of {}", member.member);
        }
    }
}

#[tokio::test]
async fn one_checkpoint_continues_both_levels_of_each_member_with_the_very_next_row() {
    let services = services().await;
    let expected = services.expected().await;
    for order in ORDERS {
        for step in [1, 49, 50, 51, 333] {
            let (mut arrived, mut checkpoint) = (Arrived::default(), None::<FleetCheckpoint<SubTaskCheckpoint>>);
            let mut runs = 0;
            loop {
                let mut query = services.query(order);
                if let Some(checkpoint) = checkpoint.take() {
                    query = query.resume(checkpoint.to_string().parse().unwrap());
                }
                let mut stream = query.stream().unwrap();
                runs += 1;
                // Short steps at first; then to the end.
                if !arrived.take(&mut stream, if runs > 60 { usize::MAX } else { step }).await {
                    break;
                }
                checkpoint = Some(stream.checkpoint());
            }
            assert!(arrived.of == expected, "{order:?}, {step}");
        }
    }
}

#[tokio::test]
async fn a_member_that_fails_ends_alone_and_continues_later() {
    let services = services().await;
    let expected = services.expected().await;
    for order in ORDERS {
        let mut arrived = Arrived::default();
        let mut first = services.query(order).stream().unwrap();
        arrived.take(&mut first, 60).await;
        services.is_broken.store(true, Ordering::SeqCst);
        arrived.take(&mut first, usize::MAX).await;
        assert_eq!(arrived.failed, ["north"], "{order:?}");
        for name in ["east", "south"] {
            assert!(arrived.of[name] == expected[name], "{order:?}: {name}");
        }
        services.is_broken.store(false, Ordering::SeqCst);
        services.simulators.iter().for_each(Simulator::clear_requests);
        let mut second = services.query(order).resume(first.checkpoint()).stream().unwrap();
        arrived.take(&mut second, usize::MAX).await;
        assert!(arrived.of == expected, "{order:?}");
        for place in [0, 2] {
            assert_eq!(services.simulators[place].requests().len(), 0, "what is complete is not read again");
        }
    }
}

#[tokio::test]
async fn a_checkpoint_of_other_members_is_refused_and_arguments_are_checked_early() {
    let services = services().await;
    let checkpoint = services.query(FleetOrder::NewestFirst).stream().unwrap().checkpoint();
    assert_eq!(checkpoint.names().collect::<Vec<_>>(), NAMES);
    let fleet = Fleet::new([("east", services.client(0))]).unwrap();
    let query = |status: &'static str| {
        fleet.query(move |client| client.batch_tasks(TaskType::SoftwareUpgrade).sub_tasks().status(status))
    };
    assert!(matches!(query("Fail").resume(checkpoint).stream(), Err(Error::Argument(_))));
    assert!(matches!(query("").stream(), Err(Error::Argument(_))));
    assert!(services.simulators.iter().all(|simulator| simulator.request_count() == 0));
}

#[test]
fn fleets_of_sub_tasks_can_be_sent() {
    fn check<T: Send + Unpin + 'static>() {}
    check::<FleetStream<SubTask, SubTaskStream>>();
    check::<FleetCheckpoint<SubTaskCheckpoint>>();
}
