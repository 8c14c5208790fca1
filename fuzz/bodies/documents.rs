/// Reads bytes as whatever a stranger's link or file can hold. A session that can be read is
/// written and read again to the same, as a document and as a link.
pub fn documents(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(session) = Session::decode(&text) {
        assert_eq!(Session::decode(&to_json(&session)).as_ref(), Ok(&session));
        let fragment = link::encode(&session);
        match link::read_fragment(&fragment) {
            Ok(Fragment::Session(again)) => assert_eq!(*again, session),
            other => panic!("no session: {other:?}"),
        }
    }
    // As a link, as what a link holds packed, and as what it holds unpacked.
    drop(link::read_fragment(&text));
    drop(link::decode(&URL_SAFE_NO_PAD.encode(bytes)));
    drop(link::decode(&URL_SAFE_NO_PAD.encode(compress_to_vec(bytes, 1))));
    // As the file of a recording, as it is and with what it holds packed.
    recording(bytes);
    let mut file = tape::encode(&Recording::default(), None);
    file.truncate(MAGIC_BYTES);
    file.extend(compress_to_vec_zlib(bytes, 1));
    recording(&file);
}

/// Bytes that begin the file of a recording.
const MAGIC_BYTES: usize = 8;

/// Bytes to which a recording may unpack here.
const UNPACKED_BYTES_MAX: usize = 1 << 20;

/// Reads a recording and does what the page does with one.
fn recording(file: &[u8]) {
    let Ok(Tape { session, recording }) = tape::decode(file, UNPACKED_BYTES_MAX) else { return };
    let written = tape::encode(&recording, session.as_ref());
    assert!(tape::decode(&written, 2 * UNPACKED_BYTES_MAX).is_ok(), "it can be read again");
    drop(pcapng::capture(&recording));
    let mut flow = Flow::default();
    for call in recording.calls() {
        flow.begin(call);
        flow.end_call(call);
        drop(format::call(&call.started.method, &call.started.call, call.sent.total()));
    }
}
