//! The forms of `page.count` and `page.marker` that the API facts leave open.

use super::id::RecordId;
use super::marker::Spelling;
use super::pieces::Pieces;
use super::query::PageQuery;

/// The distance between marker and task id in the vendor's own sample response.
const FOUR_DAYS: u128 = 0x5c90_fa7d_3c4e_4405_e852_5079 - 0x5c8b_a990_3034_4005_c023_16ad;

/// What the markers of the task list are. They are in the order of the list in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Markers {
    /// Task ids, as the service's pages say.
    #[default]
    TaskIds,
    /// Two above the task id: captured answers of the product list show this.
    TwoAbove,
    /// Some four days above the task id: the vendor's own sample response shows this.
    FourDaysAbove,
}

impl Markers {
    fn distance(self) -> u128 {
        match self {
            Self::TaskIds => 0,
            Self::TwoAbove => 2,
            Self::FourDaysAbove => FOUR_DAYS,
        }
    }
}

/// What `page.marker` is where the list ends: the service does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarkerForm {
    /// The marker of the page's last record. An empty page has none, so there it is as [`Absent`](Self::Absent).
    #[default]
    Normal,
    /// The field is left out.
    Absent,
    /// `null`.
    Null,
    /// `""`.
    Empty,
    /// The marker of the request, or the documented default, if there is one, where the request had none.
    Echo,
}

/// What `page.count` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CountForm {
    /// How many records match the filters, whatever the marker.
    #[default]
    Total,
    /// How many records match the filters and lie below the marker.
    BelowMarker,
    /// As [`Total`](Self::Total), as a string.
    Text,
    /// This number, be it right or wrong.
    Fixed(i64),
    /// How many records the page itself holds.
    OfPage,
    /// Ten times as many as match the filters.
    TenTimes,
    /// A tenth of those that match the filters.
    Tenth,
    /// The field is left out.
    Absent,
    /// `null`.
    Null,
}

/// A marker that breaks the paging rule: a client that follows it reads for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerFault {
    /// The answer to a request with a marker carries that same marker.
    Repeats,
    /// The answer to a request with a marker carries a larger one.
    Rises,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Forms {
    pub(super) count: CountForm,
    pub(super) last_page: MarkerForm,
    pub(super) empty_page: MarkerForm,
    pub(super) fault: Option<MarkerFault>,
    pub(super) markers: Markers,
}

/// What there is to say of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageFacts {
    pub(super) last: Option<RecordId>,
    pub(super) records: usize,
    pub(super) more: bool,
    pub(super) total: u64,
    pub(super) below_marker: u64,
}

/// Where in an answer count and marker are, and how a marker is spelt.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Layout {
    /// Whether they are siblings of the rows, not in a `page` object.
    pub(super) is_top_level: bool,
    pub(super) spelling: Spelling,
}

impl Forms {
    /// The id that the request's marker stands for; `None` where everything lies below it.
    pub(super) fn bound(&self, page_query: &PageQuery) -> Option<RecordId> {
        let marker = page_query.marker.as_ref()?.1;
        (marker != RecordId::HIGHEST).then(|| marker.lowered(self.markers.distance()))
    }

    /// Writes what follows the rows and returns its marker, if the list continues after it.
    pub(super) fn write_page(
        &self,
        page_query: &PageQuery,
        facts: &PageFacts,
        layout: Layout,
        out: &mut Pieces,
    ) -> Option<RecordId> {
        let marker = self.marker(page_query, facts, layout.spelling);
        let text = marker.as_ref().map(|(text, _)| format!("\"marker\":{text}"));
        let fields: Vec<String> = self.count(facts).into_iter().chain(text).collect();
        match (layout.is_top_level, fields.is_empty()) {
            (false, _) => out.text(&format!(",\"page\":{{{}}}", fields.join(","))),
            (true, true) => {}
            (true, false) => out.text(&format!(",{}", fields.join(","))),
        }
        marker.and_then(|(_, issued_marker)| issued_marker)
    }

    fn count(&self, facts: &PageFacts) -> Option<String> {
        match self.count {
            CountForm::Total => Some(format!("\"count\":{}", facts.total)),
            CountForm::BelowMarker => Some(format!("\"count\":{}", facts.below_marker)),
            CountForm::Text => Some(format!("\"count\":\"{}\"", facts.total)),
            CountForm::OfPage => Some(format!("\"count\":{}", facts.records)),
            CountForm::TenTimes => Some(format!("\"count\":{}", 10 * facts.total)),
            CountForm::Tenth => Some(format!("\"count\":{}", facts.total / 10)),
            CountForm::Fixed(number) => Some(format!("\"count\":{number}")),
            CountForm::Null => Some("\"count\":null".to_owned()),
            CountForm::Absent => None,
        }
    }

    /// The marker as JSON, and by value where it is one; `None` where the field is left out.
    fn marker(
        &self,
        page_query: &PageQuery,
        facts: &PageFacts,
        spelling: Spelling,
    ) -> Option<(String, Option<RecordId>)> {
        let shown = |id: RecordId| (format!("\"{}\"", spelling.write(id)), Some(id));
        let last = facts.last.map(|id| id.raised(self.markers.distance()));
        match (self.fault, &page_query.marker) {
            (Some(MarkerFault::Repeats), Some((_, asked))) => return Some(shown(*asked)),
            (Some(MarkerFault::Rises), Some((_, asked))) => return Some(shown(asked.raised(1))),
            _ => {}
        }
        let form = match last {
            None => self.empty_page,
            Some(_) if facts.more => MarkerForm::Normal,
            Some(_) => self.last_page,
        };
        match form {
            MarkerForm::Normal => last.map(shown),
            MarkerForm::Absent => None,
            MarkerForm::Null => Some(("null".to_owned(), None)),
            MarkerForm::Empty => Some(("\"\"".to_owned(), None)),
            MarkerForm::Echo => match &page_query.marker {
                Some((text, id)) => Some((format!("\"{text}\""), Some(*id))),
                // Only the hexadecimal alphabet has a documented default.
                None => (spelling == Spelling::Hexadecimal).then(|| shown(RecordId::HIGHEST)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = "5C90FA7D3C4E4405E8525079";

    fn page(forms: &Forms, marker: Option<&str>, last: Option<u64>, more: bool) -> String {
        let marker = marker.map(|text| (text.to_owned(), RecordId::parse(text).unwrap()));
        let last = last.map(|suffix| RecordId { seconds: 0x5c8b_a990, suffix });
        let page_query = PageQuery { limit: 10, offset: 0, marker };
        let mut out = Pieces::default();
        let facts = PageFacts { last, records: 7, more, total: 30, below_marker: 4 };
        forms.write_page(&page_query, &facts, Layout::default(), &mut out);
        String::from_utf8(out.finish().concat()).unwrap().split_off(1)
    }

    #[test]
    fn a_page_in_the_middle_carries_the_last_id() {
        let forms = Forms { last_page: MarkerForm::Null, empty_page: MarkerForm::Echo, ..Forms::default() };
        let expected = r#""page":{"count":30,"marker":"5c8ba990000000000000000a"}"#;
        assert_eq!(page(&forms, Some(ASKED), Some(10), true), expected);
    }

    #[test]
    fn the_end_takes_each_form() {
        let ends = [
            (MarkerForm::Absent, r#""page":{"count":30}"#.to_owned()),
            (MarkerForm::Null, r#""page":{"count":30,"marker":null}"#.to_owned()),
            (MarkerForm::Empty, r#""page":{"count":30,"marker":""}"#.to_owned()),
            (MarkerForm::Echo, format!(r#""page":{{"count":30,"marker":"{ASKED}"}}"#)),
        ];
        for (form, expected) in ends {
            let empty = Forms { empty_page: form, ..Forms::default() };
            assert_eq!(page(&empty, Some(ASKED), None, false), expected);
            let last = Forms { last_page: form, ..Forms::default() };
            assert_eq!(page(&last, Some(ASKED), Some(10), false), expected);
        }
        assert_eq!(page(&Forms::default(), None, None, false), r#""page":{"count":30}"#);
    }

    #[test]
    fn count_takes_each_form() {
        let counts = [
            (CountForm::BelowMarker, r#""page":{"count":4,"marker":null}"#),
            (CountForm::Text, r#""page":{"count":"30","marker":null}"#),
            (CountForm::OfPage, r#""page":{"count":7,"marker":null}"#),
            (CountForm::TenTimes, r#""page":{"count":300,"marker":null}"#),
            (CountForm::Tenth, r#""page":{"count":3,"marker":null}"#),
            (CountForm::Fixed(-1), r#""page":{"count":-1,"marker":null}"#),
            (CountForm::Null, r#""page":{"count":null,"marker":null}"#),
            (CountForm::Absent, r#""page":{"marker":null}"#),
        ];
        for (count, expected) in counts {
            let forms = Forms { count, empty_page: MarkerForm::Null, ..Forms::default() };
            assert_eq!(page(&forms, None, None, false), expected);
        }
        let nothing = Forms { count: CountForm::Absent, ..Forms::default() };
        assert_eq!(page(&nothing, None, None, false), r#""page":{}"#);
    }

    #[test]
    fn count_and_marker_can_be_siblings_of_the_rows() {
        let page_query = PageQuery { limit: 10, offset: 0, marker: None };
        let facts = PageFacts { last: None, records: 0, more: false, total: 30, below_marker: 4 };
        let written = |count, empty_page| {
            let (forms, mut out) = (Forms { count, empty_page, ..Forms::default() }, Pieces::default());
            forms.write_page(&page_query, &facts, Layout { is_top_level: true, ..Layout::default() }, &mut out);
            String::from_utf8(out.finish().concat()).unwrap()
        };
        assert_eq!(written(CountForm::Total, MarkerForm::Null), r#","count":30,"marker":null"#);
        assert_eq!(written(CountForm::Absent, MarkerForm::Null), r#","marker":null"#);
        assert_eq!(written(CountForm::Absent, MarkerForm::Absent), "");
    }

    #[test]
    fn a_faulty_marker_repeats_or_rises_after_the_first_page() {
        let repeats = Forms { fault: Some(MarkerFault::Repeats), ..Forms::default() };
        let rises = Forms { fault: Some(MarkerFault::Rises), ..Forms::default() };
        assert!(page(&repeats, Some(ASKED), Some(10), true).contains("5c90fa7d3c4e4405e8525079"));
        assert!(page(&rises, Some(ASKED), Some(10), true).contains("5c90fa7d3c4e4405e852507a"));
        assert!(page(&rises, None, Some(10), true).contains("5c8ba990000000000000000a"));
    }

    #[test]
    fn a_marker_above_its_record_leads_back_to_it() {
        let id = RecordId::parse("5c8ba99030344005c02316ad").unwrap();
        for (markers, expected) in
            [(Markers::TwoAbove, "5c8ba99030344005c02316af"), (Markers::FourDaysAbove, "5c90fa7d3c4e4405e8525079")]
        {
            let forms = Forms { markers, ..Forms::default() };
            let facts = PageFacts { last: Some(id), records: 1, more: true, total: 1, below_marker: 1 };
            let page_query = PageQuery { limit: 10, offset: 0, marker: None };
            let marker = forms.write_page(&page_query, &facts, Layout::default(), &mut Pieces::default()).unwrap();
            assert_eq!(marker.to_string(), expected);
            let next = PageQuery { marker: Some((marker.to_string(), marker)), ..page_query };
            assert_eq!(forms.bound(&next), Some(id));
        }
    }
}
