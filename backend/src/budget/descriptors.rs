//! The descriptors of the process: shared out before they run out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::tally::{Permit, Tally};
use crate::limits::PAGE_CONNECTIONS_MAX;

/// What the descriptors that the host grants are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shares {
    /// Connections of visitors, sessions and others.
    pub(crate) connections: u32,
    /// Sessions among them.
    pub(crate) sessions: u32,
    /// Sockets of programs.
    pub(crate) sockets: u32,
}

/// Descriptors that the process itself needs: for the runtime, its listeners, its output.
const OWN: u32 = 64;

/// Descriptors that a name lookup may need.
const PER_LOOKUP: u32 = 4;

impl Shares {
    /// Shares out `granted` descriptors. Where they are few, connections and sockets get half of
    /// them each, and sessions three quarters of the connections.
    pub(crate) fn of(granted: u32, sessions_max: u32, lookups_max: u32) -> Self {
        let own = OWN.saturating_add(lookups_max.saturating_mul(PER_LOOKUP)).min(granted / 4);
        let free = granted - own;
        let wanted = sessions_max.saturating_add(PAGE_CONNECTIONS_MAX);
        let connections = wanted.min(free / 2).max(1);
        let few = connections - connections / 4;
        let sessions = if connections == wanted { sessions_max } else { sessions_max.min(few) };
        Self { connections, sessions, sockets: free.saturating_sub(connections) }
    }
}

/// The descriptors for programs' sockets.
#[derive(Debug)]
pub(crate) struct Descriptors {
    tally: Tally,
    /// Somebody waits for one to become free.
    awaited: AtomicBool,
    freed: Notify,
}

/// The right to one descriptor; dropping it gives it back. The default is that of nobody, for a
/// descriptor that nobody counts.
#[derive(Debug, Default)]
pub(crate) struct Claim {
    host: Option<Arc<Descriptors>>,
    /// Of what all sessions of an address may have together.
    _visitor: Option<Permit>,
}

impl Descriptors {
    pub(crate) fn new(sockets: u32) -> Arc<Self> {
        let freed = Notify::new();
        Arc::new(Self { tally: Tally::new(sockets), awaited: AtomicBool::new(false), freed })
    }

    pub(crate) fn max(&self) -> u32 {
        self.tally.max()
    }

    pub(super) fn claim(self: &Arc<Self>, visitor: Option<Permit>) -> Option<Claim> {
        self.tally.count_up().then(|| Claim { host: Some(Arc::clone(self)), _visitor: visitor })
    }

    /// Waits until something may have become free.
    pub(crate) async fn freed(&self) {
        self.awaited.store(true, Ordering::SeqCst);
        self.freed.notified().await;
    }

    /// Tells who waits that a descriptor is free.
    pub(crate) fn note_freed(&self) {
        // The one who waits looks at the time as well, so nothing hangs on the order of these.
        if self.awaited.load(Ordering::Relaxed) && self.awaited.swap(false, Ordering::SeqCst) {
            self.freed.notify_one();
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(descriptors) = &self.host {
            descriptors.tally.count_down();
            descriptors.note_freed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_shared_out_and_never_more_than_there_are() {
        let plenty = Shares::of(1_000_000, 4096, 32);
        let connections = 4096 + PAGE_CONNECTIONS_MAX;
        assert_eq!((plenty.sessions, plenty.connections), (4096, connections));
        assert_eq!(plenty.sockets, 1_000_000 - OWN - 32 * PER_LOOKUP - connections);
        for granted in [1, 8, 64, 256, 1024, 4096, 20_000, 65_536, u32::MAX] {
            for sessions_max in [1, 64, 4096, 65_536] {
                let shares = Shares::of(granted, sessions_max, 32);
                let Shares { connections, sessions, sockets } = shares;
                let total = u64::from(connections) + u64::from(sockets);
                assert!(total <= u64::from(granted.max(1)), "{granted}: {shares:?}");
                assert!(sessions <= connections && sessions > 0, "{granted}: {shares:?}");
                assert!(granted < 8 || sockets >= granted / 4, "{granted}: {shares:?}");
            }
        }
    }

    #[tokio::test]
    async fn who_waits_for_a_descriptor_hears_of_one() {
        let descriptors = Descriptors::new(1);
        let claim = descriptors.claim(None).unwrap();
        assert!(descriptors.claim(None).is_none());
        let freed = descriptors.freed();
        let mut freed = std::pin::pin!(freed);
        assert!(futures_util::poll!(&mut freed).is_pending());
        drop(claim);
        freed.await;
        assert!(descriptors.claim(None).is_some());
    }
}
