//! The pages that a diagnosis reads: which are requested, and what they show together.

// Knows which page shows what; what it means is judged elsewhere.

use std::sync::Arc;

use tokio::time::Instant;

use super::super::attempts::Traced;
use super::super::own_task::in_own_task;
use super::super::transport::{Attempt, AttemptStats, Observed};
use super::super::{Client, Shared};
use super::answer::Answer;
use super::judge::{self, Estimate, Pair, Verdict, not_seen};
use super::report::{Assumption, Finding, Observation};
use crate::lists::ResolvedList;
use crate::task::BatchTask;
use crate::{FailureKind, Marker, Offset, Page, PageRequest, PageSize, SourceError};

/// The value of the default marker.
const HIGHEST: u128 = (1 << 96) - 1;

/// One list, and how often it was asked.
pub(super) struct Pages {
    client: Client,
    list: ResolvedList,
    pub(super) requests: u32,
}

/// An answer, and what the latest one of any status showed beside its body.
pub(super) type Fetched = (Result<Answer, SourceError>, Option<Observed>);

impl Pages {
    pub(super) fn new(client: Client, list: ResolvedList) -> Self {
        Self { client, list, requests: 0 }
    }

    pub(super) async fn fetch(&mut self, request: PageRequest) -> Result<Answer, SourceError> {
        self.fetch_observed(request).await.0
    }

    pub(super) async fn fetch_observed(&mut self, request: PageRequest) -> Fetched {
        let stats = Arc::new(AttemptStats::observing());
        let (shared, list, of_task) = (Arc::clone(&self.client.0), self.list.clone(), Arc::clone(&stats));
        let fetched = in_own_task(async move { shared.answer(&list, &request, &of_task).await }).await;
        self.requests += stats.sent();
        (fetched, stats.observed())
    }

    /// The type whose tasks are listed.
    pub(super) fn task_type(&self) -> &str {
        self.list.filters.iter().find(|(name, _)| name == "task_type").map_or("", |(_, value)| value)
    }

    /// Reads the list, whose first page was read already, and returns what it shows of each assumption.
    pub(super) async fn observe(&mut self, first: &Answer) -> Vec<Observation<Assumption>> {
        let seen = self.read(first).await;
        let pair = seen.pair(first);
        let of_pair = |judge: fn(Pair<'_>) -> Verdict| pair.map_or_else(|| not_seen("the list has one page"), judge);
        let rows: Vec<_> = match pair {
            Some(Pair { first, next, .. }) => first.rows.iter().chain(&next.rows).collect(),
            None => first.rows.iter().collect(),
        };
        let verdict = |assumption| match assumption {
            Assumption::NewestFirst => judge::newest_first(&rows),
            Assumption::MarkerExclusive => of_pair(judge::marker_exclusive),
            Assumption::MarkerDescends if seen.lacks_marker => {
                (Finding::DoesNotHold, "a page after which more tasks follow has no marker".to_owned())
            }
            Assumption::MarkerDescends => of_pair(judge::marker_descends),
            Assumption::OffsetTo500 => judge::offset_to_500(&seen.far),
            Assumption::ReadsAgree => match &seen.again {
                Ok(again) => judge::reads_agree(first, again, seen.third.as_ref()),
                Err(error) => not_seen(&format!("the second read failed: {error}")),
            },
            Assumption::MarkerIsLastId => judge::marker_is_last_id(pair.map_or(first, |pair| pair.first)),
            Assumption::CountOfWholeList => of_pair(judge::count_of_whole_list),
            Assumption::EstimatedMarker => match &seen.estimated {
                Some((estimate, answer)) => judge::estimated_marker(estimate, answer, seen.changes),
                None => not_seen("no marker can be estimated from the ids of the tasks"),
            },
            Assumption::EmptyPageFields => match &seen.empty {
                Some((page, asked)) => judge::empty_page(page, asked.as_deref()),
                None => not_seen("no page was empty"),
            },
            Assumption::FullPages => judge::full_pages(first, PageSize::MAX.get(), seen.follows),
        };
        let observation = |assumption: &Assumption| {
            let (finding, note) = verdict(*assumption);
            Observation::new(*assumption, finding, note)
        };
        Assumption::ALL.iter().map(observation).collect()
    }

    async fn read(&mut self, first: &Answer) -> Seen {
        let again = self.fetch(PageRequest::after(None, PageSize::MAX)).await;
        let differs = again.as_ref().is_ok_and(|again| again.rows != first.rows);
        let third = if differs { self.fetch(PageRequest::after(None, PageSize::MAX)).await.ok() } else { None };
        let mut seen = Seen { again, third, changes: differs, ..Seen::default() };
        self.read_rest(first, &mut seen).await;
        let far = PageRequest { marker: None, offset: Offset::MAX, limit: PageSize::MAX };
        seen.far = self.fetch(far).await;
        if let Ok(far) = seen.far.as_ref()
            && far.rows.is_empty()
            && seen.empty.is_none()
        {
            seen.empty = Some((far.clone(), None));
        }
        if let Some(estimate) = Estimate::within(first)
            && let Some(marker) = Marker::from_value(estimate.marker)
        {
            let answer = self.fetch(PageRequest::after(Some(marker), PageSize::MAX)).await;
            seen.estimated = Some((estimate, answer));
        }
        self.read_below_all(&mut seen).await;
        seen
    }

    /// What follows the first page. Where nothing does, smaller pages are read, so that some follow one another.
    async fn read_rest(&mut self, first: &Answer, seen: &mut Seen) {
        let rows = first.rows.len();
        if rows == 0 {
            seen.empty = Some((first.clone(), None));
            return;
        }
        let Some(marker) = marker_of(first) else {
            if let Ok(offset) = Offset::new(rows) {
                let rest = self.fetch(PageRequest { marker: None, offset, limit: PageSize::MIN }).await;
                seen.note_rest(rest.ok(), None);
                seen.lacks_marker = seen.follows == Some(true);
            }
            return self.read_parts(rows, seen).await;
        };
        let next = self.fetch(PageRequest::after(Some(marker), PageSize::MAX)).await.ok();
        seen.note_rest(next.clone(), Some(marker));
        match next.filter(|next| !next.rows.is_empty()) {
            Some(next) => seen.next = Some((None, next, PageSize::MAX)),
            None => self.read_parts(rows, seen).await,
        }
    }

    async fn read_parts(&mut self, rows: usize, seen: &mut Seen) {
        let Ok(limit) = PageSize::new((rows / 3).max(1)) else { return };
        if rows < 2 || seen.follows == Some(true) {
            return;
        }
        let Ok(part) = self.fetch(PageRequest::after(None, limit)).await else { return };
        let Some(marker) = marker_of(&part) else {
            seen.lacks_marker = part.rows.len() < rows;
            return;
        };
        let next = self.fetch(PageRequest::after(Some(marker), limit)).await.ok();
        seen.next = next.map(|next| (Some(part), next, limit));
    }

    /// An empty page, by a marker below every task, where such markers are answered from their place.
    async fn read_below_all(&mut self, seen: &mut Seen) {
        let leads =
            seen.estimated.as_ref().map(|(estimate, answer)| judge::estimated_marker(estimate, answer, seen.changes).0);
        if seen.empty.is_some() || leads != Some(Finding::Holds) {
            return;
        }
        let lowest = Marker::from_value(0);
        if let Ok(page) = self.fetch(PageRequest::after(lowest, PageSize::MIN)).await
            && page.rows.is_empty()
        {
            seen.empty = Some((page, lowest.map(|marker| marker.to_string())));
        }
    }
}

/// What was read.
struct Seen {
    again: Result<Answer, SourceError>,
    third: Option<Answer>,
    /// Whether two reads of the first page differed.
    changes: bool,
    /// A page and the one before it, where that is not the first page of all, with their limit.
    next: Option<(Option<Answer>, Answer, PageSize)>,
    /// Whether the list continues after the first page.
    follows: Option<bool>,
    /// Whether a page that others follow has no marker to continue after.
    lacks_marker: bool,
    far: Result<Answer, SourceError>,
    estimated: Option<(Estimate, Result<Answer, SourceError>)>,
    /// A page without tasks, and the marker that it was requested after.
    empty: Option<(Answer, Option<String>)>,
}

impl Default for Seen {
    fn default() -> Self {
        let not_sent = || Err(SourceError::new(FailureKind::Other, "it was not sent"));
        let (again, far) = (not_sent(), not_sent());
        Self {
            again,
            third: None,
            changes: false,
            next: None,
            follows: None,
            lacks_marker: false,
            far,
            estimated: None,
            empty: None,
        }
    }
}

impl Seen {
    fn pair<'a>(&'a self, first: &'a Answer) -> Option<Pair<'a>> {
        let (own, next, limit) = self.next.as_ref()?;
        let ends = match own {
            Some(own) => own.rows.len() + next.rows.len() >= first.rows.len(),
            // A page that is as long as the one before it may be cut as that was.
            None => next.rows.len() < limit.get().min(first.rows.len()),
        };
        let is_whole = own.is_some() && self.follows == Some(false);
        let tasks = is_whole.then_some(first.rows.len() as u64);
        Some(Pair { first: own.as_ref().unwrap_or(first), next, ends, tasks })
    }

    /// Notes what comes below the first page.
    fn note_rest(&mut self, rest: Option<Answer>, asked: Option<Marker>) {
        self.follows = rest.as_ref().map(|rest| !rest.rows.is_empty());
        if let Some(rest) = rest.filter(|rest| rest.rows.is_empty()) {
            self.empty = Some((rest, asked.map(|marker| marker.to_string())));
        }
    }
}

/// The marker to continue after. The documented default stands above the head, and is no place in the list.
fn marker_of(page: &Answer) -> Option<Marker> {
    page.marker.text()?.parse().ok().filter(|marker| Some(*marker) != Marker::from_value(HIGHEST))
}

/// What is no page is reported as a stream reports it.
fn read(body: &[u8]) -> Result<Answer, SourceError> {
    let answer = Answer::read(body);
    if answer.as_ref().is_none_or(|answer| !answer.is_page)
        && let Err(error) = Page::<BatchTask>::from_json(body)
    {
        return Err(error);
    }
    answer.ok_or_else(|| {
        SourceError::new(FailureKind::Decode, "the answer has tasks without an id, or fields of another type")
    })
}

impl Shared {
    async fn answer(
        &self,
        list: &ResolvedList,
        request: &PageRequest,
        stats: &AttemptStats,
    ) -> Result<Answer, SourceError> {
        let (traced, started) = (&Traced::new("diagnosis"), Instant::now());
        let attempt = |attempt: u32| async move {
            let project_id = self.project.id(&self.transport).await?;
            let segments: Vec<&str> =
                ["v5", "iot", project_id].into_iter().chain(list.segments.iter().map(String::as_str)).collect();
            let url = traced.url.get_or_init(|| self.endpoint.url(&segments, &list.parameters(request)));
            let span = tracing::debug_span!(
                "diagnosis",
                attempt,
                status = tracing::field::Empty,
                bytes = tracing::field::Empty,
                milliseconds = tracing::field::Empty,
            );
            read(&self.transport.body(Attempt { url, project_id, stats, span: &span }).await?)
        };
        let answer =
            self.attempts.run_while_arriving(traced, || stats.arrived(), attempt).await.map(|(answer, _)| answer)?;
        traced.answered(stats, started, Some(answer.rows.len()));
        Ok(answer)
    }
}
