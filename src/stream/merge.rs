//! Joining the checkpoints of several readers of one list.

use super::Checkpoint;
use crate::error::ArgumentError;
use crate::paging::Cursor;

impl Checkpoint {
    /// Joins the checkpoints of the parts of a [`split`](super::Lists::split) into one, which a single stream resumes: it
    /// reads what each of them has left.
    ///
    /// ```
    /// # #[cfg(feature = "client")]
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let simulator = iotda_simulator::Simulator::builder().tasks(500).start().await?;
    /// # let client = iotda_batch_tasks::Client::builder()
    /// #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
    /// use futures::{StreamExt, TryStreamExt};
    /// use iotda_batch_tasks::{Checkpoint, TaskType};
    ///
    /// let query = client.batch_tasks(TaskType::SoftwareUpgrade);
    /// let (mut number, mut left) = (0, Vec::new());
    /// for part in query.clone().split(4).await? {
    ///     // On four machines, each of which stops early.
    ///     let mut tasks = query.clone().resume(part).stream()?;
    ///     number += tasks.by_ref().take(30).count().await;
    ///     left.push(tasks.checkpoint());
    /// }
    /// let rest: Vec<_> = query.resume(Checkpoint::merge(left)?).stream()?.try_collect().await?;
    /// assert_eq!(number + rest.len(), 500);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "client"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// When there is no part, when the parts are of other lists than each other, or when two of them overlap, as far as their
    /// markers tell: records would come twice.
    pub fn merge(parts: impl IntoIterator<Item = Self>) -> Result<Self, ArgumentError> {
        let mut parts = parts.into_iter();
        let none = || ArgumentError::new("checkpoints", "(none)", "the parts of one split, at least one");
        let mut merged = parts.next().ok_or_else(none)?;
        for part in parts {
            if !merged.lists.keys().eq(part.lists.keys()) {
                let of = |checkpoint: &Self| checkpoint.lists.keys().cloned().collect::<Vec<_>>().join(", ");
                let rule = format!("of the same lists as the other parts: {}", of(&merged));
                return Err(ArgumentError::new("checkpoint", of(&part), rule));
            }
            let all =
                [(&mut merged.lists, part.lists), (&mut merged.later, part.later), (&mut merged.skipped, part.skipped)];
            for (merged, part) in all {
                for (name, cursors) in part {
                    merged.entry(name).or_default().extend(cursors);
                }
            }
        }
        for name in merged.lists.keys() {
            let cursors: Vec<&Cursor> = [&merged.lists, &merged.later, &merged.skipped]
                .into_iter()
                .flat_map(|lists| lists.get(name))
                .flatten()
                .collect();
            for (index, cursor) in cursors.iter().enumerate() {
                if let Some(other) = cursors[..index].iter().find(|other| overlap(cursor, other)) {
                    let shown = other.markers().chain(cursor.markers()).map(|marker| marker.to_string());
                    let shown = shown.collect::<Vec<_>>().join(", ");
                    return Err(ArgumentError::new("checkpoints", shown, "parts of one split, none of them twice"));
                }
            }
        }
        Ok(merged)
    }
}

/// Whether both have records left that lie in the part of the other, as far as markers tell.
fn overlap(left: &Cursor, right: &Cursor) -> bool {
    if left.is_end() || right.is_end() {
        return false;
    }
    // The end of one is at or above the beginning of the other, an interrupted page of it included.
    let lies_above = |upper: &Cursor, lower: &Cursor| match (upper.until(), lower.after()) {
        (Some(until), Some(after)) => until.is_below(&after) != Some(true),
        _ => false,
    };
    !lies_above(left, right) && !lies_above(right, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(list: &str, cursors: &str) -> Checkpoint {
        format!(r#"{{"version":1,"lists":{{"{list}":[{cursors}]}}}}"#).parse().unwrap()
    }

    fn part(after: Option<u32>, until: Option<u32>) -> String {
        let marker = |name: &str, marker: Option<u32>| marker.map(|marker| format!(r#""{name}":"{marker:024x}""#));
        let fields: Vec<_> = [marker("after", after), marker("until", until)].into_iter().flatten().collect();
        format!("{{{}}}", fields.join(","))
    }

    #[test]
    fn parts_of_one_split_become_one() {
        let parts = [part(None, Some(9)), part(Some(9), Some(5)), part(Some(4), None), r#"{"ended":true}"#.to_owned()];
        let merged = Checkpoint::merge(parts.iter().map(|part| checkpoint("a", part))).unwrap();
        assert_eq!(merged, checkpoint("a", &parts.join(",")));
        assert_eq!(Checkpoint::merge([merged.clone()]).unwrap(), merged);
    }

    #[test]
    fn what_would_come_twice_is_refused() {
        for (one, other) in [
            (part(None, None), part(None, None)),
            (part(None, Some(5)), part(Some(9), None)),
            (part(Some(9), Some(5)), part(Some(9), Some(5))),
            (part(Some(7), Some(5)), part(Some(9), Some(5))),
        ] {
            for [first, second] in [[&one, &other], [&other, &one]] {
                let error = Checkpoint::merge([checkpoint("a", first), checkpoint("a", second)]).unwrap_err();
                assert!(error.to_string().contains("none of them twice"), "{error}");
            }
        }
    }

    #[test]
    fn an_interrupted_page_belongs_to_its_part() {
        let hex = |id: u32| format!("{id:024x}");
        let last_page = format!(r#"{{"after":"{}","pending":["{}"]}}"#, hex(5), hex(2));
        let above = checkpoint("a", &part(Some(9), Some(5)));
        assert!(Checkpoint::merge([above, checkpoint("a", &last_page)]).is_ok());
        let page = format!(r#"{{"after":"{}","pending":["{}"],"through":"{}"}}"#, hex(10), hex(9), hex(7));
        let overlapping = checkpoint("a", &part(None, Some(8)));
        assert!(Checkpoint::merge([overlapping, checkpoint("a", &page)]).is_err(), "{page}");
        let above = checkpoint("a", &part(None, Some(10)));
        assert!(Checkpoint::merge([above, checkpoint("a", &page)]).is_ok());
    }

    #[test]
    fn other_lists_and_no_part_are_refused() {
        let whole = part(None, None);
        let error = Checkpoint::merge([checkpoint("a", &whole), checkpoint("b", &whole)]).unwrap_err();
        assert!(error.to_string().contains("same lists"), "{error}");
        assert!(Checkpoint::merge([]).is_err());
    }
}
