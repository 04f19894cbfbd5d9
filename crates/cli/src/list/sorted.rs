//! Records in the order of a column.

// Knows values and their order, not where they come from.

use std::cmp::Ordering;

use iotda_batch_tasks::columns::Value;

use crate::output::Shown;
use crate::output::shown::SortKey;
use crate::records::Row;
use crate::subject::Holds;

/// All records of a list, until it has ended.
pub(super) struct Held<T> {
    rows: Vec<Row<T>>,
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<T> Held<T> {
    pub(super) fn extend(&mut self, rows: Vec<Row<T>>) {
        self.rows.extend(rows);
    }

    /// The records in order. What is equal stays in the order of the list; what is null comes last either way.
    pub(super) fn sorted<R: Shown>(mut self, key: &SortKey<R>) -> Vec<Row<T>>
    where
        T: Holds<R>,
    {
        self.rows.sort_by(|left, right| {
            let [left, right] = [left, right].map(|row| key.column.value(row.record.held()));
            let nulls = matches!(left, Value::Null).cmp(&matches!(right, Value::Null));
            nulls.then_with(|| {
                let order = compared(&left, &right);
                if key.descending { order.reverse() } else { order }
            })
        });
        self.rows
    }
}

/// Two values of one column.
fn compared(left: &Value<'_>, right: &Value<'_>) -> Ordering {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) | (Value::Json(left), Value::Json(right)) => left.cmp(right),
        (Value::Integer(left), Value::Integer(right)) => left.cmp(right),
        (Value::Boolean(left), Value::Boolean(right)) => left.cmp(right),
        (Value::Timestamp(left), Value::Timestamp(right)) => left.cmp(right),
        (Value::TextList(left), Value::TextList(right)) => left.iter().cmp(right.iter()),
        // Null beside null, and what a later version of the library may add.
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use iotda_batch_tasks::BatchTask;

    use super::*;

    fn sorted(key: &str) -> String {
        let task = |id: &str, rest: &str| {
            let record: BatchTask = serde_json::from_str(&format!(r#"{{"task_id":"{id}"{rest}}}"#)).unwrap();
            Row { profile: None, record }
        };
        let mut held = Held::default();
        held.extend(vec![
            task("e", r#","task_progress":{"fail":9}"#),
            task("d", ""),
            task("c", r#","task_progress":{"fail":10}"#),
            task("b", r#","task_progress":{"fail":9}"#),
        ]);
        held.sorted(&SortKey::<BatchTask>::parse(key).unwrap()).iter().map(|row| row.record.task_id.as_str()).collect()
    }

    #[test]
    fn numbers_are_numbers_equals_keep_their_order_and_nulls_come_last() {
        assert_eq!(sorted("fail"), "ebcd");
        assert_eq!(sorted("-fail"), "cebd");
        assert_eq!(sorted("id"), "bcde");
        assert!(SortKey::<BatchTask>::parse("colour").unwrap_err().contains("task_id, "));
    }
}
