//! The interpreter's parser asks for version 1 of this crate and its `unicodedata` for
//! version 3. Each brings a table of every character's name, 0.8 MB in the page. Here the
//! parser's questions go where `unicodedata` asks, so that there is one.

/// Finds the character with this name, as `"\N{…}"` writes it.
pub fn character(name: &str) -> Option<char> {
    rustpython_unicode::lookup_character(name)
}
