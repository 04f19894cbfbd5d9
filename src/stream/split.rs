//! Splitting a list into parts for several readers.

use super::RecordStream;
use super::checkpoint::Checkpoint;
use super::lane::ListAsker;
use crate::error::{ArgumentError, Error};
use crate::paging::{Identity, Marker, PageRequest, PageSize, Position};

/// Parts beyond this many are a mistake: each takes a few requests of its own.
const MOST_PARTS: usize = 1024;

/// How many requests it may take to find where a list ends. Each halves what is left to search.
const MOST_PROBES: u32 = 40;

impl<T: Identity + Send + 'static> RecordStream<T> {
    /// Splits what this stream would read into `parts` that together are the whole: disjoint, each to be read by a
    /// stream of its own, in any process, with [`resume`](super::StreamOptions::resume), and each resumable by the
    /// checkpoints of that stream. Give the streams the same query.
    ///
    /// The parts are about as large as each other where records were created evenly in time. Some may be empty: in a
    /// short list, and all but one where the markers of a list have no order or where the service takes no marker
    /// but its own. Records created later belong to the first part.
    ///
    /// It takes up to about forty small requests for each list.
    ///
    /// # Errors
    /// When `parts` is 0 or above 1024, or a request fails.
    ///
    /// # Cancel safety
    /// Dropping the future ends it; nothing was read.
    pub async fn split(self, parts: usize) -> Result<Vec<Checkpoint>, Error> {
        if !(1..=MOST_PARTS).contains(&parts) {
            return Err(ArgumentError::new("parts", parts, format!("1 to {MOST_PARTS}")).into());
        }
        let lanes = self.lanes.iter().map(|lane| (lane.name().to_owned(), lane.asker(), lane.position()));
        let lanes: Vec<_> = lanes.collect();
        drop(self);
        let mut positions = vec![Vec::new(); parts];
        for (name, asker, whole) in lanes {
            for (part, position) in positions.iter_mut().zip(split(&asker, whole, parts).await?) {
                part.push((name.clone(), position));
            }
        }
        Ok(positions.into_iter().map(Checkpoint::new).collect())
    }

    /// Reads in `parts` side by side, for those who want speed and need no order: each record once, as they come.
    ///
    /// Read-ahead and byte budget bound all parts together. The [`checkpoint`](Self::checkpoint) resumes all of them.
    ///
    /// # Errors
    /// As [`split`](Self::split).
    pub async fn unordered(mut self, parts: usize) -> Result<Self, Error> {
        if !(1..=MOST_PARTS).contains(&parts) {
            return Err(ArgumentError::new("parts", parts, format!("1 to {MOST_PARTS}")).into());
        }
        let mut lanes = Vec::new();
        for lane in std::mem::take(&mut self.lanes) {
            let parts = split(&lane.asker(), lane.position(), parts).await?;
            lanes.extend(parts.into_iter().map(|position| lane.part(self.page_size, position)));
        }
        // The parts are the whole list: what lies outside the time is passed over.
        self.seek.iter_mut().for_each(super::seek::Seek::trust_no_ids);
        self.in_parts = lanes.len() > 1;
        self.lanes = lanes;
        Ok(self)
    }
}

async fn split<T>(list: &ListAsker<T>, whole: Position, parts: usize) -> Result<Vec<Position>, Error> {
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
    positions.resize(parts, Position { ended: true, ..Position::default() });
    Ok(positions)
}

/// Markers that cut the list into `parts` of about the same size, as far as the spread of its markers is even.
async fn borders<T>(list: &ListAsker<T>, whole: &Position, parts: usize) -> Result<Vec<Marker>, Error> {
    if whole.ended {
        return Ok(Vec::new());
    }
    let head = list.page(PageRequest::after(whole.after, PageSize::MAX)).await?;
    let Some(known) = head.marker.and_then(|marker| marker.value()) else { return Ok(Vec::new()) };
    let Some(lowest) = lowest(list, known, whole.until).await? else { return Ok(Vec::new()) };
    // The head page lies above the marker that it returned.
    let records = head.records.len() as u128;
    let span = known - lowest;
    let above = match head.count.map(u128::from) {
        Some(count) if count > records => span / (count - records) * records,
        _ => 0,
    };
    let top = known + above;
    let border = |part: usize| {
        let share = (top - lowest) / parts as u128;
        Marker::from_value(top - share * part as u128)
    };
    Ok((1..parts).filter_map(border).filter(|border| whole.after.is_none_or(|after| *border < after)).collect())
}

/// The value of the lowest marker of the list, nearly; `None` where the service takes no marker but its own.
async fn lowest<T>(list: &ListAsker<T>, known: u128, until: Option<Marker>) -> Result<Option<u128>, Error> {
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
