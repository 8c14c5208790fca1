//! What is written beside the lanes.

use std::collections::HashMap;

use crate::page::event::Event;
use crate::page::node::{Element, div, el, span};
use crate::session::recording::CallNumber;
use crate::timeline::format;
use crate::timeline::rows::{Row, RowEnd, row};
use crate::timeline::sequence::{Drawn, SlotKind, SlotRow, Where};
use crate::timeline::spans::Body;

use super::Canvas;

/// Pixels between a lane and its labels.
const BESIDE_PIXELS: f64 = 13.0;
/// Microseconds from which a label says in words that its call waited.
const WAITED_US_MIN: u64 = 1_000;

/// Makes a row for each call that begins in sight, and for what else is written.
pub(super) fn rows(canvas: &Canvas) -> Vec<Element> {
    let sides = sides(canvas);
    let boxes: HashMap<CallNumber, &Drawn> =
        canvas.scene.boxes.iter().map(|drawn| (drawn.place.number, drawn)).collect();
    canvas
        .scene
        .rows
        .iter()
        .filter_map(|slot| {
            let top = slot.index as f64 * canvas.row;
            let element = match slot.slot.kind {
                SlotKind::Start(number) => call(canvas, slot, boxes.get(&number)?, &sides),
                SlotKind::Gap(us) => Some(gap(slot, us)),
                SlotKind::Ending(_) => ending(canvas, slot),
                SlotKind::End(_) => Some(end_time(canvas, slot)),
            };
            let height = format!("{}px", canvas.row);
            Some(element?.style("top", format!("{top}px")).style("height", height))
        })
        .collect()
}

/// Makes the labels at the ends of calls that waited.
pub(super) fn feet(canvas: &Canvas) -> Vec<Element> {
    let sides = sides(canvas);
    canvas
        .scene
        .boxes
        .iter()
        .filter(|drawn| drawn.foot)
        .filter_map(|drawn| {
            let recorded = canvas.state.calls.recording.find(drawn.place.number)?;
            let row = row(recorded, 0, 0);
            let column = canvas.lanes.column(&Where::Lane(drawn.place.lane))?;
            let result = match &row.end {
                RowEnd::Error(name) => span("result e", format!("✕ {name}")),
                RowEnd::Abandoned => span("result quiet", "stopped"),
                RowEnd::Waiting | RowEnd::Result(_) => {
                    let text = match row.brief_result.as_str() {
                        "" if row.method.starts_with("connect") => "connected",
                        "" => "done",
                        result => result,
                    };
                    span("result", format!("→ {text}"))
                }
            };
            let left = left(canvas, column, sides.get(&drawn.place.number));
            let top = f64::from(drawn.last) * canvas.row;
            let tag = tag(canvas, column, left).child(result);
            Some(
                div(&format!("foot {}", canvas.class(column)))
                    .key(format!("foot {}", drawn.place.number))
                    .attr("aria-hidden", "true")
                    .style("top", format!("{top}px"))
                    .style("height", format!("{}px", canvas.row))
                    .child(tag)
                    .on("click", Event::Select(drawn.place.number)),
            )
        })
        .collect()
}

/// Returns for each call whether its arrows go to the left.
fn sides(canvas: &Canvas) -> HashMap<CallNumber, bool> {
    let mut sides = HashMap::new();
    for knot in &canvas.scene.arrows {
        let (from, to) = (canvas.lanes.column(&knot.from.0), canvas.lanes.column(&knot.to.0));
        let (Some(from), Some(to)) = (from, to) else { continue };
        for (call, goes_left) in [(knot.calls.0, to < from), (knot.calls.1, from < to)] {
            if let Some(call) = call {
                sides.insert(call, goes_left);
            }
        }
    }
    sides
}

/// Tells whether a label stands to the left of its lane: away from the call's arrows.
fn left(canvas: &Canvas, column: usize, goes_left: Option<&bool>) -> bool {
    let last = canvas.lanes.columns.len().saturating_sub(1);
    match column {
        _ if last == 0 => false,
        0 => true,
        column if column == last => false,
        _ => !goes_left.copied().unwrap_or(true),
    }
}

/// Makes an empty label at its place.
fn tag(canvas: &Canvas, column: usize, left: bool) -> Element {
    let lanes = &canvas.lanes;
    let x = lanes.columns.get(column).map_or(0.0, |column| column.x);
    let before = column.checked_sub(1).and_then(|index| lanes.columns.get(index));
    let after = lanes.columns.get(column + 1);
    if left {
        let room = x - before.map_or(lanes.time, |before| before.x + BESIDE_PIXELS);
        div("tag left")
            .style("right", format!("{}px", lanes.width - x + BESIDE_PIXELS))
            .style("max-width", format!("{}px", (room - BESIDE_PIXELS).max(40.0)))
    } else {
        let room = after.map_or(lanes.width, |after| after.x - BESIDE_PIXELS) - x;
        div("tag")
            .style("left", format!("{}px", x + BESIDE_PIXELS))
            .style("max-width", format!("{}px", (room - BESIDE_PIXELS - 4.0).max(40.0)))
    }
}

fn call(
    canvas: &Canvas,
    slot: &SlotRow,
    drawn: &Drawn,
    sides: &HashMap<CallNumber, bool>,
) -> Option<Element> {
    let state = canvas.state;
    let recorded = state.calls.recording.find(drawn.place.number)?;
    let origin_us = state.calls.origin_us.unwrap_or(0);
    let now_us = (state.now_ms.max(0.0) * 1000.0) as u64;
    let row = row(recorded, origin_us, now_us);
    let column = canvas.lanes.column(&Where::Lane(drawn.place.lane))?;
    let left = left(canvas, column, sides.get(&row.number));
    let selected = state.calls.selected == Some(row.number);
    let line = recorded.started.site.as_ref().map(|site| format!(" line {}", site.line));
    let place = state.calls.shown.numbers().binary_search(&row.number).unwrap_or(0) + 1;
    let failed = if drawn.failed { " failed" } else { "" };
    let written = canvas.is_written();
    Some(
        div(&format!("ev {}{failed}", canvas.class(column)))
            .key(row.number.to_string())
            .attr("id", format!("call-{}", row.number))
            .attr("role", "option")
            .attr("data-event", row.method.clone())
            .attr("data-of", row.program.clone())
            .attr("data-number", row.number.to_string())
            .attr("data-at-us", recorded.started.at_us.to_string())
            .attr("aria-posinset", place.to_string())
            .attr("aria-setsize", state.calls.shown.numbers().len().to_string())
            .bool("aria-selected", selected)
            .child(span("vh", sentence(&row, &line.unwrap_or_default())))
            .option(written.then(|| time(canvas, slot.slot.at_us)))
            .option(
                written
                    .then(|| label(canvas, column, left, &row, drawn).attr("aria-hidden", "true")),
            )
            .on("click", Event::Select(row.number)),
    )
}

fn label(canvas: &Canvas, column: usize, left: bool, row: &Row, drawn: &Drawn) -> Element {
    let waited = row.duration_us >= WAITED_US_MIN && row.body == Body::Waited;
    let took = match &row.end {
        RowEnd::Waiting => {
            Some(span("took wait", format::elapsed(row.duration_us as f64 / 1000.0)))
        }
        _ if waited => Some(span("took", format!("waited {}", format::duration(row.duration_us)))),
        _ => None,
    };
    let result = match &row.end {
        _ if drawn.foot => None,
        RowEnd::Waiting => None,
        RowEnd::Error(name) => Some(span("result e", format!("✕ {name}"))),
        RowEnd::Abandoned => Some(span("result quiet", "stopped")),
        RowEnd::Result(_) if row.brief_result.is_empty() => None,
        RowEnd::Result(_) => Some(span("result", row.brief_result.clone())),
    };
    // Alone on its lane, a call has room for the bytes it moved.
    let alone = canvas.lanes.columns.len() == 1 && !row.glimpse.is_empty();
    let glimpse = alone.then(|| span("glimpse", row.glimpse.clone()));
    tag(canvas, column, left)
        .attr("title", row.call.clone())
        .child(el("code").text(row.brief.clone()))
        .option(result)
        .option(glimpse)
        .option(took)
}

/// Says what happened, for who cannot see it.
fn sentence(row: &Row, line: &str) -> String {
    let end = match &row.end {
        RowEnd::Waiting => "is waiting".to_owned(),
        RowEnd::Result(text) if text.is_empty() => "is done".to_owned(),
        RowEnd::Result(text) => format!("returned {text}"),
        RowEnd::Error(name) => format!("failed with {name}"),
        RowEnd::Abandoned => "was stopped while it waited".to_owned(),
    };
    let took = format::duration(row.duration_us);
    format!("{}{line}: {} {end} {} after {took}", row.program, row.call, row.glimpse)
}

fn time(canvas: &Canvas, at_us: u64) -> Element {
    let origin_us = canvas.state.calls.origin_us.unwrap_or(at_us);
    let seconds = at_us.saturating_sub(origin_us) as f64 / 1e6;
    span("time num", format!("{seconds:.4}")).attr("aria-hidden", "true")
}

fn end_time(canvas: &Canvas, slot: &SlotRow) -> Element {
    div("at").key(format!("slot {}", slot.index)).child(time(canvas, slot.slot.at_us))
}

fn gap(slot: &SlotRow, us: u64) -> Element {
    div("gap")
        .key(format!("slot {}", slot.index))
        .attr("aria-hidden", "true")
        .child(span("time num", format!("+{}", format::duration(us))))
}

fn ending(canvas: &Canvas, slot: &SlotRow) -> Option<Element> {
    let ending = slot.ending.as_ref()?;
    let column = canvas.lanes.column(&Where::Program(ending.program.clone()))?;
    let x = canvas.lanes.columns.get(column)?.x;
    let words = if ending.bad { format!("✕ {}", ending.words) } else { ending.words.clone() };
    let class = if ending.bad { "result e bad" } else { "result quiet" };
    let left = left(canvas, column, None);
    Some(
        div(&format!("ending {}", canvas.class(column)))
            .key(format!("slot {}", slot.index))
            .attr("data-ending", ending.program.clone())
            .child(time(canvas, slot.slot.at_us))
            .child(div("stop").style("left", format!("{x}px")))
            .child(tag(canvas, column, left).child(span(class, words))),
    )
}
