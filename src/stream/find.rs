//! One record by its id.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;

use super::Lists;
use crate::error::Error;
use crate::paging::{Identity, Marker, PageRequest, PageSize};

impl<T: Identity + Send + 'static> Lists<T> {
    /// The record of this id, if one of the lists holds it; where bounds of time are set, within them.
    ///
    /// Where the id is the service's marker, as a task's is thought to be, one small request a list finds it. If none
    /// does, the lists are read up to the record, or to their end. A checkpoint to resume and `max_items` do not count.
    ///
    /// # Errors
    /// When a request fails, or the record itself cannot be read. Other records that cannot be read are passed over.
    ///
    /// # Cancel safety
    /// Dropping the future aborts its requests.
    pub async fn find(&self, id: &str) -> Result<Option<T>, Error> {
        if let Some(record) = self.find_by_marker(id).await? {
            let is_wanted = self.bounds.is_none_or(|bounds| bounds.contain(&record));
            return Ok(is_wanted.then_some(record));
        }
        let mut records = Self { options: self.options.clone().of_the_whole(), ..self.clone() }.stream()?;
        loop {
            match poll_fn(|cx| Pin::new(&mut records).poll_next(cx)).await.transpose() {
                Ok(Some(record)) if record.identity() == Some(id) => return Ok(Some(record)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(Error::Record(error)) if error.identity.as_deref() != Some(id) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The record of this id, where its marker is its id.
    async fn find_by_marker(&self, id: &str) -> Result<Option<T>, Error> {
        let above = id.parse::<Marker>().ok().and_then(|id| Marker::from_value(id.value()? + 1));
        let Some(above) = above else { return Ok(None) };
        for list in &self.lists {
            let request = PageRequest::after(Some(above), PageSize::MIN);
            let page = match list.page(request).await {
                // Not a marker of the service's own, or a list that it does not know: the scan copes with both.
                Err(error) if error.is_bad_request() => continue,
                page => page?,
            };
            let found = page.records.into_iter().find(|record| record.identity() == Some(id));
            if let Some(record) = found {
                let with_request = |error| crate::RecordError { request: Some(request), ..error };
                return Ok(Some(record.map_err(with_request)?));
            }
        }
        Ok(None)
    }
}
