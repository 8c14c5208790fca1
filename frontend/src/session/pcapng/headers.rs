//! IP, TCP and UDP headers with their checksums.

use std::net::IpAddr;

use super::Place;

pub(super) const FIN: u8 = 0x01;
pub(super) const SYN: u8 = 0x02;
pub(super) const RST: u8 = 0x04;
pub(super) const PSH: u8 = 0x08;
pub(super) const ACK: u8 = 0x10;

const TCP: u8 = 6;
const UDP: u8 = 17;
const HOPS: u8 = 64;
const DONT_FRAGMENT: u16 = 0x4000;

/// Every side says that it takes a gigabyte, so that no reader thinks a window full.
const WINDOW: u16 = u16::MAX;
const WINDOW_SCALE: u8 = 14;

/// Bytes of one segment at most: what fits into an IP packet with room for the headers.
pub(super) const SEGMENT_BYTES_MAX: usize = 32 << 10;
/// The most that either header family leaves for a segment; said in the handshake.
const SEGMENT_SIZE_SAID: u16 = 65_475;

/// What a TCP header says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tcp {
    pub flags: u8,
    pub seq: u32,
    pub ack: u32,
}

/// Payload of a packet: what is known of it, and how long it was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payload<'a> {
    pub bytes: &'a [u8],
    pub len: usize,
}

impl Payload<'_> {
    pub(super) const NONE: Payload<'static> = Payload { bytes: &[], len: 0 };

    fn is_whole(&self) -> bool {
        self.bytes.len() == self.len
    }
}

/// Makes a TCP packet; returns its bytes, and its length where that is more.
pub(super) fn tcp(from: Place, to: Place, tcp: Tcp, payload: Payload<'_>) -> (Vec<u8>, usize) {
    let mut header = Vec::with_capacity(32);
    header.extend(from.1.to_be_bytes());
    header.extend(to.1.to_be_bytes());
    header.extend(tcp.seq.to_be_bytes());
    header.extend(tcp.ack.to_be_bytes());
    let options: &[u8] = if tcp.flags & SYN != 0 {
        let [high, low] = SEGMENT_SIZE_SAID.to_be_bytes();
        &[2, 4, high, low, 3, 3, WINDOW_SCALE, 1]
    } else {
        &[]
    };
    header.push(((20 + options.len()) as u8 / 4) << 4);
    header.push(tcp.flags);
    // Where nothing is offered any more, no window is.
    let window = if tcp.flags & RST != 0 { 0 } else { WINDOW };
    header.extend(window.to_be_bytes());
    header.extend([0; 4]);
    header.extend(options);
    packet(from.0, to.0, TCP, &mut header, 16, payload)
}

/// Makes a UDP packet; returns its bytes, and its length where that is more.
pub(super) fn udp(from: Place, to: Place, payload: Payload<'_>) -> (Vec<u8>, usize) {
    let mut header = Vec::with_capacity(8);
    header.extend(from.1.to_be_bytes());
    header.extend(to.1.to_be_bytes());
    header.extend(((8 + payload.len) as u16).to_be_bytes());
    header.extend([0; 2]);
    packet(from.0, to.0, UDP, &mut header, 6, payload)
}

/// Puts an IP header before a transport header whose checksum stands at `sum_at`.
fn packet(
    from: IpAddr,
    to: IpAddr,
    protocol: u8,
    header: &mut [u8],
    sum_at: usize,
    payload: Payload<'_>,
) -> (Vec<u8>, usize) {
    let below = header.len() + payload.len;
    if payload.is_whole() {
        let mut sum = pseudo_sum(from, to, protocol, below);
        sum = add(sum, header);
        sum = add(sum, payload.bytes);
        let sum = match fold(sum) {
            // UDP says "none" with zero, and zero with its other form.
            0 if protocol == UDP => u16::MAX,
            sum => sum,
        };
        header[sum_at..sum_at + 2].copy_from_slice(&sum.to_be_bytes());
    }
    let mut bytes = ip(from, to, protocol, below);
    let len = bytes.len() + below;
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(payload.bytes);
    (bytes, len)
}

fn ip(from: IpAddr, to: IpAddr, protocol: u8, below: usize) -> Vec<u8> {
    let mut header = Vec::with_capacity(40);
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            header.extend([0x45, 0]);
            header.extend(((20 + below) as u16).to_be_bytes());
            header.extend([0; 2]);
            header.extend(DONT_FRAGMENT.to_be_bytes());
            header.extend([HOPS, protocol, 0, 0]);
            header.extend(from.octets());
            header.extend(to.octets());
            let sum = fold(add(0, &header));
            header[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        _ => {
            header.extend([0x60, 0, 0, 0]);
            header.extend((below as u16).to_be_bytes());
            header.extend([protocol, HOPS]);
            header.extend(v6(from));
            header.extend(v6(to));
        }
    }
    header
}

fn v6(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

fn pseudo_sum(from: IpAddr, to: IpAddr, protocol: u8, below: usize) -> u64 {
    let sum = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => add(add(0, &from.octets()), &to.octets()),
        _ => add(add(0, &v6(from)), &v6(to)),
    };
    sum + u64::from(protocol) + below as u64
}

/// Adds bytes to the sum of RFC 1071.
fn add(sum: u64, bytes: &[u8]) -> u64 {
    let word = |pair: &[u8]| match *pair {
        [high, low] => u64::from(u16::from_be_bytes([high, low])),
        [high] => u64::from(high) << 8,
        _ => 0,
    };
    bytes.chunks(2).map(word).fold(sum, |sum, word| sum + word)
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of RFC 1071's usual example.
    #[test]
    fn a_header_has_the_right_checksum() {
        let from: IpAddr = "127.0.0.1".parse().unwrap();
        let header = ip(from, from, TCP, 20);
        assert_eq!(fold(add(0, &header)), 0, "a header with its checksum sums to nothing");
        assert_eq!(&header[10..12], [0x3c, 0xce]);
    }

    #[test]
    fn a_packet_sums_to_nothing() {
        for place in ["127.0.0.1", "::1"] {
            let place = (place.parse().unwrap(), 9000);
            let said = Tcp { flags: PSH | ACK, seq: 1, ack: 2 };
            let (bytes, len) = tcp(place, place, said, Payload { bytes: b"odd", len: 3 });
            assert_eq!(bytes.len(), len);
            let below = 23;
            let sum = pseudo_sum(place.0, place.0, TCP, below);
            assert_eq!(fold(add(sum, &bytes[len - below..])), 0);
        }
    }
}
