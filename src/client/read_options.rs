//! How to read, whatever is read: what all queries take.

// Knows the rules of these arguments; sends nothing.

use std::time::Duration;

use crate::stream::StreamOptions;
use crate::{ArgumentError, PageSize};

/// How a query is to be read, as it was given.
#[derive(Clone, Debug)]
pub(super) struct ReadOptions {
    pub(super) page_size: Option<usize>,
    pub(super) scan_timeout: Option<Duration>,
    pub(super) options: StreamOptions,
}

impl ReadOptions {
    pub(super) fn new() -> Self {
        Self { page_size: None, scan_timeout: None, options: StreamOptions::new() }
    }

    pub(super) fn checked(&self) -> Result<StreamOptions, ArgumentError> {
        let mut options = self.options.clone();
        if let Some(records) = self.page_size {
            options = options.page_size(PageSize::new(records)?);
        }
        if let Some(limit) = self.scan_timeout {
            if limit.is_zero() {
                return Err(ArgumentError::new("scan_timeout", "0s", "longer than nothing"));
            }
            options = options.scan_timeout(limit);
        }
        Ok(options)
    }
}

/// The methods of a query with a field `read: ReadOptions` that say how to read.
macro_rules! read_options_methods {
    () => {
        /// How many records a page may hold, 1 to 50; 50 by default.
        pub fn page_size(mut self, records: usize) -> Self {
            self.read.page_size = Some(records);
            self
        }

        /// How many pages to keep in flight or ready beyond the one being read; 0 is strictly lazy. Without it the depth
        /// adapts ([`StreamOptions::prefetch`](crate::StreamOptions::prefetch)).
        pub fn prefetch(mut self, pages: usize) -> Self {
            self.read.options = self.read.options.prefetch(pages);
            self
        }

        /// All of it will be read: the read-ahead is deep from the first answer on
        /// ([`StreamOptions::whole_list`](crate::StreamOptions::whole_list)).
        pub fn whole_list(mut self) -> Self {
            self.read.options = self.read.options.whole_list();
            self
        }

        /// How many bytes of pages to keep ready at most.
        pub fn prefetch_bytes(mut self, bytes: usize) -> Self {
            self.read.options = self.read.options.prefetch_bytes(bytes);
            self
        }

        /// Ends the stream after this many records.
        pub fn max_items(mut self, records: u64) -> Self {
            self.read.options = self.read.options.max_items(records);
            self
        }

        /// Continues where an earlier stream of the same query stopped.
        pub fn resume(mut self, checkpoint: crate::Checkpoint) -> Self {
            self.read.options = self.read.options.resume(checkpoint);
            self
        }

        /// Continues from `checkpoint`, or reads from the head where there is none.
        pub(crate) fn resume_from(self, checkpoint: Option<crate::Checkpoint>) -> Self {
            match checkpoint {
                Some(checkpoint) => self.resume(checkpoint),
                None => self,
            }
        }

        /// How long the whole scan may take, counted from the first poll; without it, as long as it takes.
        pub fn scan_timeout(mut self, limit: std::time::Duration) -> Self {
            self.read.scan_timeout = Some(limit);
            self
        }
    };
}

pub(super) use read_options_methods;
