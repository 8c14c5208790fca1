//! Tells code from strings and comments, line by line.

/// One line of a program, with its strings and comments marked.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// From 1.
    pub number: u32,
    pub text: &'a str,
    /// The text with the content of strings and comments blanked out, byte for byte, so that
    /// positions agree. The quotes of strings stay.
    masked: String,
    /// False inside a bracket or a long string that began on a line above.
    pub starts_statement: bool,
}

impl Line<'_> {
    /// Returns the line's code, positions as in the text.
    pub(super) fn code(&self) -> &str {
        &self.masked
    }

    /// Tells whether there is no code on the line.
    pub(super) fn is_blank(&self) -> bool {
        self.masked.trim().is_empty()
    }

    /// Returns the line's indentation in columns, a tab as Python 2 counted it.
    pub(super) fn indent(&self) -> usize {
        const TAB_COLUMNS: usize = 8;
        let mut columns = 0;
        for c in self.text.chars() {
            match c {
                ' ' => columns += 1,
                '\t' => columns = (columns / TAB_COLUMNS + 1) * TAB_COLUMNS,
                _ => break,
            }
        }
        columns
    }

    /// Tells whether the next line has to be indented more.
    pub(super) fn opens_block(&self) -> bool {
        self.masked.trim_end().ends_with(':')
    }

    /// Returns `x` of `x = …`.
    pub(super) fn assigned_name(&self) -> Option<&str> {
        let (left, right) = self.masked.split_once('=')?;
        let name = left.trim();
        (is_name(name) && !right.starts_with('=')).then_some(name)
    }

    /// Tells whether the line binds a name otherwise: as a parameter, by `as`, `for`, `import`,
    /// or in a tuple.
    pub(super) fn binds_elsewhere(&self, name: &str) -> bool {
        let code = self.masked.trim_start();
        let binds = ["def ", "for ", "with ", "except ", "import ", "from ", "class ", "lambda "];
        let tuple = self.masked.split_once('=').is_some_and(|(left, _)| has_word(left, name));
        tuple || (binds.iter().any(|keyword| code.contains(keyword)) && has_word(code, name))
    }
}

/// Parts a program into lines.
pub(super) fn scan(source: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut quote: Option<&'static str> = None;
    let mut depth = 0usize;
    let mut continued = false;
    for (index, text) in source.lines().enumerate() {
        let starts_statement = quote.is_none() && depth == 0 && !continued;
        let masked = mask(text, &mut quote, &mut depth);
        continued = masked.trim_end().ends_with('\\');
        lines.push(Line { number: index as u32 + 1, text, masked, starts_statement });
    }
    lines
}

/// Blanks out what is inside strings and comments, and follows brackets and open strings.
fn mask(text: &str, quote: &mut Option<&'static str>, depth: &mut usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(open) = *quote {
            if rest.starts_with(open) {
                out.push_str(open);
                rest = &rest[open.len()..];
                *quote = None;
            } else {
                let escaped = c == '\\';
                blank(&mut out, c);
                rest = &rest[c.len_utf8()..];
                if let Some(next) = rest.chars().next().filter(|_| escaped) {
                    blank(&mut out, next);
                    rest = &rest[next.len_utf8()..];
                }
            }
            continue;
        }
        if let Some(open) = opening_quote(rest) {
            out.push_str(open);
            rest = &rest[open.len()..];
            *quote = Some(open);
            continue;
        }
        match c {
            '#' => {
                rest.chars().for_each(|c| blank(&mut out, c));
                break;
            }
            '(' | '[' | '{' => *depth += 1,
            ')' | ']' | '}' => *depth = depth.saturating_sub(1),
            _ => {}
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    // A plain string ends with its line at the latest.
    if quote.is_some_and(|open| open.len() == 1) {
        *quote = None;
    }
    out
}

fn opening_quote(rest: &str) -> Option<&'static str> {
    ["\"\"\"", "'''", "\"", "'"].into_iter().find(|open| rest.starts_with(open))
}

/// Writes as many spaces as the character has bytes.
fn blank(out: &mut String, c: char) {
    out.extend(std::iter::repeat_n(' ', c.len_utf8()));
}

/// Tells whether a text is one plain name.
pub(super) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_') && chars.all(is_word)
}

/// Tells whether a character can stand in a name.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the dotted name that ends at a position.
pub(super) fn word_before(code: &str, at: usize) -> &str {
    let head = &code[..at];
    let start = head
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_word(*c) || *c == '.')
        .last()
        .map_or(at, |(index, _)| index);
    &code[start..at]
}

/// Finds a whole word in code, from a position on.
pub(super) fn find_word(code: &str, word: &str, from: usize) -> Option<usize> {
    let mut from = from;
    while let Some(at) = code.get(from..)?.find(word).map(|at| at + from) {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        if !before.is_some_and(|c| is_word(c) || c == '.') && !after.is_some_and(is_word) {
            return Some(at);
        }
        from = at + word.len();
    }
    None
}

fn has_word(code: &str, word: &str) -> bool {
    find_word(code, word, 0).is_some()
}
