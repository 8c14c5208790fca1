//! The timeline: every call as it happens, one row each.
//!
//! Only the rows in sight exist, so ten thousand calls cost what fifty do.

use crate::page::event::Event;
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::State;
use crate::timeline::format;
use crate::timeline::rows::{Row, RowEnd, row};
use crate::timeline::spans::{Body, Span, spans};

use super::words::{count, lane_class};
use super::{details, icon_button, mark};

/// Pixels of one row; `web/style` says the same.
pub(crate) const ROW_HEIGHT: f64 = 24.0;
/// Lanes that stand at their full distance; more stand closer together.
const LANES_WIDE_MAX: usize = 4;
/// Rows made above and below those in sight, so that a quick scroll finds them there.
const ROWS_BESIDE: usize = 12;
/// Microseconds from which a row says in words that its call waited.
const WAITED_US_MIN: u64 = 10_000;

/// Makes the timeline's panel.
pub(super) fn panel(state: &State) -> Element {
    el("section")
        .class("tl")
        .key("timeline")
        .attr("aria-label", "Timeline")
        .bool("data-crowded", state.programs.len() > LANES_WIDE_MAX)
        .child(bar(state))
        .child(lanes(state))
        .child(list(state))
        .child(details::details(state))
}

fn bar(state: &State) -> Element {
    let calls = &state.calls;
    let (all, shown) = (calls.recording.len(), calls.shown.numbers().len());
    let words = if calls.shown.filter().is_open() {
        count(all, "call", "calls")
    } else {
        format!("{shown} of {}", count(all, "call", "calls"))
    };
    let filter = el("label")
        .class("filter")
        .attr("title", "Filter by words (F): a call, a program, a port, error")
        .child(icon("filter"))
        .child(span("vh", "Filter the calls"))
        .child(
            el("input")
                .attr("type", "search")
                .attr("placeholder", "Filter")
                .attr("data-role", "filter")
                .attr("autocomplete", "off")
                .attr("spellcheck", "false")
                .attr("value", calls.shown.filter().text.clone())
                .hear("input", |deed| Some(Event::FilterText(deed.value.clone()))),
        );
    let clear = icon_button("s quiet", "trash", "Clear the timeline")
        .attr("data-action", "clear-timeline")
        .flag("disabled", all == 0)
        .on("click", Event::ClearCalls);
    let follow = el("button")
        .class("btn s")
        .attr("type", "button")
        .attr("title", "Follow the newest call (.)")
        .bool("aria-pressed", state.screen.follow)
        .child(icon("down"))
        .child(span("label", "Follow"))
        .on("click", Event::FollowToggle);
    div("bar")
        .child(el("h2").text("Timeline"))
        .child(span("muted num", words))
        .child(span("sp", ""))
        .child(filter)
        .child(clear)
        .child(follow)
}

/// Makes the heads of the lanes; one of them alone can be shown.
fn lanes(state: &State) -> Element {
    let only = state.calls.shown.filter().program.as_ref();
    let head = |(lane, program): (usize, &crate::page::state::Program)| {
        el("button")
            .class(format!("lane {}", lane_class(lane)))
            .key(program.id.to_string())
            .attr("type", "button")
            .attr("title", format!("Show only the calls of {}", program.name))
            .bool("aria-pressed", only == Some(&program.name))
            .child(mark(lane))
            .child(span("", program.name.clone()))
            .on("click", Event::FilterProgram(program.name.clone()))
    };
    div("lanes")
        .key("lanes")
        .child(el("small").class("time").text("time, s"))
        .children(state.programs.iter().enumerate().map(head))
}

fn list(state: &State) -> Element {
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
    div("rows")
        .key("rows")
        .attr("data-role", "timeline")
        // A list of choices without one is no list.
        .attr("role", if numbers.is_empty() { "group" } else { "listbox" })
        .attr("tabindex", "0")
        .attr("aria-label", "Socket calls")
        .maybe("aria-activedescendant", active.map(|number| format!("call-{number}")))
        .hear("scroll", |deed| Some(Event::Scrolled { top: deed.scroll_top, height: deed.height }))
        .hear("keydown", |deed| match deed.key.as_str() {
            "ArrowDown" => Some(Event::SelectBy(1)),
            "ArrowUp" => Some(Event::SelectBy(-1)),
            "PageDown" => Some(Event::SelectBy(15)),
            "PageUp" => Some(Event::SelectBy(-15)),
            "End" => Some(Event::SelectBy(i64::from(i32::MAX))),
            "Home" => Some(Event::SelectBy(i64::from(i32::MIN))),
            _ => None,
        })
        .child(canvas)
        .option(numbers.is_empty().then(|| empty(state)))
}

fn empty(state: &State) -> Element {
    let text = if state.calls.recording.is_empty() {
        "Every socket call appears here as it happens: who made it, with which arguments, what \
         came back, how long it took. Press Run all."
    } else {
        "No call matches the filter."
    };
    el("p").class("empty").key("empty").text(text)
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
