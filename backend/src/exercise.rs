//! The calls of one session against a model: for tests and for fuzzing.
//!
//! Bytes become a sequence of calls on an isolated loopback, made through the same dispatcher
//! as a visitor's. The model knows no more than which ids are open and which are reserved; it
//! is wrong about a session if a call succeeds or fails with `EBADF` where it should not, if a
//! new id is not the lowest free one, or if anything is left when the session has gone.
//!
//! Calls that look names up are left out: they would ask the host's name servers.

mod dice;

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use shared::call::{Call, EpollCtl, Flag, Right, SocketId, Wait};
use shared::errno::{Errno, Failure};
use shared::reply::{Paired, Reply};
use tokio::runtime::{Builder, Runtime};

use crate::audit::{SessionId, Who};
use crate::call::{Answered, Context, Host, perform};
use crate::limits::Limits;
use crate::loopback::Pool;
use crate::patience::Interrupt;
use crate::policy::{Policy, Preset, Sources};
use dice::{Dice, Step};

/// Few, so that sequences of calls reach the bound.
const SOCKETS_MAX: u32 = 8;

/// The lowest id there is.
const FIRST_ID: u32 = 3;

/// Steps of one sequence.
const STEPS_MAX: usize = 256;

/// Calls that wait at once, as a session has a bound for them.
const WAITING_MAX: usize = 16;

/// Far longer than calls that are interrupted take to end.
const END_MAX: Duration = Duration::from_secs(10);

thread_local! {
    static RUNTIME: Runtime = {
        #[expect(clippy::expect_used, reason = "without a runtime there is nothing to exercise")]
        Builder::new_current_thread().enable_all().build().expect("a runtime")
    };
}

/// Shared by all sequences, so that each has another loopback than the one before.
static LOOPBACKS: LazyLock<Arc<Pool>> = LazyLock::new(Arc::default);

/// Returns a host of one sequence's own, whose count of sockets is that session's.
fn host() -> Host {
    let isolated = Sources { preset: Some(Preset::Isolated), ..Sources::default() };
    #[expect(clippy::expect_used, reason = "without rules there is nothing to exercise")]
    let policy = Policy::new(&isolated).expect("a preset by itself is a policy");
    let limits = Limits { sockets_max: SOCKETS_MAX, ..Limits::default() };
    Host { loopbacks: Arc::clone(&LOOPBACKS), ..Host::alone(limits, policy) }
}

/// Makes the calls that the bytes stand for.
///
/// # Panics
/// Where the session does what the model does not.
pub fn session(bytes: &[u8]) {
    RUNTIME.with(|runtime| runtime.block_on(exercise(bytes)));
}

async fn exercise(bytes: &[u8]) {
    let host = Arc::new(host());
    let open = host.metrics.sockets();
    #[expect(clippy::expect_used, reason = "there are thousands of loopbacks, and one is used")]
    let loopback = host.loopback().expect("a free loopback");
    let who = Who { session: SessionId::next(), client: [127, 0, 0, 1].into() };
    let context = Context::new(host, loopback, who, None);
    {
        let mut session = Session { context: &context, model: Model::default(), waiting: vec![] };
        let mut dice = Dice::new(bytes);
        for _ in 0..STEPS_MAX {
            let Some(step) = dice.step() else { break };
            session.take(step).await;
            assert_eq!(open.get(), session.model.count(), "the table and the model agree");
        }
        session.end().await;
    }
    drop(context);
    assert_eq!(open.get(), 0, "no socket outlives its session");
}

struct Session<'a> {
    context: &'a Context,
    model: Model,
    waiting: Vec<Waiting<'a>>,
}

/// A call that waits.
struct Waiting<'a> {
    call: Call,
    /// The id that it keeps for its outcome.
    reserved: Option<u32>,
    interrupt: Interrupt,
    work: Pin<Box<dyn Future<Output = Result<Answered, Failure>> + 'a>>,
}

/// What the session has, as far as its answers tell.
#[derive(Debug, Default)]
struct Model {
    open: BTreeSet<u32>,
    reserved: BTreeSet<u32>,
}

impl Model {
    fn count(&self) -> u64 {
        (self.open.len() + self.reserved.len()) as u64
    }

    /// Returns the ids that the next sockets get.
    fn free(&self) -> impl Iterator<Item = u32> {
        (FIRST_ID..FIRST_ID + SOCKETS_MAX)
            .filter(|id| !self.open.contains(id) && !self.reserved.contains(id))
    }

    fn has(&self, id: SocketId) -> bool {
        self.open.contains(&id.0)
    }

    fn open(&mut self, id: SocketId) {
        assert!(self.open.insert(id.0), "{id:?} was open already");
    }
}

impl<'a> Session<'a> {
    async fn take(&mut self, step: Step) {
        match step {
            Step::Call(call, payload) => self.make(call, payload).await,
            Step::Cancel(which) => {
                if let Some(waiting) = self.waiting.get(which) {
                    waiting.interrupt.raise();
                }
            }
            Step::Look => self.look().await,
        }
    }

    /// Tries a call and keeps it if it waits, as a session does.
    async fn make(&mut self, call: Call, payload: Bytes) {
        let interrupt = Interrupt::default();
        let (context, signal, made) = (self.context, interrupt.clone(), call.clone());
        let mut work: Waiting<'a>;
        work = Waiting {
            call,
            reserved: None,
            interrupt,
            work: Box::pin(async move { perform(context, made, payload, &signal).await }),
        };
        let unknown = self.unknown(&work.call);
        match poll_fn(|cx| Poll::Ready(work.work.as_mut().poll(cx))).await {
            Poll::Ready(outcome) => {
                let errno = outcome.as_ref().err().map(|failure| failure.errno);
                let is_bad = errno == Some(Errno::EBADF);
                // Another error may be found before a descriptor to hand over that is not there.
                let is_sendmsg = matches!(work.call, Call::Sendmsg(_));
                let is_right = is_bad == unknown || is_sendmsg && unknown && errno.is_some();
                assert!(is_right, "{:?} gave {outcome:?} to {:?}", work.call, self.model);
                let expected = self.model.free().next();
                self.settle(&work.call, outcome, expected);
            }
            Poll::Pending => {
                assert!(!unknown, "{:?} waits for what is not there", work.call);
                assert_ne!(work.call.wait(), Some(Wait::Never), "{:?} waits", work.call);
                if matches!(work.call, Call::Accept(_)) {
                    work.reserved = self.model.free().next();
                    self.model.reserved.extend(work.reserved);
                }
                self.waiting.push(work);
                if self.waiting.len() > WAITING_MAX {
                    self.waiting[0].interrupt.raise();
                    self.look().await;
                }
            }
        }
    }

    /// Tells whether a call names a socket that is not there, and so must fail.
    fn unknown(&self, call: &Call) -> bool {
        let has = |id| self.model.has(id);
        match call {
            Call::EpollCtl(EpollCtl { epoll, socket, .. }) => !has(*epoll) || !has(*socket),
            Call::EpollWait(call) => !has(call.epoll),
            Call::Sendmsg(call) => {
                let mut rights = call.control.iter().flat_map(|control| &control.rights);
                !has(call.socket)
                    || rights.any(|right| matches!(right, Right::Socket(id) if !has(*id)))
            }
            call => call.socket().is_some_and(|id| !has(id)),
        }
    }

    /// Brings the model up to date with an answer, which may have an id that was `expected`.
    fn settle(&mut self, call: &Call, outcome: Result<Answered, Failure>, expected: Option<u32>) {
        let Ok(Answered { reply, .. }) = outcome else { return };
        match (call, reply) {
            (Call::Close(close), _) => assert!(self.model.open.remove(&close.socket.0)),
            (_, Reply::Created(created)) => {
                assert_eq!(Some(created.socket.0), expected, "the lowest free id");
                self.model.open(created.socket);
            }
            (_, Reply::Accepted(accepted)) => {
                assert_eq!(Some(accepted.socket.0), expected, "the lowest free id");
                self.model.open(accepted.socket);
            }
            (_, Reply::Paired(Paired { first, second })) => {
                let free: Vec<_> = self.model.free().take(2).collect();
                assert_eq!(free, [first.0, second.0], "the lowest free ids");
                self.model.open(first);
                self.model.open(second);
            }
            (_, Reply::ReceivedMessage(message)) => {
                for right in message.control.iter().flat_map(|control| &control.rights) {
                    let Right::Socket(id) = right else { continue };
                    assert_eq!(Some(id.0), self.model.free().next(), "the lowest free id");
                    self.model.open(*id);
                }
            }
            (Call::Recv(call), Reply::Received(reply)) => {
                // `MSG_TRUNC` asks for the datagram's own length, and Linux returns 1 for the
                // urgent byte of a Unix socket even where there is no room for it.
                let may_exceed = |flag: &Flag| matches!(flag, Flag::Trunc | Flag::Oob);
                let fits = reply.len <= call.len || call.flags.iter().any(may_exceed);
                assert!(fits, "{call:?} gave {reply:?}");
            }
            _ => {}
        }
    }

    /// Lets the host say what it has to say, and answers the calls that are done.
    async fn look(&mut self) {
        tokio::task::yield_now().await;
        let mut index = 0;
        while let Some(waiting) = self.waiting.get_mut(index) {
            match poll_fn(|cx| Poll::Ready(waiting.work.as_mut().poll(cx))).await {
                Poll::Pending => index += 1,
                Poll::Ready(outcome) => {
                    let Waiting { call, reserved, .. } = self.waiting.swap_remove(index);
                    if let Some(id) = reserved {
                        self.model.reserved.remove(&id);
                    }
                    self.settle(&call, outcome, reserved);
                }
            }
        }
    }

    /// Interrupts what waits; every call is answered.
    async fn end(&mut self) {
        for waiting in &self.waiting {
            waiting.interrupt.raise();
        }
        let answered = async {
            while !self.waiting.is_empty() {
                self.look().await;
            }
        };
        let ended = tokio::time::timeout(END_MAX, answered).await;
        let left: Vec<_> = self.waiting.iter().map(|waiting| &waiting.call).collect();
        assert!(ended.is_ok(), "never answered: {left:?}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_session_does_what_the_model_does(bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
            super::session(&bytes);
        }
    }

    /// What fuzzing found, in the session or in the model, each mended.
    #[test]
    fn what_was_found_stays_mended() {
        for bytes in FOUND {
            super::session(bytes);
        }
    }

    const FOUND: [&[u8]; 1] = [
        b"A++\x00FFFFz\xb1FFF66666666666666666\xc6\xc9\xc9\xc9666666666766666666666666666666666666666102139o\x00\xc7\xc7\x00\x00666666666o\x00\xc7\xc7\x00\x00\xbdz\xb1666666666\xff\x00\x00+\xff\xff\x00\x00+\x222",
    ];
}
