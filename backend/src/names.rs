//! The names of a session's Unix sockets.
//!
//! A program's paths and abstract names are its own: on the host each stands for a file in a
//! directory that belongs to the session alone, or for an abstract name nobody guesses. So
//! programs of one session meet, and neither other sessions nor the host's own sockets are within
//! reach. What a path's directories are to a program is the business of its own files.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::DirBuilder;
use std::hash::{BuildHasher as _, RandomState};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use shared::address::{Address, unix_bytes, unix_text};
use shared::errno::{Errno, Failure};
use shared::limit::LimitName;
use socket2::SockAddr;

use crate::errno;
use crate::limits::UNIX_NAMES_MAX;
use crate::socket::Socket;

/// Bytes of `sockaddr_un.sun_path`.
const NAME_BYTES_MAX: usize = 108;

/// Bytes of a directory's path that leave room for a socket's file in it.
const DIRECTORY_BYTES_MAX: usize = 80;

/// Names that Linux gives a socket by itself have five hexadecimal digits (`unix(7)`).
const AUTOBIND_NAMES: u64 = 1 << 20;

/// The names of one session's Unix sockets.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Made when the first socket is bound.
    home: Option<Home>,
    /// What each name stands for on the host.
    numbers: BTreeMap<Vec<u8>, u64>,
    /// Every name that a socket may still have, also after its path was unlinked.
    names: BTreeMap<u64, Name>,
    next: u64,
}

#[derive(Debug)]
struct Name {
    bytes: Vec<u8>,
    /// The socket that was bound to it.
    holder: Weak<Socket>,
}

/// Where the session's names are on the host. The directory goes with the session.
#[derive(Debug)]
struct Home {
    directory: PathBuf,
    /// What abstract names begin with.
    prefix: String,
}

impl Names {
    /// Binds a socket to a name; an empty one lets us choose, as `unix(7)` has it ("autobind").
    pub(crate) fn bind(&self, socket: &Arc<Socket>, name: &str) -> Result<(), Failure> {
        let mut name = checked(name)?;
        let mut state = self.state();
        let state = &mut *state;
        if name.is_empty() {
            name = state.unused_abstract_name()?;
        }
        if let Some(number) = state.numbers.get(&name).copied() {
            let held = state.names.get(&number).is_some_and(|name| name.holder.strong_count() > 0);
            // The program's own files tell it of a path left behind; the next program has others.
            if held {
                return Err(Errno::EADDRINUSE.into());
            }
            state.forget(&name);
        }
        state.make_room()?;
        let number = state.next;
        let address = state.home()?.address(&name, number)?;
        socket.bind(&address)?;
        state.next += 1;
        state.numbers.insert(name.clone(), number);
        state.names.insert(number, Name { bytes: name, holder: Arc::downgrade(socket) });
        Ok(())
    }

    /// Returns where a name leads on the host.
    pub(crate) fn find(&self, name: &str) -> Result<SockAddr, Failure> {
        let name = checked(name)?;
        let missing = match name.first() {
            None => return Err(Errno::EINVAL.into()),
            Some(0) => Errno::ECONNREFUSED,
            Some(_) => Errno::ENOENT,
        };
        let mut state = self.state();
        let number = *state.numbers.get(&name).ok_or(missing)?;
        Ok(state.home()?.address(&name, number)?)
    }

    /// Gives a path up. A socket that has it keeps it, but nobody finds it there any more.
    pub(crate) fn unlink(&self, path: &str) -> Result<(), Failure> {
        let path = checked(path)?;
        let mut state = self.state();
        if path.first().is_none_or(|first| *first == 0) || !state.numbers.contains_key(&path) {
            return Err(Errno::ENOENT.into());
        }
        state.forget(&path);
        Ok(())
    }

    /// Returns an address of the host in the program's words.
    pub(crate) fn named(&self, address: &SockAddr) -> Address {
        if let Some(ip) = address.as_socket() {
            return ip.into();
        }
        let state = self.state();
        let number = state.home.as_ref().and_then(|home| home.number(address));
        let name = number.and_then(|number| state.names.get(&number));
        Address::Unix(name.map(|name| unix_text(&name.bytes)).unwrap_or_default())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No panic can leave the state half changed: its parts are changed one after the other
        // by calls that do not panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn home(&mut self) -> Result<&Home, Errno> {
        if self.home.is_none() {
            self.home = Some(Home::make()?);
        }
        self.home.as_ref().ok_or(Errno::EIO)
    }

    /// Removes a name, and the file where it is a path.
    fn forget(&mut self, name: &[u8]) {
        let Some(number) = self.numbers.remove(name) else { return };
        let held = self.names.get(&number).is_some_and(|name| name.holder.strong_count() > 0);
        if !held {
            self.names.remove(&number);
        }
        if let Some(home) = &self.home
            && name.first() != Some(&0)
            && let Err(error) = std::fs::remove_file(home.file(number))
        {
            tracing::warn!(%error, "a Unix socket's file cannot be removed");
        }
    }

    /// Forgets names that nobody holds, where there are too many.
    fn make_room(&mut self) -> Result<(), Failure> {
        if self.names.len() < UNIX_NAMES_MAX {
            return Ok(());
        }
        let unheld: Vec<Vec<u8>> = self
            .names
            .values()
            .filter(|name| name.holder.strong_count() == 0)
            .map(|name| name.bytes.clone())
            .collect();
        for name in unheld {
            self.forget(&name);
        }
        self.names.retain(|_, name| name.holder.strong_count() > 0);
        if self.names.len() < UNIX_NAMES_MAX {
            return Ok(());
        }
        let message = format!("this session may have {UNIX_NAMES_MAX} names of Unix sockets");
        Err(Failure::limited(Errno::ENOSPC, LimitName::UnixNames, message))
    }

    fn unused_abstract_name(&self) -> Result<Vec<u8>, Errno> {
        let first = RandomState::new().hash_one(());
        (0..AUTOBIND_NAMES)
            .map(|n| format!("\0{:05x}", first.wrapping_add(n) % AUTOBIND_NAMES).into_bytes())
            .find(|name| !self.numbers.contains_key(name))
            .ok_or(Errno::ENOSPC)
    }
}

impl Home {
    fn make() -> Result<Self, Errno> {
        let secret = format!("sockpit-{:016x}", RandomState::new().hash_one(std::process::id()));
        let mut directory = std::env::temp_dir().join(&secret);
        if directory.as_os_str().len() > DIRECTORY_BYTES_MAX {
            directory = Path::new("/tmp").join(&secret);
        }
        // Nobody but the backend's own user gets in, and a directory that is there already is
        // somebody else's.
        DirBuilder::new().mode(0o700).create(&directory).map_err(|error| errno::of(&error))?;
        Ok(Self { directory, prefix: format!("\0{secret}-") })
    }

    fn file(&self, number: u64) -> PathBuf {
        self.directory.join(number.to_string())
    }

    fn address(&self, name: &[u8], number: u64) -> Result<SockAddr, Errno> {
        let place = match name.first() {
            Some(0) => PathBuf::from(format!("{}{number}", self.prefix)),
            _ => self.file(number),
        };
        SockAddr::unix(place).map_err(|error| errno::of(&error))
    }

    /// Returns the number in an address of the host, where the address is one of ours.
    fn number(&self, address: &SockAddr) -> Option<u64> {
        let number = if let Some(name) = address.as_abstract_namespace() {
            name.strip_prefix(self.prefix.trim_start_matches('\0').as_bytes())?
        } else {
            let path = address.as_pathname()?;
            (path.parent()? == self.directory).then(|| path.file_name().map(OsStr::as_bytes))??
        };
        std::str::from_utf8(number).ok()?.parse().ok()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.directory) {
            tracing::warn!(directory = %self.directory.display(), %error, "a directory cannot be removed");
        }
    }
}

/// Returns the bytes of a name that the kernel would take.
fn checked(name: &str) -> Result<Vec<u8>, Errno> {
    let name = unix_bytes(name);
    let is_path = name.first().is_some_and(|first| *first != 0);
    if name.len() > NAME_BYTES_MAX || is_path && name.contains(&0) {
        return Err(Errno::EINVAL);
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use shared::address::{Family, Kind};

    use super::*;
    use crate::budget::Claim;

    fn socket() -> Arc<Socket> {
        Arc::new(Socket::create(Family::Unix, Kind::Datagram, 0, Claim::default()).unwrap())
    }

    #[track_caller]
    fn check(name: &str) {
        let names = Names::default();
        let socket = socket();
        names.bind(&socket, name).unwrap();
        let local = socket.local().unwrap();
        assert_eq!(names.named(&local), Address::Unix(name.to_owned()));
        assert_eq!(names.find(name).unwrap(), local);
        assert_eq!(names.bind(&self::socket(), name).unwrap_err().errno, Errno::EADDRINUSE);
    }

    #[test]
    fn a_name_leads_there_and_back() {
        check("/tmp/talk");
        check("relative");
        check("\0abstract");
        check(&format!("/{}", "x".repeat(NAME_BYTES_MAX - 1)));
        check(&format!("\0{}", "x".repeat(NAME_BYTES_MAX - 1)));
        check(&unix_text(b"/tmp/\xff\xfe"));
    }

    #[test]
    fn sessions_do_not_meet() {
        let (ours, theirs) = (Names::default(), Names::default());
        let (a, b) = (socket(), socket());
        ours.bind(&a, "/tmp/talk").unwrap();
        assert_eq!(theirs.find("/tmp/talk").unwrap_err().errno, Errno::ENOENT);
        theirs.bind(&b, "/tmp/talk").unwrap();
        assert_eq!(theirs.named(&a.local().unwrap()), Address::Unix(String::new()));
    }

    #[test]
    fn an_unlinked_path_is_free_and_still_the_sockets_name() {
        let names = Names::default();
        let (first, second) = (socket(), socket());
        names.bind(&first, "/a").unwrap();
        names.unlink("/a").unwrap();
        assert_eq!(names.find("/a").unwrap_err().errno, Errno::ENOENT);
        assert_eq!(names.unlink("/a").unwrap_err().errno, Errno::ENOENT);
        names.bind(&second, "/a").unwrap();
        assert_eq!(names.named(&first.local().unwrap()), Address::Unix("/a".to_owned()));
    }

    #[test]
    fn an_empty_name_is_any_free_abstract_one() {
        let names = Names::default();
        let socket = socket();
        names.bind(&socket, "").unwrap();
        let Address::Unix(name) = names.named(&socket.local().unwrap()) else { panic!() };
        assert!(name.len() == 6 && name.starts_with('\0'), "{name:?}");
    }

    #[test]
    fn the_directory_goes_with_the_names() {
        let names = Names::default();
        names.bind(&socket(), "/a").unwrap();
        let directory = names.state().home().unwrap().directory.clone();
        assert!(directory.is_dir());
        drop(names);
        assert!(!directory.exists());
    }
}
