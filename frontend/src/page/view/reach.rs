//! What programs may reach: by the host's rules, and by the visitor's word.

use crate::messages::{Granted, LinkState, Rule};
use crate::page::event::Event;
use crate::page::node::{Element, div, el, span};
use crate::page::state::State;

use super::{button, limits};

/// Makes the dialog.
pub(super) fn body(state: &State) -> Element {
    let rules = match &state.host.link {
        Some(LinkState::Open(welcome)) => welcome.policy.summary.clone(),
        _ => "The backend is not connected, so nothing is reached.".to_owned(),
    };
    let granted = &state.gate.granted;
    let all = (granted.len() > 1).then(|| {
        button("s", None, "Take all back")
            .attr("data-action", "revoke-all")
            .on("click", Event::Revoke(None))
    });
    let head = div("yours").child(el("h2").text("You allowed")).option(all);
    let given = if granted.is_empty() {
        el("p").class("hint").attr("data-role", "no-grants").text(
            "Nothing beyond this machine. When a program reaches further it is paused, and you \
             are asked.",
        )
    } else {
        el("ul").class("people").attr("data-role", "grants").children(granted.iter().map(grant))
    };
    let note = (!granted.is_empty()).then(|| {
        el("p").class("hint").text(
            "Taken back, it is asked about again from the next call on. Connections that are open \
             stay open until their program ends. A name covers public addresses alone.",
        )
    });
    let bounds = limits::list(state)
        .map(|list| div("").child(el("h2").text("This host allows")).child(list));
    div("body")
        .child(el("h2").class("first").text("This host's rules"))
        .child(el("p").class("soft").attr("data-role", "policy").text(rules))
        .child(head)
        .child(given)
        .option(note)
        .option(bounds)
}

fn grant(granted: &Granted) -> Element {
    let place = place(&granted.rule);
    let by = if granted.by_script { "by a script of this page" } else { "for this session" };
    let back = button("s", None, "Take back")
        .attr("data-action", "revoke")
        .attr("aria-label", format!("Take back {place}"))
        .on("click", Event::Revoke(Some(granted.rule.clone())));
    let line = div("who")
        .child(el("code").class("strong").text(place.clone()))
        .child(span("muted", by))
        .child(span("sp", ""))
        .child(back);
    el("li").key(place.clone()).attr("data-grant", place).child(line)
}

/// Writes a rule the way people know a destination.
fn place(rule: &Rule) -> String {
    match rule {
        Rule::Any => "every destination".to_owned(),
        Rule::Host { host, port: Some(0) } => format!("{host}, its name"),
        Rule::Host { host, port: Some(port) } if host.contains(':') => format!("[{host}]:{port}"),
        Rule::Host { host, port: Some(port) } => format!("{host}:{port}"),
        Rule::Host { host, port: None } => format!("{host}, any port"),
    }
}
