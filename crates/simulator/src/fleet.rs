//! The devices that tasks name as targets.

use std::ops::Range;

use bytes::Bytes;

use super::random::Random;

/// `"e495cf17-ff79-4294-8f64-4d367919d665",`
const WIDTH: usize = 39;

/// A row of device ids, written once as JSON; a task's targets are a run of it.
#[derive(Clone, Debug)]
pub(super) struct Fleet {
    text: Bytes,
}

impl Fleet {
    pub(super) fn new(devices: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut text = String::with_capacity(devices * WIDTH);
        for _ in 0..devices {
            let (high, low) = (random.next(), random.next());
            let (first, second) = (high >> 32, (high >> 16) & 0xffff);
            // The digits that say "random UUID".
            let (third, fourth) = (0x4000 | (high & 0xfff), 0x8000 | ((low >> 48) & 0x3fff));
            let last = low & 0xffff_ffff_ffff;
            text.push_str(&format!("\"{first:08x}-{second:04x}-{third:04x}-{fourth:04x}-{last:012x}\","));
        }
        Self { text: text.into() }
    }

    pub(super) fn len(&self) -> usize {
        self.text.len() / WIDTH
    }

    /// The ids of a run as JSON strings with commas between them.
    pub(super) fn listed(&self, run: &Range<usize>) -> Bytes {
        if run.is_empty() {
            return Bytes::new();
        }
        self.text.slice(run.start * WIDTH..run.end * WIDTH - 1)
    }

    /// The id of one device, without quotes.
    pub(super) fn device(&self, index: usize) -> &str {
        let start = index * WIDTH + 1;
        std::str::from_utf8(&self.text[start..start + WIDTH - 3]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_a_json_list_of_its_devices() {
        let fleet = Fleet::new(10, 7);
        let listed = format!("[{}]", std::str::from_utf8(&fleet.listed(&(3..6))).unwrap());
        let ids: Vec<String> = serde_json::from_str(&listed).unwrap();
        assert_eq!(ids, [fleet.device(3), fleet.device(4), fleet.device(5)]);
        assert!(fleet.listed(&(3..3)).is_empty());
        assert_eq!(fleet.len(), 10);
    }
}
