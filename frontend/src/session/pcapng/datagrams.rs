//! UDP: each datagram once, whether its sender, its receiver or both are in the tab.

use super::conversation::{bytes, known, nearest};
use super::headers::{Payload, udp};
use super::story::{Datagram, Story};
use super::{Packet, Place, comment};

/// Datagrams sent and not yet received that are looked through for one that was received.
const SEARCH_MAX: usize = 512;

/// Bytes of a datagram at most; the length in its header has sixteen bits.
const DATAGRAM_BYTES_MAX: usize = 65_507;

/// Makes the packets of all datagrams.
pub(super) fn packets(story: &Story<'_>) -> Vec<Packet> {
    let mut locals: Vec<Option<Place>> = story.sockets.iter().map(|socket| socket.local).collect();
    let mut order: Vec<&Datagram<'_>> = story.datagrams.iter().collect();
    order.sort_by_key(|datagram| (datagram.at_us, !datagram.outgoing));
    // Who received what was sent in the tab: from it a sender learns its own address.
    let mut on_the_way: Vec<&Datagram<'_>> = Vec::new();
    let mut told = Vec::new();
    for datagram in order {
        if datagram.outgoing {
            on_the_way.push(datagram);
            told.push(datagram);
            continue;
        }
        let local = locals[datagram.socket];
        let from = on_the_way.len().saturating_sub(SEARCH_MAX);
        let found = on_the_way[from..]
            .iter()
            .position(|sent| is_same(sent, datagram, local, locals[sent.socket]));
        match found {
            Some(at) => {
                let sent = on_the_way.remove(from + at);
                let bound =
                    locals[sent.socket].filter(|(ip, port)| *port != 0 && !ip.is_unspecified());
                locals[sent.socket] = bound.or(datagram.other);
            }
            None => told.push(datagram),
        }
    }
    told.into_iter().filter_map(|datagram| packet(datagram, locals[datagram.socket])).collect()
}

fn is_same(
    sent: &Datagram<'_>,
    came: &Datagram<'_>,
    receiver: Option<Place>,
    sender: Option<Place>,
) -> bool {
    let (Some((ip, port)), Some(to)) = (receiver, sent.other) else { return false };
    let reaches = port == to.1 && (ip == to.0 || ip.is_unspecified());
    let comes_from = |(_, port): Place| port == 0 || came.other.is_none_or(|other| other.1 == port);
    let (out, into) = (known(sent.call, true), known(came.call, false));
    let common = out.len().min(into.len());
    reaches
        && sender.is_none_or(comes_from)
        && came.len <= sent.len
        && out[..common] == into[..common]
}

fn packet(datagram: &Datagram<'_>, local: Option<Place>) -> Option<Packet> {
    let other = datagram.other?;
    let mut note = String::new();
    let here = local.filter(|(ip, _)| ip.is_ipv4() == other.0.is_ipv4() || ip.is_unspecified());
    let port = here.map_or(0, |(_, port)| port);
    if port == 0 {
        note = " (the recording does not know the local port)".into();
    }
    let ip = here.map(|(ip, _)| ip).filter(|ip| !ip.is_unspecified()).unwrap_or(nearest(other));
    let len = datagram.len.min(DATAGRAM_BYTES_MAX);
    let all = known(datagram.call, datagram.outgoing);
    let payload = Payload { bytes: &all[..all.len().min(len)], len };
    let (from, to, result) = if datagram.outgoing {
        ((ip, port), other, String::new())
    } else {
        (other, (ip, port), format!(" returned {}", bytes(datagram.len)))
    };
    let (bytes, len) = udp(from, to, payload);
    let comment = comment(datagram.call, &result) + &note;
    Some(Packet { at_us: datagram.at_us, bytes, len, comment })
}
