//! The table of sockets, derived from what calls returned.

use std::collections::HashMap;

use shared::address::Address;
use shared::call::{Call, Half, OptionValue, SocketId};
use shared::errno::Errno;
use shared::guest::Site;
use shared::reply::Reply;

use crate::session::recording::{CallOutcome, Recorded, SocketKey};

use super::format;

/// Rows kept at most; closed sockets go first, the oldest of them before the others.
pub const ROWS_MAX: usize = 1_000;

/// A socket, as far as its program's calls tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketRow {
    pub key: SocketKey,
    /// `TCP, IPv4`
    pub kind: &'static str,
    pub local: Option<Address>,
    pub remote: Option<Address>,
    pub state: SocketState,
    /// It exists; what it was when it was closed stays in `state` only where that was a failure.
    pub open: bool,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// The options it has set, by their short names.
    pub options: Vec<String>,
    /// The line that made it.
    pub made: Option<Site>,
    /// Its program ended without closing it.
    pub leaked: bool,
}

/// What a socket is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketState {
    /// Made and nothing else.
    New,
    Bound,
    /// With its backlog.
    Listening(i32),
    Connecting,
    Connected,
    /// It has said that it sends no more.
    HalfClosed,
    /// Its connect failed.
    Failed(Errno),
    Closed,
}

impl SocketState {
    /// Says it in words.
    pub fn words(&self) -> String {
        match self {
            SocketState::New => "new".into(),
            SocketState::Bound => "bound".into(),
            SocketState::Listening(backlog) => format!("listening, backlog {backlog}"),
            SocketState::Connecting => "connecting".into(),
            SocketState::Connected => "connected".into(),
            SocketState::HalfClosed => "sending side closed".into(),
            SocketState::Failed(Errno::ECONNREFUSED) => "refused".into(),
            SocketState::Failed(errno) => format!("failed, {}", errno.name()),
            SocketState::Closed => "closed".into(),
        }
    }
}

impl SocketRow {
    /// Returns where others reach it, if it waits for them.
    pub fn reachable_at(&self) -> Option<String> {
        let datagram = self.kind.starts_with("UDP") && self.state == SocketState::Bound;
        let listens = matches!(self.state, SocketState::Listening(_));
        let local = self.local.as_ref().filter(|_| self.open && (listens || datagram))?;
        match local.port() {
            Some(0) => None,
            // Every address of the machine; this one is always among them.
            Some(port) if local.to_string().starts_with("0.0.0.0:") => {
                Some(format!("127.0.0.1:{port}"))
            }
            Some(port) if local.to_string().starts_with("[::]:") => Some(format!("[::1]:{port}")),
            Some(_) | None => Some(local.to_string()),
        }
    }

    fn close(&mut self) {
        self.open = false;
        if !matches!(self.state, SocketState::Failed(_)) {
            self.state = SocketState::Closed;
        }
    }
}

/// Every socket there has been, bounded.
#[derive(Debug, Default)]
pub struct SocketTable {
    rows: Vec<SocketRow>,
    /// Where the open ones are.
    open: HashMap<SocketKey, usize>,
}

impl SocketTable {
    /// Returns the rows in the order the sockets were made.
    pub fn rows(&self) -> &[SocketRow] {
        &self.rows
    }

    /// Returns the ports that are listened on, with the programs that do.
    pub fn listeners(&self) -> Vec<(String, u16)> {
        self.rows
            .iter()
            .filter(|row| matches!(row.state, SocketState::Listening(_)))
            .filter_map(|row| Some((row.key.program.clone(), row.local.as_ref()?.port()?)))
            .collect()
    }

    /// Takes in a call that began.
    pub fn begin(&mut self, call: &Recorded) {
        if let Call::Connect(connect) = &call.started.call
            && let Some(row) = self.find(call, connect.socket)
        {
            row.remote = Some(connect.address.clone());
            row.state = SocketState::Connecting;
        }
    }

    /// Takes in a call that ended.
    pub fn end(&mut self, call: &Recorded) {
        match call.ended.as_ref().map(|ended| &ended.outcome) {
            Some(outcome @ CallOutcome::Ok(_)) => {
                if let Some(reply) = outcome.reply(&call.started.call) {
                    self.succeed(call, &reply);
                }
            }
            Some(CallOutcome::Error(failure)) => {
                if let Call::Connect(connect) = &call.started.call
                    && let Some(row) = self.find(call, connect.socket)
                {
                    row.state = match failure.errno {
                        Errno::EINPROGRESS | Errno::EALREADY => SocketState::Connecting,
                        Errno::EISCONN => SocketState::Connected,
                        errno => SocketState::Failed(errno),
                    };
                }
            }
            Some(CallOutcome::Abandoned) | None => {}
        }
    }

    /// Closes every socket of a program that ended, as the kernel worker does. Those that it
    /// left open although it ended by itself are marked.
    pub fn end_program(&mut self, program: &str, by_itself: bool) {
        let rows = &mut self.rows;
        self.open.retain(|key, index| {
            let ended = key.program == program;
            if let Some(row) = rows.get_mut(*index).filter(|_| ended) {
                row.close();
                row.leaked = by_itself;
            }
            !ended
        });
    }

    fn succeed(&mut self, call: &Recorded, reply: &Reply) {
        match (&call.started.call, reply) {
            (Call::Socket(made), Reply::Created(created)) => {
                let kind = format::family_and_kind(made.family, made.kind);
                self.open(call, created.socket, kind, SocketState::New);
            }
            (Call::Socketpair(made), Reply::Paired(pair)) => {
                let kind = format::family_and_kind(made.family, made.kind);
                self.open(call, pair.first, kind, SocketState::Connected);
                self.open(call, pair.second, kind, SocketState::Connected);
            }
            (Call::Dup(dup), Reply::Created(created)) => {
                if let Some(mut row) = self.find(call, dup.socket).cloned() {
                    (row.bytes_in, row.bytes_out) = (0, 0);
                    row.key.fd = created.socket;
                    self.push(row);
                }
            }
            (Call::Accept(accept), Reply::Accepted(accepted)) => {
                let kind = self.find(call, accept.socket).map_or("TCP", |listener| listener.kind);
                let row = self.open(call, accepted.socket, kind, SocketState::Connected);
                row.local = Some(accepted.local.clone());
                row.remote = Some(accepted.peer.clone());
            }
            (Call::Close(close), _) => {
                if let Some(index) = self.open.remove(&key(call, close.socket)) {
                    self.rows[index].close();
                }
            }
            (made, reply) => {
                if let Some(row) = made.socket().and_then(|socket| self.find(call, socket)) {
                    update(row, made, reply);
                }
            }
        }
    }

    fn open(
        &mut self,
        call: &Recorded,
        socket: SocketId,
        kind: &'static str,
        state: SocketState,
    ) -> &mut SocketRow {
        self.push(SocketRow {
            key: key(call, socket),
            kind,
            local: None,
            remote: None,
            state,
            open: true,
            bytes_in: 0,
            bytes_out: 0,
            options: Vec::new(),
            made: call.started.site.clone(),
            leaked: false,
        })
    }

    fn push(&mut self, row: SocketRow) -> &mut SocketRow {
        if self.rows.len() >= ROWS_MAX {
            self.make_room();
        }
        let index = self.rows.len();
        self.open.insert(row.key.clone(), index);
        self.rows.push(row);
        &mut self.rows[index]
    }

    fn make_room(&mut self) {
        let oldest_closed = self.rows.iter().position(|row| !row.open).unwrap_or(0);
        let gone = self.rows.remove(oldest_closed);
        self.open.remove(&gone.key);
        self.open
            .values_mut()
            .filter(|index| **index > oldest_closed)
            .for_each(|index| *index -= 1);
    }

    fn find(&mut self, call: &Recorded, socket: SocketId) -> Option<&mut SocketRow> {
        let index = *self.open.get(&key(call, socket))?;
        self.rows.get_mut(index)
    }
}

fn key(call: &Recorded, fd: SocketId) -> SocketKey {
    SocketKey { program: call.started.program.clone(), run: call.started.run, fd }
}

/// Takes in what a call on one socket says about it.
fn update(row: &mut SocketRow, call: &Call, reply: &Reply) {
    match (call, reply) {
        (Call::Bind(_), Reply::Bound(bound)) => {
            row.local = Some(bound.local.clone());
            row.state = SocketState::Bound;
        }
        (Call::Listen(listen), Reply::Bound(bound)) => {
            row.local = Some(bound.local.clone());
            row.state = SocketState::Listening(listen.backlog);
        }
        (_, Reply::Connected(connected)) => {
            row.local = Some(connected.local.clone());
            row.remote = Some(connected.peer.clone());
            row.state = SocketState::Connected;
        }
        (_, Reply::Sent(sent)) => row.bytes_out += u64::from(sent.len),
        (Call::Recv(recv), Reply::Received(received)) if !peeks(&recv.flags) => {
            row.bytes_in += u64::from(received.len);
        }
        (Call::Recvmsg(recv), Reply::ReceivedMessage(received)) if !peeks(&recv.flags) => {
            row.bytes_in += u64::from(received.len);
        }
        (Call::Recvfrom(recv), Reply::ReceivedFrom(received)) if !peeks(&recv.flags) => {
            row.bytes_in += u64::from(received.len);
        }
        (Call::Shutdown(shutdown), _) if shutdown.how != Half::Read => {
            row.state = SocketState::HalfClosed;
        }
        (Call::Getsockname(_), Reply::Named(named)) => row.local = Some(named.address.clone()),
        (Call::Getpeername(_), Reply::Named(named)) => row.remote = Some(named.address.clone()),
        (Call::Setsockopt(set), _) => {
            let name = format::option_name(set.level, set.option);
            row.options.retain(|option| *option != name);
            if set.value != OptionValue::Int(0) {
                row.options.push(name);
            }
        }
        _ => {}
    }
}

fn peeks(flags: &[shared::call::Flag]) -> bool {
    flags.contains(&shared::call::Flag::Peek)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::recording::Recording;
    use crate::timeline::testing::Script;
    use serde_json::json;

    fn table(recording: &Recording) -> SocketTable {
        let mut table = SocketTable::default();
        for call in recording.calls() {
            table.begin(call);
            table.end(call);
        }
        table
    }

    #[test]
    fn a_server_and_its_connection() {
        let mut script = Script::default();
        let accept = script.listen("server.py", 9000);
        let reply = json!({"socket": 4, "local": {"inet": ["127.0.0.1", 9000]},
                           "peer": {"inet": ["127.0.0.1", 51834]}});
        script.end(accept, CallOutcome::Ok(reply), b"");
        let recv = json!({"op": "recv", "socket": 4, "len": 64, "flags": [], "wait": "forever"});
        script.ok("server.py", recv, json!({"len": 40, "offset": 0}));
        let send = json!({"op": "sendall", "socket": 4, "flags": [], "wait": "forever"});
        script.ok("server.py", send, json!({"len": 7, "offset": 0}));
        let open = table(&script.recording);
        assert_eq!(open.listeners(), [("server.py".to_owned(), 9000)]);
        assert_eq!(open.rows()[0].state.words(), "listening, backlog 5");
        let connection = &open.rows()[1];
        assert_eq!((connection.bytes_in, connection.bytes_out), (40, 7));
        assert_eq!(connection.remote.as_ref().unwrap().to_string(), "127.0.0.1:51834");
        assert_eq!(connection.kind, "TCP, IPv4");

        script.ok("server.py", json!({"op": "close", "socket": 4}), json!({}));
        let mut closed = table(&script.recording);
        assert!(!closed.rows()[1].open);
        closed.end_program("server.py", true);
        assert!(!closed.rows()[0].open);
        let leaked: Vec<bool> = closed.rows().iter().map(|row| row.leaked).collect();
        assert_eq!(leaked, [true, false], "the listener was left open, the connection was not");
        assert!(closed.listeners().is_empty());
    }

    #[test]
    fn a_refused_connect_says_so() {
        let mut script = Script::default();
        script.socket("client.py");
        let address = json!({"inet": ["127.0.0.1", 1]});
        let call = json!({"op": "connect", "socket": 3, "address": address, "wait": "forever"});
        script.fail("client.py", call, Errno::ECONNREFUSED);
        assert_eq!(table(&script.recording).rows()[0].state.words(), "refused");
    }

    #[test]
    fn an_fd_used_again_is_another_socket() {
        let mut script = Script::default();
        script.socket("a.py");
        script.ok("a.py", json!({"op": "close", "socket": 3}), json!({}));
        script.socket("a.py");
        let table = table(&script.recording);
        let states: Vec<String> = table.rows().iter().map(|row| row.state.words()).collect();
        assert_eq!(states, ["closed", "new"]);
    }

    #[test]
    fn the_table_is_bounded() {
        let mut script = Script::default();
        for _ in 0..ROWS_MAX + 5 {
            script.socket("a.py");
            script.ok("a.py", json!({"op": "close", "socket": 3}), json!({}));
        }
        assert_eq!(table(&script.recording).rows().len(), ROWS_MAX);
    }
}
