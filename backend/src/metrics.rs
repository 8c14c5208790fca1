//! What the operator counts.
//!
//! What every call touches are plain relaxed counters in a table, so that counting costs a call
//! some nanoseconds; a scrape reads them.
//!
//! # Layout
//!
//! - `exposition`: the text that a scrape gets.
//! - `process`: what the kernel says of this process.

mod exposition;

mod process;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use shared::call::Call;
use shared::errno::Errno;
use shared::limit::LimitName;

use crate::policy::{Judgement, Use};

/// How a call can end: well, or with each of the errors there are.
const OUTCOMES: usize = 1 + Errno::ALL.len();

/// What one backend counts.
#[derive(Debug)]
pub(crate) struct Metrics {
    /// Answered calls, by call and by outcome.
    calls: Box<[AtomicU64]>,
    /// Bytes that calls sent and received.
    sent: AtomicU64,
    received: AtomicU64,
    sockets: Arc<Gauge>,
    sessions: Gauge,
    opened: AtomicU64,
    ended: Tally<&'static str>,
    turned_away: Tally<&'static str>,
    resumed: Tally<&'static str>,
    /// By use and by the rule that refused it.
    refusals: Tally<(&'static str, String)>,
    limits: Tally<LimitName>,
    draining: AtomicBool,
}

/// How many there are now.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicU64);

impl Gauge {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn sub(&self, count: u64) {
        self.0.fetch_sub(count, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts of what happens seldom, or to those who are refused something.
#[derive(Debug)]
struct Tally<K>(Mutex<BTreeMap<K, u64>>);

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord + Clone> Tally<K> {
    fn count(&self, key: K) {
        // Nothing panics while it holds the lock.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
    }

    fn all(&self) -> BTreeMap<K, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            calls: (0..Call::OPS.len() * OUTCOMES).map(|_| AtomicU64::new(0)).collect(),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            sockets: Arc::default(),
            sessions: Gauge::default(),
            opened: AtomicU64::new(0),
            ended: Tally::default(),
            turned_away: Tally::default(),
            resumed: Tally::default(),
            refusals: Tally::default(),
            limits: Tally::default(),
            draining: AtomicBool::new(false),
        }
    }
}

impl Metrics {
    /// Counts an answer to the call at this place of [`Call::OPS`].
    pub(crate) fn count_call(&self, call: usize, error: Option<Errno>) {
        let outcome = error.map_or(0, |errno| 1 + errno as usize);
        if let Some(count) = self.calls.get(call * OUTCOMES + outcome) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_bytes(&self, sent: u64, received: u64) {
        // Most calls move bytes one way or not at all.
        if sent > 0 {
            self.sent.fetch_add(sent, Ordering::Relaxed);
        }
        if received > 0 {
            self.received.fetch_add(received, Ordering::Relaxed);
        }
    }

    /// Counts what the policy refused.
    pub(crate) fn count_refusal(&self, usage: Use, judgement: Judgement<'_>) {
        let rule = judgement.rule.map_or_else(
            || "none".to_owned(),
            |(index, rule)| format!("{} {}", index + 1, rule.origin),
        );
        self.refusals.count((usage.word(), rule));
    }

    /// Counts what a limit refused or ended.
    pub(crate) fn count_limit(&self, limit: LimitName) {
        self.limits.count(limit);
    }

    /// Counts a client that was not let in, and why.
    pub(crate) fn count_turned_away(&self, reason: &'static str) {
        self.turned_away.count(reason);
    }

    /// Counts a client that wanted its session back, and whether it got it.
    pub(crate) fn count_resumption(&self, found: bool) {
        self.resumed.count(if found { "resumed" } else { "gone" });
    }

    pub(crate) fn begin_session(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
        self.sessions.add(1);
    }

    pub(crate) fn end_session(&self, reason: &'static str) {
        self.sessions.sub(1);
        self.ended.count(reason);
    }

    pub(crate) fn sessions(&self) -> u64 {
        self.sessions.get()
    }

    /// Returns the count of open sockets, for those who open them.
    pub(crate) fn sockets(&self) -> Arc<Gauge> {
        Arc::clone(&self.sockets)
    }

    /// The backend takes no new sessions any more.
    pub(crate) fn begin_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
