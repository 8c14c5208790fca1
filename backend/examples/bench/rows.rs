//! The table: a row is a figure, its floor in the same run, and the budget.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;

/// One figure.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Row {
    pub(crate) part: &'static str,
    pub(crate) what: String,
    pub(crate) value: String,
    /// What it is compared with.
    pub(crate) floor: String,
    pub(crate) ratio: Option<f64>,
    pub(crate) budget: &'static str,
    /// Whether it keeps to the budget, where there is one.
    pub(crate) met: Option<bool>,
}

/// Every figure so far.
#[derive(Debug, Default)]
pub(crate) struct Rows(Vec<Row>);

impl Rows {
    pub(crate) fn add(&mut self, row: Row) {
        eprintln!("{}", line(&row));
        self.0.push(row);
    }

    pub(crate) fn print(&self) {
        for row in &self.0 {
            println!("{}", line(row));
        }
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        Ok(fs::write(path, serde_json::to_string_pretty(&self.0)?)?)
    }
}

fn line(row: &Row) -> String {
    let ratio = row.ratio.map(|ratio| format!("{ratio:.2}×")).unwrap_or_default();
    let met = match row.met {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "",
    };
    format!(
        "{:8} {:52} {:>22} {:>26} {:>8} {:>16} {met}",
        row.part, row.what, row.value, row.floor, ratio, row.budget
    )
}

/// Returns the value in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    percentile(&mut values, 50)
}

/// Returns the value that so many in a hundred do not exceed.
pub(crate) fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get(last * percent / 100).copied().unwrap_or(f64::NAN)
}
