//! How fast calls are made, and the calls that are about to be made.

use crate::messages::{HeldCall, Pace, Why};
use crate::page::event::Event;
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::{Program, State};
use crate::page::update::{SPEEDS_MS, has_order};
use crate::timeline::{about::about, format};

use super::button;
use super::words::{Status, status};

/// Methods that the field for breakpoints proposes.
const METHODS: [&str; 10] = [
    "accept", "connect", "send", "sendall", "sendto", "recv", "recvfrom", "bind", "listen", "close",
];

/// Makes the switch between the three paces.
pub(super) fn switch(state: &State) -> Element {
    let choice = |action: &'static str, label: &'static str, title: String, pace: Pace| {
        let on = std::mem::discriminant(&state.gate.pace) == std::mem::discriminant(&pace);
        el("button")
            .attr("type", "button")
            .attr("data-action", action)
            .attr("title", title)
            .bool("aria-pressed", on)
            .text(label)
            .on("click", Event::Pace(pace))
    };
    let slow_ms = state.gate.slow_ms;
    let slow = format!("Slow motion: {} before each socket call (Alt M)", seconds(slow_ms));
    let step = "Step mode: every program halts before its next socket call (F8)".to_owned();
    div("segment")
        .attr("role", "group")
        .attr("aria-label", "Pace")
        .child(choice("pace-run", "Run", "Full speed".into(), Pace::Free))
        .child(choice("pace-step", "Step", step, Pace::Step))
        .child(choice("pace-slow", "Slow", slow, Pace::Slow { hold_ms: slow_ms }))
}

/// Makes the strip that says what holds calls, where something does.
pub(super) fn strip(state: &State) -> Option<Element> {
    let gate = &state.gate;
    let lines: usize = state.programs.iter().map(|program| program.breakpoints.len()).sum();
    let breaks = !gate.methods.is_empty() || lines > 0;
    if gate.pace == Pace::Free && !breaks && gate.repeated.is_none() {
        return None;
    }
    let halted = state.programs.iter().any(|program| program.next_step().is_some());
    let continues = gate.pace == Pace::Step || halted || gate.repeated.is_some();
    let go_on = continues.then(|| {
        button("pri s", Some("play"), if state.any_active() { "Continue" } else { "Leave" })
            .attr("data-action", "continue")
            .attr("title", "Leave step mode and let every call go (F8)")
            .child(el("kbd").attr("aria-hidden", "true").class("hide-s").text("F8"))
            .on("click", Event::Pace(Pace::Free))
    });
    // A narrow window has the whole switch here.
    let full = (!continues && gate.pace != Pace::Free && !state.screen.narrow).then(|| {
        button("s", Some("play"), "Full speed")
            .attr("data-action", "continue")
            .on("click", Event::Pace(Pace::Free))
    });
    let again = (has_order(state) && gate.repeated.is_none()).then(|| {
        button("s", Some("redo"), "Repeat this order")
            .attr("data-action", "repeat")
            .attr("title", "Run again, with the calls of all programs in the order of this run")
            .flag("disabled", state.any_active())
            .on("click", Event::RepeatOrder)
    });
    let strip = div("banner pace")
        .key("pace")
        .attr("data-role", "pace")
        .child(icon("step"))
        .child(el("p").attr("role", "status").children(words(state, lines)))
        .option(matches!(gate.pace, Pace::Slow { .. }).then(|| speeds(gate.pace)))
        .option(state.screen.narrow.then(|| switch(state)))
        .child(breakpoints(state))
        .option(again)
        .option(full)
        .option(go_on);
    Some(strip)
}

fn words(state: &State, lines: usize) -> Vec<Element> {
    let gate = &state.gate;
    let strong = |text: &str| span("strong", text);
    if let Some(message) = &gate.diverged {
        let text = format!(" {message} Everything halts here.");
        return vec![strong("Not the same order."), span("soft", text)];
    }
    if let Some(calls) = gate.repeated {
        let all = gate.order.as_ref().map_or(0, Vec::len);
        let text = format!(" Call {calls} of {all}.");
        return vec![strong("Repeating an order."), span("soft", text)];
    }
    match gate.pace {
        Pace::Step => vec![
            strong("Step mode."),
            span(
                "soft hide-s",
                " Every program halts before its next socket call. You choose who goes first.",
            ),
        ],
        Pace::Slow { .. } => {
            vec![
                strong("Slow motion."),
                span("soft hide-s", " Every socket call waits before it goes."),
            ]
        }
        Pace::Free if lines > 0 && gate.methods.is_empty() => {
            let lines =
                if lines == 1 { "a marked line".into() } else { format!("{lines} marked lines") };
            vec![strong("Breakpoints."), span("soft hide-s", format!(" Calls from {lines} halt."))]
        }
        Pace::Free => {
            vec![
                strong("Breakpoints."),
                span("soft hide-s", " These calls halt before they are made."),
            ]
        }
    }
}

fn speeds(pace: Pace) -> Element {
    let choice = |hold_ms: u32| {
        el("button")
            .attr("type", "button")
            .attr("data-action", "speed")
            .attr("data-ms", hold_ms.to_string())
            .bool("aria-pressed", pace == Pace::Slow { hold_ms })
            .text(seconds(hold_ms))
            .on("click", Event::Pace(Pace::Slow { hold_ms }))
    };
    div("segment s")
        .attr("role", "group")
        .attr("aria-label", "Seconds before each call")
        .children(SPEEDS_MS.map(choice))
}

fn seconds(ms: u32) -> String {
    format!("{} s", f64::from(ms) / 1000.0)
}

fn breakpoints(state: &State) -> Element {
    let chip = |method: &String| {
        el("button")
            .class("chip")
            .attr("type", "button")
            .attr("data-break", method.clone())
            .attr("aria-label", format!("Halt at {method}() no longer"))
            .child(el("code").text(format!("{method}()")))
            .child(icon("x"))
            .on("click", Event::BreakRemove(method.clone()))
    };
    let field = el("input")
        .attr("type", "text")
        .attr("list", "break-methods")
        .attr("aria-label", "Halt at a method, such as accept")
        .attr("placeholder", "halt at\u{2026}")
        .attr(
            "title",
            "Halt before every call of a method. Click left of a line number to halt at a line.",
        )
        .attr("data-role", "break")
        .attr("autocomplete", "off")
        .attr("autocapitalize", "off")
        .attr("spellcheck", "false")
        .attr("value", state.gate.method_draft.clone())
        .hear("input", |deed| Some(Event::BreakDraft(deed.value.clone())))
        .hear("keydown", |deed| (deed.key == "Enter").then_some(Event::BreakSubmit));
    let proposals = METHODS.map(|method| el("option").attr("value", method));
    div("breaks")
        .children(state.gate.methods.iter().map(chip))
        .child(field)
        .child(el("datalist").attr("id", "break-methods").children(proposals))
}

/// Tells whether a program's next calls are shown.
pub(super) fn is_shown(state: &State, program: &Program) -> bool {
    let watched = state.gate.pace != Pace::Free || state.gate.repeated.is_some();
    (watched && program.is_active()) || program.is_halted()
}

/// Makes the part of a pane that shows what the program is about to do.
pub(super) fn next(state: &State, program: &Program, lane: usize) -> Option<Element> {
    if !is_shown(state, program) {
        return None;
    }
    let calls = program
        .held
        .iter()
        .enumerate()
        .map(|(index, call)| held(program, call, digit(lane).filter(|_| index == 0)));
    let nothing = program.held.is_empty().then(|| {
        let words = div("")
            .child(span("when", "No call halts here"))
            .child(el("p").text(now(state, program)));
        // It stays where it is between two calls, and keeps the keyboard.
        let step = (state.gate.pace == Pace::Step)
            .then(|| step_button(0, digit(lane)).attr("aria-disabled", "true"));
        div("held").key("0").child(words).option(step)
    });
    Some(
        div("next")
            .key("next")
            .attr("data-role", "next")
            .attr("role", "group")
            .attr("aria-label", format!("Next calls of {}", program.name))
            // Slow motion goes by too fast to be read out.
            .attr("aria-live", if state.gate.pace == Pace::Step { "polite" } else { "off" })
            .children(calls)
            .option(nothing),
    )
}

/// Returns the key that steps a program.
fn digit(lane: usize) -> Option<usize> {
    (lane < 9).then_some(lane + 1)
}

fn step_button(thread: u32, digit: Option<usize>) -> Element {
    let key = |digit: usize| {
        el("kbd").attr("aria-hidden", "true").class("hide-s").text(digit.to_string())
    };
    el("button")
        .class("btn go")
        .attr("type", "button")
        .attr("data-action", "step")
        .attr("data-thread", thread.to_string())
        .text("Step")
        .option(digit.map(key))
}

fn now(state: &State, program: &Program) -> String {
    // Without the time, which would be read out ten times a second.
    let status = Status { end: String::new(), ..status(program, state.now_ms) };
    format!("{} is {}.", program.name, status.sentence())
}

fn held(program: &Program, call: &HeldCall, digit: Option<usize>) -> Element {
    let text = format::call(&call.method, &call.call, call.sends);
    let place = match (&call.site, call.thread) {
        (Some(site), 0) => format!(" · line {}", site.line),
        (Some(site), thread) => format!(" · line {}, thread {thread}", site.line),
        (None, 0) => String::new(),
        (None, thread) => format!(" · thread {thread}"),
    };
    let (when, sentence) = match &call.why {
        Why::Step | Why::Slow => ("Next call", about(&call.call).to_owned()),
        Why::Breakpoint => ("Breakpoint", about(&call.call).to_owned()),
        Why::Turn { program, method, .. } => {
            ("Waits for its turn", format!("{program} makes its {method}() first."))
        }
        Why::Consent(_) => ("Waits for your permission", about(&call.call).to_owned()),
    };
    let what = format!(": let {} make its {}()", program.name, call.method);
    let step = matches!(call.why, Why::Step | Why::Breakpoint).then(|| {
        step_button(call.thread, digit)
            .child(span("vh", what))
            .on("click", Event::Step { program: program.name.clone(), thread: Some(call.thread) })
    });
    div("held")
        .key(call.thread.to_string())
        .attr("data-held", call.method.clone())
        .attr("data-thread", call.thread.to_string())
        .child(
            div("")
                .child(span("when", when))
                .child(span("muted", place))
                .child(el("code").text(text))
                .child(el("p").text(sentence)),
        )
        .option(step)
}
