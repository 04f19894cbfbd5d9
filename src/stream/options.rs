//! How a stream is to read.

use std::time::Duration;

use super::Checkpoint;
use super::read_ahead::ReadAhead;
use crate::paging::PageSize;

/// How a stream reads: pages, read-ahead, bounds, and where to begin.
///
/// ```
/// use iotda_batch_tasks::{PageSize, StreamOptions};
///
/// let options = StreamOptions::new().page_size(PageSize::new(20)?).prefetch(4).max_items(1000);
/// # Ok::<(), iotda_batch_tasks::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct StreamOptions {
    pub(super) page_size: PageSize,
    pub(super) prefetch: Option<usize>,
    pub(super) whole_list: bool,
    pub(super) prefetch_bytes: usize,
    pub(super) max_items: Option<u64>,
    pub(super) resume: Option<Checkpoint>,
    pub(super) scan_timeout: Option<Duration>,
    pub(super) list: String,
}

impl StreamOptions {
    /// How many pages the read-ahead grows to at most, unless [`prefetch`](Self::prefetch) is called. With 128, a list of
    /// 400 pages takes 8 round trips, where a client that knows every marker beforehand takes 7 with 64 requests in flight
    /// (`tests/it/adaptive_depth.rs`).
    pub const DEFAULT_PREFETCH: usize = 128;
    /// 64 MiB.
    pub const DEFAULT_PREFETCH_BYTES: usize = 64 << 20;

    /// Pages of 50, a read-ahead that adapts up to 128 pages and 64 MiB, the whole list from its head.
    #[must_use]
    pub fn new() -> Self {
        Self {
            page_size: PageSize::MAX,
            prefetch: None,
            whole_list: false,
            prefetch_bytes: Self::DEFAULT_PREFETCH_BYTES,
            max_items: None,
            resume: None,
            scan_timeout: None,
            list: String::new(),
        }
    }

    /// Refuses a checkpoint with a marker that no list of 24 hexadecimal digits hands out.
    #[cfg(feature = "client")]
    pub(crate) fn check_markers(&self) -> Result<(), crate::ArgumentError> {
        self.resume.as_ref().map_or(Ok(()), Checkpoint::check_markers)
    }

    /// The same, for whole lists: without a checkpoint to resume and without a number to end after.
    pub(crate) fn of_the_whole(mut self) -> Self {
        (self.resume, self.max_items) = (None, None);
        self
    }

    /// How many records a page has at most. Large pages take fewer requests.
    #[must_use]
    pub fn page_size(mut self, size: PageSize) -> Self {
        self.page_size = size;
        self
    }

    /// How many pages may exist beyond the consumer's, in flight and ready together; so many requests are under way
    /// at most. 0 reads strictly lazily: a page is requested when its first record is.
    ///
    /// By default the depth adapts: one page at first, 11 once the consumer has used that up and waits, and then four times
    /// as many at each step, up to [`DEFAULT_PREFETCH`](Self::DEFAULT_PREFETCH), as long as the consumer waits and each
    /// step brings at least a quarter more answers a second. A step that does not is taken back. A throttled
    /// request halves the depth.
    #[must_use]
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.prefetch = Some(pages);
        self
    }

    /// The consumer will take the whole list: the read-ahead is deep from the first answer on, and does not wait
    /// until the consumer has used up a page. Without [`prefetch`](Self::prefetch) that is 44 pages at first.
    ///
    /// A consumer that stops early has made so many requests for nothing.
    #[must_use]
    pub fn whole_list(mut self) -> Self {
        self.whole_list = true;
        self
    }

    pub(super) fn read_ahead(&self) -> ReadAhead {
        let read_ahead = self.prefetch.map_or_else(|| ReadAhead::measured(Self::DEFAULT_PREFETCH), ReadAhead::up_to);
        if self.whole_list { read_ahead.of_the_whole() } else { read_ahead }
    }

    /// How many bytes the pages ahead may hold, as far as that is known before they arrive. One page is always allowed.
    #[must_use]
    pub fn prefetch_bytes(mut self, bytes: usize) -> Self {
        self.prefetch_bytes = bytes;
        self
    }

    /// Ends the stream after so many items, and reads no further than they need.
    #[must_use]
    pub fn max_items(mut self, items: u64) -> Self {
        self.max_items = Some(items);
        self
    }

    /// Continues from the position of another stream of the same list.
    #[must_use]
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.resume = Some(checkpoint);
        self
    }

    /// Fails with a time-out when the whole scan takes longer, counted from the first poll, the consumer's own time
    /// included. None by default.
    #[must_use]
    pub fn scan_timeout(mut self, timeout: Duration) -> Self {
        self.scan_timeout = Some(timeout);
        self
    }

    /// The name of the list, for errors and checkpoints: a checkpoint resumes only a list of the same name.
    #[must_use]
    pub fn list(mut self, name: impl Into<String>) -> Self {
        self.list = name.into();
        self
    }
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self::new()
    }
}
