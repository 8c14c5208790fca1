//! Why nothing goes on.

use crate::messages::{Blocked, ProgramState};
use crate::page::event::Event;
use crate::page::look::LookEvent;
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::State;
use crate::timeline::stuck::{Account, Actor, Doing, Line, account as account_of};

use super::mark;

/// Makes the account, empty while something goes on.
pub(super) fn account(state: &State) -> Element {
    // Its words are read out once, when they appear.
    let region = div("stuck").key("stuck").attr("aria-live", "polite");
    let actors: Vec<Actor> = state.programs.iter().map(actor).collect();
    let calls = &state.calls;
    let flow = calls.sequence.flow();
    let found = account_of(&actors, &calls.waiting, &calls.recording, flow, state.now_ms);
    let Some(account) = found else { return region };
    region
        .attr("data-role", "stuck")
        .bool("data-deadlock", account.deadlock)
        .child(head(state, &account))
        .option(state.look.why_open.then(|| body(state, &account)))
}

fn actor(program: &crate::page::state::Program) -> Actor {
    let doing = match &program.state {
        ProgramState::Loading | ProgramState::Running => Doing::Works,
        ProgramState::Blocked(blocked) if blocked.method == "sleep" => Doing::Works,
        ProgramState::Blocked(Blocked { reads_input: true, .. }) => Doing::Input,
        ProgramState::Blocked(blocked) => Doing::Waits { since_ms: blocked.since_ms },
        ProgramState::Input => Doing::Input,
        ProgramState::Idle
        | ProgramState::Stopped
        | ProgramState::Exited { .. }
        | ProgramState::Failed { .. } => Doing::Ended,
    };
    Actor { name: program.name.clone(), doing }
}

fn head(state: &State, account: &Account) -> Element {
    let open = state.look.why_open;
    let label = if open { "Less" } else { "Why is it stuck?" };
    let label = if !open && !account.deadlock { "Why?" } else { label };
    div("sum")
        .child(icon(if account.deadlock { "loop" } else { "wait" }))
        .child(el("b").text(account.headline.clone()))
        .child(
            el("button")
                .class("btn s")
                .attr("type", "button")
                .attr("data-action", "why")
                .attr("title", "Why is it stuck? (Alt W)")
                .bool("aria-expanded", open)
                .text(label)
                .on("click", Event::Look(LookEvent::WhyToggle)),
        )
}

fn body(state: &State, account: &Account) -> Element {
    div("more")
        .child(el("ul").children(account.lines.iter().map(|line| sentence(state, line))))
        .child(el("p").class("try").child(span("strong", "Try: ")).text(account.advice.clone()))
}

fn sentence(state: &State, line: &Line) -> Element {
    el("li").child(mark(state.lane(&line.program))).child(
        el("button")
            .class("says")
            .attr("type", "button")
            .attr("title", "Show this call")
            .text(line.text.clone())
            .on("click", Event::Select(line.call)),
    )
}
