//! Names out of the file that the interpreter's build script writes: lines of a code point or a
//! range of them, in hexadecimal and in order, and the name. In a range the name ends with the
//! code point.

use std::fmt;
use std::sync::OnceLock;

/// Where the file is.
const PATH: &str = "/lib/python3.14/unicode_names.txt";

/// A character's name.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    text: &'static str,
    /// What follows the text, if the name is one of a range.
    code: Option<u32>,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)?;
        self.code.map_or(Ok(()), |code| write!(f, "{code:X}"))
    }
}

struct Line {
    first: u32,
    last: u32,
    text: &'static str,
}

/// Returns the name of a character.
pub fn name(c: char) -> Option<Name> {
    let (lines, code) = (lines()?, u32::from(c));
    let line = &lines[lines
        .binary_search_by(|line| {
            use std::cmp::Ordering::{Equal, Greater, Less};
            if line.last < code {
                Less
            } else if line.first > code {
                Greater
            } else {
                Equal
            }
        })
        .ok()?];
    Some(Name { text: line.text, code: (line.first < line.last).then_some(code) })
}

/// Finds the character with a name, whose case does not matter.
pub fn character(name: &str) -> Option<char> {
    let code = lines()?.iter().find_map(|line| {
        if line.first == line.last {
            return name.eq_ignore_ascii_case(line.text).then_some(line.first);
        }
        let (text, digits) = name.split_at_checked(line.text.len())?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        let inside = (line.first..=line.last).contains(&code);
        (inside && text.eq_ignore_ascii_case(line.text)).then_some(code)
    })?;
    char::from_u32(code)
}

/// Returns the file's lines, or nothing for now if it cannot be had.
fn lines() -> Option<&'static [Line]> {
    static LINES: OnceLock<Vec<Line>> = OnceLock::new();
    if let Some(lines) = LINES.get() {
        return Some(lines);
    }
    let text: &'static str = std::fs::read_to_string(PATH).ok()?.leak();
    Some(LINES.get_or_init(|| text.lines().filter_map(line).collect()))
}

fn line(line: &'static str) -> Option<Line> {
    let (codes, text) = line.split_once(' ')?;
    let (first, last) = codes.split_once('-').unwrap_or((codes, codes));
    let code = |digits| u32::from_str_radix(digits, 16).ok();
    Some(Line { first: code(first)?, last: code(last)?, text })
}
