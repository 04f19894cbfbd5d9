//! However a body comes, it is the page that it is as a whole.

use proptest::prelude::*;

use super::*;
use crate::Identity;
use crate::decode::{self, RawRecord, WithRaw};
use crate::task::BatchTask;

const SEVERAL: ListShape = ListShape::BATCH_TASKS;
const BESIDE: ListShape = ListShape::new("batchtasks").without_page_object().with_opaque_markers();

/// A row of a list whose rows have no id.
#[derive(Debug, serde::Deserialize)]
struct Row {
    #[serde(rename = "task_name")]
    _name: Option<String>,
}

impl Identity for Row {
    fn identity(&self) -> Option<&str> {
        None
    }
}

/// The page of a body that comes in these pieces.
fn arrived<T: decode::Row>(pieces: &[&[u8]], shape: &ListShape) -> Result<Page<T>, SourceError> {
    let mut page = Arriving::new(*shape);
    for piece in pieces {
        page.rest().extend_from_slice(piece);
        page = page.with_rows_read().unwrap();
    }
    page.finish()
}

fn agrees<T: decode::Row + std::fmt::Debug>(pieces: &[&[u8]], shape: &ListShape) {
    let body = pieces.concat();
    let (arrived, whole) = (arrived::<T>(pieces, shape), decode::page::<T>(&body, shape));
    assert_eq!(format!("{arrived:?}"), format!("{whole:?}"), "{:?}", String::from_utf8_lossy(&body));
}

fn all_agree(pieces: &[&[u8]]) {
    agrees::<BatchTask>(pieces, &SEVERAL);
    agrees::<WithRaw<BatchTask>>(pieces, &SEVERAL);
    agrees::<RawRecord>(pieces, &SEVERAL);
    agrees::<Row>(pieces, &BESIDE);
}

fn cut(body: &[u8], places: Vec<prop::sample::Index>) -> Vec<&[u8]> {
    let mut places: Vec<_> = places.iter().map(|place| place.index(body.len() + 1)).chain([0, body.len()]).collect();
    places.sort_unstable();
    places.windows(2).map(|ends| &body[ends[0]..ends[1]]).collect()
}

/// JSON that a body is made of, and what breaks it.
const PIECES: [&str; 60] = [
    r#"{"batchtasks":["#,
    r#"{"batchtasks" : [ "#,
    r#"{"page":{"count":3,"marker":"5c90fa7d3c4e4405e8525079"},"batchtasks":["#,
    r#"{"count":"3","marker":"wide","batchtasks":["#,
    r#"{"batchtasks":null,"batchtasks":["#,
    r#"{"more":{"batchtasks":[1,2],"a":[]},"batchtasks":["#,
    r#"{"more":"batchtasks","x\"\\":[{}],"batchtasks":["#,
    r#"{"batch\u0074asks":["#,
    r#"["batchtasks",["#,
    "\u{feff}",
    r#"{"task_id":"5c8ba99030344005c02316ad","task_name":"a"}"#,
    r#"{"task_id":"5c8ba99030344005c02316ad","targets":["a","b,]}\"","\\"],"brand_new":[[],{},1.5]}"#,
    r#"{"task_id":"a","targets":7}"#,
    r#"{"task_id":12}"#,
    r#"{"task_id":""}"#,
    r#"{"task_id":"é\ud800"}"#,
    r#"{"task_id":"a","task_id":"a"}"#,
    r#"{"task_name":"]"}"#,
    r#"{"task_name":7}"#,
    r#"{"task_id":"a","document":{"b":"\"}\\"}}"#,
    "{\n \"task_id\" : \"a\" ,\n \"document\" : [\n ] }",
    "],",
    r#"],"page":{"count":3,"marker":"5c90fa7d3c4e4405e8525079"}}"#,
    r#"],"page":{"marker":"none"}}"#,
    r#"],"page":7}"#,
    r#"],"batchtasks":[{"task_id":"a"}]}"#,
    r#"],"batchtasks":null}"#,
    r#"],"error_code":"IOTDA.000001","error_msg":"no"}"#,
    "]}",
    "]} and more",
    "[",
    "]",
    "{",
    "}",
    ",",
    ",",
    ",",
    ",",
    ",\n",
    " , ",
    ":",
    "\"",
    "\\",
    "\n",
    " ",
    "\t\r\n",
    "null",
    "nul",
    "true",
    "0",
    "01",
    "-",
    "1e999",
    "\"batchtasks\":",
    "\"task_id\":",
    "\"a\"",
    "\"\u{1}\"",
    "{}",
    "[]",
    "é",
];

/// Rows with what is around them, for the most part as it should be.
fn ordered() -> impl Strategy<Value = Vec<u8>> {
    let head = prop::sample::select(&PIECES[..10]);
    let row = prop_oneof![9 => prop::sample::select(&PIECES[10..21]), 1 => prop::sample::select(&PIECES[..])];
    let comma = prop_oneof![9 => prop::sample::select(&PIECES[34..40]), 1 => prop::sample::select(&PIECES[..])];
    let tail = prop::sample::select(&PIECES[21..30]);
    (head, prop::collection::vec((row, comma), 0..6), tail).prop_map(|(head, mut rows, tail)| {
        if let Some((_, comma)) = rows.last_mut().filter(|(row, _)| row.len() % 5 != 0) {
            *comma = "";
        }
        let rows: String = rows.into_iter().map(|(row, comma)| row.to_owned() + comma).collect();
        format!("{head}{rows}{tail}").into_bytes()
    })
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let any_order = prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12);
    let body = prop_oneof![3 => ordered(), 1 => any_order.prop_map(|pieces| pieces.concat().into_bytes())];
    let bytes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    // Every other one is left as it is; in the others some bytes are not what they were, and may be no UTF-8.
    (body, any::<bool>(), bytes).prop_map(|(mut body, is_whole, bytes)| {
        for (place, byte) in bytes.into_iter().filter(|_| !is_whole && !body.is_empty()).collect::<Vec<_>>() {
            let place = place.index(body.len());
            body[place] = byte;
        }
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_body_is_the_same_page_whatever_its_pieces(
        body in bodies(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        all_agree(&cut(&body, places));
    }

    #[test]
    fn so_is_one_that_comes_byte_by_byte(body in bodies()) {
        all_agree(&body.chunks(1).collect::<Vec<_>>());
    }
}

fn page_of(rows: &[&str]) -> String {
    format!(r#"{{"batchtasks":[{}],"page":{{"count":3,"marker":"5c90fa7d3c4e4405e8525079"}}}}"#, rows.join(","))
}

#[test]
fn a_row_leaves_one_byte_and_its_comma() {
    let rows: Vec<_> =
        (0..100).map(|row| format!(r#"{{"task_id":"{row}","brand_new":"{}"}}"#, "x".repeat(1_000))).collect();
    let body = page_of(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let body = body.replace(r#""page""#, &format!(r#""more":"{}","page""#, "y".repeat(900)));
    let mut page = Arriving::<BatchTask>::new(SEVERAL);
    let mut most = 0;
    for piece in body.as_bytes().chunks(300) {
        page.rest().extend_from_slice(piece);
        page = page.with_rows_read().unwrap();
        if page.records.len() < rows.len() {
            most = most.max(page.rest.len());
        }
        assert_eq!(page.unread(), 0);
    }
    assert_eq!((page.records.len(), page.envelope.len()), (100, r#"{"batchtasks":["#.len() + 200));
    assert!(most < rows[0].len() + 300 + 10, "{most}");
    assert_eq!(page.bytes(), body.len());
    assert_eq!(page.finish().unwrap().records[99].identity(), Some("99"));
}

#[test]
fn the_place_of_an_error_is_that_in_the_whole_body() {
    let row = "{\"task_id\":\"a\",\n\"document\":{}}";
    for (rows, wrong) in [
        (vec![row, row, r#"{"task_id":"a"} x"#], "line 3 column 32"),
        (vec![row, r#"{"task_id":"a"}"#, "\n{]"], "line 3 column 2"),
        (vec![r#"{"task_id":"a"}"#, r#"{"task_id":"b"}"#, "nul"], "line 1 column 51"),
        (vec![r#"{"task_id":"a"}"#, ""], "line 1 column 32"),
    ] {
        let body = page_of(&rows);
        let message = arrived::<BatchTask>(&[body.as_bytes()], &SEVERAL).unwrap_err().to_string();
        assert!(message.contains(&format!("{} bytes is no JSON", body.len())) && message.contains(wrong), "{message}");
        assert!(message.contains(r#"it begins "{\"batchtasks\":[{\"task_id\":\"a\""#), "{message}");
        all_agree(&body.as_bytes().chunks(5).collect::<Vec<_>>());
    }
}

#[test]
fn lists_of_another_place_are_not_taken_for_the_rows() {
    for head in [
        r#"{"more":{"batchtasks":[{"task_id":"x"}]},"#,
        r#"{"batchtask":[1],"#,
        r#"{"batchtasks_":[1],"page":{"batchtasks":[1]},"#,
        r#"{"batchtasks":null,"#,
    ] {
        let body = head.to_owned() + &page_of(&[r#"{"task_id":"a"}"#, "7"])[1..];
        let page = arrived::<BatchTask>(&[body.as_bytes()], &SEVERAL).unwrap();
        assert_eq!((page.records[0].identity(), page.records.len()), (Some("a"), 2), "{head}");
        assert_eq!(page.records[1].as_ref().unwrap_err().position, 1);
        all_agree(&[body.as_bytes()]);
    }
}

#[test]
fn a_million_levels_do_not_overflow_the_stack() {
    let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
    let body = page_of(&[&format!(r#"{{"task_id":"a","document":{deep}}}"#), &deep]);
    let page = arrived::<BatchTask>(&body.as_bytes().chunks(500_000).collect::<Vec<_>>(), &SEVERAL).unwrap();
    assert_eq!(page.records[0].as_ref().unwrap().document.as_ref().unwrap().get(), deep);
    assert_eq!(&*page.records[1].as_ref().unwrap_err().path, "batchtasks[1][0]");
}
