//! The first list, generated from a seed.

use super::fleet::Fleet;
use super::id::RecordId;
use super::list::{List, TaskSettings};
use super::random::Random;
use super::task_ids::TaskIds;

/// The seconds of 2026-08-22T10:15:30Z: where time ends before the first edit, so that a seed alone says everything.
const NEWEST: u32 = 1_787_393_730;
/// The seconds between two tasks, on average.
const GAP: u64 = 60;
/// How many tasks an uneven list has in a burst, on average.
const BURST: u64 = 200;
const FEWEST_DEVICES: usize = 2_000;

/// How the tasks lie in time. Ids begin with the time, so this is how ids lie as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// One task a minute, give or take half a minute.
    #[default]
    Even,
    /// Bursts of about 200 tasks within a few minutes, and hours of silence between them.
    Uneven,
}

/// What the list is to be like.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) tasks: usize,
    pub(super) seed: u64,
    pub(super) task_types: Vec<String>,
    pub(super) app_ids: Vec<String>,
    pub(super) spread: Spread,
    pub(super) targets: Option<usize>,
    pub(super) task_ids: TaskIds,
    pub(super) machines: usize,
}

impl Plan {
    pub(super) fn list(&self) -> List {
        let mut random = Random::new(self.seed);
        let devices = self.targets.map_or(FEWEST_DEVICES, |targets| FEWEST_DEVICES.max(2 * targets));
        let fleet = Fleet::new(devices, random.next());
        let seed = random.next();
        // Like an ObjectId: five bytes of the machine, then a counter, so that one machine's ids of a second ascend.
        let machines: Vec<u64> = (0..self.machines.max(1)).map(|_| random.next() << 24).collect();
        let task_settings =
            TaskSettings { fleet, targets: self.targets, task_ids: self.task_ids, machines: machines.clone() };
        let mut list = List::new(seed, &self.app_ids, task_settings);
        let mut gaps: Vec<u32> = (0..self.tasks).map(|_| self.spread.gap(&mut random)).collect();
        let span = gaps.iter().map(|gap| u64::from(*gap)).sum::<u64>();
        let mut seconds = u64::from(NEWEST).saturating_sub(span) as u32;
        for (counter, gap) in gaps.drain(..).enumerate() {
            seconds = seconds.saturating_add(gap);
            // A single machine draws no number, so that a seed means what it meant before there were several.
            let machine = match machines[..] {
                [machine] => machine,
                _ => machines[random.below(machines.len() as u64) as usize],
            };
            let id = RecordId { seconds, suffix: machine | counter as u64 };
            let task_type = &self.task_types[random.below(self.task_types.len() as u64) as usize];
            list.push(id, task_type, status(&mut random));
        }
        list
    }
}

impl Spread {
    /// The seconds between a task and the one before it.
    fn gap(self, random: &mut Random) -> u32 {
        let gap = match self {
            Self::Even => GAP / 2 + random.below(GAP + 1),
            Self::Uneven if random.below(BURST) == 0 => random.below(2 * GAP * BURST),
            Self::Uneven => random.below(3),
        };
        gap as u32
    }
}

/// Most tasks are over, as in any list that has grown for a while.
fn status(random: &mut Random) -> &'static str {
    match random.below(100) {
        0..55 => "Success",
        55..67 => "Fail",
        67..77 => "PartialSuccess",
        77..85 => "Processing",
        85..91 => "Waitting",
        91..96 => "Stopped",
        96..99 => "Initializing",
        _ => "Stopping",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(tasks: usize, seed: u64) -> Plan {
        Plan {
            tasks,
            seed,
            task_types: vec!["createCommands".into(), "softwareUpgrade".into()],
            app_ids: vec!["app_A-1".into(), "app_B-2".into()],
            spread: Spread::Even,
            targets: None,
            task_ids: TaskIds::InOrder,
            machines: 1,
        }
    }

    #[test]
    fn a_seed_says_everything() {
        let (one, same, other) = (plan(500, 7).list(), plan(500, 7).list(), plan(500, 8).list());
        assert_eq!(one.tasks(), same.tasks());
        assert_ne!(one.tasks(), other.tasks());
        let id = &one.tasks()[100].id;
        assert_eq!(one.json(id).unwrap(), same.json(id).unwrap());
    }

    #[test]
    fn ids_are_unique_and_descend_with_time() {
        for spread in [Spread::Even, Spread::Uneven] {
            let tasks = Plan { spread, ..plan(3000, 7) }.list().tasks();
            assert_eq!(tasks.len(), 3000);
            assert!(tasks.windows(2).all(|pair| pair[0].id > pair[1].id));
        }
    }

    #[test]
    fn with_several_machines_ids_of_one_second_do_not_follow_the_creation() {
        let several = Plan { spread: Spread::Uneven, machines: 3, ..plan(3000, 7) };
        let tasks = several.list().tasks();
        assert!(tasks.windows(2).all(|pair| pair[0].id > pair[1].id));
        let counter = |id: &str| u64::from_str_radix(&id[18..], 16).unwrap();
        let out_of_order = tasks.windows(2).filter(|pair| counter(&pair[0].id) < counter(&pair[1].id)).count();
        assert!(out_of_order > 100, "{out_of_order}");
        let machines: std::collections::HashSet<_> = tasks.iter().map(|task| task.id[8..18].to_owned()).collect();
        assert_eq!(machines.len(), 3);
    }

    #[test]
    fn ids_without_order_name_the_same_tasks_in_the_same_places() {
        let ordered = plan(500, 7).list().tasks();
        for task_ids in [TaskIds::UnorderedWithinSeconds, TaskIds::Unordered] {
            let mut list = Plan { task_ids, ..plan(500, 7) }.list();
            let tasks = list.tasks();
            assert!(tasks.iter().zip(&ordered).all(|(one, other)| one.id != other.id && one.status == other.status));
            let json = list.json(&tasks[3].id).unwrap();
            assert!(json.contains(&tasks[3].id) && !json.contains(&ordered[3].id), "{json}");
            assert!(list.delete(&tasks[3].id) && list.task(&tasks[3].id).is_none() && list.insert(&tasks[3]));
            assert_eq!(list.tasks(), tasks);
            let created = list.create("createCommands");
            assert_eq!(list.ids("createCommands")[0], created);
        }
    }

    #[test]
    fn an_uneven_list_has_bursts_and_silence() {
        let seconds = |spread| -> Vec<u32> {
            let tasks = Plan { spread, ..plan(3000, 7) }.list().tasks();
            tasks.iter().map(|task| RecordId::parse(&task.id).unwrap().seconds).collect()
        };
        let longest = |seconds: &[u32]| seconds.windows(2).map(|pair| pair[0] - pair[1]).max().unwrap();
        assert!(longest(&seconds(Spread::Even)) <= 90);
        assert!(longest(&seconds(Spread::Uneven)) > 3600);
    }

    #[test]
    fn kinds_apps_and_statuses_are_mixed() {
        let tasks = plan(2000, 7).list().tasks();
        let share =
            |matches: &dyn Fn(&super::super::SimulatedTask) -> bool| tasks.iter().filter(|task| matches(task)).count();
        assert!((900..1100).contains(&share(&|task| task.task_type == "softwareUpgrade")));
        assert!((900..1100).contains(&share(&|task| task.app_id == "app_A-1")));
        assert!((1000..1200).contains(&share(&|task| task.status == "Success")));
    }
}
