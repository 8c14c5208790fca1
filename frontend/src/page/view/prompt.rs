//! The prompt.

use crate::messages::ProgramState;
use crate::page::event::Event;
use crate::page::node::{Element, div, el, span};
use crate::page::state::{PaneTab, Program};

use super::{output, pane};

/// Completions listed at most: more are a page of names that nobody reads.
const CANDIDATES_SHOWN_MAX: usize = 60;

/// Makes a program's prompt.
pub(super) fn prompt(program: &Program) -> Element {
    let prompt = &program.prompt;
    let here = program.tab == PaneTab::Prompt;
    let asks = (program.state == ProgramState::Input || program.listens) && prompt.busy;
    let hint = prompt.transcript.is_empty().then(|| {
        span("sys", "Python, line by line: import socket, then dir(socket) or help(socket.socket.recv). After a run, its names are here.")
            .key("hint")
    });
    let candidates = (!prompt.candidates.is_empty())
        .then(|| span("candidates", candidates(&prompt.candidates)).key("candidates"));
    div("out prompt")
        .key("prompt")
        .attr("role", "tabpanel")
        .attr("aria-label", "Prompt")
        .attr("data-follow", "")
        .attr("data-role", "prompt")
        .flag("hidden", !here)
        .option(hint)
        .child(
            div("lines")
                .key("lines")
                .attr("role", "log")
                .attr("aria-live", "polite")
                .attr("aria-label", format!("Prompt of {}", program.name))
                .children(output::blocks(&prompt.transcript)),
        )
        .option(asks.then(|| pane::input_field(program)))
        .option((!asks).then(|| field(program)))
        .option(candidates)
}

/// Lists what could stand at the end of the line.
fn candidates(all: &[String]) -> String {
    let shown = all[..all.len().min(CANDIDATES_SHOWN_MAX)].join("  ");
    match all.len().saturating_sub(CANDIDATES_SHOWN_MAX) {
        0 => shown,
        more => format!("{shown}  and {more} more"),
    }
}

fn field(program: &Program) -> Element {
    let prompt = &program.prompt;
    // A line of its own run at the prompt leaves the program active; a run of the file blocks it.
    let closed = program.is_active() || prompt.busy;
    let words = if prompt.busy {
        "running …"
    } else if program.is_active() {
        "The program is running. The prompt is yours when it has ended."
    } else {
        ""
    };
    let rows = prompt.draft.split('\n').count().clamp(1, 8);
    let (typed, keyed) = (program.name.clone(), program.name.clone());
    let area = el("textarea")
        .attr("rows", rows.to_string())
        .attr("aria-label", format!("Prompt of {}", program.name))
        .attr("data-role", "prompt-input")
        .attr("data-prompt", program.id.to_string())
        .attr("autocomplete", "off")
        .attr("autocapitalize", "off")
        .attr("spellcheck", "false")
        .attr("placeholder", words)
        .attr("value", prompt.draft.clone())
        .flag("disabled", closed)
        .hear("input", move |deed| {
            Some(Event::PromptDraft { program: typed.clone(), text: deed.value.clone() })
        })
        .hear("keydown", move |deed| {
            let program = keyed.clone();
            match deed.key.as_str() {
                "Enter" if !deed.shift && !deed.ctrl => Some(Event::PromptSubmit { program }),
                "ArrowUp" if deed.first_line => Some(Event::PromptOlder { program }),
                "ArrowDown" if deed.last_line => Some(Event::PromptNewer { program }),
                "Tab" if !deed.shift => Some(Event::PromptComplete { program }),
                _ => None,
            }
        });
    div("asks").key("asks").child(span("sign", prompt.sign())).child(area)
}
