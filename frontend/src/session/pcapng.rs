//! The recording as a packet capture that Wireshark opens.
//!
//! Payloads, addresses, ports and times are those of the recording. What no program ever sees
//! is rebuilt around them: IP and TCP headers, handshakes, acknowledgements, the packets that
//! end a connection. Comments name the call, its file and its line. Two ends that are both in
//! the tab make one conversation, as they would on the wire.
//!
//! Bytes that the recording no longer has are not invented: their packets are as long as they
//! were and captured in part, which readers show as missing.

mod blocks;
mod conversation;
mod datagrams;
mod headers;
mod story;

#[cfg(test)]
mod tests;

use super::recording::{Recorded, Recording};
use crate::timeline::format;

/// Bytes of a comment at most; a `sendall` of a long literal is cut.
const COMMENT_BYTES_MAX: usize = 400;

/// A packet before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Packet {
    at_us: u64,
    /// As much of it as is known, from the first byte of its IP header.
    bytes: Vec<u8>,
    /// How long it was.
    len: usize,
    comment: String,
}

/// An address without what only its own host knows.
type Place = (std::net::IpAddr, u16);

/// Tells whether a recording has anything that would be seen on a network.
pub fn has_packets(recording: &Recording) -> bool {
    recording.calls().any(|call| {
        let op = call.started.call.op();
        op.starts_with("send") || op.starts_with("recv") || matches!(op, "connect" | "accept")
    })
}

/// Writes a recording as a pcapng file.
pub fn capture(recording: &Recording) -> Vec<u8> {
    let story = story::read(recording);
    let mut packets = conversation::packets(&story);
    packets.extend(datagrams::packets(&story));
    packets.sort_by_key(|packet| packet.at_us);
    let mut file = blocks::begin();
    for packet in &packets {
        blocks::packet(&mut file, packet);
    }
    file
}

/// Says which call a packet belongs to: `client.py line 9: recv(128) returned 40 bytes`.
fn comment(call: &Recorded, result: &str) -> String {
    let started = &call.started;
    let place = match &started.site {
        Some(site) => format!("{} line {}", site.file, site.line),
        None => started.program.clone(),
    };
    let text = format::call(&started.method, &started.call, call.sent.total());
    let mut comment = format!("{place}: {text}{result}");
    if comment.len() > COMMENT_BYTES_MAX {
        let mut end = COMMENT_BYTES_MAX;
        while !comment.is_char_boundary(end) {
            end -= 1;
        }
        comment.truncate(end);
        comment.push('…');
    }
    comment
}
