//! The timeline as a list: a row of text for each call.
//!
//! Only the rows in sight exist, so ten thousand calls cost what fifty do.

use crate::page::event::Event;
use crate::page::node::{Element, div, el, span};
use crate::page::state::State;
use crate::timeline::format;
use crate::timeline::rows::{Row, RowEnd, row};
use crate::timeline::spans::{Body, Span, spans};

use super::mark;
use super::timeline::{empty, rows_of};
use super::words::lane_class;

/// Pixels of one row; `web/style` says the same.
pub(crate) const ROW_HEIGHT: f64 = 24.0;
/// Rows made above and below those in sight, so that a quick scroll finds them there.
const ROWS_BESIDE: usize = 12;
/// Microseconds from which a row says in words that its call waited.
const WAITED_US_MIN: u64 = 10_000;

/// Makes the list.
pub(super) fn list(state: &State) -> Element {
    let numbers = state.calls.shown.numbers();
    let height = numbers.len() as f64 * ROW_HEIGHT;
    let first = (state.screen.scroll_top / ROW_HEIGHT) as usize;
    let seen = (state.screen.scroll_height / ROW_HEIGHT) as usize + 2 * ROWS_BESIDE + 2;
    // A list that became shorter may be scrolled beyond its end until the browser says so.
    let first = first.saturating_sub(ROWS_BESIDE).min(numbers.len().saturating_sub(seen));
    let origin = state.calls.origin_us.unwrap_or(0);
    let now_us = (state.now_ms.max(0.0) * 1000.0) as u64;
    let selected = state.calls.selected;
    let boxes = spans(numbers, &state.calls.recording, &state.calls.waiting, first..first + seen);
    let reaches = |index: usize| boxes.iter().any(|span| span.first == index);
    let rows = numbers.iter().enumerate().skip(first).take(seen).filter_map(|(index, number)| {
        let call = state.calls.recording.find(*number)?;
        let row = row(call, origin, now_us);
        let place = format!("{}px", index as f64 * ROW_HEIGHT);
        Some(row_of(state, &row, index, reaches(index)).style("top", place))
    });
    let canvas = div("canvas")
        .key("canvas")
        .style("height", format!("{height}px"))
        .option((!numbers.is_empty()).then(|| life_lines(state)))
        .children(boxes.iter().filter_map(|span| box_of(state, span)))
        .children(rows);
    let active = selected.filter(|number| numbers.binary_search(number).is_ok());
    rows_of(state, active).child(canvas).option(numbers.is_empty().then(|| empty(state)))
}

/// Makes the line of each lane, down the whole list.
fn life_lines(state: &State) -> Element {
    let line = |lane: usize| div("life").style("left", lane_left(lane));
    div("lives")
        .key("lives")
        .attr("aria-hidden", "true")
        .children((0..state.programs.len()).map(line))
}

/// Returns where a lane stands.
fn lane_left(lane: usize) -> String {
    format!("calc(var(--lane-first) + {lane} * var(--lane-step))")
}

/// Makes a box that reaches over several rows.
fn box_of(state: &State, span: &Span) -> Option<Element> {
    let call = state.calls.recording.find(span.number)?;
    let lane = state.lane(&call.started.program);
    let failed = crate::timeline::rows::failure(call).is_some();
    let body = match span.body {
        Body::Solid => "solid",
        Body::Waited => "waited",
        Body::Open => "open",
    };
    let rows = (span.last - span.first) as f64;
    let foot = (span.body != Body::Open).then(|| mark(lane));
    Some(
        div(&format!("span {body}{} {}", if failed { " failed" } else { "" }, lane_class(lane)))
            .key(format!("box {}", span.number))
            .attr("aria-hidden", "true")
            .style("left", lane_left(lane))
            .style("top", format!("{}px", span.first as f64 * ROW_HEIGHT))
            .style("height", format!("{}px", (rows + 1.0) * ROW_HEIGHT))
            .option(foot),
    )
}

fn row_of(state: &State, row: &Row, index: usize, spans: bool) -> Element {
    let lane = state.lane(&row.program);
    let waiting = row.end == RowEnd::Waiting;
    let failed = matches!(row.end, RowEnd::Error(_));
    let waited = row.body == Body::Waited && row.duration_us >= WAITED_US_MIN;
    let mut class = format!("row {}", lane_class(lane));
    for (on, name) in
        [(waiting, " waiting"), (failed, " failed"), (waited, " waited"), (spans, " spans")]
    {
        if on {
            class.push_str(name);
        }
    }
    let selected = state.calls.selected == Some(row.number);
    let duration = format::duration(row.duration_us);
    let word = match (waiting, waited) {
        (true, _) => Some(span("word", "waiting ")),
        (_, true) => Some(span("word", "waited ")),
        _ => None,
    };
    let took = el("span").class("took num").option(word).text(duration);
    let thread = (row.thread > 0).then(|| span("thread", format!("thread {}", row.thread)));
    div(&class)
        .key(row.number.to_string())
        .attr("id", format!("call-{}", row.number))
        .attr("role", "option")
        .attr("data-event", row.method.clone())
        .attr("data-of", row.program.clone())
        .attr("data-number", row.number.to_string())
        .attr("data-at-us", call_at(state, row).to_string())
        .attr("aria-posinset", (index + 1).to_string())
        .attr("aria-setsize", state.calls.shown.numbers().len().to_string())
        .bool("aria-selected", selected)
        .child(span("time num", seconds(row.at_us)))
        .child(div("spot").style("left", lane_left(lane)).child(mark(lane)))
        .child(span("vh", format!("{} ", row.program)))
        .child(
            div("what")
                .style("margin-left", format!("calc({} * var(--lane-step))", state.programs.len()))
                .child(el("code").text(row.call.clone()))
                .option(result(&row.end))
                .option((!row.glimpse.is_empty()).then(|| span("glimpse", row.glimpse.clone())))
                .option(thread),
        )
        .child(took)
        .on("click", Event::Select(row.number))
}

/// Returns when a call began, in microseconds since 1970.
fn call_at(state: &State, row: &Row) -> u64 {
    state.calls.origin_us.unwrap_or(0) + row.at_us
}

fn result(end: &RowEnd) -> Option<Element> {
    Some(match end {
        RowEnd::Waiting => span("result", "…"),
        RowEnd::Result(text) if text.is_empty() => return None,
        RowEnd::Result(text) => span("result", format!("→ {text}")),
        RowEnd::Error(name) => span("result e", format!("✕ {name}")),
        RowEnd::Abandoned => span("result quiet", "stopped while it waited"),
    })
}

fn seconds(us: u64) -> String {
    format!("{:.4}", us as f64 / 1e6)
}
