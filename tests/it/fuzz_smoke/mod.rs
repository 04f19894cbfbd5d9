//! A bounded stand-in for the fuzz targets, on stable Rust: the same functions with any bytes and with samples that were
//! tampered with. `FUZZ_CASES` sets how many of each, 2,000 by default.

mod entries;
mod found;

use proptest::prelude::*;

const PAGES: [&str; 4] = [
    include_str!("seeds/page/sample.json"),
    include_str!("seeds/page/many.json"),
    include_str!("seeds/page/odd.json"),
    include_str!("seeds/page/error.json"),
];
const MARKERS: [&str; 3] =
    [include_str!("seeds/marker/lower"), include_str!("seeds/marker/upper"), include_str!("seeds/marker/opaque")];
const CHECKPOINTS: [&str; 3] = [
    include_str!("seeds/checkpoint/head.json"),
    include_str!("seeds/checkpoint/middle.json"),
    include_str!("seeds/checkpoint/parts.json"),
];

fn config() -> ProptestConfig {
    let cases = std::env::var("FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_000);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 2_000, ..ProptestConfig::default() }
}

/// What is done to a sample: bytes overwritten, taken out, or put in from elsewhere.
#[derive(Clone, Debug)]
enum Tampering {
    Overwrite(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Copy(prop::sample::Index, prop::sample::Index, usize),
    Insert(prop::sample::Index, &'static str),
}

/// What breaks parsers.
const PIECES: [&str; 22] = [
    "null",
    "true",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "-",
    "0",
    "1e999",
    "18446744073709551615",
    "18446744073709551616",
    ",",
    ":",
    "\"batchtasks\":[",
    "\"marker\":",
    "\"task_id\":",
    "\"targets\":[",
    "\u{feff}",
];

fn tampering() -> impl Strategy<Value = Tampering> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Tampering::Overwrite(at, byte)),
        (place(), 1usize..40).prop_map(|(at, length)| Tampering::Remove(at, length)),
        (place(), place(), 1usize..200).prop_map(|(from, to, length)| Tampering::Copy(from, to, length)),
        (place(), prop::sample::select(&PIECES[..])).prop_map(|(at, piece)| Tampering::Insert(at, piece)),
    ]
}

fn tampered(samples: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    (prop::sample::select(samples), prop::collection::vec(tampering(), 1..8)).prop_map(|(sample, steps)| {
        let mut bytes = sample.as_bytes().to_vec();
        for step in steps {
            let length = bytes.len() + 1;
            let end = |at: usize, length: usize| (at + length).min(bytes.len());
            match step {
                Tampering::Overwrite(at, byte) => {
                    if let Some(place) = bytes.get_mut(at.index(length)) {
                        *place = byte;
                    }
                }
                Tampering::Remove(at, most) => {
                    let at = at.index(length);
                    let end = end(at, most);
                    bytes.drain(at..end);
                }
                Tampering::Copy(from, to, most) => {
                    let from = from.index(length);
                    let piece = bytes[from..end(from, most)].to_vec();
                    let to = to.index(length);
                    bytes.splice(to..to, piece);
                }
                Tampering::Insert(at, piece) => {
                    let at = at.index(length);
                    bytes.splice(at..at, piece.bytes());
                }
            }
        }
        bytes
    })
}

fn bytes(samples: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![1 => prop::collection::vec(any::<u8>(), 0..200), 5 => tampered(samples)]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_body_is_a_page_or_an_error(body in bytes(&PAGES)) {
        entries::page(&body);
    }

    #[test]
    fn any_text_is_a_marker_or_an_error(text in bytes(&MARKERS)) {
        entries::marker(&String::from_utf8_lossy(&text));
    }

    #[test]
    fn any_text_is_a_checkpoint_or_an_error(text in bytes(&CHECKPOINTS)) {
        entries::checkpoint(&String::from_utf8_lossy(&text));
    }
}

#[test]
fn the_samples_themselves_are_read() {
    PAGES.iter().for_each(|page| entries::page(page.as_bytes()));
    MARKERS.iter().for_each(|marker| entries::marker(marker));
    for checkpoint in CHECKPOINTS {
        assert!(checkpoint.parse::<iotda_batch_tasks::Checkpoint>().is_ok(), "{checkpoint}");
        entries::checkpoint(checkpoint);
    }
}
