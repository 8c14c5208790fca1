//! What one visitor of a room shows the others of their programs: calls and ends, never code
//! or output. The backend passes it on without looking into it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use shared::guest::Site;
use shared::session::check_name;

use super::recording::{CallEnded, CallNumber, CallStarted};

/// One message. Times are the backend's, by which every visitor's page puts them in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    pub items: Vec<Item>,
    /// Calls that were left out since the last message, because it would have been too much.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
}

/// Something that happened. Ranges are of the message's payload; with them goes how many bytes
/// there really were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Item {
    /// A call began.
    Started { call: CallStarted, sent: u64 },
    /// A call in several parts sends more.
    Continued { number: CallNumber, bytes: Range<usize>, sent: u64, at_us: u64 },
    /// A call ended.
    Ended { call: CallEnded, received: u64 },
    /// A program ended.
    Over(Over),
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Over {
    pub program: String,
    pub at_us: u64,
    /// What its status says: `exited 0`.
    pub words: String,
    pub bad: bool,
    /// Nobody interrupted it.
    pub by_itself: bool,
}

/// Characters of a program's last words.
const WORDS_CHARS_MAX: usize = 60;
/// Characters of a method's name.
const METHOD_CHARS_MAX: usize = 32;
/// Numbers of threads; a page gives out fewer.
const THREAD_MAX: u32 = 4096;

impl Item {
    /// Returns when it happened.
    pub fn at_us(&self) -> u64 {
        match self {
            Item::Started { call, .. } => call.at_us,
            Item::Continued { at_us, .. } => *at_us,
            Item::Ended { call, .. } => call.at_us,
            Item::Over(over) => over.at_us,
        }
    }

    /// Sets when it happened.
    pub fn set_at_us(&mut self, to_us: u64) {
        match self {
            Item::Started { call, .. } => call.at_us = to_us,
            Item::Continued { at_us, .. } => *at_us = to_us,
            Item::Ended { call, .. } => call.at_us = to_us,
            Item::Over(over) => over.at_us = to_us,
        }
    }

    /// Returns which bytes of the payload are its own.
    pub fn bytes(&self) -> Range<usize> {
        match self {
            Item::Started { call, .. } => call.bytes.clone(),
            Item::Continued { bytes, .. } => bytes.clone(),
            Item::Ended { call, .. } => call.bytes.clone(),
            Item::Over(_) => 0..0,
        }
    }

    /// Sets which bytes of the payload are its own.
    pub fn set_bytes(&mut self, to: Range<usize>) {
        match self {
            Item::Started { call, .. } => call.bytes = to,
            Item::Continued { bytes, .. } => *bytes = to,
            Item::Ended { call, .. } => call.bytes = to,
            Item::Over(_) => {}
        }
    }

    /// Returns how many bytes there really were.
    pub fn total(&self) -> u64 {
        match self {
            Item::Started { sent, .. } | Item::Continued { sent, .. } => *sent,
            Item::Ended { received, .. } => *received,
            Item::Over(_) => 0,
        }
    }

    /// Makes what somebody else's page says fit to be shown under a program's `name`, which
    /// takes the place of the one it came with; nothing where it cannot be.
    pub fn cleaned(mut self, name: impl Fn(&str) -> Option<String>) -> Option<Item> {
        match &mut self {
            Item::Started { call, .. } => {
                check_name(&call.program).ok()?;
                call.program = name(&call.program)?;
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
                if call.method.len() > METHOD_CHARS_MAX || !call.method.chars().all(plain) {
                    call.method = call.call.op().to_owned();
                }
                if call.thread > THREAD_MAX {
                    return None;
                }
                // It is a line of a file that is not on this page.
                call.site = call.site.take().and_then(|Site { file, line }| {
                    check_name(&file).ok()?;
                    Some(Site { file: name(&file)?, line })
                });
            }
            Item::Over(over) => {
                check_name(&over.program).ok()?;
                over.program = name(&over.program)?;
                let shown = over.words.chars().filter(|c| !c.is_control());
                over.words = shown.take(WORDS_CHARS_MAX).collect();
            }
            Item::Continued { .. } | Item::Ended { .. } => {}
        }
        Some(self)
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::call::Gethostname;

    fn started(program: &str, method: &str, file: &str) -> Item {
        Item::Started {
            call: CallStarted {
                number: 1,
                program: program.into(),
                run: 1,
                thread: 0,
                site: Some(Site { file: file.into(), line: 7 }),
                method: method.into(),
                call: Gethostname {}.into(),
                at_us: 5,
                bytes: 0..0,
            },
            sent: 0,
        }
    }

    fn named(name: &str) -> Option<String> {
        Some(format!("Ada · {name}"))
    }

    #[test]
    fn what_others_say_is_shown_under_their_name() {
        let Some(Item::Started { call, .. }) =
            started("server.py", "gethostname", "helper.py").cleaned(named)
        else {
            panic!()
        };
        assert_eq!(call.program, "Ada · server.py");
        assert_eq!(call.site.unwrap().file, "Ada · helper.py");
    }

    #[test]
    fn what_is_no_name_of_a_program_or_method_is_not_shown() {
        for program in ["", "Bob · x.py", "../x", "<img src=x>", &"x".repeat(99)] {
            assert_eq!(started(program, "recv", "a.py").cleaned(named), None, "{program}");
        }
        let Some(Item::Started { call, .. }) =
            started("a.py", "<b>recv</b>", "<i>.py").cleaned(named)
        else {
            panic!()
        };
        assert_eq!((call.method.as_str(), call.site), ("gethostname", None));
        let over = Item::Over(Over {
            program: "a.py".into(),
            at_us: 0,
            words: format!("exited\n{}", "0".repeat(500)),
            bad: false,
            by_itself: true,
        });
        let Some(Item::Over(over)) = over.cleaned(named) else { panic!() };
        assert!(over.words.starts_with("exited0"));
        assert_eq!(over.words.chars().count(), WORDS_CHARS_MAX);
    }
}
