//! Names out of the tables of this crate's version 2, the last that can be had beside a version
//! 3 in its place. They are Unicode 16's, as in CPython 3.14, and the interpreter insists on
//! one more range.

use std::fmt;
use std::ops::RangeInclusive;

/// CJK Unified Ideographs Extension J, of Unicode 17.
const EXTENSION_J: RangeInclusive<u32> = 0x323B0..=0x33479;
const IDEOGRAPH: &str = "CJK UNIFIED IDEOGRAPH-";

/// A character's name.
#[derive(Debug, Clone)]
pub enum Name {
    Tabled(original::Name),
    Ideograph(u32),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Tabled(name) => name.fmt(f),
            Name::Ideograph(code) => write!(f, "{IDEOGRAPH}{code:X}"),
        }
    }
}

/// Returns the name of a character.
pub fn name(c: char) -> Option<Name> {
    let code = u32::from(c);
    if EXTENSION_J.contains(&code) {
        return Some(Name::Ideograph(code));
    }
    original::name(c).map(Name::Tabled)
}

/// Finds the character with a name.
pub fn character(name: &str) -> Option<char> {
    let numbered = name.strip_prefix(IDEOGRAPH).and_then(|digits| {
        let code = u32::from_str_radix(digits, 16).ok()?;
        if EXTENSION_J.contains(&code) { char::from_u32(code) } else { None }
    });
    numbered.or_else(|| original::character(name))
}
