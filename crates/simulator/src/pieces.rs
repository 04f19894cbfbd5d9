//! The body of an answer while it is written.

use bytes::Bytes;

/// Text shorter than this is copied; longer text is shared between answers.
const WORTH_SHARING: usize = 8 * 1024;

/// Text in pieces, so that the same megabytes of targets need not be copied for every task that names them.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    done: Vec<Bytes>,
    open: Vec<u8>,
}

impl Pieces {
    pub(super) fn text(&mut self, text: &str) {
        self.open.extend_from_slice(text.as_bytes());
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.open.extend_from_slice(bytes);
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.open.push(byte);
    }

    pub(super) fn number(&mut self, number: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut rest = number;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.raw(&digits[at..]);
    }

    pub(super) fn share(&mut self, bytes: Bytes) {
        if bytes.len() < WORTH_SHARING {
            self.raw(&bytes);
        } else {
            self.close();
            self.done.push(bytes);
        }
    }

    /// How many bytes it holds.
    pub(super) fn len(&self) -> usize {
        self.done.iter().map(Bytes::len).sum::<usize>() + self.open.len()
    }

    /// Adds what other pieces hold.
    pub(super) fn append(&mut self, other: Self) {
        if other.done.is_empty() {
            return self.raw(&other.open);
        }
        self.close();
        self.done.extend(other.finish());
    }

    pub(super) fn finish(mut self) -> Vec<Bytes> {
        self.close();
        self.done
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.done.push(std::mem::take(&mut self.open).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_order() {
        let shared = Bytes::from(vec![b'x'; WORTH_SHARING]);
        let mut pieces = Pieces::default();
        pieces.text("a");
        pieces.share(shared.clone());
        pieces.share(Bytes::from_static(b"b"));
        pieces.number(0);
        pieces.number(u64::MAX);
        let done = pieces.finish();
        assert_eq!(done.len(), 3);
        assert_eq!(done[1].as_ptr(), shared.as_ptr());
        assert_eq!(&done[2][..], format!("b0{}", u64::MAX).as_bytes());
    }
}
