//! What can be known of a list without reading it.

use super::RecordStream;
use crate::error::Error;
use crate::paging::{Identity, Marker, PageRequest, PageSize};

impl<T: Identity + Send + 'static> RecordStream<T> {
    /// How many records the service says there are, for one small request a list; `None` where it does not say.
    ///
    /// It is the service's `page.count` of this moment, which its documents promise to nobody: a hint. To know, read
    /// the list and count. Bounds of time do not count: the service knows none.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn service_count(self) -> Result<Option<u64>, Error> {
        let askers: Vec<_> = self.lanes.iter().map(|lane| (lane.asker(), lane.may_be_left_out_yet())).collect();
        drop(self);
        let mut total = Some(0);
        for (list, optional) in askers {
            let page = match list.page(PageRequest::after(None, PageSize::MIN)).await {
                Err(error) if optional && error.is_bad_request() => continue,
                page => page?,
            };
            total = total.zip(page.count).map(|(total, count): (u64, u64)| total + count);
        }
        Ok(total)
    }

    /// The record of this id, if the list holds it.
    ///
    /// Where the id is the service's marker, as a task's is thought to be, one small request finds it. If it does not,
    /// the list is read up to the record, or to its end.
    ///
    /// # Errors
    /// When a request fails, or the record itself cannot be read. Records that cannot be read on the way are passed
    /// over.
    pub async fn find_record(mut self, id: &str) -> Result<Option<T>, Error> {
        let above = id.parse::<Marker>().ok().and_then(|id| Marker::from_value(id.value()? + 1));
        let askers: Vec<_> = self.lanes.iter().map(super::Lane::asker).collect();
        for list in askers {
            let Some(above) = above else { break };
            let page = match list.page(PageRequest::after(Some(above), PageSize::MIN)).await {
                // Not a marker of the service's own, or a list that it does not know: the reading below copes with both.
                Err(error) if error.is_bad_request() => continue,
                page => page?,
            };
            let found = page.records.into_iter().find(|record| record.identity() == Some(id));
            if let Some(record) = found {
                let record = record?;
                let is_wanted = self.seek.as_ref().is_none_or(|seek| seek.wants(&record));
                return Ok(is_wanted.then_some(record));
            }
        }
        loop {
            let next = std::future::poll_fn(|cx| futures_core::Stream::poll_next(std::pin::Pin::new(&mut self), cx));
            match next.await.transpose() {
                Ok(Some(record)) if record.identity() == Some(id) => return Ok(Some(record)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(Error::Record(error)) if error.identity.as_deref() != Some(id) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
