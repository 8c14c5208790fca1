//! What a connection carried, both ways.

use crate::page::event::Event;
use crate::page::node::{Element, Lazy, Node, div, el, span};
use crate::page::state::State;
use crate::session::recording::Recorded;
use crate::timeline::conversation::{
    Conversation, Protocol, Turn, conversation, protocol, readable,
};
use crate::timeline::flow::Role;
use crate::timeline::{format, hex};

use super::bytes::{columns, columns_of};
use super::words::lane_class;

/// Makes the conversation that the selected call is part of.
pub(super) fn body(state: &State, call: Option<&Recorded>) -> Element {
    let flow = state.calls.sequence.flow();
    let end = call
        .and_then(|call| flow.connection_of(call))
        .and_then(|id| flow.end(id))
        .filter(|end| end.role != Role::Listener);
    let Some(end) = end else {
        let text = "Select a call on a connection to read everything that went over it, both ways.";
        return el("p").class("empty").text(text);
    };
    let found = conversation(end, flow, &state.calls.recording);
    let address = |address: &Option<shared::address::Address>| {
        address.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string)
    };
    let ends = format!("{} ↔ {}", address(&end.local), address(&end.remote));
    let sums = format!(
        "{} sent {}, {} sent {}",
        found.own,
        format::size(found.sent),
        found.other,
        format::size(found.received)
    );
    let empty = found.turns.is_empty();
    let columns = columns(state);
    let turns =
        found.turns.iter().map(|turn| turn_of(state, &found, turn, columns)).collect::<Vec<Node>>();
    let note = match (empty, found.cut) {
        (true, _) => Some("Nothing went over this connection yet."),
        (_, true) => Some("There was more than is shown here."),
        _ => None,
    };
    div("talk")
        .attr("tabindex", "0")
        .attr("data-role", "conversation")
        .attr("aria-label", "Conversation")
        .child(div("sums").child(el("code").text(ends)).child(span("soft num", sums)))
        .children(turns)
        .option(note.map(|note| span("sys", note)))
}

fn turn_of(state: &State, found: &Conversation, turn: &Turn, columns: usize) -> Node {
    let (from, to) =
        if turn.by_own { (&found.own, &found.other) } else { (&found.other, &found.own) };
    let class = match state.program(from) {
        Some(_) => lane_class(state.lane(from)),
        None => "lh".into(),
    };
    let what = protocol(&turn.bytes);
    let words =
        format!("{} at {}, {}", format::size(turn.bytes.len() as u64), turn.offset, what.name());
    let own = found.own == found.other;
    let side = if turn.by_own { "own" } else { "other" };
    let (from, to) = (from.clone(), to.clone());
    let (bytes, call) = (turn.bytes.clone(), turn.call);
    let key = format!("turn {} {side} {}", turn.call, columns);
    let revision = turn.bytes.len() as u64;
    let make = move || {
        let head = el("button")
            .class("from")
            .attr("type", "button")
            .attr("title", "Show the call")
            .child(el("b").text(from.clone()))
            .text(if own { String::new() } else { format!(" → {to}") })
            .child(span("soft num", words))
            .on("click", Event::Select(call));
        let content = match what {
            Protocol::Binary => columns_of(hex::dump(&bytes, columns), "turn", columns),
            _ => el("pre").class("said").text(readable(&bytes).unwrap_or_default().to_owned()),
        };
        div(&format!("turn {side} {class}")).attr("data-turn", side).child(head).child(content)
    };
    Node::Lazy(Lazy { key, revision, make: Box::new(make) })
}
