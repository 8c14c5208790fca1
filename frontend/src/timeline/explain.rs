//! What an error means, what usually causes it, and what to try: sentences for people who see
//! it for the first time.

use shared::address::Address;
use shared::call::Call;
use shared::errno::{Errno, Failure};
use shared::limit::LimitName;

use crate::messages::REFUSED;
use crate::session::recording::Recorded;

/// An explained error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// `Connection refused`
    pub title: String,
    /// `ECONNREFUSED`, or the name of the exception where there is no errno.
    pub code: String,
    /// What the host said. A fact.
    pub fact: String,
    /// What usually causes it, and what to try.
    pub advice: String,
    /// What this very session knows about it.
    pub here: Option<String>,
}

/// Explains why a call failed. `listeners` are the ports that programs of this session listen
/// on, with the program's name.
pub fn explain(call: &Recorded, failure: &Failure, listeners: &[(String, u16)]) -> Card {
    let errno = failure.errno;
    if failure.message.starts_with(REFUSED) {
        return refused(failure);
    }
    if let Some(limit) = failure.limit {
        return limited(failure, limit);
    }
    let (fact, advice) = words(errno, &call.started.call);
    let timed_out = errno == Errno::ETIMEDOUT && !kernel_gave_up(&call.started.call);
    let title = if timed_out { "timed out".to_owned() } else { errno.text().to_owned() };
    let code = if timed_out { "TimeoutError" } else { errno.name() };
    // The host's own message matters where it says more than the errno does, as a limit's name.
    let fact = match failure.message.as_str() {
        message if message == errno.text() || message.is_empty() => fact,
        message => format!("{fact} The host adds: {message}"),
    };
    Card { title, code: code.to_owned(), fact, advice, here: here(call, errno, listeners) }
}

/// The visitor refused it: the host was never asked.
fn refused(failure: &Failure) -> Card {
    Card {
        title: failure.errno.text().to_owned(),
        code: failure.errno.name().to_owned(),
        fact: "The page asked you, and you did not allow it. The call was not made.".to_owned(),
        advice: "Run the program again to be asked again.".to_owned(),
        here: None,
    }
}

/// A limit of the host: the system was never asked.
fn limited(failure: &Failure, limit: LimitName) -> Card {
    let advice = match limit {
        LimitName::Sockets | LimitName::SocketsPerAddress | LimitName::Descriptors => {
            "Close sockets that are not needed any more; the table of sockets shows which are open."
        }
        LimitName::Listeners => "Close a listener before you open another one.",
        LimitName::CallsInFlight => {
            "Let some of the calls that wait end first, or use fewer threads."
        }
        LimitName::WaitingBytes => {
            "Let the other sides read what was sent, or send less at once. None of this call's \
             bytes has gone."
        }
        LimitName::ConnectsPerMinute
        | LimitName::ConnectsPerDestination
        | LimitName::DestinationsPerMinute
        | LimitName::LookupsPerMinute => {
            "Wait a minute, or keep connections open and use them again. A playground is no scanner."
        }
        _ => "Use less of it, or ask whoever runs this host.",
    };
    Card {
        title: failure.errno.text().to_owned(),
        code: failure.errno.name().to_owned(),
        fact: format!(
            "That is a limit of this host, {}: {}.",
            limit.name(),
            failure.message.trim_end_matches('.')
        ),
        advice: advice.to_owned(),
        here: None,
    }
}

/// Tells whether a timeout is the kernel's (a connect that nobody answered) and not Python's.
fn kernel_gave_up(call: &Call) -> bool {
    matches!(call, Call::Connect(call) if call.wait == shared::call::Wait::Forever)
}

fn destination(call: &Call) -> Option<&Address> {
    match call {
        Call::Connect(call) => Some(&call.address),
        Call::Sendto(call) => Some(&call.address),
        Call::Bind(call) => Some(&call.address),
        _ => None,
    }
}

fn here(call: &Recorded, errno: Errno, listeners: &[(String, u16)]) -> Option<String> {
    if errno != Errno::ECONNREFUSED && errno != Errno::EADDRINUSE {
        return None;
    }
    let port = destination(&call.started.call)?.port()?;
    match (errno, listeners.iter().find(|(_, listening)| *listening == port)) {
        (Errno::EADDRINUSE, Some((program, port))) => {
            Some(format!("Here, {program} listens on {port}."))
        }
        (Errno::ECONNREFUSED, None) => {
            let ports: Vec<String> = listeners
                .iter()
                .map(|(program, port)| format!("{program} listens on {port}"))
                .collect();
            (!ports.is_empty()).then(|| format!("Here, {}.", ports.join(" and ")))
        }
        _ => None,
    }
}

fn words(errno: Errno, call: &Call) -> (String, String) {
    let place = destination(call).and_then(Address::port);
    let (fact, advice) = match errno {
        Errno::ECONNREFUSED => (
            "The host answered at once: nothing listens on that port.",
            "Usually the server is not running yet, or uses another port. Start it first.",
        ),
        Errno::ECONNRESET => (
            "The other side dropped the connection.",
            "Usually its program ended, or it closed with unread data. Look at its last call.",
        ),
        Errno::EPIPE => (
            "You sent after the sending side was closed.",
            "Usually shutdown ran earlier, or the peer is gone. Stop sending once recv returns b''.",
        ),
        Errno::EADDRINUSE => (
            "Another socket has this port.",
            "Usually a server that still runs, or one closed a minute ago. Stop it, or set SO_REUSEADDR before bind.",
        ),
        Errno::ETIMEDOUT if kernel_gave_up(call) => (
            "No answer came while the kernel kept trying.",
            "Usually a firewall drops packets, or the host is down. Check the address.",
        ),
        Errno::ETIMEDOUT => (
            "Your own timeout ended the wait; the connection is still open.",
            "Set a longer settimeout, or find out why nothing came.",
        ),
        Errno::EHOSTUNREACH => (
            "A router says it cannot reach that host.",
            "Usually a wrong or private address. Check that you are on the same network.",
        ),
        Errno::ENETUNREACH => (
            "This machine has no route to that network.",
            "Often an IPv6 address on a machine without IPv6. Try AF_INET.",
        ),
        Errno::EAI_NONAME | Errno::EAI_NODATA => (
            "No address is known for this name.",
            "Usually a typing error. Try the name in a browser, or use an address.",
        ),
        Errno::EAI_AGAIN => (
            "The name server does not answer just now.",
            "Usually the machine is offline. Use an address such as 127.0.0.1, or try again.",
        ),
        Errno::EAGAIN => (
            "Nothing is ready, and the socket does not wait.",
            "Normal for non-blocking sockets: ask select first, then call again.",
        ),
        Errno::EINPROGRESS => (
            "The connection has begun and is not finished.",
            "Normal for a non-blocking connect: wait until it is writable, then read SO_ERROR.",
        ),
        Errno::ENOTCONN => (
            "This socket has no peer yet.",
            "Usually recv on the listening socket. Use the one accept returned.",
        ),
        Errno::EMSGSIZE => (
            "The datagram is larger than UDP carries (65,507 bytes with IPv4).",
            "Send smaller pieces, or use TCP.",
        ),
        Errno::EACCES if matches!(call, Call::Bind(_)) && place.is_some_and(|port| port < 1024) => {
            (
                "The host does not let this process use that port.",
                "Usually a port below 1024. Take one above it.",
            )
        }
        Errno::EPERM | Errno::EACCES => (
            "You, or the operator's rules, did not allow this; nothing was sent.",
            "Choose another destination, or ask whoever runs this Sockpit.",
        ),
        Errno::EADDRNOTAVAIL => (
            "The host has no such address to bind.",
            "Bind 127.0.0.1 for this machine only, or '' for all of its addresses.",
        ),
        Errno::EBADF => (
            "The socket is closed already.",
            "Usually close ran earlier, or a with block ended. Make a new socket.",
        ),
        Errno::EISCONN => (
            "The socket has a peer already.",
            "A socket connects once. Make a new one for another connection.",
        ),
        Errno::EMFILE => (
            "The session has as many sockets as it may have.",
            "Usually sockets that are never closed. Close them, or use a with block.",
        ),
        Errno::ENOBUFS => (
            "Too many calls wait at the same time.",
            "Usually many threads that all block. Let some of them finish.",
        ),
        Errno::ENETDOWN => (
            "The connection between this page and its host was lost.",
            "Every socket is gone with it. Run the programs again.",
        ),
        Errno::EINTR => ("The wait was ended from outside.", "Usually the program was stopped."),
        Errno::EOPNOTSUPP => (
            "This kind of socket cannot do that.",
            "Usually listen or accept on a UDP socket. Use SOCK_STREAM for them.",
        ),
        Errno::EINVAL => (
            "The socket is not in a state for this call, or an argument does not fit.",
            "Usually accept before listen, or a second bind. Look at the order of the calls.",
        ),
        _ => {
            return (
                format!("The host said: {}.", errno.text()),
                "Look at the call's arguments, and at the calls before it on the same socket."
                    .into(),
            );
        }
    };
    match (errno, destination(call)) {
        (Errno::ECONNREFUSED, Some(address)) => (
            format!("{address} answered at once: nothing listens on that port."),
            advice.to_owned(),
        ),
        (Errno::EADDRINUSE, Some(address)) => {
            (format!("Another socket has {address}."), advice.to_owned())
        }
        _ => (fact.to_owned(), advice.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::testing::Script;
    use serde_json::{Value, json};

    #[track_caller]
    fn card(call: Value, errno: Errno, listeners: &[(String, u16)]) -> Card {
        let mut script = Script::default();
        let number = script.fail("client.py", call, errno);
        explain(script.recording.find(number).unwrap(), &Failure::new(errno), listeners)
    }

    fn connect(wait: Value) -> Value {
        json!({"op": "connect", "socket": 3, "address": {"inet": ["127.0.0.1", 9001]}, "wait": wait})
    }

    #[test]
    fn a_refused_connection_names_who_does_listen() {
        let card =
            card(connect(json!("forever")), Errno::ECONNREFUSED, &[("server.py".into(), 9000)]);
        assert_eq!(
            (card.title.as_str(), card.code.as_str()),
            ("Connection refused", "ECONNREFUSED")
        );
        assert!(card.fact.starts_with("127.0.0.1:9001 answered at once"));
        assert_eq!(card.here.unwrap(), "Here, server.py listens on 9000.");
    }

    #[test]
    fn the_kernels_timeout_is_not_the_programs() {
        let kernel = card(connect(json!("forever")), Errno::ETIMEDOUT, &[]);
        let python = card(connect(json!({"millis": 50})), Errno::ETIMEDOUT, &[]);
        assert_eq!(kernel.code, "ETIMEDOUT");
        assert_eq!((python.title.as_str(), python.code.as_str()), ("timed out", "TimeoutError"));
    }

    #[test]
    fn every_error_has_words() {
        for &errno in Errno::ALL {
            let card = card(connect(json!("forever")), errno, &[]);
            assert!(!card.fact.is_empty() && !card.advice.is_empty(), "{errno:?}");
            assert!(!card.fact.contains('!') && !card.advice.contains('!'), "{errno:?}");
        }
    }

    #[test]
    fn what_the_host_says_beyond_the_errno_is_shown() {
        let mut script = Script::default();
        let number = script.fail("a.py", connect(json!("forever")), Errno::EACCES);
        let failure = Failure::explained(Errno::EACCES, "rule 3 denies 169.254.169.254");
        let card = explain(script.recording.find(number).unwrap(), &failure, &[]);
        assert!(card.fact.ends_with("The host adds: rule 3 denies 169.254.169.254"));
    }
}
