//! Looking after the client from time to time: whether it is still there, and for how long its
//! session may be.

use std::pin::Pin;
use std::time::Duration;

use axum::extract::ws::Message;
use bytes::Bytes;
use shared::frame::ServerMessage;
use shared::limit::LimitNotice;
use tokio::time::{Instant, Sleep, timeout};

use super::farewell::{Ending, idle, time_is_over};
use super::{Connection, Session};
use crate::budget::Due;
use crate::link::{self, End, Gone};

impl Session {
    /// Ends a session whose time is over, or whose client is silent or takes no answers, and asks
    /// a quiet one for a sign of life.
    pub(super) async fn look_after_client(
        &mut self,
        mut pulse: Pin<&mut Sleep>,
    ) -> Result<(), Ending> {
        let now = Instant::now();
        pulse.as_mut().reset(now + self.context.host.limits.waits.pulse());
        let notice = match self.term.look(self.used, now) {
            Some(Due::End(limit, message)) => {
                return Err(Ending::Told(time_is_over(limit, message)));
            }
            Some(Due::Tell(notice)) => Some(notice),
            None => None,
        };
        if self.is_stalled(now)? {
            // It does not hear, and without room in the outbox nothing was read either, so its
            // silence says nothing.
            return Ok(());
        }
        if let Some(notice) = notice {
            self.tell_of_limit(notice)?;
        }
        self.ask_for_a_sign(now).await
    }

    /// Tells the visitor of a limit. The outbox must have room.
    pub(super) fn tell_of_limit(&mut self, notice: LimitNotice) -> Result<(), Ending> {
        self.context.host.metrics.count_limit(notice.limit);
        self.tell(link::text(ServerMessage::Limit(notice)))
    }

    /// Tells whether the client takes no answers at present, or is not there; fails where that
    /// lasts.
    fn is_stalled(&self, now: Instant) -> Result<bool, Ending> {
        let Connection::Standing(link) = &self.connection else { return Ok(true) };
        let Some(since) = link.stalled_since() else { return Ok(false) };
        if now.duration_since(since) > self.context.host.limits.waits.stall_max() {
            return Err(Ending::Told(idle("the client takes no answers")));
        }
        Ok(true)
    }

    async fn ask_for_a_sign(&mut self, now: Instant) -> Result<(), Ending> {
        let waits = &self.context.host.limits.waits;
        let Connection::Standing(link) = &mut self.connection else { return Ok(()) };
        let silence = now.duration_since(self.heard);
        if silence > waits.silence_max() {
            return Err(Ending::Told(idle("nothing came from the client")));
        }
        if link.look_at_arrival(now) > waits.message_max() {
            return Err(Ending::Told(idle("a message takes too long to arrive")));
        }
        if silence < waits.pulse() {
            return Ok(());
        }
        let ping = link.send(Message::Ping(Bytes::new()));
        // There was room a moment ago; if there is none now, the next pulse comes anyway.
        match timeout(Duration::ZERO, ping).await {
            Ok(Err(Gone)) => self.lose_connection(End::Broken),
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }
}
