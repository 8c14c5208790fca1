//! Waiting for many sockets at once.

use std::os::fd::AsFd;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use shared::call::{Poll, PollEntry, Readiness, SocketId};
use shared::errno::{Errno, Failure};
use shared::limit::LimitName;
use shared::reply::{Polled, Ready};
use tokio::io::Interest;

use super::Context;
use crate::errno;
use crate::limits::STALE_READINESS_RETRY;
use crate::patience::{Interrupt, Patience};
use crate::socket::{Reactor, Socket, is_sticky};
use crate::sys;

/// A socket that is asked about.
struct Asked {
    id: SocketId,
    /// Nothing where the session has no such socket, which `poll(2)` reports as `POLLNVAL`.
    socket: Option<Arc<Socket>>,
    events: i16,
}

/// Answers with what `poll(2)` says. The runtime only says when to ask it again.
pub(super) async fn poll(
    context: &Context,
    call: &Poll,
    interrupt: &Interrupt,
) -> Result<Polled, Failure> {
    let entries_max = context.host.limits.sockets_max;
    if call.entries.len() > entries_max as usize {
        let message = format!("a poll may have {entries_max} entries");
        return Err(Failure::limited(Errno::EINVAL, LimitName::PollEntries, message));
    }
    let patience = Patience::new(call.wait, interrupt);
    let asked: Vec<Asked> = call.entries.iter().map(|entry| ask(context, entry)).collect();
    let ready = ready_now(&asked)?;
    if !ready.is_empty() || patience.is_never() {
        return Ok(Polled { ready });
    }
    match patience.wait(ready_later(&asked)).await {
        Ok(ready) => Ok(Polled { ready: ready? }),
        // To poll, a time that is over is no error.
        Err(Errno::ETIMEDOUT) => Ok(Polled { ready: Vec::new() }),
        Err(errno) => Err(errno.into()),
    }
}

fn ask(context: &Context, entry: &PollEntry) -> Asked {
    Asked {
        id: entry.socket,
        socket: context.sockets.get(entry.socket).ok(),
        events: entry.events.iter().fold(0, |bits, event| bits | bit(*event)),
    }
}

fn ready_now(asked: &[Asked]) -> Result<Vec<Ready>, Errno> {
    let entries = asked.iter().filter_map(|asked| {
        let fd = asked.socket.as_ref()?.as_fd();
        Some(sys::PollEntry { fd, events: asked.events })
    });
    let polled = sys::poll(entries).map_err(|error| errno::of(&error))?;
    let mut polled = polled.iter();
    let ready = asked.iter().filter_map(|asked| {
        let events = match &asked.socket {
            Some(_) => polled.next().map_or(0, |entry| entry.revents),
            None => libc::POLLNVAL,
        };
        (events != 0).then(|| Ready { socket: asked.id, events: names(events) })
    });
    Ok(ready.collect())
}

/// Waits until something is ready.
///
/// # Cancel safety
/// Cancel safe: it only looks.
async fn ready_later(asked: &[Asked]) -> Result<Vec<Ready>, Errno> {
    let watched = asked
        .iter()
        .filter_map(|asked| Some((asked.socket.as_ref()?, interest(asked.events))))
        .map(|(socket, interest)| Ok((socket.reactor()?, interest)))
        .collect::<Result<Vec<(Reactor, Interest)>, Errno>>()?;
    loop {
        // What the runtime already took for ready, before the host is asked: if the host says
        // no, exactly this was stale, and an edge that comes meanwhile is not forgotten.
        let mut stale: Vec<_> = watched
            .iter()
            .filter_map(|(reactor, interest)| reactor.ready(*interest).now_or_never()?.ok())
            .collect();
        let ready = ready_now(asked)?;
        if !ready.is_empty() {
            return Ok(ready);
        }
        let sticky = stale.iter().any(is_sticky);
        stale.iter_mut().for_each(|guard| guard.clear_ready());
        drop(stale);
        if sticky {
            tokio::time::sleep(STALE_READINESS_RETRY).await;
        } else {
            any_edge(&watched).await;
        }
    }
}

async fn any_edge(watched: &[(Reactor, Interest)]) {
    let mut edges: FuturesUnordered<_> =
        watched.iter().map(|(reactor, interest)| reactor.ready(*interest).map(drop)).collect();
    if edges.next().await.is_none() {
        // Nothing to wait for but the time: `select([], [], [], seconds)` is a sleep.
        std::future::pending::<()>().await;
    }
}

/// Returns what the runtime has to report for these events. A hang-up closes both directions,
/// so one of them is enough for it; errors have to be asked for.
fn interest(events: i16) -> Interest {
    let reads = events & (libc::POLLIN | libc::POLLRDHUP) != 0;
    let mut interest = Interest::ERROR;
    if reads {
        interest |= Interest::READABLE;
    }
    if !reads || events & libc::POLLOUT != 0 {
        interest |= Interest::WRITABLE;
    }
    if events & libc::POLLPRI != 0 {
        interest |= Interest::PRIORITY;
    }
    interest
}

fn bit(event: Readiness) -> i16 {
    match event {
        Readiness::In => libc::POLLIN,
        Readiness::Pri => libc::POLLPRI,
        Readiness::Out => libc::POLLOUT,
        Readiness::Rdhup => libc::POLLRDHUP,
        Readiness::Err => libc::POLLERR,
        Readiness::Hup => libc::POLLHUP,
        Readiness::Nval => libc::POLLNVAL,
    }
}

fn names(events: i16) -> Vec<Readiness> {
    use Readiness::{Err, Hup, In, Nval, Out, Pri, Rdhup};
    [In, Pri, Out, Rdhup, Err, Hup, Nval]
        .into_iter()
        .filter(|event| events & bit(*event) != 0)
        .collect()
}
