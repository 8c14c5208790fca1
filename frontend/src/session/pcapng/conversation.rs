//! TCP: two ends make a conversation, and a conversation makes packets.

use shared::call::{Call, Control};
use shared::reply::Reply;

use super::headers::{ACK, FIN, PSH, Payload, RST, SEGMENT_BYTES_MAX, SYN, Tcp, tcp};
use super::story::{Act, Deed, Role, Socket, Story};
use super::{Packet, Place, comment};
use crate::session::recording::Recorded;

/// The first port that stands in for one that the recording does not know: the range that
/// systems choose from themselves.
const STAND_IN_PORT: u16 = 49_152;

/// Who connected, and who was connected to.
const CLIENT: usize = 0;
const SERVER: usize = 1;

/// Makes the packets of all conversations.
pub(super) fn packets(story: &Story<'_>) -> Vec<Packet> {
    let mut packets = Vec::new();
    let partners = partners(story);
    let mut spare_port = STAND_IN_PORT;
    for (index, socket) in story.sockets.iter().enumerate() {
        let ends = match (socket.role, partners[index]) {
            // It is told with its client.
            (Role::Accepted { .. }, Some(_)) | (Role::None, _) => continue,
            (Role::Accepted { .. }, None) => [None, Some(socket)],
            (_, partner) => [Some(socket), partner.map(|index| &story.sockets[index])],
        };
        if let Some(mut wire) = Wire::new(ends, packets.len(), &mut spare_port) {
            wire.tell(ends);
            packets.extend(wire.packets);
        }
    }
    packets
}

/// Finds for every stream the one at its other end, where that is in the tab too.
fn partners(story: &Story<'_>) -> Vec<Option<usize>> {
    let mut partners: Vec<Option<usize>> = vec![None; story.sockets.len()];
    for (server, accepted) in story.sockets.iter().enumerate() {
        let Role::Accepted { up_us, .. } = accepted.role else { continue };
        let fits = |client: usize, exactly: bool| {
            let socket = &story.sockets[client];
            let (Role::Connecting { call } | Role::Connected { call, .. }) = socket.role else {
                return None;
            };
            let began = call.started.at_us;
            let local =
                if exactly { socket.local == accepted.peer } else { socket.local.is_none() };
            let meets = local && socket.peer == accepted.local && began <= up_us;
            (meets && partners[client].is_none()).then_some((began, client))
        };
        let all = 0..story.sockets.len();
        // Ports come round again: of several the last one is meant. A connect that did not wait
        // never learns its own address; of those the first one is.
        let found = all.clone().filter_map(|client| fits(client, true)).max();
        let found = found.or_else(|| all.filter_map(|client| fits(client, false)).min());
        if let Some((_, client)) = found {
            partners[client] = Some(server);
            partners[server] = Some(client);
        }
    }
    partners
}

/// A conversation being told.
struct Wire {
    places: [Place; 2],
    /// The next byte that each side sends.
    seq: [u32; 2],
    /// What each side has acknowledged of the other.
    ack: [u32; 2],
    sent: [usize; 2],
    received: [usize; 2],
    finished: [bool; 2],
    /// Will learn that the other reset the connection.
    is_reset: [bool; 2],
    over: bool,
    now_us: u64,
    note: String,
    packets: Vec<Packet>,
}

impl Wire {
    /// Returns nothing where it is not known between whom it was.
    fn new(ends: [Option<&Socket<'_>>; 2], packets: usize, spare_port: &mut u16) -> Option<Self> {
        let [client, server] = ends;
        let to = server.and_then(|end| end.local).or_else(|| client.and_then(|end| end.peer))?;
        let from = client.and_then(|end| end.local).or_else(|| server.and_then(|end| end.peer));
        let known = from.filter(|(ip, _)| ip.is_ipv4() == to.0.is_ipv4());
        let mut note = String::new();
        let from = known.filter(|(_, port)| *port != 0).unwrap_or_else(|| {
            let port = *spare_port;
            *spare_port = spare_port.checked_add(1).unwrap_or(STAND_IN_PORT);
            note = format!(" (the recording does not know the local port; {port} stands for it)");
            (nearest(to), port)
        });
        let from = if from.0.is_unspecified() { (nearest(to), from.1) } else { from };
        let first = (packets as u32).wrapping_mul(0x0100_0193);
        let seq = [0x1000_0000u32.wrapping_add(first), 0x5000_0000u32.wrapping_add(first)];
        let resets = |end: Option<&Socket<'_>>| {
            end.is_some_and(|end| end.acts.iter().any(|act| act.deed == Deed::WasReset))
        };
        Some(Wire {
            places: [from, to],
            seq,
            ack: [0; 2],
            sent: [0; 2],
            received: [0; 2],
            finished: [false; 2],
            is_reset: [resets(client), resets(server)],
            over: false,
            now_us: 0,
            note,
            packets: Vec::new(),
        })
    }

    fn tell(&mut self, ends: [Option<&Socket<'_>>; 2]) {
        let mut acts: Vec<(usize, Act<'_>)> = Vec::new();
        for (side, end) in ends.iter().enumerate() {
            acts.extend(end.iter().flat_map(|end| end.acts.iter()).map(|act| (side, *act)));
        }
        // At the same time what ended comes before what began.
        let began =
            |act: &Act<'_>| matches!(act.deed, Deed::Sent(_) | Deed::Closed | Deed::Finished);
        acts.sort_by_key(|(_, act)| (act.at_us, began(act)));
        let earliest = acts.first().map(|(_, act)| act.at_us);
        if !self.shake_hands(ends, earliest) {
            return;
        }
        for (side, act) in acts {
            self.now_us = self.now_us.max(act.at_us);
            self.act(side, &act);
        }
    }

    /// Opens the connection; returns whether it came about.
    fn shake_hands(&mut self, ends: [Option<&Socket<'_>>; 2], earliest: Option<u64>) -> bool {
        let [client, server] = ends.map(|end| end.map(|end| end.role));
        let accepted = match server {
            Some(Role::Accepted { call, up_us }) => Some((call, up_us)),
            _ => None,
        };
        let (began, up_us, refused) = match client {
            Some(Role::Connecting { call }) => (Some(call), None, None),
            Some(Role::Connected { call, up_us }) => (Some(call), Some(up_us), None),
            Some(Role::Refused { call, at_us }) => (Some(call), None, Some(at_us)),
            _ => (None, None, None),
        };
        // It stood when the first of them learnt of it, or used it.
        let up_us = [up_us, accepted.map(|(_, up_us)| up_us)].into_iter().flatten().min();
        let up_us = up_us.map(|up_us| earliest.map_or(up_us, |earliest| earliest.min(up_us)));
        let Some(began_us) = began.map(|call| call.started.at_us).or(up_us) else { return false };
        self.now_us = began_us;
        let result = match (refused, up_us) {
            (Some(_), _) => " was refused",
            (None, None) => " was not answered",
            _ => "",
        };
        let note = std::mem::take(&mut self.note);
        let said = began.map(|call| comment(call, result) + &note).unwrap_or_default();
        self.say(CLIENT, SYN, Payload::NONE, said);
        self.seq[CLIENT] = self.seq[CLIENT].wrapping_add(1);
        if let Some(refused_us) = refused {
            self.now_us = refused_us.max(began_us);
            self.seq[SERVER] = 0;
            self.ack[SERVER] = self.seq[CLIENT];
            self.say(SERVER, RST | ACK, Payload::NONE, "nothing listens there".into());
            return false;
        }
        let Some(up_us) = up_us else { return false };
        self.now_us = up_us.max(began_us);
        self.ack[SERVER] = self.seq[CLIENT];
        self.say(SERVER, SYN | ACK, Payload::NONE, String::new());
        self.seq[SERVER] = self.seq[SERVER].wrapping_add(1);
        self.ack[CLIENT] = self.seq[SERVER];
        let said = accepted.map(|(call, _)| comment(call, " returned this connection"));
        self.say(CLIENT, ACK, Payload::NONE, said.unwrap_or_default());
        true
    }

    fn act(&mut self, side: usize, act: &Act<'_>) {
        if self.over {
            return;
        }
        let other = 1 - side;
        let say = |result: &str| match act.call {
            Some(call) => comment(call, result),
            None => "the program ended, and the system closed the socket".to_owned(),
        };
        match act.deed {
            Deed::Sent(len) => {
                // What has been received already was sent before that was known.
                let ahead = self.received[other].saturating_sub(self.sent[side]).min(len);
                let ahead = if self.finished[side] { len } else { ahead };
                let kept = act.call.map_or(&[][..], |call| known(call, true));
                let rest = kept.get(ahead..).unwrap_or_default();
                self.data(side, rest, len - ahead, say(""));
            }
            Deed::Received(len) => {
                self.received[side] += len;
                let missing = self.received[side].saturating_sub(self.sent[other]).min(len);
                let result = format!(" returned {}", bytes(len));
                let acknowledges = self.ack_of(side);
                if missing > 0 {
                    let kept = act.call.map_or(&[][..], |call| known(call, false));
                    let rest = kept.get(len - missing..).unwrap_or_default();
                    self.data(other, rest, missing, say(&result));
                    self.acknowledge(side, self.ack_of(side), String::new());
                } else {
                    self.acknowledge(side, acknowledges, say(&result));
                }
            }
            Deed::ReadEnd if self.finished[other] => {
                self.acknowledge(side, self.seq[other], say(" read the end of the stream"));
            }
            Deed::ReadEnd => self.finish(other, say(" read the end of the stream")),
            Deed::Finished => self.finish(side, say("")),
            Deed::Closed if self.is_reset[other] => self.reset(side, say("")),
            Deed::Closed => {
                // Its system took everything in, whether or not the program read it.
                self.ack[side] = self.seq[other];
                self.finish(side, say(""));
            }
            // Whoever has finished is told so by its own system.
            Deed::WasReset if self.finished[side] => {}
            Deed::WasReset => self.reset(other, say(" learnt of this reset")),
        }
    }

    /// Says bytes, in segments; `bytes` is what is known of them.
    fn data(&mut self, side: usize, bytes: &[u8], len: usize, mut said: String) {
        let mut from = 0;
        while from < len && !self.finished[side] {
            let size = (len - from).min(SEGMENT_BYTES_MAX);
            let known = bytes.get(from..).unwrap_or_default();
            let known = &known[..known.len().min(size)];
            let flags = if from + size == len { PSH | ACK } else { ACK };
            self.say(side, flags, Payload { bytes: known, len: size }, std::mem::take(&mut said));
            // A segment is far smaller than 4 GiB.
            self.seq[side] = self.seq[side].wrapping_add(size as u32);
            self.sent[side] += size;
            from += size;
        }
    }

    /// Returns the number that acknowledges what a side has received.
    fn ack_of(&self, side: usize) -> u32 {
        let other = 1 - side;
        let unread = self.sent[other].saturating_sub(self.received[side]) as u32;
        let finish = u32::from(self.finished[other]);
        self.seq[other].wrapping_sub(unread).wrapping_sub(finish)
    }

    fn acknowledge(&mut self, side: usize, ack: u32, said: String) {
        // Numbers come round, so "further" is a small difference and "back" a large one.
        let further = ack.wrapping_sub(self.ack[side]);
        if further > 0 && further < u32::MAX / 2 {
            self.ack[side] = ack;
            self.say(side, ACK, Payload::NONE, said);
        }
    }

    fn finish(&mut self, side: usize, said: String) {
        if std::mem::replace(&mut self.finished[side], true) {
            return;
        }
        self.say(side, FIN | ACK, Payload::NONE, said);
        self.seq[side] = self.seq[side].wrapping_add(1);
        // What the other side has not read yet it acknowledges as it reads.
        if self.received[1 - side] >= self.sent[side] || self.finished[1 - side] {
            self.acknowledge(1 - side, self.seq[side], String::new());
        }
    }

    fn reset(&mut self, side: usize, said: String) {
        self.say(side, RST | ACK, Payload::NONE, said);
        self.over = true;
    }

    fn say(&mut self, side: usize, flags: u8, payload: Payload<'_>, comment: String) {
        let (from, to) = (self.places[side], self.places[1 - side]);
        let said = Tcp { flags, seq: self.seq[side], ack: self.ack[side] };
        let (bytes, len) = tcp(from, to, said, payload);
        self.packets.push(Packet { at_us: self.now_us, bytes, len, comment });
    }
}

/// Returns this machine's address on the way to a place, as far as one can tell.
pub(super) fn nearest(to: Place) -> std::net::IpAddr {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    match to.0 {
        ip if ip.is_loopback() => ip,
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

pub(super) fn bytes(len: usize) -> String {
    if len == 1 { "1 byte".into() } else { format!("{len} bytes") }
}

/// Returns what is known of the bytes a call moved. Control messages, which lie before them,
/// are no part of them.
pub(super) fn known(call: &Recorded, outgoing: bool) -> &[u8] {
    let kept = if outgoing { &call.sent.kept } else { &call.received.kept };
    let control = match &call.started.call {
        Call::Sendmsg(sendmsg) if outgoing => length(&sendmsg.control),
        Call::Recvmsg(_) if !outgoing => {
            let reply = call.ended.as_ref().and_then(|end| end.outcome.reply(&call.started.call));
            match reply {
                Some(Reply::ReceivedMessage(message)) => length(&message.control),
                _ => 0,
            }
        }
        _ => 0,
    };
    kept.get(control..).unwrap_or_default()
}

fn length(control: &[Control]) -> usize {
    control.iter().map(|message| message.len as usize).sum()
}
