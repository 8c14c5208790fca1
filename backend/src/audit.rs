//! The audit: which session reached for which destination, what the policy said, and how many
//! bytes went each way. Never the bytes themselves, and no secret.
//!
//! A line of JSON tells of the first use of a destination at once, and one more of all its uses
//! when the session ends. So a program that connects a thousand times costs two lines.

use std::collections::HashMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::limits::AUDITED_DESTINATIONS_MAX;
use crate::policy::{Judgement, Target, Use, Verdict};

/// Where the lines go.
#[derive(Debug)]
pub struct Audit {
    /// Nothing for the standard output.
    path: Option<PathBuf>,
    sink: Mutex<Sink>,
}

#[derive(Debug)]
enum Sink {
    Output,
    File(File),
}

impl Audit {
    /// Opens the file, which grows at its end; `-` is the standard output.
    pub fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self { path: None, sink: Mutex::new(Sink::Output) });
        }
        let sink = Mutex::new(Sink::File(append_to(path)?));
        Ok(Self { path: Some(path.to_owned()), sink })
    }

    /// Opens the file again, after it was renamed. On failure the old one stays in use.
    pub fn reopen(&self) -> io::Result<()> {
        if let Some(path) = &self.path {
            *self.sink() = Sink::File(append_to(path)?);
        }
        Ok(())
    }

    fn write(&self, event: &Event<'_>, who: &Who) {
        let time = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        let line =
            Line { time: &time, session: who.session.to_string(), client: who.client, event };
        let Ok(mut line) = serde_json::to_vec(&line) else { return };
        line.push(b'\n');
        // One write, so that lines of several threads do not mix.
        let written = match &mut *self.sink() {
            Sink::Output => io::stdout().write_all(&line),
            Sink::File(file) => file.write_all(&line),
        };
        if let Err(error) = written {
            tracing::error!(%error, "the audit cannot be written");
        }
    }

    fn sink(&self) -> MutexGuard<'_, Sink> {
        // Nothing panics while it holds the lock.
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// Whom a line is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who {
    pub(crate) session: SessionId,
    pub(crate) client: IpAddr,
}

/// Names a session for the operator. It is no secret, opens nothing, and tells the session from
/// those of a backend that ran before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionId {
    began: u64,
    number: u64,
}

impl SessionId {
    /// Returns the next one.
    pub(crate) fn next() -> Self {
        static BEGAN: OnceLock<u64> = OnceLock::new();
        static LAST: AtomicU64 = AtomicU64::new(0);
        let began = *BEGAN.get_or_init(|| {
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
        });
        Self { began, number: LAST.fetch_add(1, Ordering::Relaxed) + 1 }
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.began, self.number)
    }
}

#[derive(Serialize)]
struct Line<'a> {
    time: &'a str,
    session: String,
    client: IpAddr,
    #[serde(flatten)]
    event: &'a Event<'a>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    /// A session begins.
    Open,
    /// A destination is reached for, the first time.
    Use {
        #[serde(rename = "use")]
        usage: &'static str,
        destination: &'a str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        names: Vec<&'a str>,
        verdict: &'static str,
        /// The number that `--print-policy` gives the rule.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        origin: Option<&'a str>,
    },
    /// All uses of a destination.
    Total {
        #[serde(rename = "use")]
        usage: &'static str,
        destination: &'a str,
        verdict: &'static str,
        times: u64,
        sent: u64,
        received: u64,
    },
    /// A session ends.
    Close { reason: &'static str, seconds: f64, sent: u64, received: u64 },
}

/// What one session reached for.
#[derive(Debug)]
pub(crate) struct Ledger {
    audit: Arc<Audit>,
    who: Who,
    accounts: Mutex<HashMap<Key, Arc<Account>>>,
}

/// The same use of the same destination, with the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    usage: Use,
    destination: String,
    verdict: Verdict,
}

/// What went to and came from one destination.
#[derive(Debug, Default)]
pub(crate) struct Account {
    times: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Account {
    pub(crate) fn add(&self, sent: u64, received: u64) {
        self.sent.fetch_add(sent, Ordering::Relaxed);
        self.received.fetch_add(received, Ordering::Relaxed);
    }
}

impl Ledger {
    /// Begins a session's.
    pub(crate) fn begin(audit: &Arc<Audit>, who: Who) -> Self {
        audit.write(&Event::Open, &who);
        Self { audit: Arc::clone(audit), who, accounts: Mutex::default() }
    }

    /// Notes a use and returns where its bytes are counted.
    pub(crate) fn note(
        &self,
        usage: Use,
        target: Target<'_>,
        judgement: Judgement<'_>,
    ) -> Arc<Account> {
        let key =
            Key { usage, destination: destination(usage, target), verdict: judgement.verdict };
        let mut accounts = self.accounts();
        if let Some(account) = accounts.get(&key) {
            account.times.fetch_add(1, Ordering::Relaxed);
            return Arc::clone(account);
        }
        if accounts.len() >= AUDITED_DESTINATIONS_MAX {
            self.settle(&mut accounts);
        }
        let event = Event::Use {
            usage: usage.word(),
            destination: &key.destination,
            names: match target {
                Target::Ip(_, names) => names.iter().map(Arc::as_ref).collect(),
                Target::Name(_) | Target::Path | Target::Pair | Target::Protocol(_) => Vec::new(),
            },
            verdict: judgement.verdict.word(),
            rule: judgement.rule.map(|(index, _)| index + 1),
            origin: judgement.rule.map(|(_, rule)| rule.origin.as_str()),
        };
        self.audit.write(&event, &self.who);
        let account = Arc::new(Account { times: AtomicU64::new(1), ..Account::default() });
        accounts.insert(key, Arc::clone(&account));
        account
    }

    /// Returns where the bytes of a destination are counted that was noted before.
    pub(crate) fn account(&self, usage: Use, target: Target<'_>, verdict: Verdict) -> Arc<Account> {
        let key = Key { usage, destination: destination(usage, target), verdict };
        Arc::clone(self.accounts().entry(key).or_default())
    }

    /// Writes what all destinations come to, and forgets them.
    fn settle(&self, accounts: &mut HashMap<Key, Arc<Account>>) {
        for (Key { usage, destination, verdict }, account) in accounts.drain() {
            let event = Event::Total {
                usage: usage.word(),
                destination: &destination,
                verdict: verdict.word(),
                times: account.times.load(Ordering::Relaxed),
                sent: account.sent.load(Ordering::Relaxed),
                received: account.received.load(Ordering::Relaxed),
            };
            self.audit.write(&event, &self.who);
        }
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<Key, Arc<Account>>> {
        // No panic can leave the map half changed.
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.settle(&mut self.accounts());
    }
}

/// Says that a session has ended. What it reached for was said when its ledger went.
pub(crate) fn close(
    audit: &Audit,
    who: &Who,
    reason: &'static str,
    lasted: Duration,
    (sent, received): (u64, u64),
) {
    // Milliseconds are enough for people to read.
    let seconds = lasted.as_millis() as f64 / 1000.0;
    audit.write(&Event::Close { reason, seconds, sent, received }, who);
}

/// Writes a destination as rules do. A peer that comes by itself has a port of no meaning.
fn destination(usage: Use, target: Target<'_>) -> String {
    match target {
        Target::Ip(address, _) => match usage {
            Use::TcpAccept | Use::UdpReceive | Use::Resolve => address.ip().to_string(),
            Use::TcpConnect | Use::TcpBind | Use::UdpBind | Use::UdpSend | Use::Unix | Use::Raw => {
                SocketAddr::to_string(&address)
            }
        },
        Target::Name(name) => name.to_owned(),
        Target::Path => "path".to_owned(),
        Target::Pair => "pair".to_owned(),
        Target::Protocol(number) => format!("protocol {number}"),
    }
}
