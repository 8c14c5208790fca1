//! Rooms: visitors who share one isolated loopback.
//!
//! A room begins with its first member and ends with its last. Who knows its name may come in,
//! so the page makes names that nobody guesses. Members may show each other what their programs
//! do (`showing`).

mod showing;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use serde_json::value::RawValue;
use shared::frame::{RoomMember, RoomState};

use crate::limits::{ROOM_AGE_MAX, ROOM_NAME_BYTES_MAX, SHOW_BYTES_MAX, VISITOR_NAME_CHARS_MAX};
use crate::loopback::Loopback;
use showing::{Backlog, Meter};

pub(crate) use showing::Shown;

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
    /// Shows the others what programs do.
    sharing: bool,
    meter: Meter,
    backlog: Backlog,
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
            let name = members.unlike_others(name);
            members.list.push(Member {
                id,
                name,
                sharing: false,
                meter: Meter::new(Instant::now()),
                backlog: Backlog::default(),
                waker: Arc::clone(&waker),
            });
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

impl Members {
    /// Returns a name that nobody else here has: others tell visitors apart by it.
    fn unlike_others(&self, name: String) -> String {
        let taken = |name: &str| {
            let name = name.to_lowercase();
            self.list.iter().any(|member| member.name.to_lowercase() == name)
        };
        if !taken(&name) {
            return name;
        }
        let mut numbered = (2u32..).map(|number| format!("{name} {number}"));
        numbered.find(|name| !taken(name)).unwrap_or(name)
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

    /// The visitor shows the others what programs do, or no longer: then nobody is told any more
    /// of what was shown and is still on its way.
    pub(crate) fn share(&self, sharing: bool) {
        {
            let mut members = self.room.members();
            for member in &mut members.list {
                if member.id == self.id {
                    member.sharing = sharing;
                } else if !sharing {
                    member.backlog.forget(self.id);
                }
            }
        }
        self.room.tell();
    }

    /// Passes something on to the others, if the visitor shares and does not show too much.
    pub(crate) fn show(&self, show: Box<RawValue>, payload: Bytes) {
        let bytes = show.get().len() + payload.len();
        let mut members = self.room.members();
        let Some(own) = members.list.iter_mut().find(|member| member.id == self.id) else { return };
        if !own.sharing {
            return;
        }
        let fits = bytes <= SHOW_BYTES_MAX && own.meter.takes(bytes, Instant::now());
        let shown = Shown::new(self.id, show, payload);
        for member in members.list.iter_mut().filter(|member| member.id != self.id) {
            if fits {
                member.backlog.push(shown.clone());
                member.waker.wake();
            } else {
                member.backlog.lose(self.id, 1);
            }
        }
    }

    /// Returns the next thing that another visitor shows. Wakes together with
    /// [`Membership::poll_news`], which is to be polled before.
    pub(crate) fn next_shown(&mut self) -> Option<Shown> {
        let mut members = self.room.members();
        let own = members.list.iter_mut().find(|member| member.id == self.id)?;
        own.backlog.pop()
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
                .map(|Member { id, name, sharing, .. }| RoomMember {
                    id: *id,
                    name: name.clone(),
                    sharing: *sharing,
                })
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
    let seen: String = name.chars().filter(|c| !c.is_control() && !is_unseen(*c)).collect();
    let seen = seen.split_whitespace().collect::<Vec<&str>>().join(" ");
    let shown: String = seen.chars().take(VISITOR_NAME_CHARS_MAX).collect();
    let shown = shown.trim_end();
    (!shown.is_empty()).then(|| shown.to_owned())
}

/// Tells whether a character is not seen itself, or turns others around: with those, one name
/// could look like another.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
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
        assert_eq!(names, ["Ada", "Ada 2"]);
        drop(second);
        assert_eq!(first.state().members.len(), 1);
        join(&rooms, &pool, "r").unwrap();
    }

    #[test]
    fn a_name_is_what_is_seen_of_it() {
        for (given, seen) in [
            (" Ada  Lovelace\n", Some("Ada Lovelace")),
            ("A\u{200b}da\u{202e}", Some("Ada")),
            ("\u{2066}\u{feff} \t", None),
            ("<b>Ada</b>", Some("<b>Ada</b>")),
        ] {
            assert_eq!(display_name(given).as_deref(), seen, "{given:?}");
        }
        assert_eq!(display_name(&"x".repeat(99)).unwrap().len(), VISITOR_NAME_CHARS_MAX);
    }

    #[test]
    fn only_who_shares_is_passed_on_and_to_the_others_alone() {
        let (rooms, pool) = (Rooms::default(), Arc::default());
        let mut ada = join(&rooms, &pool, "r").unwrap();
        let mut bob = join(&rooms, &pool, "r").unwrap();
        let show = || RawValue::from_string("{}".into()).unwrap();
        ada.show(show(), Bytes::new());
        assert!(bob.next_shown().is_none());
        ada.share(true);
        assert!(bob.state().members[0].sharing);
        ada.show(show(), Bytes::from_static(b"data"));
        assert!(ada.next_shown().is_none());
        let (_, payload) = bob.next_shown().unwrap().into_message();
        assert_eq!(&payload[..], b"data");
        ada.show(show(), Bytes::new());
        ada.share(false);
        ada.show(show(), Bytes::new());
        assert!(bob.next_shown().is_none());
        assert!(!bob.state().members[0].sharing);
    }

    #[test]
    fn what_is_too_much_is_left_out_and_counted() {
        let (rooms, pool) = (Rooms::default(), Arc::default());
        let ada = join(&rooms, &pool, "r").unwrap();
        let mut bob = join(&rooms, &pool, "r").unwrap();
        let show = || RawValue::from_string("{}".into()).unwrap();
        ada.share(true);
        ada.show(show(), vec![0; SHOW_BYTES_MAX].into());
        ada.show(show(), Bytes::new());
        let (message, _) = bob.next_shown().unwrap().into_message();
        assert!(message.encode().contains(r#""lost":1"#));
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
