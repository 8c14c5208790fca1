//! The tab's transport: frames in the program's own memory that the kernel worker reads and
//! writes while the thread sleeps. See `shared::mailbox`.

#![expect(unsafe_code, reason = "calls two functions that the tab provides")]

use serde_json::value::RawValue;
use shared::errno::{Errno, Failure};
use shared::frame;
use shared::guest::{GuestAnswer, GuestCall, GuestRequest};

use super::{Answer, Transport};

/// Bytes of room for the answer's header; a longer one is fetched with a second call.
const HEADER_BYTES: usize = 1024;

/// Bytes of room for a payload where the call does not say how much it wants.
const PAYLOAD_BYTES: usize = 4096;

/// Bytes that one call carries. The kernel worker and the backend clamp further.
const TRANSFER_BYTES_MAX: usize = 256 * 1024;

#[link(wasm_import_module = "sockpit")]
unsafe extern "C" {
    /// Returns the answer's length; one that does not fit is kept for `fetch`.
    fn call(request: *const u8, request_len: u32, answer: *mut u8, answer_max: u32) -> i32;
    fn fetch(answer: *mut u8, answer_max: u32) -> i32;
}

/// Asks the kernel worker and waits for its answer.
pub(crate) fn exchange(
    request: &GuestRequest,
    payload: &[u8],
    expected_payload_bytes: usize,
) -> Result<(Box<RawValue>, Vec<u8>), Failure> {
    let request = frame::join(frame::to_json(request).as_bytes(), payload);
    let mut answer = vec![0; HEADER_BYTES + expected_payload_bytes];
    // SAFETY: both ranges belong to this thread until the call returns.
    let len = unsafe {
        call(request.as_ptr(), request.len() as u32, answer.as_mut_ptr(), answer.len() as u32)
    };
    let Ok(len) = usize::try_from(len) else {
        return Err(Failure::explained(Errno::EIO, "the kernel worker did not answer"));
    };
    if len > answer.len() {
        answer.resize(len, 0);
        // SAFETY: as above.
        let fetched = unsafe { fetch(answer.as_mut_ptr(), answer.len() as u32) };
        if usize::try_from(fetched) != Ok(len) {
            return Err(Failure::explained(Errno::EIO, "the kernel worker lost an answer"));
        }
    }
    answer.truncate(len);
    let (header, payload) = frame::split(&answer).map_err(unreadable)?;
    match serde_json::from_slice(header).map_err(unreadable)? {
        GuestAnswer::Ok(reply) => Ok((reply, payload.to_vec())),
        GuestAnswer::Error(failure) => Err(failure),
    }
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::explained(Errno::EPROTO, format!("an answer cannot be read: {error}"))
}

/// The kernel worker, as seen by the program's threads.
#[derive(Debug)]
pub(crate) struct Mailbox;

impl Transport for Mailbox {
    fn call(&self, call: GuestCall, payload: &[u8]) -> Result<Answer, Failure> {
        let expected = match &call.call {
            shared::call::Call::Recv(recv) => recv.len as usize,
            shared::call::Call::Recvfrom(recv) => recv.len as usize,
            _ => PAYLOAD_BYTES,
        };
        let expected = expected.min(TRANSFER_BYTES_MAX);
        let (reply, payload) = exchange(&GuestRequest::Call(call), payload, expected)?;
        Ok(Answer { reply, payload })
    }

    fn transfer_bytes_max(&self) -> usize {
        TRANSFER_BYTES_MAX
    }
}
