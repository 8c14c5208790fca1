//! How long a call waits, and what ends the wait early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use shared::call::Wait;
use shared::errno::Errno;
use tokio::time::{Instant, sleep_until};

/// Ends a call's wait from outside. Clones are the same signal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<Signal>);

#[derive(Debug, Default)]
struct Signal {
    raised: AtomicBool,
    waiter: AtomicWaker,
}

impl Interrupt {
    pub(crate) fn raise(&self) {
        self.0.raised.store(true, Ordering::Release);
        self.0.waiter.wake();
    }

    /// Ends when the signal is raised. Cancel safe: it only looks.
    async fn raised(&self) {
        std::future::poll_fn(|cx| {
            self.0.waiter.register(cx.waker());
            if self.0.raised.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// How long one call may wait, all its waits together.
#[derive(Debug)]
pub(crate) struct Patience {
    limit: Limit,
    interrupt: Interrupt,
}

#[derive(Debug, Clone, Copy)]
enum Limit {
    Never,
    Until(Instant),
    Forever,
}

impl Patience {
    /// Starts the clock.
    pub(crate) fn new(wait: Wait, interrupt: &Interrupt) -> Self {
        let limit = match wait {
            Wait::Never => Limit::Never,
            // A time beyond what the clock can hold is for ever.
            Wait::Millis(millis) => Instant::now()
                .checked_add(Duration::from_millis(millis))
                .map_or(Limit::Forever, Limit::Until),
            Wait::Forever => Limit::Forever,
        };
        Self { limit, interrupt: interrupt.clone() }
    }

    /// Returns the patience for what we need ourselves before the call can be made: a call that
    /// does not wait for the other side waits for that all the same. So CPython's calls wait for
    /// a name to be looked up.
    pub(crate) fn for_our_sake(&self) -> Self {
        let limit = match self.limit {
            Limit::Never | Limit::Forever => Limit::Forever,
            Limit::Until(deadline) => Limit::Until(deadline),
        };
        Self { limit, interrupt: self.interrupt.clone() }
    }

    pub(crate) fn is_never(&self) -> bool {
        matches!(self.limit, Limit::Never)
    }

    pub(crate) fn is_forever(&self) -> bool {
        matches!(self.limit, Limit::Forever)
    }

    /// Waits for something: `EAGAIN` without patience, `ETIMEDOUT` when the time is over,
    /// `EINTR` when the call is cancelled.
    ///
    /// # Cancel safety
    /// As cancel safe as `ready` is.
    pub(crate) async fn wait<T>(&self, ready: impl Future<Output = T>) -> Result<T, Errno> {
        match self.limit {
            Limit::Never => Err(Errno::EAGAIN),
            Limit::Until(deadline) => tokio::select! {
                biased;
                () = self.interrupt.raised() => Err(Errno::EINTR),
                value = ready => Ok(value),
                () = sleep_until(deadline) => Err(Errno::ETIMEDOUT),
            },
            Limit::Forever => tokio::select! {
                biased;
                () = self.interrupt.raised() => Err(Errno::EINTR),
                value = ready => Ok(value),
            },
        }
    }
}
