//! The arrows.

use crate::page::event::Event;
use crate::page::node::{Element, div, el};
use crate::timeline::flow::What;
use crate::timeline::sequence::Knot;

use super::Canvas;

/// Pixels between a lane's middle and an arrow's tip.
const TIP_PIXELS: f64 = 8.0;
/// Pixels that an arrow from a lane to itself swings out.
const SWING_PIXELS: f64 = 34.0;

/// Pixels of an arrow's head, where rows are high enough.
const HEAD_PIXELS: f64 = 8.0;

/// Where an arrow goes, in pixels.
struct Line {
    from: (f64, f64),
    to: (f64, f64),
    /// To which side it swings out, if it goes from a lane to itself.
    swings: Option<f64>,
    class: String,
}

/// Makes the drawing of all arrows in sight.
pub(super) fn wires(canvas: &Canvas, first: usize, last: usize) -> Element {
    let top = first as f64 * canvas.row;
    let height = (last - first) as f64 * canvas.row;
    let size = (canvas.row * 0.5).clamp(2.5, HEAD_PIXELS);
    let paths = canvas.scene.arrows.iter().filter_map(|knot| {
        let line = line(canvas, knot)?;
        Some(strokes(knot, &line, top, size))
    });
    let drawing = el("svg")
        .attr("width", canvas.lanes.width.to_string())
        .attr("height", height.to_string())
        .children(paths.flatten());
    div("wires")
        .key("wires")
        .attr("aria-hidden", "true")
        .style("top", format!("{top}px"))
        .child(drawing)
}

/// Makes what is written on the arrows.
pub(super) fn pills(canvas: &Canvas) -> Vec<Element> {
    canvas
        .scene
        .arrows
        .iter()
        .filter_map(|knot| {
            let line = line(canvas, knot)?;
            let (x, y) = middle(&line, knot);
            let kind = kind(knot.what);
            let selects = knot.calls.1.or(knot.calls.0)?;
            let pill = div(&format!("pill {kind} {}", line.class))
                .key(format!("arrow {}", knot.id))
                .attr("data-arrow", kind)
                .attr("title", title(canvas, knot))
                .style("left", format!("{x:.0}px"))
                .style("top", format!("{y:.0}px"))
                .text(knot.what.label())
                .on("click", Event::Select(selects));
            Some(pill)
        })
        .collect()
}

fn kind(what: What) -> &'static str {
    match what {
        What::Connected => "connected",
        What::Bytes { .. } => "bytes",
        What::Datagram { .. } => "datagram",
        What::Lost { .. } => "lost",
        What::Fin => "fin",
        What::Reset(_) => "reset",
    }
}

/// Says in a sentence what an arrow means.
fn title(canvas: &Canvas, knot: &Knot) -> String {
    let taken = knot.calls.1.is_some();
    match knot.what {
        What::Connected => "The connection was made.".into(),
        What::Bytes { start, end } if taken => {
            format!("Bytes {start} to {end} of the stream, {} in all.", end - start)
        }
        What::Bytes { start, end } => match canvas.lanes.column(&knot.to.0) {
            Some(_) => format!("Bytes {start} to {end}: no call has taken them yet."),
            None => format!("Bytes {start} to {end} of the stream."),
        },
        What::Datagram { len, taken } if taken < len => {
            format!("A datagram of {len} bytes; the receive took {taken} and the rest is gone.")
        }
        What::Datagram { len, .. } if taken => format!("A datagram of {len} bytes."),
        What::Datagram { len, .. } => format!("A datagram of {len} bytes, not received yet."),
        What::Lost { .. } => {
            "A datagram that no call took: the receiver is gone, or later ones overtook it.".into()
        }
        What::Fin if taken => "The end of the stream: recv returned b''.".into(),
        What::Fin => "The end of the stream.".into(),
        What::Reset(errno) => format!("{}: {}", errno.name(), errno.text()),
    }
}

fn line(canvas: &Canvas, knot: &Knot) -> Option<Line> {
    let from = canvas.lanes.column(&knot.from.0);
    let to = canvas.lanes.column(&knot.to.0);
    let x = |column: usize| canvas.lanes.columns.get(column).map(|column| column.x);
    let (y1, mut y2) = (canvas.y(knot.from.1), canvas.y(knot.to.1));
    // To nowhere it goes away from the labels.
    let alone = canvas.lanes.columns.len() == 1;
    let half = (canvas.lanes.gap * 0.62).clamp(64.0, if alone { 76.0 } else { 110.0 });
    let away = |column: usize| if column == 0 && !alone { half } else { -half };
    let class = canvas.class(from.or(to)?);
    let lies = knot.calls.1.is_none() && knot.calls.0.is_some();
    if lies && y1 == y2 {
        // What nobody has taken yet sinks a little: it is on its way.
        y2 += canvas.row * 0.3;
    }
    let (x1, x2) = match (from, to) {
        (Some(from), Some(to)) if from == to && matches!(knot.what, What::Lost { .. }) => {
            (x(from)?, x(from)? + away(from) * 1.5)
        }
        (Some(from), Some(to)) if from == to => {
            let x = x(from)?;
            let side = if canvas.lanes.label_left(from) { 1.0 } else { -1.0 };
            let at = x + side * TIP_PIXELS;
            return Some(Line { from: (at, y1), to: (at, y2), swings: Some(side), class });
        }
        (Some(from), Some(to)) => (x(from)?, x(to)?),
        (Some(from), None) => (x(from)?, x(from)? + away(from)),
        (None, Some(to)) => (x(to)? + away(to), x(to)?),
        (None, None) => return None,
    };
    let side = (x2 - x1).signum();
    let begin = if from.is_some() { x1 + side * TIP_PIXELS } else { x1 };
    // An arrow to a bare line ends on it; one to a call before its box.
    let tip = if knot.calls.1.is_some() { TIP_PIXELS } else { 2.0 };
    let end = if to.is_some() { x2 - side * tip } else { x2 };
    let (end, y2) = match knot.what {
        What::Lost { .. } => (begin + (end - begin) * 0.62, y1 + (y2 - y1) * 0.62),
        _ => (end, y2),
    };
    Some(Line { from: (begin, y1), to: (end, y2), swings: None, class })
}

fn middle(line: &Line, knot: &Knot) -> (f64, f64) {
    let ((x1, y1), (x2, y2)) = (line.from, line.to);
    if let Some(side) = line.swings {
        return (x1 + side * SWING_PIXELS * 0.8, (y1 + y2) / 2.0);
    }
    // Towards the receiver, where several arrows of one send are apart.
    let part = if matches!(knot.what, What::Bytes { .. }) { 0.56 } else { 0.5 };
    (x1 + (x2 - x1) * part, y1 + (y2 - y1) * part)
}

fn strokes(knot: &Knot, line: &Line, top: f64, size: f64) -> Vec<Element> {
    let ((x1, y1), (x2, y2)) = (line.from, line.to);
    let (y1, y2) = (y1 - top, y2 - top);
    let kind = kind(knot.what);
    let stroke = |class: &str, d: String| {
        el("path").class(format!("{class} {kind} {}", line.class)).attr("d", d)
    };
    if let Some(side) = line.swings {
        let out = x1 + side * SWING_PIXELS;
        let y2 = y2.max(y1 + 6.0);
        let curve = format!("M{x1:.1} {y1:.1}C{out:.1} {y1:.1} {out:.1} {y2:.1} {x2:.1} {y2:.1}");
        return vec![stroke("wire", curve), head(size, (out, y2), (x2, y2), kind, &line.class)];
    }
    let straight = format!("M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}");
    let mut all = Vec::new();
    match knot.what {
        What::Bytes { start, end } => {
            // The ribbon's width follows the number of bytes.
            let width = (1.0 + ((end - start) as f64 + 1.0).log2() * 0.7).min(12.0);
            all.push(
                stroke("ribbon", straight.clone()).attr("stroke-width", format!("{width:.1}")),
            );
            all.push(stroke("wire", straight));
            all.push(head(size, (x1, y1), (x2, y2), kind, &line.class));
        }
        What::Connected => {
            all.push(stroke("wire", straight));
            all.push(head(size, (x1, y1), (x2, y2), kind, &line.class));
            all.push(head(size, (x2, y2), (x1, y1), kind, &line.class));
        }
        What::Datagram { .. } | What::Fin => {
            all.push(stroke("wire", straight));
            all.push(head(size, (x1, y1), (x2, y2), kind, &line.class));
        }
        What::Lost { .. } => {
            all.push(stroke("wire", straight));
            let cross = format!("M{:.1} {:.1}l8 8m0-8l-8 8", x2 - 4.0, y2 - 4.0);
            all.push(stroke("cross", cross));
        }
        What::Reset(_) => {
            let double = format!(
                "M{x1:.1} {:.1}L{x2:.1} {:.1}M{x1:.1} {:.1}L{x2:.1} {:.1}M{x1:.1} {:.1}v14",
                y1 - 2.0,
                y2 - 2.0,
                y1 + 2.0,
                y2 + 2.0,
                y1 - 7.0
            );
            all.push(stroke("wire", double));
            all.push(head(size, (x1, y1), (x2, y2), kind, &line.class));
        }
    }
    all
}

/// Makes the head of an arrow that comes from one point to another.
fn head(size: f64, from: (f64, f64), to: (f64, f64), kind: &str, class: &str) -> Element {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = (dx * dx + dy * dy).sqrt().max(0.1);
    let (ux, uy) = (dx / length, dy / length);
    let (bx, by) = (to.0 - ux * size, to.1 - uy * size);
    let (px, py) = (-uy * size * 0.45, ux * size * 0.45);
    let d = format!(
        "M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}z",
        to.0,
        to.1,
        bx + px,
        by + py,
        bx - px,
        by - py
    );
    el("path").class(format!("tip {kind} {class}")).attr("d", d)
}
