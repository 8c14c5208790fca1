//! The sentences.

use crate::timeline::flow::{EndId, Flow};
use crate::timeline::format;

use super::{Account, Actor, Doing, Hold, Line, Other, What, listens};

pub(super) fn words(holds: &[Hold], actors: &[Actor], flow: &Flow) -> Account {
    let circle = circle(holds);
    let lines = holds.iter().map(|hold| line(hold, holds)).collect();
    let typist = actors.iter().find(|actor| actor.doing == Doing::Input);
    let (headline, advice) = match (&circle, typist) {
        (Some(circle), _) => (circle_headline(circle), circle_advice(circle, holds, flow)),
        (None, Some(typist)) => (
            format!("{} waits for you to type.", typist.name),
            "Answer it in its console; the others go on when it does.".to_owned(),
        ),
        (None, None) => single(holds, flow),
    };
    Account { headline, deadlock: circle.is_some(), lines, advice }
}

/// Returns programs that all wait for one another, if there are such.
fn circle(holds: &[Hold]) -> Option<Vec<String>> {
    for hold in holds {
        let mut path = vec![hold.call.started.program.clone()];
        let mut next = only_on(&path[0], holds);
        while let Some(name) = next {
            if let Some(at) = path.iter().position(|seen| *seen == name) {
                return Some(path.split_off(at));
            }
            next = only_on(&name, holds);
            path.push(name);
        }
    }
    None
}

/// Returns the program that a program waits for, if all its waits are for that one.
fn only_on(program: &str, holds: &[Hold]) -> Option<String> {
    let mut on = holds.iter().filter(|hold| hold.is_of(program)).map(Hold::on);
    let first = on.next()??;
    on.all(|other| other == Some(first)).then(|| first.to_owned())
}

fn circle_headline(circle: &[String]) -> String {
    match circle {
        [one] => format!("{one} is waiting for itself."),
        [one, two] => format!("{one} and {two} are waiting for each other."),
        more => format!("{} are waiting for one another in a circle.", list(more)),
    }
}

fn circle_advice(circle: &[String], holds: &[Hold], flow: &Flow) -> String {
    let inside = |hold: &&Hold| circle.iter().any(|name| hold.is_of(name));
    let held: Vec<&Hold> = holds.iter().filter(inside).collect();
    if held.iter().all(|hold| matches!(hold.what, What::Room { .. })) {
        return "All of them send and nobody receives, and the buffers between them are full. \
                One of them has to receive first, or in a thread of its own."
            .into();
    }
    if let [one] = circle {
        return format!(
            "{one} has both ends of the connection. Send from the other end before you receive, \
             or serve it in a thread."
        );
    }
    let talked = held.iter().find_map(|hold| match &hold.what {
        // Its other end said something, has not said that this was all, and waits as well.
        What::Bytes { from: Other::Program(other), end } if has_received(*end, flow) => {
            Some((other.clone(), hold.call.started.program.clone()))
        }
        _ => None,
    });
    match talked {
        Some((sender, reader)) => format!(
            "{reader} has every byte that {sender} sent, and asks for more. If it reads until the \
             end (b''), {sender} must say that it has finished: shutdown(socket.SHUT_WR) after \
             its last send. Or agree on a length or an end mark."
        ),
        None => "Nobody has anything to read, so somebody has to send first. Look at who is meant \
                 to begin."
            .into(),
    }
}

fn has_received(end: EndId, flow: &Flow) -> bool {
    flow.end(end).is_some_and(|end| end.received > 0)
}

/// Says what one program waits for, and what that one waits for in turn.
fn line(hold: &Hold, holds: &[Hold]) -> Line {
    let started = &hold.call.started;
    let line = started.site.as_ref().map(|site| site.line);
    let text = format!("{} {}.", who(hold), chain(hold, holds));
    Line { program: started.program.clone(), line, call: started.number, text }
}

fn who(hold: &Hold) -> String {
    let started = &hold.call.started;
    let thread = match started.thread {
        0 => String::new(),
        thread => format!(" (thread {thread})"),
    };
    match &started.site {
        Some(site) => {
            format!("{}{thread} line {} waits in {}()", started.program, site.line, started.method)
        }
        None => format!("{}{thread} waits in {}()", started.program, started.method),
    }
}

fn chain(hold: &Hold, holds: &[Hold]) -> String {
    let wants = wants(&hold.what);
    let Some(next) = hold.on() else { return wants };
    let own = next == hold.call.started.program;
    let theirs: Vec<&Hold> = holds.iter().filter(|other| other.is_of(next)).collect();
    match theirs.as_slice() {
        _ if own => format!("{wants}: it holds both ends, and does not send"),
        [] => format!("{wants}, which does not wait in any call"),
        [first, ..] => {
            let at = match &first.call.started.site {
                Some(site) => format!(" at line {}", site.line),
                None => String::new(),
            };
            let nobody = match (&hold.what, &first.what) {
                (What::Room { .. }, What::Room { .. }) => "both send, nobody will receive",
                _ => "both wait, nobody will send",
            };
            format!("{wants}, which waits in {}(){at}: {nobody}", first.call.started.method)
        }
    }
}

fn wants(what: &What) -> String {
    match what {
        What::Accept(Some(local)) => format!("for a connection to {local}: nobody connects"),
        What::Accept(None) => "for a connection: nobody connects".into(),
        What::Bytes { from, .. } => match from {
            Other::Program(program) => format!("for bytes from {program}"),
            Other::Host(host) => format!("for bytes from {host}, outside of this page"),
            Other::Nobody => "for bytes on a connection that no program has accepted yet".into(),
        },
        What::Room { at, untaken } => {
            let bytes = format::size(*untaken);
            match at {
                Other::Program(program) => {
                    format!("to send: {bytes} fill the buffers, and must be received by {program}")
                }
                Other::Host(host) => format!("to send: {host} does not take the {bytes}"),
                Other::Nobody => {
                    format!("to send: {bytes} fill the buffers of a connection nobody has accepted")
                }
            }
        }
        What::Datagram(Some(local)) if local.port() != Some(0) => {
            format!("for a datagram to {local}: nobody sends one")
        }
        What::Datagram(_) => "for a datagram, on a socket that nobody can know the port of".into(),
        What::Answer(address) => format!("for {address} to answer"),
        What::Any(0) => "for any of its sockets to become ready".into(),
        What::Any(1) => "for a socket to become ready".into(),
        What::Any(sockets) => format!("for any of {sockets} sockets to become ready"),
        What::Name => "for the name server".into(),
        What::Something => "for the host".into(),
    }
}

/// Says what is going on where nobody waits in a circle.
fn single(holds: &[Hold], flow: &Flow) -> (String, String) {
    // The one that others wait for comes first; it is where the chain ends.
    let end = holds.iter().find(|hold| {
        hold.on().is_none()
            && holds.iter().any(|other| other.on() == Some(&hold.call.started.program))
    });
    let Some(hold) = end.or_else(|| holds.first()) else { return Default::default() };
    let program = &hold.call.started.program;
    let waiters: Vec<&str> = holds
        .iter()
        .filter(|other| other.on() == Some(program))
        .map(|other| other.call.started.program.as_str())
        .collect();
    match &hold.what {
        What::Accept(_) if !waiters.is_empty() => (
            format!(
                "{} waits for {program}, which waits for somebody else.",
                waiters.join(" and ")
            ),
            format!(
                "{program} has accepted that connection and asks for another one. Let it answer \
                 or close the first one before it accepts again, or serve each in a thread."
            ),
        ),
        What::Accept(local) => {
            let place = local.as_ref().map_or_else(|| "it".to_owned(), ToString::to_string);
            (
                format!("{program} waits for somebody to connect to {place}."),
                format!(
                    "Run a program that connects to {place}, or connect from this machine by \
                     other means. A server that waits is doing its work."
                ),
            )
        }
        What::Bytes { from: Other::Host(host), end } => outside(program, host, *end, flow),
        What::Bytes { from: Other::Nobody, .. } | What::Room { at: Other::Nobody, .. } => (
            format!("{program} talks to a connection that nobody has accepted."),
            "The kernel made the connection by itself, because somebody listens. Let the server \
             call accept()."
                .into(),
        ),
        What::Datagram(_) => (
            format!("{program} waits for a datagram, and nobody sends one."),
            "A datagram that was sent before bind, or that was lost, does not come again: UDP \
             repeats nothing. Send another one, or set a timeout and ask again."
                .into(),
        ),
        What::Answer(address) => (
            format!("{program} waits for {address} to answer."),
            "A firewall may drop the packets, or the host may be down. settimeout(5) before \
             connect ends the wait."
                .into(),
        ),
        What::Any(_) => (
            format!("{program} waits for one of its sockets to become ready."),
            if listens(program, flow) {
                "Nobody connects to it and nobody sends to it. A server that waits is doing its \
                 work."
                    .into()
            } else {
                "Look in the table of sockets at who has the other ends.".into()
            },
        ),
        What::Room { at: Other::Host(host), .. } => (
            format!("{program} sends more than {host} takes."),
            "The other side does not receive. Receive its answers in between: it may be waiting \
             for you as well."
                .into(),
        ),
        What::Name => (
            format!("{program} waits for the name server."),
            "It answers or gives up within some seconds.".into(),
        ),
        What::Bytes { .. } | What::Room { .. } | What::Something => (
            format!("{program} waits in {}().", hold.call.started.method),
            "Look at the last calls of the program that it waits for.".into(),
        ),
    }
}

fn outside(program: &str, host: &str, end: EndId, flow: &Flow) -> (String, String) {
    let finished = flow.end(end).is_some_and(|end| end.finished());
    let headline = format!("{program} waits for bytes from {host}.");
    let advice = if finished {
        "Only that host can go on. settimeout(5) ends the wait with TimeoutError."
    } else {
        "Only that host can go on. It may be waiting for the rest of a request, such as the empty \
         line that ends one in HTTP (\\r\\n\\r\\n). settimeout(5) ends the wait with TimeoutError."
    };
    (headline, advice.into())
}

fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
