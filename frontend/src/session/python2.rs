//! Python 2 in a Python 3 world: tells what in a program is of the old language, and converts
//! what can be converted without guessing.
//!
//! It reads text, not a syntax tree: Python 2 does not parse as Python 3, which is the point.
//! Strings and comments are told apart from code first, so that neither is ever touched.

mod convert;
mod scan;

use scan::{Line, scan};

/// Something in a program that Python 3 reads differently, or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// From 1.
    pub line: u32,
    pub kind: FindingKind,
    /// What to write instead, in a sentence.
    pub advice: String,
}

/// The differences this module knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindingKind {
    PrintStatement,
    RawInput,
    ExceptComma,
    Raise,
    Backticks,
    NotEqual,
    Xrange,
    UnicodeLiteral,
    OctalLiteral,
    LongLiteral,
    Unicode,
    HasKey,
    /// Text where a socket takes bytes.
    TextToSocket,
    /// Received bytes compared with text, which is never equal.
    TextCompared,
    /// A line indented by a little more or less than its neighbours.
    Indentation,
    /// A name that is used as a socket and never assigned.
    UnknownName,
}

impl FindingKind {
    /// Tells whether this proves Python 2; the others also occur in Python 3 and are worth
    /// a word only beside a proof.
    pub fn proves_python2(self) -> bool {
        match self {
            FindingKind::PrintStatement
            | FindingKind::RawInput
            | FindingKind::ExceptComma
            | FindingKind::Raise
            | FindingKind::Backticks
            | FindingKind::NotEqual
            | FindingKind::Xrange
            | FindingKind::UnicodeLiteral
            | FindingKind::OctalLiteral
            | FindingKind::LongLiteral => true,
            FindingKind::Unicode
            | FindingKind::HasKey
            | FindingKind::TextToSocket
            | FindingKind::TextCompared
            | FindingKind::Indentation
            | FindingKind::UnknownName => false,
        }
    }
}

/// What a program of Python 2 needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// In the order of the lines; at least one of them proves Python 2.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// Returns the sentence that stands above the findings.
    pub fn headline(&self) -> &'static str {
        "This is Python 2. Sockpit runs Python 3, where a few things are written differently."
    }
}

/// Examines a program. Returns nothing where there is no proof of Python 2.
pub fn examine(source: &str) -> Option<Diagnosis> {
    let lines = scan(source);
    let mut findings = convert::find(&lines);
    if !findings.iter().any(|finding| finding.kind.proves_python2()) {
        return None;
    }
    findings.extend(indentation(&lines));
    findings.extend(unknown_socket(&lines));
    findings.sort_by_key(|finding| finding.line);
    Some(Diagnosis { findings })
}

/// Converts what is mechanical. What needs a decision stays as it is.
pub fn convert(source: &str) -> String {
    let lines = scan(source);
    let slips: Vec<(u32, usize)> = slips(&lines);
    let mut converted = convert::apply(&lines);
    for (line, indent) in slips {
        if let Some(text) = converted.get_mut(line as usize - 1) {
            *text = format!("{}{}", " ".repeat(indent), text.trim_start());
        }
    }
    let mut text = converted.join("\n");
    if source.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Finds lines whose indentation fits no block, and the indentation that the line above
/// suggests. Only slips of less than a usual step: a real block is never flattened.
fn slips(lines: &[Line]) -> Vec<(u32, usize)> {
    const SLIP_COLUMNS_MAX: usize = 3;
    let mut slips = Vec::new();
    let mut blocks = vec![0usize];
    let mut opens_block = false;
    for line in lines.iter().filter(|line| line.starts_statement && !line.is_blank()) {
        let indent = line.indent();
        let current = blocks.last().copied().unwrap_or(0);
        if opens_block {
            if indent > current {
                blocks.push(indent);
            }
        } else if indent > current {
            if indent - current <= SLIP_COLUMNS_MAX {
                slips.push((line.number, current));
            }
        } else if !blocks.contains(&indent) {
            let nearest = blocks.iter().copied().min_by_key(|block| block.abs_diff(indent));
            let nearest = nearest.unwrap_or(0);
            blocks.retain(|block| *block <= nearest);
            slips.push((line.number, nearest));
        } else {
            blocks.retain(|block| *block <= indent);
        }
        opens_block = line.opens_block();
    }
    slips
}

fn indentation(lines: &[Line]) -> Vec<Finding> {
    let finding = |(line, indent): (u32, usize)| {
        let columns = if indent == 1 { "column" } else { "columns" };
        Finding {
            line,
            kind: FindingKind::Indentation,
            advice: format!("Indent this line by {indent} {columns}, like its neighbours."),
        }
    };
    slips(lines).into_iter().map(finding).collect()
}

/// Finds `s.connect(…)` where nothing is called `s` and exactly one other name is a socket.
fn unknown_socket(lines: &[Line]) -> Vec<Finding> {
    const METHODS: [&str; 7] =
        [".connect(", ".send(", ".sendall(", ".recv(", ".bind(", ".listen(", ".close("];
    let assigned: Vec<&str> = lines.iter().filter_map(Line::assigned_name).collect();
    let sockets: Vec<&str> = lines
        .iter()
        .filter(|line| line.code().contains("socket.socket("))
        .filter_map(Line::assigned_name)
        .collect();
    let [socket] = sockets[..] else { return Vec::new() };
    let mentions = |name: &str| {
        lines.iter().any(|line| line.binds_elsewhere(name)) || assigned.contains(&name)
    };
    for line in lines {
        for method in METHODS {
            let Some(at) = line.code().find(method) else { continue };
            let name = scan::word_before(line.code(), at);
            if !name.is_empty() && !name.contains('.') && !mentions(name) {
                return vec![Finding {
                    line: line.number,
                    kind: FindingKind::UnknownName,
                    advice: format!(
                        "Nothing is called {name} here; the socket is called {socket}. Use one name."
                    ),
                }];
            }
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests;
