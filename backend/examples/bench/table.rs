//! One table of everything that was measured: on the screen, and in the document.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::rows::{Row, Rows};

const HEAD: [&str; 6] = ["What", "Measured", "Floor, same run", "Ratio", "Budget", ""];

/// What encloses the part of the document that this writes.
const BEGIN: &str = "<!-- begin: written by scripts/bench -->\n";
const END: &str = "<!-- end: written by scripts/bench -->\n";

/// Prints the rows, each part of them under its name.
pub(crate) fn print(rows: &Rows) {
    let lines: Vec<_> = rows.0.iter().map(cells).collect();
    let mut widths = HEAD.map(|head| head.chars().count());
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let print = |cells: &[String; 6]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        println!("{}", padded.collect::<Vec<_>>().join("  ").trim_end());
    };
    print(&HEAD.map(str::to_owned));
    for (row, line) in rows.0.iter().zip(&lines) {
        if let Some(part) = begins(rows, row) {
            println!("\n{part}");
        }
        print(line);
    }
}

/// Puts the rows and the machine between the document's two marks.
pub(crate) fn put_into(document: &Path, rows: &Rows) -> Result<()> {
    let text = fs::read_to_string(document)
        .with_context(|| format!("failed to read {}", document.display()))?;
    let marks = "the document has no place for the table";
    let (before, rest) = text.split_once(BEGIN).context(marks)?;
    let (_, after) = rest.split_once(END).context(marks)?;
    let text = format!("{before}{BEGIN}{}{END}{after}", markdown(rows));
    Ok(fs::write(document, text)?)
}

fn markdown(rows: &Rows) -> String {
    let mut text = format!("\n{}\n", machine());
    for row in &rows.0 {
        if let Some(part) = begins(rows, row) {
            let rule = HEAD.map(|_| "---").join(" | ");
            // Writing to a string cannot fail.
            let _written = write!(text, "\n### {part}\n\n| {} |\n| {rule} |\n", HEAD.join(" | "));
        }
        let _written = writeln!(text, "| {} |", cells(row).join(" | "));
    }
    text.push('\n');
    text
}

/// Returns the name of the part that begins with a row, if one does.
fn begins<'a>(rows: &Rows, row: &'a Row) -> Option<&'a str> {
    let first = rows.0.iter().find(|other| other.part == row.part)?;
    std::ptr::eq(first, row).then_some(&row.part)
}

fn cells(row: &Row) -> [String; 6] {
    let met = match row.met {
        Some(true) => "met",
        Some(false) => "**missed**",
        None => "",
    };
    let (what, value) = (row.what.clone(), row.value.clone());
    [what, value, row.floor.clone(), row.ratio.clone(), row.budget.clone(), met.to_owned()]
}

/// Describes the machine, as far as it says what it is.
fn machine() -> String {
    let field = |path: &str, name: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or("", |(_, value)| value).trim().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = field("/proc/cpuinfo", "model name");
    let memory = field("/proc/meminfo", "MemTotal");
    let memory = memory.trim_end_matches(" kB").parse::<u64>().map_or(0, |kib| kib >> 20);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel = kernel.split('-').next().unwrap_or_default().trim();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "Measured on {cores} cores of a {processor}, {memory} GiB, Linux {kernel}; at the end the \
         load average was {load}."
    )
}
