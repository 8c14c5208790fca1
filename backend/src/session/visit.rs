//! A session as the operator sees it: in the log, the metrics and the audit.

use std::sync::Arc;
use std::time::Instant;

use shared::call::Call;
use shared::errno::Failure;
use shared::frame::{Closing, ClosingReason};
use shared::reply::Reply;

use super::farewell::Ending;
use crate::audit::{self, Who};
use crate::call::{Answered, Host};
use crate::link::End;
use crate::metrics::Metrics;

/// A session from its welcome to its end.
#[derive(Debug)]
pub(super) struct Visit {
    host: Arc<Host>,
    who: Who,
    since: Instant,
    /// Bytes that its calls sent and received.
    sent: u64,
    received: u64,
    reason: &'static str,
}

impl Visit {
    pub(super) fn begin(host: Arc<Host>, who: Who) -> Self {
        host.metrics.begin_session();
        tracing::info!(session = %who.session, client = %who.client, "a session begins");
        // Without a farewell it was dropped: the runtime ended before it did.
        Self { host, who, since: Instant::now(), sent: 0, received: 0, reason: "dropped" }
    }

    /// Notes an answer to the call at this place of [`Call::OPS`].
    pub(super) fn note_answer(
        &mut self,
        call: usize,
        outcome: &Result<Answered, Failure>,
        host_us: u64,
    ) {
        let (sent, received) = match outcome {
            Ok(Answered { reply: Reply::Sent(sent), .. }) => (sent.len.into(), 0),
            Ok(Answered { payload, .. }) => (0, payload.len() as u64),
            Err(_) => (0, 0),
        };
        self.sent += sent;
        self.received += received;
        let failure = outcome.as_ref().err();
        if let Some(limit) = failure.and_then(|failure| failure.limit) {
            self.host.metrics.count_limit(limit);
        }
        let error = failure.map(|failure| failure.errno);
        self.host.metrics.count_bytes(sent, received);
        self.host.metrics.count_call(call, error);
        tracing::debug!(
            session = %self.who.session,
            op = Call::OPS.get(call).copied(),
            outcome = error.map_or("ok", |errno| errno.name()),
            sent,
            received,
            host_us,
            "a call is answered"
        );
    }

    pub(super) fn note_break(&self) {
        tracing::debug!(session = %self.who.session, "the connection broke");
    }

    pub(super) fn note_return(&self) {
        tracing::debug!(session = %self.who.session, "the client came back");
    }

    /// Ends the visit, after what the session held has gone.
    pub(super) fn end(mut self, ending: &Ending) {
        self.reason = ending.word();
        ending.count_limit(&self.host.metrics);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let Self { host, who, since, sent, received, reason } = self;
        let (lasted, sent, received) = (since.elapsed(), *sent, *received);
        host.metrics.end_session(reason);
        if let Some(audit) = &host.audit {
            audit::close(audit, who, reason, lasted, (sent, received));
        }
        let session = who.session;
        let seconds = lasted.as_secs_f64();
        tracing::info!(%session, reason, seconds, sent, received, "a session ended");
    }
}

impl Ending {
    /// Counts the limit that ended a session or kept one from beginning, if it was one.
    pub(super) fn count_limit(&self, metrics: &Metrics) {
        if let Ending::Told(Closing { limit: Some(limit), .. }) = self {
            metrics.count_limit(*limit);
        }
    }

    /// Returns a word for it, for machines to count.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Ending::Left(End::Left) => "left",
            Ending::Left(End::Broken) => "broken",
            Ending::Left(End::TooLarge) => "too_large",
            Ending::Told(closing) => match closing.reason {
                ClosingReason::Version => "version",
                ClosingReason::Shutdown => "shutdown",
                ClosingReason::Full => "full",
                ClosingReason::Idle => "idle",
                ClosingReason::Token => "token",
                ClosingReason::Room => "room",
                ClosingReason::Time => "time",
            },
        }
    }
}
