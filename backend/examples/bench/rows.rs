//! The rows of the table: a row is a figure, its floor in the same run, and the budget.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// One figure. What the page's measurements write (`tests/browser/tools/bench.js`) has the same
/// fields.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) part: String,
    pub(crate) what: String,
    pub(crate) value: String,
    /// What it is compared with.
    #[serde(default)]
    pub(crate) floor: String,
    #[serde(default)]
    pub(crate) ratio: String,
    #[serde(default)]
    pub(crate) budget: String,
    /// Whether it keeps to the budget, where there is one.
    #[serde(default)]
    pub(crate) met: Option<bool>,
}

/// Every figure so far.
#[derive(Debug, Default)]
pub(crate) struct Rows(pub(crate) Vec<Row>);

impl Rows {
    pub(crate) fn add(&mut self, row: Row) {
        eprintln!("  {}: {}: {}", row.part, row.what, row.value);
        self.0.push(row);
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        Ok(fs::write(path, serde_json::to_string_pretty(&self.0)?)?)
    }

    /// Reads what measurements have written, one file after the other.
    pub(crate) fn read(paths: &[impl AsRef<Path>]) -> Result<Self> {
        let mut rows = Vec::new();
        for path in paths.iter().map(AsRef::as_ref) {
            let text = fs::read_to_string(path)
                .with_context(|| format!("failed to read {}", path.display()))?;
            let more: Vec<Row> = serde_json::from_str(&text)
                .with_context(|| format!("failed to read {}", path.display()))?;
            rows.extend(more);
        }
        Ok(Self(rows))
    }
}

/// Writes a ratio.
pub(crate) fn times(ratio: f64) -> String {
    format!("{ratio:.2}×")
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
