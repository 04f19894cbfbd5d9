//! Reading by time of creation: exact by what the records say, and faster where their ids say the same.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use jiff::{SignedDuration, Timestamp};

use super::RecordStream;
use super::lane::Lane;
use crate::error::Error;
use crate::paging::{Identity, Marker, Page, PageRequest, PageSize, Position};

type Probe<T> = Pin<Box<dyn Future<Output = Result<Page<T>, Error>> + Send>>;

/// Ids and times of creation may differ so much and count as the same.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// The time that is read, and whether ids are trusted to tell it.
pub(super) struct Seek<T> {
    created: fn(&T) -> Option<Timestamp>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    trust: Trust<T>,
}

enum Trust<T> {
    /// Every record is looked at.
    None,
    /// Not decided yet: the newest record of the list tells.
    Asked(Option<Probe<T>>),
    /// Only what lies between these markers is read, as long as each record's id tells its time.
    Between(Option<Marker>, Option<Marker>),
}

impl<T: Identity> Seek<T> {
    /// Looks at every record from now on: the lanes have bounds of their own.
    pub(super) fn trust_no_ids(&mut self) {
        self.trust = Trust::None;
    }

    pub(super) fn wants(&self, record: &T) -> bool {
        let Some(created) = (self.created)(record) else { return false };
        self.after.is_none_or(|after| created > after) && self.before.is_none_or(|before| created < before)
    }

    /// Whether the record's id tells when it was created; no id and no time tell nothing against it.
    fn id_tells_time(&self, record: &T) -> bool {
        let id = record.identity().and_then(|id| id.parse::<Marker>().ok()).and_then(|id| id.value());
        let told = id.and_then(|id| Timestamp::from_second((id >> 64) as i64).ok());
        match ((self.created)(record), told) {
            (Some(created), Some(told)) => created.duration_since(told).abs() <= TOLERANCE,
            (Some(_), None) => false,
            (None, _) => true,
        }
    }
}

/// The marker of this time: below it lie the records created before.
fn marker_of(time: Timestamp) -> Option<Marker> {
    let seconds = u128::try_from(time.as_second()).ok().filter(|seconds| seconds >> 32 == 0)?;
    Marker::from_value(seconds << 64)
}

impl<T: Identity + Send + 'static> RecordStream<T> {
    /// Keeps the records created after `after` and before `before`, as `created` tells; both bounds are exclusive. A
    /// record that does not say when it was created is left out, and `max_items` counts what is kept.
    ///
    /// Every record of the list is looked at, unless `trust_id_time`: then the reading begins and ends at markers made
    /// from the times, with a minute to spare, if the newest record's id tells its time of creation. If a record is met
    /// whose id does not, what was skipped is read as well, behind the rest.
    ///
    /// A stream that goes on from a checkpoint keeps the bounds that were found before it, and holds ids against times no
    /// more.
    pub fn created_between(
        mut self,
        created: fn(&T) -> Option<Timestamp>,
        after: Option<Timestamp>,
        before: Option<Timestamp>,
        trust_id_time: bool,
    ) -> Self {
        let is_whole = |lane: &Lane<T>| lane.position() == Position::default();
        // A stream that goes on from elsewhere has its bounds already.
        let trust = if trust_id_time && self.lanes.iter().all(is_whole) { Trust::Asked(None) } else { Trust::None };
        self.seek = Some(Seek { created, after, before, trust });
        self
    }

    /// Decides whether ids are trusted; pending while the newest record is on its way.
    pub(super) fn poll_seek(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Some(Seek { trust: Trust::Asked(probe), .. }) = &mut self.seek else { return Poll::Ready(Ok(())) };
        let Some(first) = self.lanes.first() else { return Poll::Ready(Ok(())) };
        let probe = probe.get_or_insert_with(|| {
            let list = first.asker();
            Box::pin(async move { list.page(PageRequest::after(None, PageSize::MIN)).await })
        });
        let page = ready!(probe.as_mut().poll(cx));
        let Some(seek) = &mut self.seek else { return Poll::Ready(Ok(())) };
        seek.trust = Trust::None;
        let tells = page?.records.iter().flatten().next().is_some_and(|newest| seek.id_tells_time(newest));
        if tells {
            let spare = |time: Timestamp, spare| time.checked_add(spare).ok().and_then(marker_of);
            let above = seek.before.and_then(|before| spare(before, TOLERANCE));
            let below = seek.after.and_then(|after| spare(after, -TOLERANCE));
            seek.trust = Trust::Between(above, below);
            let size = self.page_size;
            self.lanes = self.lanes.iter().map(|lane| lane.part(size, Position::part(above, below))).collect();
        }
        Poll::Ready(Ok(()))
    }

    /// Whether a record is to be handed out. Where its id does not tell its time, ids are trusted no more, and what was
    /// skipped is read too.
    pub(super) fn keeps(&mut self, record: &T) -> bool {
        let Some(seek) = &mut self.seek else { return true };
        let keeps = seek.wants(record);
        if let Trust::Between(above, below) = seek.trust
            && !seek.id_tells_time(record)
        {
            seek.trust = Trust::None;
            tracing::warn!("ids do not tell the time of creation: the whole list is read");
            let skipped = above.map(|above| Position::part(None, Some(above)));
            let skipped: Vec<_> =
                skipped.into_iter().chain(below.map(|below| Position::part(Some(below), None))).collect();
            let size = self.page_size;
            let more = self.lanes.iter().flat_map(|lane| skipped.iter().map(|part| lane.part(size, part.clone())));
            let more: Vec<_> = more.collect();
            self.lanes.extend(more);
            (self.in_parts, self.stale) = (true, true);
        }
        keeps
    }
}
