//! Rooms: visitors who share one isolated loopback.
//!
//! A room begins with its first member and ends with its last. Who knows its name may come in,
//! so the page makes names that nobody guesses.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Instant;

use futures_util::task::AtomicWaker;
use shared::frame::{RoomMember, RoomState};

use crate::limits::{ROOM_AGE_MAX, ROOM_NAME_BYTES_MAX, VISITOR_NAME_CHARS_MAX};
use crate::loopback::Loopback;

/// The rooms there are, by name.
#[derive(Debug, Default)]
pub(crate) struct Rooms(Mutex<HashMap<String, Weak<Room>>>);

/// Visitors who share a loopback.
#[derive(Debug)]
struct Room {
    name: String,
    loopback: Arc<Loopback>,
    capacity: u32,
    since: Instant,
    members: Mutex<Members>,
    /// Counts the changes of who is here.
    version: AtomicU64,
}

#[derive(Debug, Default)]
struct Members {
    last_id: u32,
    list: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    id: u32,
    name: String,
    waker: Arc<AtomicWaker>,
}

/// A session's place in a room, given up when dropped.
#[derive(Debug)]
pub(crate) struct Membership {
    room: Arc<Room>,
    id: u32,
    waker: Arc<AtomicWaker>,
    /// The version that the visitor was told last.
    told: u64,
}

/// Why a visitor may not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No room can have this name.
    Name,
    /// The room has as many members as it may have.
    Full,
    /// The room has been there for as long as it may take newcomers.
    Old,
    /// There is no loopback left for one more room.
    NoLoopback,
}

impl Refusal {
    /// Says it to the visitor.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Refusal::Name => "a room's name has up to 64 letters, digits, - and _",
            Refusal::Full => "the room is full",
            Refusal::Old => "the room is too old to take newcomers; start another one",
            Refusal::NoLoopback => "the backend has no loopback left for one more room",
        }
    }
}

impl Rooms {
    /// Takes a visitor into a room, which begins if it is not there. `loopback` makes one for it.
    pub(crate) fn join<E>(
        &self,
        room: &str,
        visitor: Option<&str>,
        capacity: u32,
        loopback: impl FnOnce() -> Result<Arc<Loopback>, E>,
    ) -> Result<Membership, Refusal> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if room.is_empty() || room.len() > ROOM_NAME_BYTES_MAX || !room.chars().all(is_plain) {
            return Err(Refusal::Name);
        }
        let mut rooms = self.lock();
        let found = rooms.get(room).and_then(Weak::upgrade);
        let room = match found {
            Some(room) if room.since.elapsed() > ROOM_AGE_MAX => return Err(Refusal::Old),
            Some(room) => room,
            None => {
                let loopback = loopback().map_err(|_| Refusal::NoLoopback)?;
                // As many rooms as end, so many entries go.
                rooms.retain(|_, room| room.strong_count() > 0);
                let begun = Arc::new(Room::new(room.to_owned(), loopback, capacity));
                rooms.insert(room.to_owned(), Arc::downgrade(&begun));
                begun
            }
        };
        room.enter(visitor)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Weak<Room>>> {
        // No panic can leave the map half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    fn new(name: String, loopback: Arc<Loopback>, capacity: u32) -> Self {
        Self {
            name,
            loopback,
            capacity,
            since: Instant::now(),
            members: Mutex::default(),
            version: AtomicU64::new(0),
        }
    }

    fn enter(self: Arc<Self>, visitor: Option<&str>) -> Result<Membership, Refusal> {
        let waker = Arc::new(AtomicWaker::new());
        let id = {
            let mut members = self.members();
            if members.list.len() >= self.capacity as usize {
                return Err(Refusal::Full);
            }
            members.last_id = members.last_id.saturating_add(1);
            let id = members.last_id;
            let name = visitor.and_then(display_name).unwrap_or_else(|| format!("Visitor {id}"));
            members.list.push(Member { id, name, waker: Arc::clone(&waker) });
            id
        };
        self.tell();
        Ok(Membership { room: self, id, waker, told: 0 })
    }

    fn tell(&self) {
        self.version.fetch_add(1, Ordering::AcqRel);
        for member in &self.members().list {
            member.waker.wake();
        }
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        // No panic can leave the list half changed.
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Membership {
    pub(crate) fn loopback(&self) -> Arc<Loopback> {
        Arc::clone(&self.room.loopback)
    }

    /// Returns who is in the room, once that is news to the visitor.
    pub(crate) fn poll_news(&mut self, cx: &mut Context<'_>) -> Poll<RoomState> {
        self.waker.register(cx.waker());
        let version = self.room.version.load(Ordering::Acquire);
        if version == self.told {
            return Poll::Pending;
        }
        self.told = version;
        Poll::Ready(self.state())
    }

    /// The visitor has a new connection, which was told nothing.
    pub(crate) fn forget_told(&mut self) {
        self.told = 0;
    }

    fn state(&self) -> RoomState {
        let members = self.room.members();
        let list = members.list.iter();
        RoomState {
            name: self.room.name.clone(),
            you: self.id,
            capacity: self.room.capacity,
            members: list
                .map(|Member { id, name, .. }| RoomMember { id: *id, name: name.clone() })
                .collect(),
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.room.members().list.retain(|member| member.id != self.id);
        self.room.tell();
    }
}

/// Returns the name as others may see it: one line, not too long, or nothing if nothing is left.
fn display_name(name: &str) -> Option<String> {
    let shown: String =
        name.chars().filter(|c| !c.is_control()).take(VISITOR_NAME_CHARS_MAX).collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loopback::Pool;

    fn join(rooms: &Rooms, pool: &Arc<Pool>, room: &str) -> Result<Membership, Refusal> {
        rooms.join(room, Some("Ada\n"), 2, || Loopback::new(pool, false).map(Arc::new).ok_or(()))
    }

    #[test]
    fn a_room_has_its_members_and_no_more_than_it_may() {
        let (rooms, pool) = (Rooms::default(), Arc::default());
        let first = join(&rooms, &pool, "r").unwrap();
        let second = join(&rooms, &pool, "r").unwrap();
        assert!(Arc::ptr_eq(&first.loopback(), &second.loopback()));
        assert_eq!(join(&rooms, &pool, "r").unwrap_err(), Refusal::Full);
        let elsewhere = join(&rooms, &pool, "s").unwrap();
        assert!(!Arc::ptr_eq(&first.loopback(), &elsewhere.loopback()));
        let names: Vec<_> = first.state().members.into_iter().map(|member| member.name).collect();
        assert_eq!(names, ["Ada", "Ada"]);
        drop(second);
        assert_eq!(first.state().members.len(), 1);
        join(&rooms, &pool, "r").unwrap();
    }

    #[test]
    fn a_room_ends_with_its_last_member() {
        let (rooms, pool) = (Rooms::default(), Arc::default());
        drop(join(&rooms, &pool, "r").unwrap());
        let again = join(&rooms, &pool, "r").unwrap();
        assert_eq!(again.id, 1);
        drop(again);
        drop(join(&rooms, &pool, "s").unwrap());
        assert_eq!(rooms.lock().len(), 1);
    }

    #[test]
    fn names_that_no_room_can_have_are_refused() {
        let (rooms, pool) = (Rooms::default(), Arc::default());
        let long = "a".repeat(65);
        for name in ["", "a b", "../x", "é", long.as_str()] {
            assert_eq!(join(&rooms, &pool, name).unwrap_err(), Refusal::Name, "{name}");
        }
    }
}
