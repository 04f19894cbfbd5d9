//! Splitting lists into parts for several readers.

use super::checkpoint::ListPosition;
use super::lane::Lane;
use super::list_source::ListSource;
use super::order::Order;
use super::scan::Scan;
use super::{Checkpoint, Lists, RecordStream};
use crate::error::{ArgumentError, Error};
use crate::paging::{Cursor, Identity, Marker, PageRequest, PageSize};

/// Parts beyond this many are a mistake: each takes a few requests.
const MOST_PARTS: usize = 1024;

/// How many requests for boundaries are in flight at once.
const PROBES_AT_ONCE: usize = 8;

/// How many requests it may take to find where a list ends. Each halves what is left to search.
const MOST_PROBES: u32 = 40;

impl<T: Identity + Send + 'static> Lists<T> {
    /// Splits what [`stream`](Self::stream) would read into `parts` that together are the whole: disjoint, each to be read
    /// by a separate stream, in any process, with [`resume`](super::StreamOptions::resume), and each resumable by the
    /// checkpoints of that stream. Give the streams the same query.
    ///
    /// The parts are about as large as each other where records were created evenly in time. Some may be empty: in a
    /// short list, and all but one where the markers of a list have no order or where the service takes no marker
    /// but its own. Records created later belong to the first part. A list that may be left out, and that the service
    /// does not know, is in the first part, whose stream leaves it out.
    ///
    /// It takes up to about forty small requests for each list, and one a part.
    ///
    /// One record may come in two parts: where the last page of a list has no marker, and a boundary lies at its very last
    /// record, and that record leaves the filter and re-enters it between two requests for that boundary.
    ///
    /// # Errors
    /// When `parts` is 0 or above 1024, the checkpoint to resume is of other lists, or a request fails.
    ///
    /// # Cancel safety
    /// Dropping the future aborts its requests; nothing was read.
    pub async fn split(&self, parts: usize) -> Result<Vec<Checkpoint>, Error> {
        check_number(parts)?;
        let mut positions = vec![Vec::new(); parts];
        for (list, position) in self.lists.iter().zip(self.positions()?) {
            for whole in position.into_parts() {
                let mut split = split(list, whole, parts).await?.into_iter();
                for part in &mut positions {
                    part.push((list.name().to_owned(), split.next().unwrap_or_else(Cursor::at_end)));
                }
            }
        }
        Ok(positions.into_iter().map(Checkpoint::new).collect())
    }

    /// Reads in `parts` side by side, for those who want speed and need no order: each record once, as they come.
    ///
    /// Read-ahead and byte budget bound all parts together. The [`checkpoint`](RecordStream::checkpoint) resumes all of
    /// them.
    ///
    /// # Errors
    /// As [`split`](Self::split).
    pub async fn unordered(self, parts: usize) -> Result<RecordStream<T>, Error> {
        check_number(parts)?;
        let mut lanes = Vec::new();
        for (list, position) in self.lists.iter().zip(self.positions()?) {
            let wholes: Vec<_> = ListPosition::into_parts(position).collect();
            // What was in parts already is cut further as far as there are to be more.
            let parts = parts.div_ceil(wholes.len().max(1));
            for whole in wholes {
                let parts = split(list, whole, parts).await?;
                lanes.extend(parts.into_iter().map(|part| Lane::new(list.clone(), self.options.page_size, part)));
            }
        }
        let order = if lanes.len() > 1 { Order::as_they_come() } else { Order::OneList { ready: false } };
        let scan = Scan::new(lanes, Vec::new(), order, &self.options);
        // The parts are the whole list: what lies outside the time is passed over.
        Ok(RecordStream::new(scan, self.bounds, Some(Vec::new()), &self.options))
    }
}

fn check_number(parts: usize) -> Result<(), ArgumentError> {
    match parts {
        1..=MOST_PARTS => Ok(()),
        _ => Err(ArgumentError::new("parts", parts, format!("1 to {MOST_PARTS}"))),
    }
}

/// Splits `whole` into at most `parts`, at least one.
async fn split<T: Send + 'static>(list: &ListSource<T>, whole: Cursor, parts: usize) -> Result<Vec<Cursor>, Error> {
    let boundaries = match parts {
        1 => Vec::new(),
        _ => boundaries(list, &whole, parts).await?,
    };
    Ok(whole.split(boundaries))
}

/// Markers of the list that cut it into `parts` of about the same size, as far as the spread of its markers is even.
async fn boundaries<T: Send + 'static>(
    list: &ListSource<T>,
    whole: &Cursor,
    parts: usize,
) -> Result<Vec<Marker>, Error> {
    if whole.is_end() {
        return Ok(Vec::new());
    }
    let head = match list.page(PageRequest::after(whole.resumes_after(), PageSize::MAX)).await {
        Err(error) if whole.is_start() && error.failure().is_some_and(|failure| list.is_left_out(failure)) => {
            return Ok(Vec::new());
        }
        page => page?,
    };
    let Some(known) = head.marker.and_then(|marker| marker.value()) else { return Ok(Vec::new()) };
    let Some(lowest) = lowest(list, known, whole.until()).await? else { return Ok(Vec::new()) };
    // The head page lies above the marker that it returned.
    let records = head.records.len() as u128;
    let span = known.saturating_sub(lowest);
    let above = match head.count.map(u128::from) {
        Some(count) if count > records => span / (count - records) * records,
        _ => 0,
    };
    let top = known + above;
    let boundary = |part: usize| Marker::from_value(top - (top - lowest) / parts as u128 * part as u128);
    let requests = (1..parts).filter_map(boundary).map(|marker| PageRequest::after(Some(marker), PageSize::MIN));
    // A service may answer nothing for markers other than its own: only those that it returns are boundaries.
    let pages = list.pages(requests.collect(), PROBES_AT_ONCE).await;
    let mut boundaries = Vec::new();
    for page in pages {
        match page {
            Err(error) if error.is_bad_request() => {}
            page => boundaries.extend(page.map(|page| page.marker.filter(|_| !page.records.is_empty()))?),
        }
    }
    Ok(boundaries)
}

/// The value of the lowest marker of the list, nearly; `None` where the service takes no marker but its own.
async fn lowest<T: Send + 'static>(
    list: &ListSource<T>,
    known: u128,
    until: Option<Marker>,
) -> Result<Option<u128>, Error> {
    let mut nothing_below = until.and_then(|until| until.value()).unwrap_or(0);
    let mut lowest = known;
    for probe in 0..MOST_PROBES {
        let middle = nothing_below + lowest.saturating_sub(nothing_below) / 2;
        // Precise enough for parts that differ by less than one in a hundred.
        if lowest.saturating_sub(nothing_below) <= known.saturating_sub(lowest) / 4096 || middle == nothing_below {
            break;
        }
        let request = PageRequest::after(Marker::from_value(middle), PageSize::MIN);
        let page = match list.page(request).await {
            Err(error) if probe == 0 && error.is_bad_request() => return Ok(None),
            page => page?,
        };
        match page.marker.and_then(|marker| marker.value()).filter(|_| !page.records.is_empty()) {
            Some(found) if found < middle => lowest = found,
            _ if !page.records.is_empty() => lowest = middle,
            _ => nothing_below = middle,
        }
    }
    Ok(Some(lowest))
}
