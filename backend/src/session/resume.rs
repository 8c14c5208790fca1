//! Sessions that outlive their connection: who may take one over, and what it has missed.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Message;
use tokio::sync::{mpsc, oneshot};

use crate::limits::{RETAINED_BYTES_MAX, RETAINED_BYTES_SOFT_MAX};
use crate::link::Link;

/// Sessions that may be resumed, by their tokens.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    sessions: Mutex<HashMap<String, mpsc::Sender<Adoption>>>,
}

/// A new connection for a session.
#[derive(Debug)]
pub(crate) struct Adoption {
    pub(super) link: Link,
    /// Answers and refusals that the client has got.
    pub(super) received: u64,
    /// Takes the connection back if the session cannot go on from there.
    pub(super) refuse: oneshot::Sender<Link>,
}

/// A session's place in the registry, given up when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    registry: Arc<Registry>,
    token: String,
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, mpsc::Sender<Adoption>>> {
        // Nothing panics while it holds the lock, and a map of senders is never half changed.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a session in, or nothing where the host has no randomness for a secret token.
    pub(super) fn enter(self: &Arc<Self>) -> Option<(Seat, mpsc::Receiver<Adoption>)> {
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).ok()?;
        let token: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        // One client has one connection to offer; a second one waits its turn.
        let (sender, adoptions) = mpsc::channel(1);
        self.lock().insert(token.clone(), sender);
        Some((Seat { registry: Arc::clone(self), token }, adoptions))
    }

    /// Hands a connection to the session with this token; returns it where there is none.
    pub(super) async fn adopt(&self, token: &str, link: Link, received: u64) -> Result<(), Link> {
        let Some(session) = self.lock().get(token).cloned() else { return Err(link) };
        let (refuse, refused) = oneshot::channel();
        if let Err(unsent) = session.send(Adoption { link, received, refuse }).await {
            return Err(unsent.0.link);
        }
        // Without an answer the session has taken it, or has ended together with it.
        refused.await.map_or(Ok(()), Err)
    }
}

impl Seat {
    pub(super) fn token(&self) -> &str {
        &self.token
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.registry.lock().remove(&self.token);
    }
}

/// Messages to the client that it has not acknowledged.
#[derive(Debug, Default)]
pub(super) struct Retained {
    messages: VecDeque<Message>,
    bytes: usize,
    /// How many were acknowledged.
    acknowledged: u64,
}

impl Retained {
    pub(super) fn push(&mut self, message: Message) {
        self.bytes += size(&message);
        self.messages.push_back(message);
    }

    /// The client has this many of all messages there ever were. Less than it had, or more than
    /// there were, changes nothing.
    pub(super) fn acknowledge(&mut self, received: u64) {
        let Some(count) = self.place(received) else { return };
        for message in self.messages.drain(..count) {
            self.bytes -= size(&message);
        }
        self.acknowledged = received;
    }

    /// Returns what a client that has this many is missing, or nothing if that is not known.
    pub(super) fn after(&self, received: u64) -> Option<Vec<Message>> {
        Some(self.messages.range(self.place(received)?..).cloned().collect())
    }

    /// Returns whether calls may go on.
    pub(super) fn has_room(&self) -> bool {
        self.bytes < RETAINED_BYTES_SOFT_MAX
    }

    /// Returns whether the client fails to acknowledge what it receives.
    pub(super) fn is_overdrawn(&self) -> bool {
        self.bytes >= RETAINED_BYTES_MAX
    }

    fn place(&self, received: u64) -> Option<usize> {
        let count = usize::try_from(received.checked_sub(self.acknowledged)?).ok()?;
        (count <= self.messages.len()).then_some(count)
    }
}

fn size(message: &Message) -> usize {
    /// What the list itself needs for a message.
    const ENTRY_BYTES: usize = 64;
    let content = match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Close(_) => 0,
    };
    ENTRY_BYTES + content
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retained(count: usize) -> Retained {
        let mut retained = Retained::default();
        for number in 0..count {
            retained.push(Message::Text(number.to_string().into()));
        }
        retained
    }

    fn after(retained: &Retained, received: u64) -> Option<Vec<String>> {
        let messages = retained.after(received)?;
        Some(messages.iter().map(|message| message.to_text().unwrap_or("").to_owned()).collect())
    }

    #[test]
    fn a_client_gets_what_it_has_not_got() {
        let retained = retained(3);
        assert_eq!(after(&retained, 0).unwrap(), ["0", "1", "2"]);
        assert_eq!(after(&retained, 2).unwrap(), ["2"]);
        assert!(after(&retained, 3).unwrap().is_empty());
    }

    #[test]
    fn what_is_acknowledged_is_given_up() {
        let mut retained = retained(3);
        retained.acknowledge(2);
        assert_eq!(after(&retained, 2).unwrap(), ["2"]);
        assert_eq!(after(&retained, 1), None);
        retained.acknowledge(3);
        assert_eq!(retained.bytes, 0);
    }

    #[test]
    fn counts_that_cannot_be_are_ignored() {
        let mut retained = retained(2);
        retained.acknowledge(3);
        assert_eq!(after(&retained, 0).unwrap().len(), 2);
        retained.acknowledge(2);
        retained.acknowledge(1);
        assert!(after(&retained, 2).unwrap().is_empty());
        assert_eq!(after(&retained, u64::MAX), None);
    }

    #[test]
    fn unacknowledged_bytes_are_bounded() {
        let mut retained = Retained::default();
        while retained.has_room() {
            retained.push(Message::Binary(vec![0; 200_000].into()));
        }
        assert!(!retained.is_overdrawn());
        retained.acknowledge(1);
        assert!(retained.has_room());
    }
}
