//! A program: its name, what it is doing, its editor, its console and its prompt.

use crate::messages::ProgramState;
use crate::page::arguments;
use crate::page::event::Event;
use crate::page::node::{Element, div, el, icon, span};
use crate::page::sizes::Divider;
use crate::page::state::{Dialog, PaneTab, Program, State};
use crate::session::python2::Diagnosis;

use super::divider::{between, divider};
use super::words::{StatusKind, lane_class, status};
use super::{button, icon_button, mark, output, pace, prompt};

/// Makes a program's pane.
pub(super) fn pane(state: &State, program: &Program, lane: usize) -> Element {
    let shown = if state.screen.pane == lane { "true" } else { "false" };
    el("section")
        .class(format!("pane {}", lane_class(lane)))
        .key(program.id.to_string())
        .attr("data-program", program.name.clone())
        .attr("data-state", program.state_name())
        .maybe("data-exit-code", program.exit_code().map(|code| code.to_string()))
        .attr("data-shown", shown)
        .maybe("data-drop", drop_side(state, program, lane))
        .attr("aria-label", program.name.clone())
        .option((lane > 0).then(|| before(state, program, lane)))
        .child(header(state, program, lane).key("head"))
        .child(
            div("editor")
                .key("editor")
                .attr("data-editor", program.id.to_string())
                .attr("data-role", "editor")
                .foreign(),
        )
        .child(divider(
            state,
            Divider::Console,
            between(&format!("editor of {}", program.name), "console"),
        ))
        .option(pace::next(state, program, lane))
        .child(output_half(program))
}

/// Makes the divider between a pane and the one before it.
fn before(state: &State, program: &Program, lane: usize) -> Element {
    let other = state.programs.get(lane - 1).map_or("", |other| other.name.as_str());
    divider(state, Divider::Pane(lane), between(other, &program.name))
}

/// Says on which side of a pane a dragged program would be dropped, or that it is the one.
fn drop_side(state: &State, program: &Program, lane: usize) -> Option<&'static str> {
    let dragged = state.screen.dragged?;
    if dragged.id == program.id {
        return Some("self");
    }
    let from = state.programs.iter().position(|program| program.id == dragged.id)?;
    match dragged.to == lane {
        true if from < lane => Some("after"),
        true => Some("before"),
        false => None,
    }
}

fn header(state: &State, program: &Program, lane: usize) -> Element {
    let name = program.name.as_str();
    // What a replay shows as running does not run.
    let active = program.is_active() && state.replay.is_none();
    let cannot = !state.can_run();
    let run = icon_button("s quiet", "play", &format!("Run {name} (Shift Enter)"))
        .attr("data-action", "run")
        .flag("disabled", active || cannot)
        .on("click", Event::Run(name.into()));
    let stop = if program.interrupted {
        button("s danger", Some("stop"), "Stop now")
            .attr("aria-label", format!("Stop {name} now"))
            .attr("title", "It was interrupted and goes on. This ends it at once (Alt .)")
    } else {
        let label = format!("Stop {name}: KeyboardInterrupt, as Ctrl-C (Alt .)");
        icon_button("s quiet", "stop", &label)
    };
    let stop = stop
        .attr("data-action", "stop")
        .flag("disabled", !program.can_stop() || state.replay.is_some())
        .on("click", Event::Stop(name.into()));
    let restart = icon_button("s quiet", "redo", &format!("Restart {name}"))
        .attr("data-action", "restart")
        .flag("disabled", !active || cannot)
        .on("click", Event::Run(name.into()));
    // It keeps its place whatever the program does, so that a second click meets it again. Where
    // a call has a button of its own, that is the one to be found.
    let action = if pace::is_shown(state, program) { "step-pane" } else { "step" };
    let step = icon_button("s quiet", "step", &format!("Step through the calls of {name} (F10)"))
        .attr("data-action", action)
        .flag("disabled", cannot)
        .on("click", Event::Step { program: name.into(), thread: None });
    let draft = program.name.clone();
    let embedded = state.host.surroundings.embedded;
    let line = arguments::join(&program.args);
    let arguments = || {
        (!line.is_empty()).then(|| span("args", &line).attr("title", format!("sys.argv: {line}")))
    };
    let title = div("file").child(el("h2").text(name)).option(arguments());
    let rename = el("button")
        .class("file")
        .attr("type", "button")
        .attr("title", "Name, arguments, place; drag to move")
        .attr("data-action", "rename")
        .child(el("h2").text(name))
        .option(arguments())
        .on(
            "click",
            Event::OpenDialog(Dialog::Program {
                id: Some(program.id),
                draft,
                arguments: line.clone(),
                problem: None,
            }),
        );
    let last = lane + 1 == state.programs.len() && !embedded;
    let add = icon_button("s quiet", "plus", "Add a program")
        .attr("data-action", "add")
        .on("click", Event::OpenDialog(new_program(state)));
    el("header")
        .maybe("data-drag", (!embedded).then(|| program.id.to_string()))
        .child(mark(lane))
        .child(if embedded { title } else { rename })
        .child(status_chip(state, program, lane))
        .child(span("sp", ""))
        .child(run)
        .child(stop)
        .child(restart)
        .child(step)
        .option(last.then_some(add))
}

/// Returns the dialog that adds a program, with a name that is free.
pub(super) fn new_program(state: &State) -> Dialog {
    let free = |name: &String| state.program(name).is_none();
    let names = ["client.py".to_owned(), "server.py".to_owned()];
    let numbered = (2..).map(|n| format!("program{n}.py"));
    let draft = names.into_iter().chain(numbered).find(free).unwrap_or_default();
    Dialog::Program { id: None, draft, arguments: String::new(), problem: None }
}

fn status_chip(state: &State, program: &Program, lane: usize) -> Element {
    let status = status(program, state.now_ms);
    let kind = match status.kind {
        StatusKind::Quiet => "idle",
        StatusKind::Busy => "busy",
        StatusKind::Waiting => "wait",
        StatusKind::Good => "good",
        StatusKind::Bad => "bad",
    };
    let sign = match status.kind {
        StatusKind::Bad => Some(span("sign", "✕").attr("aria-hidden", "true")),
        StatusKind::Waiting | StatusKind::Busy => Some(span("dot", "")),
        StatusKind::Quiet | StatusKind::Good => None,
    };
    let message = match &program.state {
        ProgramState::Exited { error: Some(error), .. } => Some(error.message.clone()),
        ProgramState::Failed { message } => Some(message.clone()),
        _ => None,
    };
    el("span")
        .class(format!("chip status {kind} {}", lane_class(lane)))
        .attr("data-role", "status")
        .maybe("title", message)
        .option(sign)
        .child(span("verb", status.verb))
        .option((!status.call.is_empty()).then(|| el("code").text(format!(" {}", status.call))))
        .option((!status.end.is_empty()).then(|| el("b").text(format!(" {}", status.end))))
}

fn output_half(program: &Program) -> Element {
    let name = program.name.clone();
    let tab = |label: &'static str, tab: PaneTab, what: &'static str| {
        el("button")
            .class("tab")
            .attr("type", "button")
            .attr("role", "tab")
            .attr("data-action", what)
            .bool("aria-selected", program.tab == tab)
            .text(label)
            .on("click", Event::ShowTab { program: name.clone(), tab })
    };
    let (other, switched) = match program.tab {
        PaneTab::Console => (PaneTab::Prompt, program.name.clone()),
        PaneTab::Prompt => (PaneTab::Console, program.name.clone()),
    };
    let tabs = div("tabs")
        .attr("role", "tablist")
        .attr("aria-label", format!("Output and prompt of {}", program.name))
        .hear("keydown", move |deed| match deed.key.as_str() {
            "ArrowLeft" | "ArrowRight" => {
                Some(Event::ShowTab { program: switched.clone(), tab: other })
            }
            _ => None,
        })
        .child(tab("Console", PaneTab::Console, "console"))
        .child(tab("Prompt", PaneTab::Prompt, "prompt"));
    let clear = button("s quiet", None, "Clear")
        .attr("data-action", "clear")
        .on("click", Event::ClearConsole { program: program.name.clone() });
    div("con")
        .key("con")
        .child(el("header").child(tabs).child(span("sp", "")).child(clear))
        .child(console(program))
        .child(prompt::prompt(program))
}

fn console(program: &Program) -> Element {
    let here = program.tab == PaneTab::Console;
    let asks = program.state == ProgramState::Input || program.listens;
    let waits = asks && !program.prompt.busy;
    let empty = program.console.is_empty() && !waits;
    let lines = div("lines")
        .key("lines")
        .attr("data-role", "console")
        .attr("role", "log")
        .attr("aria-live", "polite")
        .attr("aria-label", format!("Output of {}", program.name))
        .attr("tabindex", "0")
        .children(output::blocks(&program.console));
    div("out")
        .key("console")
        .attr("role", "tabpanel")
        .attr("aria-label", "Console")
        .attr("data-follow", "")
        .flag("hidden", !here)
        .option(program.console.is_cut().then(|| span("sys", "Older output is no longer kept.")))
        .child(lines)
        .option(waits.then(|| input_field(program)))
        .option(empty.then(|| span("sys", empty_words(program)).key("empty")))
        .option(program.python2.as_ref().map(|diagnosis| python2_card(program, diagnosis)))
}

fn empty_words(program: &Program) -> &'static str {
    match program.state {
        ProgramState::Idle => "Nothing has run yet. What the program prints appears here.",
        ProgramState::Stopped => "Stopped before it printed anything.",
        ProgramState::Exited { .. } | ProgramState::Failed { .. } => "It ended without output.",
        ProgramState::Loading
        | ProgramState::Running
        | ProgramState::Blocked(_)
        | ProgramState::Input => "No output yet.",
    }
}

/// Makes the field that answers `input()`.
pub(super) fn input_field(program: &Program) -> Element {
    let (typed, entered) = (program.name.clone(), program.name.clone());
    let field = el("input")
        .attr("type", "text")
        .attr("aria-label", format!("Input for {}", program.name))
        .attr("data-role", "input")
        .attr("data-input", program.id.to_string())
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("value", program.input_draft.clone())
        .hear("input", move |deed| {
            Some(Event::InputDraft { program: typed.clone(), text: deed.value.clone() })
        })
        .hear("keydown", move |deed| match deed.key.as_str() {
            "Enter" => Some(Event::InputSubmit { program: entered.clone() }),
            "d" if deed.ctrl && deed.value.is_empty() => {
                Some(Event::Eof { program: entered.clone() })
            }
            _ => None,
        });
    let hint = span("hint", "Enter sends it, Ctrl D ends the input").attr("aria-hidden", "true");
    div("asks").key("asks").child(field).child(hint)
}

fn python2_card(program: &Program, diagnosis: &Diagnosis) -> Element {
    const FINDINGS_SHOWN: usize = 40;
    let name = program.name.clone();
    let finding = |finding: &crate::session::python2::Finding| {
        let jump = Event::Jump { program: name.clone(), line: finding.line };
        el("li")
            .child(
                el("button")
                    .class("link num")
                    .attr("type", "button")
                    .text(format!("line {}", finding.line))
                    .on("click", jump),
            )
            .child(span("", finding.advice.clone()))
    };
    let convert = button("pri s", Some("redo"), "Convert to Python 3")
        .attr("data-action", "convert")
        .on("click", Event::Convert { program: program.name.clone() });
    let more = diagnosis.findings.len().saturating_sub(FINDINGS_SHOWN);
    div("card python2")
        .key("python2")
        .attr("data-role", "python2")
        .attr("role", "note")
        .child(el("h3").child(icon("info")).text(diagnosis.headline()))
        .child(el("ul").children(diagnosis.findings.iter().take(FINDINGS_SHOWN).map(finding)))
        .option((more > 0).then(|| span("muted", format!("and {more} more"))))
        .child(div("acts").child(convert).child(span("muted", "Undo brings the old text back.")))
}
