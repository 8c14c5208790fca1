//! The scrubber of a replay.

use crate::page::event::{Event, Playback};
use crate::page::node::{Element, div, el, icon, span};
use crate::page::replay::{Replay, SPEEDS, StepKind};
use crate::page::state::State;
use crate::session::recording::Happened;
use crate::timeline::format;

use super::{button, icon_button};

/// Makes the strip that a replay is steered from.
pub(super) fn strip(state: &State) -> Option<Element> {
    let replay = state.replay.as_ref()?;
    let steps = replay.steps.len();
    let (name, label) = if replay.playing { ("pause", "Pause (P)") } else { ("play", "Play (P)") };
    let play = icon_button("pri", name, label)
        .attr("data-action", "replay-play")
        .on("click", Event::Replay(Playback::Toggle));
    let back = icon_button("quiet", "back", "The event before ([)")
        .attr("data-action", "replay-back")
        .flag("disabled", replay.at == 0)
        .on("click", Event::Replay(Playback::Step(-1)));
    let on = icon_button("quiet", "next", "The next event (])")
        .attr("data-action", "replay-next")
        .flag("disabled", replay.at == steps)
        .on("click", Event::Replay(Playback::Step(1)));
    let (_, speed) = SPEEDS[replay.speed];
    let speed = button("quiet num", None, speed)
        .attr("data-action", "replay-speed")
        .attr("title", "Speed: the next faster one ({ slower, } faster)")
        .attr("aria-label", format!("Speed {speed}"))
        .on("click", Event::Replay(Playback::Speed(1)));
    let leave = button("s", Some("x"), "Close the replay")
        .attr("data-action", "replay-leave")
        .on("click", Event::Replay(Playback::Leave));
    let now = format::duration(replay.elapsed_us());
    let all = format::duration(replay.duration_us());
    Some(
        div("replay")
            .key("replay")
            .attr("data-role", "replay")
            .attr("data-at", replay.at.to_string())
            .attr("data-steps", steps.to_string())
            .bool("data-playing", replay.playing)
            .attr("role", "group")
            .attr("aria-label", "Replay")
            .child(span("name", "Replay"))
            .child(div("keys").child(back).child(play).child(on))
            .child(slider(replay, &now))
            .child(
                span("num when", "")
                    .child(el("b").text(now))
                    .text(format!(" of {all}"))
                    .child(span("muted hide-m", format!("event {} of {steps}", replay.at))),
            )
            .child(speed)
            .child(leave),
    )
}

fn slider(replay: &Replay, now: &str) -> Element {
    let steps = replay.steps.len();
    let words = format!("{now}, event {} of {steps}: {}", replay.at, words(replay));
    el("input")
        .attr("type", "range")
        .attr("min", "0")
        .attr("max", steps.to_string())
        .attr("step", "1")
        .attr("aria-label", "Position in the replay")
        .attr("aria-valuetext", words)
        .attr("data-role", "replay-position")
        .style("--done", format!("{:.2}%", replay.at as f64 / steps.max(1) as f64 * 100.0))
        .hear("input", |deed| Some(Event::Replay(Playback::Seek(deed.value.parse().ok()?))))
        .attr("value", replay.at.to_string())
}

/// Says what happened last.
fn words(replay: &Replay) -> String {
    let last = replay.at.checked_sub(1).and_then(|last| replay.steps.get(last));
    let call = |number, verb: &str| {
        let call = replay.recording.find(number);
        call.map_or(String::new(), |call| {
            format!("{}: {} {verb}", call.started.program, call.started.method)
        })
    };
    match last.map(|step| step.what) {
        None => "before the first one".into(),
        Some(StepKind::CallBegins(number)) => call(number, "begins"),
        Some(StepKind::CallEnds(number)) => call(number, "returns"),
        Some(StepKind::Moment(index)) => match replay.recording.moment(index) {
            Some(moment) => {
                let what = match &moment.what {
                    Happened::Run => "is run",
                    Happened::Output { .. } => "prints",
                    Happened::Typed { .. } => "is answered",
                    Happened::State(_) => "goes on",
                };
                format!("{} {what}", moment.program)
            }
            None => String::new(),
        },
    }
}

/// Makes the button that replays what was recorded.
pub(super) fn launcher(state: &State) -> Element {
    el("button")
        .class("btn s quiet")
        .attr("type", "button")
        .attr("title", "Replay what was recorded (P)")
        .attr("data-action", "replay")
        .flag("disabled", state.replay.is_some() || state.calls.recording.is_empty())
        .child(icon("replay"))
        .child(span("label", "Replay"))
        .on("click", Event::Replay(Playback::Start))
}
