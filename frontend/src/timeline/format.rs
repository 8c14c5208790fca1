//! Calls, results, durations and sizes in words, as a Python programmer writes them.

use shared::address::{Address, Family, Kind};
use shared::call::{
    Call, EpollChange, Flag, Half, OptionValue, Readiness, ServiceKey, SocketId, Wait,
};
use shared::options;
use shared::reply::Reply;

/// Writes a duration: `0.4 ms`, `62.1 ms`, `1.20 s`, `3 min 5 s`.
pub fn duration(us: u64) -> String {
    match us {
        0..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        1_000_000..60_000_000 => format!("{:.2} s", us as f64 / 1e6),
        _ => format!("{} min {} s", us / 60_000_000, us % 60_000_000 / 1_000_000),
    }
}

/// Writes a duration that is still growing, in digits that tick ten times a second.
pub fn elapsed(ms: f64) -> String {
    let ms = ms.max(0.0);
    if ms < 60_000.0 {
        format!("{:.1} s", (ms / 100.0).floor() / 10.0)
    } else {
        duration(ms as u64 * 1000)
    }
}

/// Writes a number of bytes: `41 B`, `1.5 KB`, `2.0 MB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} KB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// Writes a text as Python's `repr` does, for the characters that occur in addresses.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\0', "\\x00"))
}

/// Writes an address as Python's tuple.
pub fn address(address: &Address) -> String {
    match address {
        Address::Inet(host, port) => format!("({}, {port})", quoted(host)),
        Address::Inet6(host, port, 0, 0) => format!("({}, {port})", quoted(host)),
        Address::Inet6(host, port, flow, scope) => {
            format!("({}, {port}, {flow}, {scope})", quoted(host))
        }
        Address::Unix(path) => quoted(path),
    }
}

/// Writes a call without its socket: `bind(('127.0.0.1', 9000))`, `recv(128)`.
/// `sent` is how many bytes it sends.
pub fn call(method: &str, call: &Call, sent: u64) -> String {
    format!("{method}({})", arguments(call, sent))
}

/// Writes a call as short as it can be recognised, for a diagram: `connect(:9000)`, `recv(32)`.
pub fn brief(method: &str, call: &Call, sent: u64) -> String {
    let arguments = match call {
        Call::Socket(call) => family_and_kind(call.family, call.kind).to_owned(),
        Call::Socketpair(call) => family_and_kind(call.family, call.kind).to_owned(),
        Call::Bind(call) => place(&call.address),
        Call::Connect(call) => place(&call.address),
        // What was sent stands in the result.
        Call::Send(_) | Call::Sendall(_) | Call::Sendmsg(_) => return method.to_owned(),
        Call::Sendto(call) => format!("→ {}", place(&call.address)),
        Call::Shutdown(call) => half(call.how).trim_start_matches("SHUT_").to_owned(),
        Call::Getsockopt(call) => option_name(call.level, call.option),
        Call::Setsockopt(call) => option_name(call.level, call.option),
        Call::Poll(call) => match call.entries.len() {
            1 => arguments(&Call::Poll(call.clone()), sent),
            sockets => format!("{sockets} sockets"),
        },
        Call::Getaddrinfo(call) => call.host.clone().unwrap_or_default(),
        other => arguments(other, sent),
    };
    format!("{method}({arguments})")
}

/// Writes where an address is, without the host if that is this machine.
fn place(address: &Address) -> String {
    let text = address.to_string();
    let here = ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]"];
    match here.iter().find_map(|host| text.strip_prefix(host)) {
        Some(port) if port.starts_with(':') => port.to_owned(),
        _ => text,
    }
}

/// Says what a call returned as short as it can be: `32 B`, `fd 4`; mostly nothing.
pub fn brief_result(call: &Call, reply: &Reply) -> String {
    match reply {
        Reply::Created(_) | Reply::Paired(_) | Reply::Sent(_) | Reply::Received(_) => result(reply),
        Reply::Accepted(reply) => fd(reply.socket),
        Reply::ReceivedFrom(reply) => received(reply.len),
        Reply::ReceivedMessage(reply) => received(reply.len),
        Reply::Bound(_) => match call {
            Call::Bind(bind) if bind.address.port() == Some(0) => result(reply),
            _ => String::new(),
        },
        Reply::Polled(reply) if reply.ready.len() > 1 => format!("{} ready", reply.ready.len()),
        Reply::Connected(_) => String::new(),
        // A number that stands for itself is no news.
        Reply::Resolved(_) if is_number(call) => String::new(),
        other => result(other),
    }
}

fn is_number(call: &Call) -> bool {
    let Call::Getaddrinfo(call) = call else { return false };
    call.host.as_deref().is_none_or(|host| host.parse::<std::net::IpAddr>().is_ok())
}

fn arguments(call: &Call, sent: u64) -> String {
    match call {
        Call::Socket(call) => creation(call.family, call.kind, call.proto),
        Call::Socketpair(call) => creation(call.family, call.kind, call.proto),
        Call::Bind(call) => address(&call.address),
        Call::Listen(call) => call.backlog.to_string(),
        Call::Connect(call) => address(&call.address),
        Call::Send(call) => with_flags(size(sent), &call.flags),
        Call::Sendall(call) => with_flags(size(sent), &call.flags),
        Call::Sendto(call) => {
            format!("{}, {}", with_flags(size(sent), &call.flags), address(&call.address))
        }
        Call::Sendmsg(call) => {
            let bytes = with_flags(size(sent), &call.flags);
            match &call.address {
                Some(to) => format!("{bytes}, {}", address(to)),
                None => bytes,
            }
        }
        Call::Recvmsg(call) => with_flags(call.len.to_string(), &call.flags),
        Call::EpollCtl(call) => {
            let change = match call.change {
                EpollChange::Add => "add",
                EpollChange::Modify => "modify",
                EpollChange::Delete => "remove",
            };
            format!("{change} fd {}", call.socket.0)
        }
        Call::EpollWait(call) => format!("fd {}{}", call.epoll.0, wait(call.wait)),
        Call::Unlink(call) => quoted(&call.path),
        Call::IfNametoindex(call) => quoted(&call.name),
        Call::IfIndextoname(call) => call.index.to_string(),
        Call::Recv(call) => with_flags(call.len.to_string(), &call.flags),
        Call::Recvfrom(call) => with_flags(call.len.to_string(), &call.flags),
        Call::Shutdown(call) => half(call.how).into(),
        Call::Getsockopt(call) => option(call.level, call.option),
        Call::Setsockopt(call) => {
            let name = option(call.level, call.option);
            match call.value {
                OptionValue::Int(value) => format!("{name}, {value}"),
                OptionValue::Payload => format!("{name}, {}", size(sent)),
            }
        }
        Call::Poll(call) => {
            let entries: Vec<String> = call
                .entries
                .iter()
                .map(|entry| format!("fd {} {}", entry.socket.0, events(&entry.events)))
                .collect();
            format!("{}{}", entries.join(", "), wait(call.wait))
        }
        Call::Getaddrinfo(call) => {
            let name = |name: &Option<String>| name.as_deref().map_or("None".into(), quoted);
            format!("{}, {}", name(&call.host), name(&call.service))
        }
        Call::Getnameinfo(call) => address(&call.address),
        Call::Getserv(call) => match &call.key {
            ServiceKey::Name(name) => quoted(name),
            ServiceKey::Port(port) => port.to_string(),
        },
        Call::Getprotobyname(call) => quoted(&call.name),
        Call::Dup(_)
        | Call::Accept(_)
        | Call::Close(_)
        | Call::EpollCreate(_)
        | Call::IfNameindex(_)
        | Call::Getsockname(_)
        | Call::Getpeername(_)
        | Call::Gethostname(_) => String::new(),
    }
}

fn creation(family: Family, kind: Kind, proto: i32) -> String {
    let text = format!("{}, {}", family_name(family), kind_name(kind));
    if proto == 0 { text } else { format!("{text}, {proto}") }
}

/// Returns a family's name as Python spells it, without the module.
pub fn family_name(family: Family) -> &'static str {
    match family {
        Family::Inet => "AF_INET",
        Family::Inet6 => "AF_INET6",
        Family::Unix => "AF_UNIX",
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Stream => "SOCK_STREAM",
        Kind::Datagram => "SOCK_DGRAM",
    }
}

/// Says what a socket is, as people do: `TCP, IPv4`.
pub fn family_and_kind(family: Family, kind: Kind) -> &'static str {
    match (family, kind) {
        (Family::Inet, Kind::Stream) => "TCP, IPv4",
        (Family::Inet, Kind::Datagram) => "UDP, IPv4",
        (Family::Inet6, Kind::Stream) => "TCP, IPv6",
        (Family::Inet6, Kind::Datagram) => "UDP, IPv6",
        (Family::Unix, Kind::Stream) => "Unix stream",
        (Family::Unix, Kind::Datagram) => "Unix datagram",
    }
}

fn half(half: Half) -> &'static str {
    match half {
        Half::Read => "SHUT_RD",
        Half::Write => "SHUT_WR",
        Half::Both => "SHUT_RDWR",
    }
}

fn option(level: i32, number: i32) -> String {
    let level_name = options::level_name(level).map_or_else(|| level.to_string(), str::to_owned);
    let name = options::find(level, number)
        .map_or_else(|| number.to_string(), |option| option.name.to_owned());
    format!("{level_name}, {name}")
}

/// Returns an option's short name, as the table of sockets shows it.
pub fn option_name(level: i32, number: i32) -> String {
    options::find(level, number).map_or_else(
        || format!("{level}/{number}"),
        |option| option.name.trim_start_matches("SO_").to_owned(),
    )
}

fn with_flags(text: String, flags: &[Flag]) -> String {
    if flags.is_empty() {
        return text;
    }
    let names: Vec<String> =
        flags.iter().map(|flag| format!("MSG_{}", format!("{flag:?}").to_uppercase())).collect();
    format!("{text}, {}", names.join("|"))
}

fn events(events: &[Readiness]) -> String {
    let names: Vec<&str> = events
        .iter()
        .map(|event| match event {
            Readiness::In => "readable",
            Readiness::Out => "writable",
            Readiness::Pri => "urgent",
            Readiness::Rdhup => "half-closed",
            Readiness::Err => "error",
            Readiness::Hup => "hung up",
            Readiness::Nval => "not open",
        })
        .collect();
    names.join("+")
}

fn wait(wait: Wait) -> String {
    match wait {
        Wait::Forever => String::new(),
        Wait::Never => ", timeout=0".into(),
        Wait::Millis(ms) => format!(", timeout={}", ms as f64 / 1000.0),
    }
}

/// Says what a call returned; nothing where there is nothing to say.
pub fn result(reply: &Reply) -> String {
    match reply {
        Reply::Done(_) => String::new(),
        Reply::Created(reply) => fd(reply.socket),
        Reply::Paired(reply) => format!("{}, {}", fd(reply.first), fd(reply.second)),
        Reply::Bound(reply) => reply.local.port().map_or(String::new(), |port| format!(":{port}")),
        Reply::Accepted(reply) => format!("{} from {}", fd(reply.socket), reply.peer),
        Reply::Connected(reply) => format!("from {}", reply.local),
        Reply::Sent(reply) => size(reply.len.into()),
        Reply::Received(reply) => received(reply.len),
        Reply::ReceivedFrom(reply) => match &reply.peer {
            Some(peer) => format!("{} from {peer}", received(reply.len)),
            None => received(reply.len),
        },
        Reply::ReceivedMessage(reply) => match &reply.peer {
            Some(peer) => format!("{} from {peer}", received(reply.len)),
            None => received(reply.len),
        },
        Reply::EpollReady(reply) if reply.ready.is_empty() => "nothing ready".into(),
        Reply::EpollReady(reply) => {
            let ready: Vec<String> =
                reply.ready.iter().map(|event| format!("fd {}", event.data)).collect();
            ready.join(", ")
        }
        Reply::Interfaces(reply) => format!("{} interfaces", reply.entries.len()),
        Reply::Interface(reply) => format!("{} {}", reply.index, reply.name),
        Reply::Named(reply) => address(&reply.address),
        Reply::OptionRead(reply) => match reply.value {
            OptionValue::Int(value) => value.to_string(),
            OptionValue::Payload => "bytes".into(),
        },
        Reply::Polled(reply) if reply.ready.is_empty() => "nothing ready".into(),
        Reply::Polled(reply) => {
            let ready: Vec<String> = reply
                .ready
                .iter()
                .map(|ready| format!("fd {} {}", ready.socket.0, events(&ready.events)))
                .collect();
            ready.join(", ")
        }
        Reply::Resolved(reply) => match reply.entries.as_slice() {
            [] => "no address".into(),
            [first, rest @ ..] if rest.iter().all(|entry| entry.address == first.address) => {
                first.address.to_string()
            }
            [first, ..] => format!("{} and more", first.address),
        },
        Reply::NameInfo(reply) => format!("{}, {}", quoted(&reply.host), quoted(&reply.service)),
        Reply::HostName(reply) => quoted(&reply.name),
        Reply::Service(reply) => format!("{} {}", quoted(&reply.name), reply.port),
        Reply::Protocol(reply) => reply.number.to_string(),
    }
}

/// Writes bytes as Python does, all of them.
pub fn literal(bytes: &[u8]) -> String {
    python(bytes, bytes.len() as u64)
}

/// Bytes of a glimpse at most; a row has room for no more.
const GLIMPSE_BYTES: usize = 48;

/// Writes the first bytes as Python does, with `…` where there are more.
pub fn bytes(bytes: &[u8], total: u64) -> String {
    python(&bytes[..bytes.len().min(GLIMPSE_BYTES)], total)
}

fn python(shown: &[u8], total: u64) -> String {
    let quote = if shown.contains(&b'\'') && !shown.contains(&b'"') { '"' } else { '\'' };
    let mut text = format!("b{quote}");
    for byte in shown {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' if char::from(*byte) == quote => text.extend(['\\', quote]),
            b' '..=b'~' => text.push(char::from(*byte)),
            other => text.push_str(&format!("\\x{other:02x}")),
        }
    }
    text.push(quote);
    if total > shown.len() as u64 {
        text.push('…');
    }
    text
}

fn fd(socket: SocketId) -> String {
    format!("fd {}", socket.0)
}

fn received(len: u32) -> String {
    if len == 0 { "b''".into() } else { size(len.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::call::{Bind, Listen, Recv, Setsockopt, Shutdown, Socket};
    use shared::reply::{Accepted, Received};

    #[test]
    fn durations_have_the_unit_that_reads_best() {
        let expected = ["0.0 ms", "0.4 ms", "62.1 ms", "1.20 s", "59.99 s", "3 min 5 s"];
        let given = [4, 400, 62_100, 1_200_000, 59_990_000, 185_900_000];
        assert_eq!(given.map(duration), expected);
    }

    #[test]
    fn a_growing_duration_ticks_in_tenths() {
        assert_eq!(elapsed(3_290.0), "3.2 s");
        assert_eq!(elapsed(-5.0), "0.0 s");
        assert_eq!(elapsed(65_000.0), "1 min 5 s");
    }

    #[test]
    fn sizes_count_in_thousands() {
        assert_eq!([41, 999, 1_500, 2_000_000].map(size), ["41 B", "999 B", "1.5 KB", "2.0 MB"]);
    }

    #[test]
    fn calls_read_like_the_program() {
        let fd = SocketId(3);
        let local = Address::Inet("127.0.0.1".into(), 9000);
        let calls = [
            call(
                "socket",
                &Socket { family: Family::Inet, kind: Kind::Stream, proto: 0 }.into(),
                0,
            ),
            call("bind", &Bind { socket: fd, address: local }.into(), 0),
            call("listen", &Listen { socket: fd, backlog: 128 }.into(), 0),
            call(
                "recv",
                &Recv { socket: fd, len: 128, flags: vec![Flag::Peek], wait: Wait::Forever }.into(),
                0,
            ),
            call(
                "setsockopt",
                &Setsockopt { socket: fd, level: 1, option: 2, value: OptionValue::Int(1) }.into(),
                0,
            ),
            call("shutdown", &Shutdown { socket: fd, how: Half::Write }.into(), 0),
        ];
        assert_eq!(
            calls,
            [
                "socket(AF_INET, SOCK_STREAM)",
                "bind(('127.0.0.1', 9000))",
                "listen(128)",
                "recv(128, MSG_PEEK)",
                "setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)",
                "shutdown(SHUT_WR)",
            ]
        );
    }

    #[test]
    fn the_end_of_a_stream_is_empty_bytes() {
        assert_eq!(result(&Received { len: 0, offset: Some(9) }.into()), "b''");
        assert_eq!(result(&Received { len: 128, offset: Some(0) }.into()), "128 B");
    }

    #[test]
    fn bytes_are_written_as_python_writes_them() {
        assert_eq!(bytes(b"GET / \r\n\x00\xff\\", 11), r"b'GET / \r\n\x00\xff\\'");
        assert_eq!(bytes(b"it's", 4), r#"b"it's""#);
        assert_eq!(bytes(b"'\"", 2), r#"b'\'"'"#);
        assert_eq!(bytes(&[b'x'; 60], 60), format!("b'{}'…", "x".repeat(48)));
    }

    #[test]
    fn a_new_connection_says_from_where() {
        let reply = Accepted {
            socket: SocketId(4),
            local: Address::Inet("127.0.0.1".into(), 9000),
            peer: Address::Inet("127.0.0.1".into(), 51834),
        };
        assert_eq!(result(&reply.into()), "fd 4 from 127.0.0.1:51834");
    }
}
