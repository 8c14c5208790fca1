//! The whole time in small, above the diagram, in true proportions.

use crate::page::lanes::strip_us;
use crate::page::look::Form;
use crate::page::node::{Element, div, el, span};
use crate::page::state::State;
use crate::timeline::format;
use crate::timeline::spans::{Body, body};

use super::words::lane_class;

/// Units across the strip's drawing.
const UNITS: f64 = 1_000.0;
/// Units a mark is wide at least, so that it is seen.
const MARK_UNITS_MIN: f64 = 2.0;
/// Pixels of a lane, and lanes that are drawn at most.
const LANE_PIXELS: usize = 9;
const LANES_MAX: usize = 6;
/// Times written below.
const TICKS: u64 = 4;

/// Makes the strip. It can be dragged to choose what is in sight.
pub(super) fn strip(state: &State) -> Element {
    let strip = div("strip").key("strip").attr("data-role", "strip").attr("aria-hidden", "true");
    if state.calls.recording.is_empty() {
        return strip;
    }
    let whole_us = strip_us(state) as f64;
    let lanes = state.calls.sequence.lanes().len().min(LANES_MAX);
    let height = (lanes.max(1) * LANE_PIXELS).to_string();
    let drawing = el("svg")
        .attr("viewBox", format!("0 0 {UNITS} {height}"))
        .attr("preserveAspectRatio", "none")
        .attr("height", height.clone())
        .children((0..lanes).flat_map(|lane| marks(state, lane, whole_us)));
    let ticks = (0..=TICKS).map(|tick| {
        let at_us = whole_us * tick as f64 / TICKS as f64;
        let text = if tick == 0 { "0".to_owned() } else { format::duration(at_us as u64) };
        span("num", text)
    });
    let area = div("area").child(drawing).option(window(state, whole_us));
    strip.child(area).child(div("ticks").children(ticks))
}

fn marks(state: &State, lane: usize, whole_us: f64) -> Vec<Element> {
    let sequence = &state.calls.sequence;
    let Some(owner) = sequence.lanes().get(lane) else { return Vec::new() };
    let class = lane_class(state.lane(&owner.program));
    let top = lane * LANE_PIXELS;
    let (mut worked, mut waited, mut failed) = (String::new(), String::new(), String::new());
    let mut add = |from_us: f64, to_us: f64, body: Body, fault: bool| {
        let from = from_us / whole_us * UNITS;
        let width = ((to_us - from_us) / whole_us * UNITS).max(MARK_UNITS_MIN);
        let (path, high) = match (fault, body) {
            (true, _) => (&mut failed, LANE_PIXELS - 1),
            (_, Body::Solid) => (&mut worked, LANE_PIXELS - 1),
            (_, Body::Waited | Body::Open) => (&mut waited, LANE_PIXELS - 2),
        };
        path.push_str(&format!("M{from:.1} {top}h{width:.1}v{high}h-{width:.1}z"));
    };
    for mark in sequence.strip().marks(lane) {
        add(mark.from_us as f64, mark.to_us as f64, mark.body, mark.failed);
    }
    let origin_us = sequence.strip().origin_us().unwrap_or(0);
    for number in &state.calls.waiting {
        let Some(call) = state.calls.recording.find(*number) else { continue };
        let here = sequence.lanes().iter().position(|lane| {
            lane.program == call.started.program && lane.thread == call.started.thread
        });
        if here == Some(lane) {
            let from_us = call.started.at_us.saturating_sub(origin_us) as f64;
            add(from_us, whole_us, body(call), false);
        }
    }
    let path = |kind: &str, path: String| {
        (!path.is_empty()).then(|| el("path").class(format!("{kind} {class}")).attr("d", path))
    };
    [path("waited", waited), path("worked", worked), path("failed", failed)]
        .into_iter()
        .flatten()
        .collect()
}

/// Makes the frame around what is in sight.
fn window(state: &State, whole_us: f64) -> Option<Element> {
    let sequence = &state.calls.sequence;
    if state.look.form != Form::Diagram {
        return None;
    }
    let origin_us = sequence.strip().origin_us()?;
    let first = (state.screen.scroll_top / state.look.row) as usize;
    let last = ((state.screen.scroll_top + state.screen.scroll_height) / state.look.row) as usize;
    let from_us = sequence.slot(first)?.at_us.saturating_sub(origin_us) as f64;
    let to_us =
        sequence.slot(last).map_or(whole_us, |slot| slot.at_us.saturating_sub(origin_us) as f64);
    if first == 0 && sequence.slot(last).is_none() {
        return None;
    }
    let from = (from_us / whole_us * 100.0).clamp(0.0, 99.0);
    let width = (to_us / whole_us * 100.0 - from).clamp(0.6, 100.0 - from);
    Some(div("window").style("left", format!("{from:.2}%")).style("width", format!("{width:.2}%")))
}
