//! A short run of ids that share one text.

// Knows where each begins and ends, nothing of the runs around it.

use std::ops::Range;

/// How many ids a run holds at most. Few enough that the spare room of the run being filled does not count, many
/// enough that what a run costs by itself does not either.
pub(super) const RUN: usize = 256;

/// The longest id, in bytes: 256 of them have ends that 4 bytes can hold.
pub(super) const LONGEST: usize = u32::MAX as usize / RUN;

/// Ids are only ever added, so equal runs have equal ends.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Run {
    text: String,
    ends: Ends,
}

/// Where each id ends in the text.
#[derive(Clone, PartialEq, Eq)]
enum Ends {
    /// As long as all ids have one length, as UUIDs do, nothing needs to be stored.
    Regular {
        length: usize,
        count: usize,
    },
    Each(Vec<u32>),
}

impl Default for Ends {
    fn default() -> Self {
        Self::Regular { length: 0, count: 0 }
    }
}

impl Run {
    /// An empty run with room for a text as long as that of `before`, for ids rarely differ in length.
    pub(super) fn after(before: &Self) -> Self {
        Self { text: String::with_capacity(before.text.len()), ends: Ends::default() }
    }

    pub(super) fn len(&self) -> usize {
        match &self.ends {
            Ends::Regular { count, .. } => *count,
            Ends::Each(ends) => ends.len(),
        }
    }

    pub(super) fn get(&self, position: usize) -> Option<&str> {
        (position < self.len()).then(|| &self.text[self.place(position)])
    }

    /// Makes room for so many bytes of ids.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.text.reserve(bytes);
    }

    /// Adds `id`, which is not longer than [`LONGEST`], to a run that is not full.
    pub(super) fn push(&mut self, id: &str) {
        debug_assert!(self.len() < RUN && id.len() <= LONGEST, "the run would outgrow its ends");
        self.text.push_str(id);
        match &mut self.ends {
            Ends::Regular { length, count } if *count == 0 || *length == id.len() => {
                *length = id.len();
                *count += 1;
            }
            Ends::Regular { length, count } => {
                let mut ends: Vec<u32> = (1..=*count).map(|count| (count * *length) as u32).collect();
                ends.push(self.text.len() as u32);
                self.ends = Ends::Each(ends);
            }
            Ends::Each(ends) => ends.push(self.text.len() as u32),
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        if let Ends::Each(ends) = &mut self.ends {
            ends.shrink_to_fit();
        }
    }

    pub(super) fn heap_size(&self) -> usize {
        let ends = match &self.ends {
            Ends::Regular { .. } => 0,
            Ends::Each(ends) => ends.capacity() * size_of::<u32>(),
        };
        self.text.capacity() + ends
    }

    fn place(&self, position: usize) -> Range<usize> {
        let end = |count: usize| match &self.ends {
            Ends::Regular { length, .. } => count * length,
            Ends::Each(ends) => count.checked_sub(1).map_or(0, |last| ends[last] as usize),
        };
        end(position)..end(position + 1)
    }
}
