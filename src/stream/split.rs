//! Splitting lists into parts for several readers.

use super::checkpoint::ListPosition;
use super::lane::Lane;
use super::list_source::ListSource;
use super::order::Order;
use super::scan::Scan;
use super::{Checkpoint, Lists, RecordStream};
use crate::error::{ArgumentError, Error};
use crate::paging::{Identity, Marker, PageRequest, PageSize, Position};

/// Parts beyond this many are a mistake: each takes a few requests of its own.
const MOST_PARTS: usize = 1024;

/// How many requests it may take to find where a list ends. Each halves what is left to search.
const MOST_PROBES: u32 = 40;

impl<T: Identity + Send + 'static> Lists<T> {
    /// Splits what [`stream`](Self::stream) would read into `parts` that together are the whole: disjoint, each to be read
    /// by a stream of its own, in any process, with [`resume`](super::StreamOptions::resume), and each resumable by the
    /// checkpoints of that stream. Give the streams the same query.
    ///
    /// The parts are about as large as each other where records were created evenly in time. Some may be empty: in a
    /// short list, and all but one where the markers of a list have no order or where the service takes no marker
    /// but its own. Records created later belong to the first part. A list that may be left out, and that the service
    /// does not know, is in the first part, whose stream leaves it out.
    ///
    /// It takes up to about forty small requests for each list.
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
                    let ended = || Position { ended: true, ..Position::default() };
                    part.push((list.name().to_owned(), split.next().unwrap_or_else(ended)));
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
async fn split<T: Send + 'static>(list: &ListSource<T>, whole: Position, parts: usize) -> Result<Vec<Position>, Error> {
    let mut borders = match parts {
        1 => Vec::new(),
        _ => borders(list, &whole, parts).await?,
    };
    borders.retain(|border| whole.until.is_none_or(|until| *border > until));
    borders.sort_by(|above, below| below.cmp(above));
    borders.dedup();
    let ends = borders.iter().copied().map(Some).chain([whole.until]);
    let mut positions: Vec<_> = Vec::with_capacity(parts);
    for until in ends {
        let first = positions.is_empty();
        let after = positions.last().and_then(|above: &Position| above.until);
        // What was delivered already lies in the first part.
        positions.push(if first { Position { until, ..whole.clone() } } else { Position::part(after, until) });
    }
    Ok(positions)
}

/// Markers that cut the list into `parts` of about the same size, as far as the spread of its markers is even.
async fn borders<T: Send + 'static>(
    list: &ListSource<T>,
    whole: &Position,
    parts: usize,
) -> Result<Vec<Marker>, Error> {
    // What was delivered in mid-page is remembered for the first part alone: the page must lie within it.
    let lowest_delivered = match whole {
        Position { ended: true, .. } => return Ok(Vec::new()),
        Position { seen, skip: 0, .. } if seen.is_empty() => whole.after,
        Position { through: None, .. } => return Ok(Vec::new()),
        Position { through, .. } => *through,
    };
    let head = match list.page(PageRequest::after(whole.after, PageSize::MAX)).await {
        Err(error)
            if *whole == Position::default() && error.failure().is_some_and(|failure| list.is_left_out(failure)) =>
        {
            return Ok(Vec::new());
        }
        page => page?,
    };
    let Some(known) = head.marker.and_then(|marker| marker.value()) else { return Ok(Vec::new()) };
    let Some(lowest) = lowest(list, known, whole.until).await? else { return Ok(Vec::new()) };
    // The head page lies above the marker that it returned.
    let records = head.records.len() as u128;
    let span = known.saturating_sub(lowest);
    let above = match head.count.map(u128::from) {
        Some(count) if count > records => span / (count - records) * records,
        _ => 0,
    };
    let top = known + above;
    let border = |part: usize| {
        let share = (top - lowest) / parts as u128;
        Marker::from_value(top - share * part as u128)
    };
    let is_below = |border: &Marker| lowest_delivered.is_none_or(|delivered| border.is_below(&delivered) == Some(true));
    Ok((1..parts).filter_map(border).filter(is_below).collect())
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
