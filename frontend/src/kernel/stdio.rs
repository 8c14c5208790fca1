//! A program's standard streams: what was typed and not yet read, and what was written and not
//! yet shown.

use std::collections::VecDeque;

use super::limits::{INPUT_BYTES_MAX, UNSHOWN_BYTES_MAX};
use crate::messages::Stream;

/// The standard streams of one program.
#[derive(Debug, Default)]
pub struct Stdio {
    input: VecDeque<u8>,
    input_ended: bool,
    stdout: Decoder,
    stderr: Decoder,
    unshown_bytes: usize,
}

impl Stdio {
    /// Takes typed text. Returns false where the program has too much unread already.
    pub fn type_in(&mut self, text: &str) -> bool {
        if self.input.len() + text.len() > INPUT_BYTES_MAX {
            return false;
        }
        self.input.extend(text.as_bytes());
        true
    }

    /// Ends the standard input after what was typed.
    pub fn end_input(&mut self) {
        self.input_ended = true;
    }

    /// Returns whether a read would not wait.
    pub fn is_readable(&self) -> bool {
        self.input_ended || !self.input.is_empty()
    }

    /// Returns at most `max` bytes of one line, as a terminal does; nothing at its end; `None`
    /// where the program has to wait.
    pub fn read(&mut self, max: usize) -> Option<Vec<u8>> {
        if self.input.is_empty() {
            return self.input_ended.then(Vec::new);
        }
        let line = self.input.iter().position(|&byte| byte == b'\n').map(|at| at + 1);
        let len = line.unwrap_or(self.input.len()).min(max);
        Some(self.input.drain(..len).collect())
    }

    /// Takes written bytes and returns the text to show, or nothing where the page must first
    /// show what it has.
    pub fn write(&mut self, stream: Stream, bytes: &[u8]) -> Option<String> {
        if self.unshown_bytes >= UNSHOWN_BYTES_MAX {
            return None;
        }
        let text = match stream {
            Stream::Stdout => self.stdout.decode(bytes),
            Stream::Stderr => self.stderr.decode(bytes),
        };
        self.unshown_bytes += text.len();
        Some(text)
    }

    /// The page has shown bytes of text.
    pub fn shown(&mut self, bytes: usize) {
        self.unshown_bytes = self.unshown_bytes.saturating_sub(bytes);
    }
}

/// Decodes UTF-8 whose characters may be cut between two writes.
#[derive(Debug, Default)]
struct Decoder {
    /// The first bytes of a character, at most three.
    begun: Vec<u8>,
}

impl Decoder {
    fn decode(&mut self, bytes: &[u8]) -> String {
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        let mut text = String::with_capacity(all.len());
        let mut rest = &all[..];
        loop {
            match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    return text;
                }
                Err(error) => {
                    let (valid, broken) = rest.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(valid));
                    let Some(len) = error.error_len() else {
                        self.begun = broken.to_vec();
                        return text;
                    };
                    text.push(char::REPLACEMENT_CHARACTER);
                    rest = &broken[len..];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_may_be_cut_between_writes() {
        let mut stdio = Stdio::default();
        let bytes = "aé→😀z".as_bytes();
        for cut in 0..=bytes.len() {
            let first = stdio.write(Stream::Stdout, &bytes[..cut]).unwrap();
            let second = stdio.write(Stream::Stdout, &bytes[cut..]).unwrap();
            assert_eq!(first + &second, "aé→😀z");
        }
    }

    #[test]
    fn what_is_not_text_is_shown_as_such() {
        let mut stdio = Stdio::default();
        assert_eq!(stdio.write(Stream::Stderr, b"a\xffb").as_deref(), Some("a\u{fffd}b"));
        assert_eq!(stdio.write(Stream::Stderr, b"\xf0\x9f").as_deref(), Some(""));
        assert_eq!(stdio.write(Stream::Stderr, b"x").as_deref(), Some("\u{fffd}x"));
    }

    #[test]
    fn a_flood_waits_until_the_page_has_shown_it() {
        let mut stdio = Stdio::default();
        let flood = vec![b'x'; UNSHOWN_BYTES_MAX];
        assert!(stdio.write(Stream::Stdout, &flood).is_some());
        assert!(stdio.write(Stream::Stdout, b"x").is_none());
        stdio.shown(1);
        assert!(stdio.write(Stream::Stdout, b"x").is_some());
    }

    #[test]
    fn input_is_read_by_lines_and_then_ends() {
        let mut stdio = Stdio::default();
        assert_eq!(stdio.read(100), None);
        assert!(stdio.type_in("one\ntwo\nthree"));
        stdio.end_input();
        assert_eq!(stdio.read(100).as_deref(), Some(&b"one\n"[..]));
        assert_eq!(stdio.read(2).as_deref(), Some(&b"tw"[..]));
        assert_eq!(stdio.read(100).as_deref(), Some(&b"o\n"[..]));
        assert_eq!(stdio.read(100).as_deref(), Some(&b"three"[..]));
        assert_eq!(stdio.read(100).as_deref(), Some(&b""[..]));
    }

    #[test]
    fn too_much_input_is_refused() {
        let mut stdio = Stdio::default();
        assert!(stdio.type_in(&"x".repeat(INPUT_BYTES_MAX)));
        assert!(!stdio.type_in("x"));
    }
}
