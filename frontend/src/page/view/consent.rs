//! The question whether a program may reach beyond this machine, or be reached from there.

use std::net::IpAddr;

use crate::messages::{Consent, Destination, HeldCall, Reach, Why};
use crate::page::event::Event;
use crate::page::node::{Element, div, el, span};
use crate::page::state::{Origin, State};
use crate::page::update::link;

use super::{button, mark};

/// Makes the question that is in front of the visitor.
pub(super) fn question(state: &State) -> Option<Element> {
    let call = state.asked()?;
    let Why::Consent(destination) = &call.why else { return None };
    let title = el("h1")
        .attr("id", "dialog-title")
        .text("Let ")
        .child(el("code").text(call.program.clone()))
        .text(verb(destination))
        .child(el("code").text(place(destination)))
        .text(if destination.reach == Reach::Bind { " to the network?" } else { "?" });
    let nothing = if destination.reach == Reach::Bind {
        "Nothing is open yet."
    } else {
        "Nothing has been sent."
    };
    let paused = match &call.site {
        Some(site) => format!("The program is paused at line {}. {nothing}", site.line),
        None => format!("The program is paused. {nothing}"),
    };
    let head =
        div("").child(title).child(el("p").class("soft").attr("id", "dialog-lead").text(paused));
    let lane = state.lane(&call.program);
    let frame = div("dlg d-consent")
        .attr("role", "alertdialog")
        .attr("aria-modal", "true")
        .attr("aria-labelledby", "dialog-title")
        .attr("aria-describedby", "dialog-lead")
        .attr("data-role", "consent")
        .attr("data-host", destination.host.clone())
        .maybe("data-port", destination.port.map(|port| port.to_string()))
        .child(div("head").child(mark(lane)).child(head))
        .child(body(state, call, destination).key(call.ticket.to_string()));
    Some(div("veil").child(frame))
}

fn verb(destination: &Destination) -> &'static str {
    match destination.reach {
        Reach::Connect => " connect to ",
        Reach::Send => " send to ",
        Reach::Bind => " open ",
        Reach::Lookup => " look up ",
    }
}

/// Writes a destination the way people know it.
fn place(destination: &Destination) -> String {
    let Destination { reach, host, names, port, inside } = destination;
    if *reach == Reach::Bind {
        return match port {
            None | Some(0) => "a port".to_owned(),
            Some(port) => format!("port {port}"),
        };
    }
    // Where a name leads inside, the address is what matters.
    let host = names.last().filter(|_| !inside).unwrap_or(host);
    match port {
        None | Some(0) => host.clone(),
        Some(port) if host.contains(':') => format!("[{host}]:{port}"),
        Some(port) => format!("{host}:{port}"),
    }
}

fn body(state: &State, call: &HeldCall, destination: &Destination) -> Element {
    let source = call.site.as_ref().and_then(|site| {
        let program = state.program(&site.file)?;
        let text = program.code.lines().nth((site.line as usize).checked_sub(1)?)?;
        let line = el("div")
            .class(format!("line {}", super::words::lane_class(state.lane(&site.file))))
            .child(span("num", site.line.to_string()))
            .child(el("code").text(text.trim()))
            .child(span("muted", site.file.clone()));
        Some(line)
    });
    let fact = |what: &'static str, words: Element| [el("dt").text(what), el("dd").child(words)];
    let opens = destination.reach == Reach::Bind;
    let what = if opens { "Listens on" } else { "Destination" };
    let around = !opens && (destination.inside || destination.host == "localhost");
    let facts = el("dl")
        .class("facts")
        .children(fact(what, address(destination)))
        .children(around.then(|| fact("Where that is", inside(destination))).into_iter().flatten())
        .children(fact("Reached from", span("", from(destination))))
        .children(
            opens.then(|| fact("Without asking", span("", BIND_LOOPBACK))).into_iter().flatten(),
        )
        .children(fact("This program", span("", origin(state))));
    div("body").option(source).child(facts).child(answers(state, call, destination))
}

/// What a program can do that is not to be reached by others.
const BIND_LOOPBACK: &str = "a program that binds 127.0.0.1 is reached from that machine alone, \
                             and nobody is asked.";

fn address(destination: &Destination) -> Element {
    let Destination { reach, host, names, port, .. } = destination;
    if *reach == Reach::Bind {
        let port = match port {
            None | Some(0) => ", a port that is free".to_owned(),
            Some(port) => format!(", port {port}"),
        };
        let every = host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified());
        let every = if every { ": every address of the machine" } else { "" };
        return el("span").child(span("strong", host.clone())).text(format!("{port}{every}"));
    }
    let port = match (reach, port) {
        (Reach::Lookup, Some(0)) => ", only its name".to_owned(),
        (_, None) => ", any port".to_owned(),
        (_, Some(port)) => format!(", port {port}"),
    };
    let known = names.last().map(|name| format!(", which {name} led to")).unwrap_or_default();
    el("span").child(span("strong", host.clone())).text(format!("{port}{known}"))
}

/// Says what is special about an address that is not public.
fn inside(destination: &Destination) -> Element {
    let loopback = |address: IpAddr| address.is_loopback() || address.is_unspecified();
    let here = destination.host.parse().map_or(destination.host == "localhost", loopback);
    if here {
        let text = "this machine itself, the one that runs Sockpit. No program on this page has \
                    opened that port; another program of the machine may have.";
        return el("span").attr("data-role", "inside").text(text);
    }
    let name = destination.names.last().map(|name| {
        format!(" Whoever runs {name} decides where that name leads, and may lead it there.")
    });
    let text = "not on the internet but in the network around the machine that runs Sockpit: \
                other computers, a router, a printer.";
    el("span").attr("data-role", "inside").text(text).text(name.unwrap_or_default())
}

fn from(destination: &Destination) -> &'static str {
    match destination.reach {
        Reach::Bind => {
            "the machine that runs Sockpit, and every machine of its networks that no firewall \
             keeps away."
        }
        Reach::Connect | Reach::Send | Reach::Lookup => {
            "the machine that runs Sockpit. The other side sees its address, not your browser’s. \
             The operator’s rules are checked after yours."
        }
    }
}

fn origin(state: &State) -> String {
    let site = state.host.surroundings.came_from.as_deref();
    let site = site.map(|site| format!(" on {site}")).unwrap_or_default();
    match (&state.document.origin, state.document.edited) {
        (Origin::Example(_), false) => "is one of the examples.".to_owned(),
        (Origin::Example(_), true) => "is an example that you have edited.".to_owned(),
        (Origin::Card(_), false) => "is a program of the reference.".to_owned(),
        (Origin::Card(_), true) => "is a program of the reference that you have edited.".to_owned(),
        (Origin::Link, false) => format!("came with a link{site}, and you have not edited it."),
        (Origin::Link, true) => format!("came with a link{site}, and you have edited it."),
        (Origin::Script, _) => "was put here by a script of this page.".to_owned(),
        (Origin::Own, _) => "is your own.".to_owned(),
        (Origin::File, _) => "came from a file.".to_owned(),
    }
}

fn answers(state: &State, call: &HeldCall, destination: &Destination) -> Element {
    let answer = |consent: Consent| Event::Consent { ticket: call.ticket, consent };
    let no = button("", None, "Don’t allow")
        .attr("data-action", "consent-no")
        .child(el("kbd").attr("aria-hidden", "true").class("hide-s").text("Esc"))
        .on("click", answer(Consent::No));
    let then = span("muted", "raises PermissionError");
    let acts = div("acts").child(no).child(then).child(span("sp", ""));
    if state.host.surroundings.framed {
        let open = el("a")
            .class("btn pri")
            .attr("href", link(state))
            .attr("target", "_blank")
            .attr("rel", "noopener")
            .attr("data-action", "consent-tab")
            .text("Open in a new tab");
        let why = "A page inside another page cannot be given permission: what is around it could \
                   be laid over this question. In a tab of its own it can.";
        return div("answers")
            .child(el("p").class("soft").attr("data-role", "framed").text(why))
            .child(acts.child(open));
    }
    let too_soon = !state.may_consent();
    let session = button("", None, "For this session")
        .attr("data-action", "consent-session")
        .attr(
            "title",
            format!("Ask no more about {} until another session is opened", place(destination)),
        )
        .flag("disabled", too_soon)
        .on("click", answer(Consent::Session));
    let once = button("pri", None, "Allow once")
        .attr("data-action", "consent-once")
        .flag("disabled", too_soon)
        .on("click", answer(Consent::Once));
    div("answers").child(acts.child(session).child(once))
}
