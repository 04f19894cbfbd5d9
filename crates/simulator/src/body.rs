//! The body of an answer as it is sent: complete, cut short, or without an end.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use super::log::Entry;

/// What a connection is ended with on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// As if the server closed it.
    Close,
    /// By RST.
    Reset,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the simulator cut the connection")
    }
}

impl std::error::Error for Cut {}

#[derive(Debug, Default)]
pub(super) struct Body {
    pieces: VecDeque<Bytes>,
    /// Repeats after the pieces, for this many bytes.
    filler: Option<(Bytes, u64)>,
    /// What happens instead of an end, and whether the bytes before it had time to leave.
    cut: Option<(Cut, bool)>,
    entry: Option<Entry>,
}

impl Body {
    pub(super) fn new(pieces: Vec<Bytes>) -> Self {
        Self { pieces: pieces.into(), ..Self::default() }
    }

    pub(super) fn filled(mut self, filler: Bytes, bytes: u64) -> Self {
        self.filler = Some((filler, bytes));
        self
    }

    pub(super) fn cut(mut self, cut: Cut) -> Self {
        self.cut = Some((cut, false));
        self
    }

    /// Lets the log's entry live as long as the body is under way.
    pub(super) fn logged(mut self, entry: Entry) -> Self {
        self.entry = Some(entry);
        self
    }

    /// How long the pieces are together.
    pub(super) fn length(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    pub(super) fn into_pieces(self) -> Vec<Bytes> {
        self.pieces.into()
    }

    fn next_piece(&mut self) -> Option<Bytes> {
        if let Some(piece) = self.pieces.pop_front() {
            return Some(piece);
        }
        let (filler, left) = self.filler.as_mut().filter(|(_, left)| *left > 0)?;
        let piece = filler.slice(..filler.len().min(usize::try_from(*left).unwrap_or(usize::MAX)));
        *left -= piece.len() as u64;
        Some(piece)
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(piece) = self.next_piece() {
            if let Some(entry) = &mut self.entry {
                entry.sent(piece.len());
            }
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match &mut self.cut {
            None => Poll::Ready(None),
            Some((cut, true)) => Poll::Ready(Some(Err(*cut))),
            Some((_, flushed)) => {
                // hyper flushes when a body is not ready, and drops what it holds when a body fails.
                *flushed = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.filler.is_none() && self.cut.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        if self.filler.is_some() || self.cut.is_some() {
            SizeHint::default()
        } else {
            SizeHint::with_exact(self.length() as u64)
        }
    }
}
