//! Bytes on their way from a socket to the client, with room before them for what a message
//! begins with: they land where they leave from, and nothing moves them in between.

use bytes::Bytes;

/// Bytes kept free for a message's beginning: its length word and a header as nearly every
/// answer has it. A longer one costs a copy.
const ROOM_BYTES: usize = 192;

/// Bytes that a call received.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Payload {
    /// Empty, or [`ROOM_BYTES`] and the bytes.
    buffer: Vec<u8>,
}

impl Payload {
    /// Makes room for a message's beginning and this many bytes behind it.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        let mut buffer = Vec::with_capacity(ROOM_BYTES + bytes);
        buffer.resize(ROOM_BYTES, 0);
        Self { buffer }
    }

    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        let mut payload = Self::default();
        payload.push(bytes);
        payload
    }

    /// Adds bytes behind those that are there.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.buffer.is_empty() {
            *self = Self::with_capacity(bytes.len());
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the buffer itself, behind whose end bytes may be put.
    pub(crate) fn end_mut(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Gives back capacity that a short answer to a large call would keep.
    pub(crate) fn fit(&mut self) {
        if self.buffer.len() < self.buffer.capacity() / 2 {
            *self = Self::copy_of(self.bytes());
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.get(ROOM_BYTES..).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn clear(&mut self) {
        self.buffer.clear();
    }

    /// Becomes a message of this header and the bytes, as `shared::frame::join` makes it.
    pub(crate) fn into_frame(mut self, header: &[u8]) -> Bytes {
        let Some(start) = ROOM_BYTES.checked_sub(4 + header.len()) else {
            return shared::frame::join(header, self.bytes()).into();
        };
        let Some(room) = self.buffer.get_mut(start..ROOM_BYTES) else {
            return shared::frame::join(header, self.bytes()).into();
        };
        let (word, rest) = room.split_at_mut(4);
        // A header that fits into the room is far below 4 GiB.
        word.copy_from_slice(&(header.len() as u32).to_be_bytes());
        rest.copy_from_slice(header);
        Bytes::from(self.buffer).slice(start..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_what_joining_makes_it() {
        for (header, bytes) in [
            (&br#"{"id":7}"#[..], &b"payload"[..]),
            (b"", b"x"),
            (&[b'h'; ROOM_BYTES - 4], b"just fits"),
            (&[b'h'; ROOM_BYTES - 3], b"does not fit"),
            (b"{}", b""),
        ] {
            let frame = Payload::copy_of(bytes).into_frame(header);
            assert_eq!(frame, shared::frame::join(header, bytes));
        }
        assert_eq!(Payload::default().into_frame(b"{}"), shared::frame::join(b"{}", b""));
    }

    #[test]
    fn a_short_answer_to_a_large_call_is_small() {
        let mut payload = Payload::with_capacity(256 * 1024);
        payload.push(b"short");
        payload.fit();
        assert_eq!(payload.bytes(), b"short");
        assert!(payload.buffer.capacity() < 1024);
    }

    #[test]
    fn bytes_gather() {
        let mut payload = Payload::default();
        assert!(payload.is_empty());
        payload.push(b"one");
        payload.push(b"two");
        assert_eq!(payload.bytes(), b"onetwo");
        payload.clear();
        assert_eq!(payload, Payload::default());
    }
}
