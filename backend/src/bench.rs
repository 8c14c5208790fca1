//! The way of a call through the backend without its WebSocket, for `benches/dispatch.rs`.

use bytes::Bytes;
use futures_util::FutureExt;

use crate::audit::{SessionId, Who};
use crate::call::{Context, Host, perform};
use crate::limits::Limits;
use crate::link;
use crate::patience::Interrupt;
use crate::policy::{Policy, Sources};
use crate::session::read_call;

/// A session that nobody has opened.
#[derive(Debug)]
pub struct Dispatch {
    context: Context,
}

impl Dispatch {
    /// Begins a session.
    ///
    /// # Errors
    /// What is wrong with the policy of a backend that was told nothing; that would be a mistake.
    pub fn begin() -> Result<Self, String> {
        let who = Who { session: SessionId::next(), client: [127, 0, 0, 1].into() };
        let host = Host::alone(Limits::default(), Policy::new(&Sources::default())?);
        Ok(Self { context: Context::new(host.into(), None, who, None) })
    }

    /// Reads a call, makes it and writes its answer, as a session does. Returns the answer, or
    /// nothing for what is no call or would wait.
    pub fn make(&self, header: &Bytes, payload: &Bytes) -> Option<Bytes> {
        let (id, call) = read_call(header)?;
        let interrupt = Interrupt::default();
        let work = perform(&self.context, call, payload.clone(), &interrupt);
        let outcome = Box::pin(work).now_or_never()?;
        Some(link::answer(id, outcome, 0).into_data())
    }
}
