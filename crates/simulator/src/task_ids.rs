//! How a task's id in the answers follows from the id that orders the list.

use super::id::RecordId;
use super::marker;

/// Odd numbers that undo each other in a multiplication of 64 bits.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
const UNDO: u64 = marker::inverse(FACTOR as u128) as u64;

/// How the ids of tasks lie in the list, which is ordered by an id that no answer shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskIds {
    /// The list descends by them, as the service's pages say.
    #[default]
    InOrder,
    /// They begin with the second of the creation, and have no order within a second.
    UnorderedWithinSeconds,
    /// They have no order at all, and no time in them.
    Unordered,
}

impl TaskIds {
    /// The id that the answers show.
    pub(super) fn shown(self, internal: RecordId) -> RecordId {
        match self {
            Self::InOrder => internal,
            Self::UnorderedWithinSeconds => RecordId { suffix: scrambled(internal.suffix, FACTOR), ..internal },
            Self::Unordered => marker::scrambled_id(internal),
        }
    }

    /// The id that the list is ordered by: undoes [`shown`](Self::shown).
    pub(super) fn internal(self, shown: RecordId) -> RecordId {
        match self {
            Self::InOrder => shown,
            Self::UnorderedWithinSeconds => RecordId { suffix: scrambled(shown.suffix, UNDO), ..shown },
            Self::Unordered => marker::unscrambled_id(shown),
        }
    }
}

/// Maps each number to another; `UNDO` reverts what `FACTOR` did.
fn scrambled(value: u64, factor: u64) -> u64 {
    let mixed = |value: u64| value ^ (value >> 32);
    mixed(mixed(value).wrapping_mul(factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mapping_is_undone() {
        for text in ["5c8ba99030344005c02316ad", "000000000000000000000000", "fffffffffffffffffffffffe"] {
            let id = RecordId::parse(text).unwrap();
            for task_ids in [TaskIds::InOrder, TaskIds::UnorderedWithinSeconds, TaskIds::Unordered] {
                assert_eq!(task_ids.internal(task_ids.shown(id)), id, "{task_ids:?}");
            }
        }
    }

    #[test]
    fn ids_without_order_within_a_second_keep_the_second() {
        let ids: Vec<RecordId> = (0..100)
            .map(|suffix| TaskIds::UnorderedWithinSeconds.shown(RecordId { seconds: 0x5c8b_a990, suffix }))
            .collect();
        assert!(ids.iter().all(|id| id.seconds == 0x5c8b_a990));
        let rising = ids.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((30..70).contains(&rising), "{rising}");
    }
}
