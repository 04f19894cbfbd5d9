//! Bounds of creation, from more than one type of time.

use std::time::SystemTime;

use jiff::Timestamp;

/// A point in time, for [`created_after`](super::BatchTaskQuery::created_after) and
/// [`created_before`](super::BatchTaskQuery::created_before): made of a [`jiff::Timestamp`] or a [`SystemTime`].
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use iotda_batch_tasks::{Client, TaskType};
///
/// # let client = Client::builder().region("cn-north-4").project_id("a").token("t").build()?;
/// let week = Duration::from_secs(7 * 24 * 3600);
/// let tasks = client.batch_tasks(TaskType::SoftwareUpgrade).created_after(SystemTime::now() - week).stream()?;
/// # Ok::<(), iotda_batch_tasks::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreationTime(Timestamp);

impl From<Timestamp> for CreationTime {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

/// A time beyond the years -9999 to 9999 counts as their end: no task is beyond it.
impl From<SystemTime> for CreationTime {
    fn from(time: SystemTime) -> Self {
        let beyond = if time < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
        Self(Timestamp::try_from(time).unwrap_or(beyond))
    }
}

impl From<CreationTime> for Timestamp {
    fn from(time: CreationTime) -> Self {
        time.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_system_time_is_the_same_point_in_time_and_one_beyond_the_calendar_its_end() {
        let of = |time: SystemTime| Timestamp::from(CreationTime::from(time));
        let second = Duration::from_secs(1_700_000_000);
        assert_eq!(of(SystemTime::UNIX_EPOCH + second), "2023-11-14T22:13:20Z".parse().unwrap());
        let ages = Duration::from_secs(1 << 40);
        assert_eq!(of(SystemTime::UNIX_EPOCH + ages), Timestamp::MAX);
        assert_eq!(of(SystemTime::UNIX_EPOCH - ages), Timestamp::MIN);
    }
}
