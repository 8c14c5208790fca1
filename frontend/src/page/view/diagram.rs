//! The timeline as a sequence diagram. Only what is in sight exists in the document.

mod boxes;
mod labels;
mod wires;

use crate::page::event::Event;
use crate::page::lanes::{Lanes, Owner, ROWS_BELOW, lanes};
use crate::page::node::{Element, div, el, span};
use crate::page::state::State;
use crate::timeline::format;
use crate::timeline::sequence::{Scene, SlotKind};

use super::timeline::{empty, rows_of};
use super::words::lane_class;

/// Pixels, and rows, made above and below those in sight, so that a quick scroll finds them
/// there.
const PIXELS_BESIDE: f64 = 240.0;
const ROWS_BESIDE: f64 = 10.0;
/// Pixels of a row below which nothing is written in it.
const ROW_PIXELS_WRITTEN: f64 = 15.0;

/// What every part of the drawing needs.
struct Canvas<'a> {
    state: &'a State,
    lanes: Lanes,
    scene: Scene,
    row: f64,
}

impl Canvas<'_> {
    /// Returns the middle of a slot, in pixels from the top.
    fn y(&self, slot: u32) -> f64 {
        (f64::from(slot) + 0.5) * self.row
    }

    /// Tells whether rows are high enough to write in.
    fn is_written(&self) -> bool {
        self.row >= ROW_PIXELS_WRITTEN
    }

    /// Returns the class that gives a column its colour.
    fn class(&self, column: usize) -> String {
        match self.lanes.columns.get(column).map(|column| &column.owner) {
            Some(Owner::Thread { program, .. }) => lane_class(self.state.lane(program)),
            Some(Owner::Host { .. }) | None => "lh".into(),
        }
    }
}

/// Makes the heads of the lanes; a program's calls alone can be shown.
pub(super) fn heads(state: &State) -> Element {
    let lanes = lanes(state);
    let only = state.calls.shown.filter().program.as_ref();
    let mut named: Vec<&str> = Vec::new();
    let mut heads = Vec::new();
    for (index, column) in lanes.columns.iter().enumerate() {
        let left = lanes.label_left(index);
        match &column.owner {
            Owner::Thread { program, thread } if named.contains(&program.as_str()) => {
                let mark = span("sub", format!("thread {thread}"));
                heads.push(at(mark.key(format!("{program} {thread}")), column.x, left, &lanes));
            }
            Owner::Thread { program, .. } => {
                named.push(program);
                let lane = state.lane(program);
                let other = if state.together.is_others(program) { " other" } else { "" };
                let head = el("button")
                    .class(format!("lane {}{other}", lane_class(lane)))
                    .key(program.clone())
                    .attr("type", "button")
                    .attr("title", format!("Show only the calls of {program}"))
                    .bool("aria-pressed", only == Some(program))
                    .child(super::mark(lane))
                    .child(span("", program.clone()))
                    .on("click", Event::FilterProgram(program.clone()));
                heads.push(at(head, column.x, left, &lanes));
            }
            Owner::Host { index, name } => {
                let head = span("lane host lh", "")
                    .key(format!("host {index}"))
                    .attr("title", format!("{name}: a host outside of this page"))
                    .child(host_mark())
                    .child(span("", name.clone()));
                heads.push(at(head, column.x, left, &lanes));
            }
        }
    }
    let inner = div("inner")
        .style("width", format!("{}px", lanes.width))
        .style("transform", format!("translateX({}px)", -state.look.left))
        .children(heads);
    div("heads").key("heads").child(el("small").class("time").text("time, s")).child(inner)
}

fn host_mark() -> Element {
    el("svg")
        .class("glyph lh")
        .attr("viewBox", "0 0 12 12")
        .attr("aria-hidden", "true")
        .child(el("use").attr("href", "#g5"))
}

/// Puts a head over its lane, its mark on the line.
fn at(head: Element, x: f64, left: bool, lanes: &Lanes) -> Element {
    if left {
        let class = head.attributes.iter().position(|(name, _)| *name == "class");
        let mut head = head;
        if let Some(index) = class {
            head.attributes[index].1.push_str(" left");
        }
        head.style("right", format!("{}px", lanes.width - x - 15.0))
    } else {
        head.style("left", format!("{}px", x - 15.0))
    }
}

/// Makes the diagram.
pub(super) fn diagram(state: &State) -> Element {
    let sequence = &state.calls.sequence;
    let row = state.look.row;
    let whole = sequence.len() + ROWS_BELOW;
    // A diagram that became shorter may be scrolled beyond its end until the browser says so.
    let most = (whole as f64 * row - state.screen.scroll_height).max(0.0);
    let top = state.screen.scroll_top.min(most);
    let beside = PIXELS_BESIDE.min(ROWS_BESIDE * row);
    let first = ((top - beside).max(0.0) / row) as usize;
    let last = ((top + state.screen.scroll_height + beside) / row) as usize + 1;
    let canvas = Canvas {
        state,
        lanes: lanes(state),
        scene: sequence.scene(&state.calls.recording, first..last),
        row,
    };
    let numbers = state.calls.shown.numbers();
    let active = state.calls.selected.filter(|number| numbers.binary_search(number).is_ok());
    let drawing = div("canvas diagram")
        .key("canvas")
        .bool("data-dense", row < ROW_PIXELS_WRITTEN)
        .style("width", format!("{}px", canvas.lanes.width))
        .style(
            "height",
            format!("{}px", if sequence.is_empty() { 0.0 } else { whole as f64 * row }),
        );
    let drawing = if sequence.is_empty() {
        drawing
    } else {
        drawing
            .child(lives(&canvas))
            .children(labels::rows(&canvas))
            .child(wires::wires(&canvas, first, last))
            .children(if canvas.is_written() { wires::pills(&canvas) } else { Vec::new() })
            .children(boxes::boxes(&canvas))
            .children(if canvas.is_written() { labels::feet(&canvas) } else { Vec::new() })
            .option(now(&canvas))
    };
    rows_of(state, active).child(drawing).option(sequence.is_empty().then(|| empty(state)))
}

/// Makes the line of each lane, down the whole diagram.
fn lives(canvas: &Canvas) -> Element {
    let line = |(index, column): (usize, &crate::page::lanes::Column)| {
        div(&format!("life {}", canvas.class(index))).style("left", format!("{}px", column.x))
    };
    div("lives")
        .key("lives")
        .attr("aria-hidden", "true")
        .children(canvas.lanes.columns.iter().enumerate().map(line))
}

/// Makes the line that says how late it is, while something waits.
fn now(canvas: &Canvas) -> Option<Element> {
    let state = canvas.state;
    if state.calls.waiting.is_empty() {
        return None;
    }
    let origin_ms = state.calls.origin_us? as f64 / 1000.0;
    let elapsed = format::elapsed(state.now_ms - origin_ms);
    let top = (state.calls.sequence.len() as f64 + 0.7) * canvas.row;
    let line = div("now").key("now").attr("aria-hidden", "true").style("top", format!("{top}px"));
    Some(line.child(span("num", elapsed)))
}

/// Tells whether a slot is where nothing happened.
fn is_gap(kind: SlotKind) -> bool {
    matches!(kind, SlotKind::Gap(_))
}
