//! What stands between two parts of the page and can be moved: by dragging, by keys, and by a
//! click on one of its two small buttons.

use crate::page::event::Event;
use crate::page::node::{Element, div};
use crate::page::sizes::{CLICK_PERCENT, Divider, STEP_PERCENT};
use crate::page::state::State;

/// Makes a divider.
pub(super) fn divider(state: &State, which: Divider, label: String) -> Element {
    let percent = state.screen.sizes.percent(which, state.programs.len());
    let orientation = if which.is_upright() { "vertical" } else { "horizontal" };
    // Dragging down makes what is below smaller.
    let sign = if which.counts_from_end() { -1.0 } else { 1.0 };
    let by = move |percent: f64| Event::DivideBy { divider: which, percent: sign * percent };
    let line = div("grip")
        .attr("role", "separator")
        .attr("tabindex", "0")
        .attr("data-divider", which.name())
        .attr("aria-orientation", orientation)
        .attr("aria-label", label)
        .attr("aria-valuemin", "10")
        .attr("aria-valuemax", "90")
        .attr("aria-valuenow", format!("{percent:.0}"))
        .attr("title", "Drag, or use the arrow keys; double-click puts it back")
        .on("dblclick", Event::DivideReset(which))
        .hear("keydown", move |deed| match deed.key.as_str() {
            "ArrowLeft" | "ArrowUp" => Some(by(-STEP_PERCENT)),
            "ArrowRight" | "ArrowDown" => Some(by(STEP_PERCENT)),
            "Home" => Some(by(-100.0)),
            "End" => Some(by(100.0)),
            "Enter" => Some(Event::DivideReset(which)),
            _ => None,
        });
    // For those who can click and not drag. The keyboard has the line itself.
    let nudge = |class: &str, percent: f64| {
        div(&format!("nudge {class}")).attr("aria-hidden", "true").on("click", by(percent))
    };
    div(&format!("divider {orientation}"))
        .key(which.name())
        .attr("data-of", which.name())
        .child(line)
        .child(
            div("nudges").child(nudge("less", -CLICK_PERCENT)).child(nudge("more", CLICK_PERCENT)),
        )
}

/// Sets how large the parts of an element are, in the variables of `web/style`.
pub(super) fn sized(
    state: &State,
    element: Element,
    dividers: &[(&'static str, Divider)],
) -> Element {
    dividers.iter().fold(element, |element, (name, divider)| {
        let percent = state.screen.sizes.percent(*divider, state.programs.len());
        element.style(name, format!("{percent:.2}%"))
    })
}

/// Returns the columns of the panes.
pub(super) fn columns(state: &State) -> String {
    // The unit is a share of what is left, and less than a whole one would leave a gap.
    let column =
        |pane| format!("minmax(var(--pane-min), {:.3}fr)", 10.0 * state.screen.sizes.part(pane));
    (0..state.programs.len()).map(column).collect::<Vec<String>>().join(" ")
}

/// Says what a divider is between, for those who cannot see it.
pub(super) fn between(before: &str, after: &str) -> String {
    format!("Divider between {before} and {after}")
}
