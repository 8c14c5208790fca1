//! How calls reach the host: through the kernel worker in the tab, over a WebSocket natively.

#[cfg(not(target_arch = "wasm32"))]
mod handover;
#[cfg(target_arch = "wasm32")]
pub(crate) mod mailbox;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod websocket;

use serde_json::value::RawValue;
use shared::errno::Failure;
use shared::guest::GuestCall;

/// Carries one call to the host and its answer back. Many threads use it at once.
pub(crate) trait Transport: Send + Sync {
    /// Makes the call and waits until it is answered.
    fn call(&self, call: GuestCall, payload: &[u8]) -> Result<Answer, Failure>;

    /// Bytes that one call may carry.
    fn transfer_bytes_max(&self) -> usize;
}

/// What a call that succeeded returns: its reply, not yet read, and the bytes it received.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) reply: Box<RawValue>,
    pub(crate) payload: Vec<u8>,
}
