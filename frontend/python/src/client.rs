//! The one door to the host. It knows no Python: what is Python's happens in `socket`.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::value::RawValue;
use shared::call::{Flag, Request, Sendall, SocketId, Wait};
use shared::errno::{Errno, Failure};
use shared::guest::{GuestCall, Site};
use shared::reply::Sent;

use crate::transport::{Answer, Transport};

/// What the recording wants to know about a call.
#[derive(Debug, Clone)]
pub(crate) struct About {
    /// The method as Python named it.
    pub(crate) method: &'static str,
    /// The program's line that made the call.
    pub(crate) site: Option<Site>,
}

/// Makes calls, one at a time per thread.
pub(crate) struct Client {
    transport: Box<dyn Transport>,
}

static CLIENT: OnceLock<Client> = OnceLock::new();

/// Sets how calls reach the host; the first one set stays.
pub(crate) fn connect_through(transport: impl Transport + 'static) {
    CLIENT.get_or_init(|| Client { transport: Box::new(transport) });
}

/// Returns the program's client.
pub(crate) fn client() -> Result<&'static Client, Failure> {
    CLIENT.get().ok_or_else(|| Failure::new(Errno::ENETDOWN))
}

impl Client {
    /// Makes a call and waits for its answer: the reply, and the bytes received.
    pub(crate) fn call<C: Request>(
        &self,
        call: impl Into<shared::call::Call>,
        payload: &[u8],
        about: About,
    ) -> Result<(C::Reply, Vec<u8>), Failure> {
        let Answer { reply, payload } = self.send(call.into(), payload, about, false)?;
        Ok((decode(&reply)?, payload))
    }

    /// Sends all of `data`, in as many messages as it takes, within one deadline. With a failure
    /// comes how many bytes are known to be sent; an interrupted call fails with `EINTR`.
    pub(crate) fn sendall(
        &self,
        socket: SocketId,
        data: &[u8],
        flags: &[Flag],
        wait: Wait,
        about: &About,
    ) -> Result<(), (usize, Failure)> {
        let deadline = match wait {
            Wait::Millis(millis) => Instant::now().checked_add(Duration::from_millis(millis)),
            Wait::Never | Wait::Forever => None,
        };
        let mut sent = 0;
        loop {
            let rest = &data[sent..];
            let part = &rest[..rest.len().min(self.transfer_bytes_max())];
            let wait = deadline.map_or(wait, |at| {
                Timeout::After(at.saturating_duration_since(Instant::now())).wait()
            });
            let call = Sendall { socket, flags: flags.to_vec(), wait };
            let more = part.len() < rest.len();
            let reply = self
                .send(call.into(), part, about.clone(), more)
                .and_then(|answer| decode::<Sent>(&answer.reply))
                .map_err(|failure| (sent, failure))?;
            sent += part.len().min(reply.len as usize);
            if (reply.len as usize) < part.len() {
                return Err((sent, Failure::new(Errno::EINTR)));
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Returns how many bytes one call may carry.
    pub(crate) fn transfer_bytes_max(&self) -> usize {
        self.transport.transfer_bytes_max()
    }

    fn send(
        &self,
        call: shared::call::Call,
        payload: &[u8],
        about: About,
        more: bool,
    ) -> Result<Answer, Failure> {
        let About { method, site } = about;
        self.transport.call(GuestCall { method: method.to_owned(), site, more, call }, payload)
    }
}

fn decode<T: serde::de::DeserializeOwned>(reply: &RawValue) -> Result<T, Failure> {
    serde_json::from_str(reply.get()).map_err(|error| {
        Failure::explained(Errno::EPROTO, format!("a reply cannot be read: {error}"))
    })
}

/// How long a socket's calls may wait: what `settimeout` sets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Timeout {
    /// Blocking.
    Forever,
    /// Non-blocking.
    Never,
    After(Duration),
}

impl Timeout {
    /// Returns the wait that a call carries. Part of a millisecond counts as a whole one, so
    /// that a short timeout does not turn into none.
    pub(crate) fn wait(self) -> Wait {
        match self {
            Timeout::Forever => Wait::Forever,
            Timeout::Never => Wait::Never,
            Timeout::After(time) => {
                let millis = time.as_micros().div_ceil(1000);
                Wait::Millis(u64::try_from(millis).unwrap_or(u64::MAX))
            }
        }
    }
}
