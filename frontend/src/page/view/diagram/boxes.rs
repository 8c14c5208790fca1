//! The boxes of calls, from their start to their end.

use crate::page::event::Event;
use crate::page::lanes::Owner;
use crate::page::node::{Element, div};
use crate::page::view::mark;
use crate::timeline::sequence::{Drawn, Where};
use crate::timeline::spans::Body;

use super::{Canvas, is_gap};

/// Pixels left free above and below a box, where rows are high enough.
const MARGIN_PIXELS: f64 = 5.0;

/// Makes the boxes in sight.
pub(super) fn boxes(canvas: &Canvas) -> Vec<Element> {
    canvas.scene.boxes.iter().filter_map(|drawn| one(canvas, drawn)).collect()
}

fn one(canvas: &Canvas, drawn: &Drawn) -> Option<Element> {
    let index = canvas.lanes.column(&Where::Lane(drawn.place.lane))?;
    let column = canvas.lanes.columns.get(index)?;
    let Owner::Thread { program, .. } = &column.owner else { return None };
    let lane = canvas.state.lane(program);
    let number = drawn.place.number;
    let margin = MARGIN_PIXELS.min(canvas.row * 0.2);
    let top = f64::from(drawn.place.start) * canvas.row + margin;
    let rows = f64::from(drawn.last - drawn.place.start) + 1.0;
    // A call that still waits reaches down to now.
    let open = if drawn.body == Body::Open { canvas.row * 0.7 + margin } else { 0.0 };
    let height = rows * canvas.row - 2.0 * margin + open;
    let quick = drawn.body == Body::Solid && !drawn.foot;
    let body = match drawn.body {
        _ if quick => "quick",
        // Less than a millisecond; but something else happened meanwhile.
        Body::Solid => "waited",
        Body::Waited => "waited",
        Body::Open => "open",
    };
    let failed = if drawn.failed { " failed" } else { "" };
    let selected = canvas.state.calls.selected == Some(number);
    let foot = (drawn.body != Body::Open).then(|| mark(lane));
    let tears = tears(canvas, drawn, top);
    Some(
        div(&format!("span {body}{failed} {}", canvas.class(index)))
            .key(format!("box {number}"))
            .attr("aria-hidden", "true")
            .attr("data-box", body)
            .bool("data-selected", selected)
            .style("left", format!("{}px", column.x))
            .style("top", format!("{top}px"))
            .style("height", format!("{}px", height.max(2.0)))
            .children(tears)
            .option(foot)
            .on("click", Event::Select(number)),
    )
}

/// Makes the torn edges where a box is shorter than its time.
fn tears(canvas: &Canvas, drawn: &Drawn, top: f64) -> Vec<Element> {
    let crossed = canvas.scene.rows.iter().filter(|row| {
        is_gap(row.slot.kind)
            && row.index > drawn.place.start as usize
            && row.index <= drawn.last as usize
    });
    crossed
        .map(|row| {
            let at = (row.index as f64 + 0.5) * canvas.row - top - 3.0;
            div("tear").style("top", format!("{at}px"))
        })
        .collect()
}
