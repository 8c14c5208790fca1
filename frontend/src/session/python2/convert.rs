//! What is different, where, and what to write instead: one function per difference, each of
//! which yields edits. Finding and converting are the same code, so they cannot disagree.

use std::collections::HashSet;
use std::ops::Range;

use super::scan::{Line, find_word, is_name, is_word, word_before};
use super::{Finding, FindingKind};

/// A replacement within one line.
#[derive(Debug)]
struct Edit {
    at: Range<usize>,
    with: String,
}

/// One difference on one line, and the edits that remove it; none where a person must decide.
struct Difference {
    kind: FindingKind,
    advice: String,
    edits: Vec<Edit>,
}

/// Finds every difference.
pub(super) fn find(lines: &[Line]) -> Vec<Finding> {
    let received = received_names(lines);
    let finding = |line: &Line, difference: Difference| Finding {
        line: line.number,
        kind: difference.kind,
        advice: difference.advice,
    };
    lines
        .iter()
        .flat_map(|line| {
            differences(line, &received).into_iter().map(move |found| finding(line, found))
        })
        .collect()
}

/// Rewrites every line.
pub(super) fn apply(lines: &[Line]) -> Vec<String> {
    let received = received_names(lines);
    lines
        .iter()
        .map(|line| {
            let differences = differences(line, &received);
            let edits = differences.into_iter().flat_map(|difference| difference.edits).collect();
            rewrite(line.text, edits)
        })
        .collect()
}

fn rewrite(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
    let mut out = String::with_capacity(text.len() + 16);
    let mut done = 0;
    for edit in edits {
        // Two differences that touch the same text: the first one wins.
        let Some(between) = text.get(done..edit.at.start) else { continue };
        out.push_str(between);
        out.push_str(&edit.with);
        done = edit.at.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

fn differences(line: &Line, received: &HashSet<String>) -> Vec<Difference> {
    let mut found = Vec::new();
    found.extend(print_statement(line));
    found.extend(renamed(line));
    found.extend(except_comma(line));
    found.extend(raise_comma(line));
    found.extend(backticks(line));
    found.extend(not_equal(line));
    found.extend(literals(line));
    found.extend(has_key(line));
    found.extend(text_to_socket(line));
    found.extend(text_compared(line, received));
    found
}

/// `print x`, `print "a", b`, `print >>f, x`, and a bare `print`.
fn print_statement(line: &Line) -> Option<Difference> {
    let code = line.code();
    let at = find_word(code, "print", 0)?;
    let before = code[..at].trim_end();
    if !before.is_empty() && !before.ends_with(':') && !before.ends_with(';') {
        return None;
    }
    let rest = &code[at + 5..];
    let after = rest.trim_start();
    // `print (…)` and `print(…)` are the same in both languages, `print = …` is neither.
    let is_call = after.starts_with('(') && closes_at_end(after);
    if is_call || after.starts_with(['=', '.', ')', ',']) {
        return None;
    }
    if after.is_empty() && line.text[at + 5..].trim_start().starts_with('#') || after.is_empty() {
        // In Python 3 a bare `print` is a name that does nothing.
        let end = at + 5;
        return Some(Difference {
            kind: FindingKind::PrintStatement,
            advice: "print is a function: print()".into(),
            edits: vec![Edit { at: end..end, with: "()".into() }],
        });
    }
    let start = at + 5 + (rest.len() - after.len());
    let end = statement_end(code, start);
    let arguments = line.text[start..end].trim_end();
    let end = start + arguments.len();
    let arguments = print_arguments(arguments);
    Some(Difference {
        kind: FindingKind::PrintStatement,
        advice: format!("print is a function: print({arguments})"),
        edits: vec![Edit { at: at..end, with: format!("print({arguments})") }],
    })
}

fn print_arguments(arguments: &str) -> String {
    let (file, arguments) = match arguments.strip_prefix(">>") {
        Some(rest) => {
            let (file, rest) = rest.split_once(',').unwrap_or((rest, ""));
            (Some(file.trim()), rest.trim())
        }
        None => (None, arguments),
    };
    let mut parts = Vec::new();
    match arguments.strip_suffix(',') {
        // A comma at the end kept the line open.
        Some(open) => parts.extend([open.trim_end().to_owned(), "end=\" \"".to_owned()]),
        None if arguments.is_empty() => {}
        None => parts.push(arguments.to_owned()),
    }
    parts.extend(file.map(|file| format!("file={file}")));
    parts.join(", ")
}

/// Names that changed.
fn renamed(line: &Line) -> Vec<Difference> {
    const NAMES: [(&str, &str, FindingKind); 6] = [
        ("raw_input", "input", FindingKind::RawInput),
        ("xrange", "range", FindingKind::Xrange),
        ("unicode", "str", FindingKind::Unicode),
        ("unichr", "chr", FindingKind::Unicode),
        ("basestring", "str", FindingKind::Unicode),
        ("long", "int", FindingKind::Unicode),
    ];
    let mut found = Vec::new();
    for (old, new, kind) in NAMES {
        let mut from = 0;
        while let Some(at) = find_word(line.code(), old, from) {
            from = at + old.len();
            if line.code()[from..].trim_start().starts_with('(') {
                found.push(Difference {
                    kind,
                    advice: format!("{old}() is called {new}()."),
                    edits: vec![Edit { at: at..from, with: new.into() }],
                });
            }
        }
    }
    found
}

/// `except E, name:`
fn except_comma(line: &Line) -> Option<Difference> {
    let code = line.code();
    let at = find_word(code, "except", 0)?;
    let colon = code.rfind(':')?;
    let clause = code.get(at + 6..colon)?;
    let comma = clause.rfind(',')?;
    let name = clause[comma + 1..].trim();
    // `except (A, B):` has its comma in brackets.
    if !is_name(name) || clause[comma..].contains(')') {
        return None;
    }
    let class = clause[..comma].trim();
    let start = at + 6 + comma;
    Some(Difference {
        kind: FindingKind::ExceptComma,
        advice: format!("Write: except {class} as {name}:"),
        edits: vec![Edit { at: start..colon, with: format!(" as {name}") }],
    })
}

/// `raise E, "text"`
fn raise_comma(line: &Line) -> Option<Difference> {
    let code = line.code();
    let at = find_word(code, "raise", 0)?;
    let rest = code[at + 5..].trim_start();
    let start = code.len() - rest.len();
    let comma = rest.find(',')?;
    let class = rest[..comma].trim();
    if class.is_empty() || !class.chars().all(|c| is_word(c) || c == '.') {
        return None;
    }
    let end = statement_end(code, start);
    let value = line.text[start + comma + 1..end].trim();
    let end = start + comma + 1 + line.text[start + comma + 1..end].trim_end().len();
    Some(Difference {
        kind: FindingKind::Raise,
        advice: format!("Write: raise {class}({value})"),
        edits: vec![Edit { at: start + comma..end, with: format!("({value})") }],
    })
}

/// `` `x` ``
fn backticks(line: &Line) -> Option<Difference> {
    let code = line.code();
    let open = code.find('`')?;
    let close = open + 1 + code[open + 1..].find('`')?;
    let inner = &line.text[open + 1..close];
    Some(Difference {
        kind: FindingKind::Backticks,
        advice: format!("Backticks are gone: repr({inner})"),
        edits: vec![Edit { at: open..close + 1, with: format!("repr({inner})") }],
    })
}

fn not_equal(line: &Line) -> Vec<Difference> {
    line.code()
        .match_indices("<>")
        .map(|(at, _)| Difference {
            kind: FindingKind::NotEqual,
            advice: "<> is written != .".into(),
            edits: vec![Edit { at: at..at + 2, with: "!=".into() }],
        })
        .collect()
}

/// `ur"…"`, `0777`, `10L`
fn literals(line: &Line) -> Vec<Difference> {
    let code = line.code();
    let mut found = Vec::new();
    for (at, _) in code.match_indices(['\'', '"']) {
        let prefix = word_before(code, at);
        if prefix.eq_ignore_ascii_case("ur") {
            found.push(Difference {
                kind: FindingKind::UnicodeLiteral,
                advice: "Write r'…': every string is Unicode.".into(),
                edits: vec![Edit { at: at - 2..at, with: "r".into() }],
            });
        }
    }
    let mut at = 0;
    while let Some(start) = code[at..].find(|c: char| c.is_ascii_digit()).map(|found| found + at) {
        let end = code[start..].find(|c: char| !is_word(c)).map_or(code.len(), |len| start + len);
        let stands_alone = !code[..start].ends_with(|c: char| is_word(c) || c == '.');
        let number = &code[start..end];
        if stands_alone && !code[end..].starts_with('.') {
            found.extend(number_literal(number, start..end));
        }
        at = end;
    }
    found
}

fn number_literal(number: &str, at: Range<usize>) -> Option<Difference> {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if let Some(value) = number.strip_suffix(['L', 'l']).filter(|value| digits(value)) {
        return Some(Difference {
            kind: FindingKind::LongLiteral,
            advice: format!("Integers have no size any more: {value}"),
            edits: vec![Edit { at, with: value.into() }],
        });
    }
    let octal = number.strip_prefix('0').filter(|rest| digits(rest) && rest.contains(|c| c != '0'));
    octal.map(|rest| Difference {
        kind: FindingKind::OctalLiteral,
        advice: format!("Octal numbers are written 0o{rest}."),
        edits: vec![Edit { at, with: format!("0o{rest}") }],
    })
}

fn has_key(line: &Line) -> Option<Difference> {
    line.code().contains(".has_key(").then(|| Difference {
        kind: FindingKind::HasKey,
        advice: "d.has_key(k) is written: k in d".into(),
        edits: Vec::new(),
    })
}

/// `s.send('GET …')`: a socket takes bytes.
fn text_to_socket(line: &Line) -> Vec<Difference> {
    const METHODS: [&str; 3] = [".send(", ".sendall(", ".sendto("];
    let code = line.code();
    let mut found = Vec::new();
    for method in METHODS {
        for (at, _) in code.match_indices(method) {
            let inside = at + method.len();
            let start = inside + (code[inside..].len() - code[inside..].trim_start().len());
            if code[start..].starts_with(['\'', '"']) {
                found.extend(text_argument(line, start));
            }
        }
    }
    found
}

fn text_argument(line: &Line, start: usize) -> Option<Difference> {
    let code = line.code();
    let end = argument_end(code, start)?;
    let argument = line.text.get(start..end)?;
    if code[start..end].contains(".encode(") {
        return None;
    }
    let quotes = code[start..end].trim_end();
    let one_literal = is_one_literal(quotes);
    let (advice, edits) = if one_literal && argument.is_ascii() {
        let insert = Edit { at: start..start, with: "b".into() };
        ("A socket takes bytes: put a b before the quote.".to_owned(), vec![insert])
    } else if one_literal {
        let at = start + argument.trim_end().len();
        let insert = Edit { at: at..at, with: ".encode()".into() };
        ("A socket takes bytes: add .encode() after the text.".to_owned(), vec![insert])
    } else {
        let at = start + argument.trim_end().len();
        let open = Edit { at: start..start, with: "(".into() };
        let close = Edit { at: at..at, with: ").encode()".into() };
        ("A socket takes bytes: (…).encode() turns text into them.".to_owned(), vec![open, close])
    };
    Some(Difference { kind: FindingKind::TextToSocket, advice, edits })
}

/// Tells whether masked code is a single string and nothing else.
fn is_one_literal(quotes: &str) -> bool {
    let Some(quote) = quotes.chars().next() else { return false };
    let inner = quotes.trim_matches(quote);
    inner.chars().all(|c| c == ' ') && quotes.len() >= 2 && quotes.ends_with(quote)
}

/// `data == ""` where `data` came from a socket.
fn text_compared(line: &Line, received: &HashSet<String>) -> Vec<Difference> {
    let code = line.code();
    let mut found = Vec::new();
    for operator in ["==", "!="] {
        for (at, _) in code.match_indices(operator) {
            let name = word_before(code, code[..at].trim_end().len());
            let after = &code[at + 2..];
            let start = code.len() - after.trim_start().len();
            if received.contains(name) && code[start..].starts_with(['\'', '"']) {
                found.push(Difference {
                    kind: FindingKind::TextCompared,
                    advice: format!("{name} is bytes: compare it with b\"\"."),
                    edits: vec![Edit { at: start..start, with: "b".into() }],
                });
            }
        }
    }
    found
}

/// Returns the names that hold what a socket received.
fn received_names(lines: &[Line]) -> HashSet<String> {
    let receives =
        |line: &&Line| line.code().contains(".recv(") || line.code().contains(".recvfrom(");
    let mut names = HashSet::new();
    for line in lines.iter().filter(receives) {
        if let Some((left, _)) = line.code().split_once('=') {
            // `data, peer = s.recvfrom(…)` receives into the first name.
            let name = left.split(',').next().unwrap_or_default().trim().trim_start_matches('(');
            if is_name(name) {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

/// Tells whether the bracket that code begins with closes at its very end.
fn closes_at_end(code: &str) -> bool {
    let mut depth = 0usize;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let rest = code[at + 1..].trim_start();
                    return rest.is_empty() || rest.starts_with(';');
                }
            }
            _ => {}
        }
    }
    // The bracket closes on a later line.
    true
}

/// Returns where a statement ends: at a `;`, or with its code.
fn statement_end(code: &str, start: usize) -> usize {
    let mut depth = 0usize;
    for (at, c) in code[start..].char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return start + at,
            _ => {}
        }
    }
    start + code[start..].trim_end().len()
}

/// Returns where a call's argument ends, or nothing where it goes on over the line.
fn argument_end(code: &str, start: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in code[start..].char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => return Some(start + at),
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => return Some(start + at),
            _ => {}
        }
    }
    None
}
