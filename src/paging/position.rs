//! A place in a list that a later reading goes on from, exact to the record.

use serde::{Deserialize, Serialize};

use super::{Identity, Marker};

/// Where a reading stands: behind which marker, and which records of the page that follows it were delivered.
///
/// The marker alone is exact at the end of a page. In mid-page there is no marker that the service handed out, so the
/// delivered records are remembered, at most a page of them: they are left out when the page is read again, wherever
/// they then stand, and whether or not they are still there.
///
/// Records without an identity can only be counted. That is exact as long as the page does not change; each of its
/// records that has gone since then hides one that was not delivered, and each new one brings one again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Every record above this marker was delivered; `None` at the head of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<Marker>,
    /// The identities of the records that were delivered from below the marker.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) seen: Vec<String>,
    /// How many records without identity were delivered from below the marker.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) skip: u64,
    /// Where the page ended from which those records were delivered: below it none of them can come again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) through: Option<Marker>,
    /// How many records were delivered in all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) delivered: u64,
    /// Where the reading ends: records below this marker belong to another part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Marker>,
    /// Whether the list had ended.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) ended: bool,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Position {
    /// The part of a list that lies below `after`, down to and with the record at `until`.
    #[must_use]
    pub fn part(after: Option<Marker>, until: Option<Marker>) -> Self {
        Self { after, until, ..Self::default() }
    }

    /// Whether nothing was read yet and nothing is left out.
    pub(super) fn is_whole(&self) -> bool {
        *self == Self::default()
    }

    /// How many of a page's first `records` were delivered before; forgets what it has met.
    ///
    /// Whatever stands above a delivered record was delivered as well, or came later.
    pub(super) fn delivered_in<R: Identity>(&mut self, records: &[R]) -> usize {
        let without_identity = records.iter().take_while(|record| record.identity().is_none()).count();
        let skipped = without_identity.min(usize::try_from(self.skip).unwrap_or(usize::MAX));
        self.skip -= skipped as u64;
        if self.seen.is_empty() {
            return skipped;
        }
        let seen = &mut self.seen;
        let mut was_delivered = |record: &R| {
            let place = record.identity().and_then(|identity| seen.iter().position(|known| known == identity));
            place.map(|place| seen.swap_remove(place)).is_some()
        };
        let places = records.iter().enumerate().filter(|(_, record)| was_delivered(record)).map(|(place, _)| place);
        places.last().map_or(skipped, |last| last + 1)
    }

    /// The frontier has moved to `marker`.
    pub(super) fn pass(&mut self, marker: Option<Marker>) {
        if let (Some(marker), Some(through)) = (marker, self.through)
            && (marker == through || marker.is_below(&through) == Some(true))
        {
            self.seen.clear();
            self.skip = 0;
            self.through = None;
        }
    }
}
