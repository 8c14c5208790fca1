//! The blocks of a pcapng file, as the IETF's draft-ietf-opsawg-pcapng describes them.

use super::Packet;

const SECTION: u32 = 0x0A0D_0D0A;
const INTERFACE: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

/// Tells readers the order of bytes.
const BYTE_ORDER: u32 = 0x1A2B_3C4D;
/// Packets begin with their IP header, of either version.
const LINKTYPE_RAW: u16 = 101;

const OPT_END: u16 = 0;
const OPT_COMMENT: u16 = 1;
const SHB_USERAPPL: u16 = 4;
const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_TSRESOL: u16 = 9;

/// Times are in units of ten to the minus six seconds.
const MICROSECONDS: u8 = 6;

/// Begins a file: whose it is, and the one interface that there is.
pub(super) fn begin() -> Vec<u8> {
    let mut file = Vec::new();
    let mut section = Vec::new();
    section.extend(BYTE_ORDER.to_le_bytes());
    section.extend([1, 0, 0, 0]);
    // How long the section is may be left open.
    section.extend((-1i64).to_le_bytes());
    let about = "Made by Sockpit from the socket calls of a run. Payloads, addresses, ports and \
                 times are the recording's; headers, handshakes and acknowledgements are rebuilt \
                 around them. Unix domain sockets are left out.";
    option(&mut section, OPT_COMMENT, about.as_bytes());
    option(&mut section, SHB_USERAPPL, b"Sockpit");
    option(&mut section, OPT_END, b"");
    block(&mut file, SECTION, &section);

    let mut interface = Vec::new();
    interface.extend(LINKTYPE_RAW.to_le_bytes());
    interface.extend([0; 2]);
    // No limit to a packet's length.
    interface.extend(0u32.to_le_bytes());
    option(&mut interface, IF_NAME, b"sockpit");
    option(&mut interface, IF_DESCRIPTION, b"Socket calls of the programs in the tab");
    option(&mut interface, IF_TSRESOL, &[MICROSECONDS]);
    option(&mut interface, OPT_END, b"");
    block(&mut file, INTERFACE, &interface);
    file
}

/// Adds a packet.
pub(super) fn packet(file: &mut Vec<u8>, packet: &Packet) {
    let mut body = Vec::with_capacity(packet.bytes.len() + 64);
    body.extend(0u32.to_le_bytes());
    body.extend(((packet.at_us >> 32) as u32).to_le_bytes());
    body.extend((packet.at_us as u32).to_le_bytes());
    // A packet is at most 64 KiB long.
    body.extend((packet.bytes.len() as u32).to_le_bytes());
    body.extend((packet.len as u32).to_le_bytes());
    body.extend(&packet.bytes);
    pad(&mut body);
    if !packet.comment.is_empty() {
        option(&mut body, OPT_COMMENT, packet.comment.as_bytes());
        option(&mut body, OPT_END, b"");
    }
    block(file, ENHANCED_PACKET, &body);
}

fn block(file: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let len = (body.len() as u32 + 12).to_le_bytes();
    file.extend(kind.to_le_bytes());
    file.extend(len);
    file.extend(body);
    file.extend(len);
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    body.extend(value);
    pad(body);
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}
