/// Reads bytes as messages of both sides, and as a frame with a payload. Whatever can be read is
/// written and read again to the same.
pub fn frames(bytes: &[u8]) {
    client(bytes);
    server(bytes);
    let Ok((header, payload)) = split(bytes) else { return };
    let again = join(header, payload);
    assert_eq!(again, bytes, "a frame is joined as it was split");
    client(header);
    server(header);
}

fn client(header: &[u8]) {
    let Ok(message) = ClientMessage::decode(header) else { return };
    let written = message.encode();
    let again = ClientMessage::decode(written.as_bytes()).expect("what is written can be read");
    assert_eq!(again.encode(), written);
}

fn server(header: &[u8]) {
    let Ok(message) = ServerMessage::decode(header) else { return };
    let written = message.encode();
    let again = ServerMessage::decode(written.as_bytes()).expect("what is written can be read");
    assert_eq!(again.encode(), written);
}
