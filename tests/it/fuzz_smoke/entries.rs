//! What a fuzzer calls with any bytes: the readers of what comes from outside. Each panics where a promise is broken.
//!
//! The fuzz targets beside this crate call these functions, and so do the tests here.

use std::cell::OnceCell;

use futures::StreamExt;
use iotda_batch_tasks::decode::{self, ListShape, WithRaw};
use iotda_batch_tasks::{
    BatchTask, Checkpoint, Error, FailureKind, Fetched, Identity, Marker, Page, PageRequest, PageSource, RecordStream,
    SourceError, StreamOptions,
};
use serde::Deserialize;

/// The longest error that is acceptable.
const LONGEST_MESSAGE: usize = 4_000;

/// A row of a list whose rows have no id, as some sibling lists have.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(rename = "task_name")]
    _name: Option<String>,
}

impl Identity for Row {
    fn identity(&self) -> Option<&str> {
        None
    }
}

/// The body of an answer, as a page.
pub(crate) fn page(body: &[u8]) {
    let plain = checked::<BatchTask>(body, &ListShape::BATCH_TASKS);
    let with_raw = checked::<WithRaw<BatchTask>>(body, &ListShape::BATCH_TASKS);
    let other = ListShape::new("batchtasks").without_page_object().with_opaque_markers();
    checked::<Row>(body, &other);
    match (plain, with_raw) {
        (Some(plain), Some(with_raw)) => agree(&plain, &with_raw, std::str::from_utf8(body).is_ok()),
        (None, None) => {}
        (plain, with_raw) => panic!("the text kept or not makes a difference: {plain:?}, {with_raw:?}"),
    }
}

fn checked<T: serde::de::DeserializeOwned + Identity>(body: &[u8], shape: &ListShape) -> Option<Page<T>> {
    let page = match decode::page::<T>(body, shape) {
        Ok(page) => page,
        Err(error) => {
            assert_eq!(error.kind(), FailureKind::Decode, "{error}");
            assert!(error.to_string().len() < LONGEST_MESSAGE, "an error of {} bytes", error.to_string().len());
            return None;
        }
    };
    let Fetched { page, bytes, .. } = Fetched::new(page);
    // What is held: the texts of the body, and the records themselves.
    assert!(bytes >= body.len(), "{bytes} bytes held of {}", body.len());
    for (place, record) in page.records.iter().enumerate() {
        let Err(error) = record else { continue };
        assert!(error.position() == place && error.path().starts_with(&format!("batchtasks[{place}]")), "{error}");
        assert!(error.to_string().len() < LONGEST_MESSAGE, "an error of {} bytes", error.to_string().len());
    }
    Some(page)
}

fn agree(plain: &Page<BatchTask>, with_raw: &Page<WithRaw<BatchTask>>, is_text: bool) {
    assert_eq!((plain.marker, plain.count), (with_raw.marker, with_raw.count));
    assert_eq!(plain.records.len(), with_raw.records.len());
    for (plain, with_raw) in plain.records.iter().zip(&with_raw.records) {
        match (plain, with_raw) {
            (Ok(task), Ok(with_raw)) => {
                assert!(!task.task_id.is_empty());
                assert_eq!(task, &with_raw.record);
                let written = serde_json::to_string(task).expect("a task can be written");
                let again: BatchTask = serde_json::from_str(&written).expect("what was written can be read");
                assert_eq!(&again, task);
            }
            (Err(left), Err(right)) => assert_eq!(left.identity(), right.identity()),
            // Invalid text cannot be kept, but it may be in a field that is ignored.
            (Ok(_), Err(_)) if !is_text => {}
            (left, right) => panic!("the text kept or not makes a difference: {left:?}, {right:?}"),
        }
    }
}

/// A text, as a marker of either alphabet.
pub(crate) fn marker(text: &str) {
    let middle: Marker = "5c8ba99030344005c02316ad".parse().expect("24 digits");
    let strict = text.parse::<Marker>();
    let opaque = Marker::opaque(text);
    assert_eq!(strict.is_ok(), text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert!(opaque.is_ok() || strict.is_err());
    for marker in [&strict, &opaque].into_iter().flatten() {
        assert_eq!(marker.as_str(), text);
        let json = serde_json::to_string(marker).expect("a marker can be written");
        let again: Marker = serde_json::from_str(&json).expect("what was written can be read");
        assert_eq!((again, again.as_str()), (*marker, text));
        let (below, above) = (marker.is_below(&middle), middle.is_below(marker));
        // Only the hexadecimal alphabet has an order, and the wider one has none whatever it spells.
        assert_eq!(below.zip(above).is_some(), strict == Ok(*marker));
        assert!(below != Some(true) || above == Some(false));
    }
    for error in [strict, opaque].into_iter().filter_map(Result::err) {
        assert!(error.to_string().contains("marker"));
    }
}

/// A text, as a checkpoint, and the scan that resumes from it.
pub(crate) fn checkpoint(text: &str) {
    let Ok(checkpoint) = text.parse::<Checkpoint>() else { return };
    let written = checkpoint.to_string();
    let again: Checkpoint = written.parse().expect("what was written can be read");
    assert_eq!((&again, again.to_string()), (&checkpoint, written));
    // Parts that are read side by side come in no order.
    let json: serde_json::Value = serde_json::from_str(&checkpoint.to_string()).expect("it is JSON");
    let is_ordered = json["lists"][""].as_array().is_some_and(|parts| parts.len() == 1);
    let Ok(mut records) = RecordStream::from_source(Numbers, StreamOptions::new().resume(checkpoint)) else { return };
    let reading = async {
        let mut last = None;
        // A part takes more than two bytes to write.
        for _ in 0..Numbers::RECORDS * text.len() as u128 {
            match records.next().await {
                Some(Ok(Number(id))) => {
                    assert!(!is_ordered || last.as_ref().is_none_or(|last| id < *last), "{id} after {last:?}");
                    let here: Checkpoint = records.checkpoint().to_string().parse().expect("its own checkpoint");
                    assert_eq!(here, records.checkpoint());
                    assert!(records.progress().delivered > 0);
                    last = Some(id);
                }
                Some(Err(Error::Page(_))) => assert!(records.next().await.is_none()),
                Some(Err(error)) => panic!("{error}"),
                None => return,
            }
        }
        panic!("the reading does not end");
    };
    thread_local!(static RUNTIME: OnceCell<tokio::runtime::Runtime> = const { OnceCell::new() });
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    RUNTIME.with(|kept| kept.get_or_init(runtime).block_on(reading));
}

/// A record that is a number, and whose id is that number in hexadecimal digits.
#[derive(Debug)]
struct Number(String);

impl Identity for Number {
    fn identity(&self) -> Option<&str> {
        Some(&self.0)
    }
}

/// The numbers from 120 down to 1, each seven times as large.
struct Numbers;

impl Numbers {
    const RECORDS: u128 = 120;
}

impl PageSource<Number> for Numbers {
    async fn fetch(&self, request: PageRequest) -> Result<Page<Number>, SourceError> {
        // A checkpoint of another kind of list may hold markers of any form.
        let value =
            |marker: Marker| u128::from_str_radix(marker.as_str(), 16).ok().filter(|_| marker.as_str().len() == 24);
        let below = match request.marker.map(value) {
            None => u128::MAX,
            Some(Some(below)) => below,
            Some(None) => return Err(SourceError::new(FailureKind::Status, "no marker").with_status(400)),
        };
        let ids = (1..=Self::RECORDS).rev().map(|number| number * 7).filter(|id| *id < below);
        let ids = ids.skip(request.offset.get()).take(request.limit.get()).map(|id| format!("{id:024x}"));
        let records: Vec<_> = ids.map(|id| Ok(Number(id))).collect();
        let last = records.last().and_then(|record| record.as_ref().ok());
        let marker = last.and_then(|Number(id)| id.parse().ok());
        Ok(Page::new(records, marker, Some(Self::RECORDS as u64)))
    }
}
