//! What each call does.

mod lifecycle;

mod connect;

mod transfer;

mod options;

mod name;

mod readiness;

mod epoll;

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use shared::call::Call;
use shared::errno::{Errno, Failure};
use shared::limit::LimitName;
use shared::reply::Reply;

use crate::audit::{Audit, Ledger, Who};
use crate::budget::{Budget, Descriptors, Visitor};
use crate::config::Access;
use crate::handover::Handover;
use crate::judge::Judge;
use crate::limits::{CONTROL_BYTES_MAX, Limits, TRANSFER_BYTES_MAX, Terms};
use crate::loopback::{Loopback, Pool};
use crate::metrics::Metrics;
use crate::names::Names;
use crate::patience::Interrupt;
use crate::payload::Payload;
use crate::policy::{NameMemory, Policy};
use crate::resolve::{Asker, Resolver};
use crate::room::Rooms;
use crate::sockets::SocketTable;

/// What all sessions share.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) limits: Limits,
    pub(crate) policy: Arc<Policy>,
    pub(crate) resolver: Resolver,
    pub(crate) loopbacks: Arc<Pool>,
    /// Other programs of this machine may connect to the isolated loopbacks.
    pub(crate) expose_loopback: bool,
    pub(crate) access: Access,
    pub(crate) rooms: Rooms,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) audit: Option<Arc<Audit>>,
    /// The limits of each session.
    pub(crate) terms: Arc<Terms>,
    pub(crate) descriptors: Arc<Descriptors>,
}

impl Host {
    /// Returns a host that serves nobody, for tests and measurements to make calls on.
    pub(crate) fn alone(limits: Limits, policy: Policy) -> Self {
        /// More than those use.
        const DESCRIPTORS: u32 = 1024;
        Self {
            policy: Arc::new(policy),
            resolver: Resolver::new(limits.lookups_max),
            limits,
            loopbacks: Arc::default(),
            expose_loopback: false,
            access: Access::default(),
            rooms: Rooms::default(),
            metrics: Arc::default(),
            audit: None,
            terms: Arc::default(),
            descriptors: Descriptors::new(DESCRIPTORS),
        }
    }

    /// Returns a loopback for a new session: one of its own, or nothing for the host's. Fails
    /// when all are in use.
    pub(crate) fn loopback(&self) -> Result<Option<Arc<Loopback>>, LoopbacksInUse> {
        if !self.policy.preset().isolates_loopback() {
            return Ok(None);
        }
        self.isolated_loopback().map(Some)
    }

    pub(crate) fn isolated_loopback(&self) -> Result<Arc<Loopback>, LoopbacksInUse> {
        let loopback = Loopback::new(&self.loopbacks, self.expose_loopback);
        loopback.map(Arc::new).ok_or(LoopbacksInUse)
    }
}

/// There is no loopback left for one more session.
#[derive(Debug)]
pub(crate) struct LoopbacksInUse;

/// What the calls of one session work on.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) host: Arc<Host>,
    pub(crate) sockets: SocketTable,
    /// The session's names of Unix sockets.
    pub(crate) names: Names,
    /// What its programs have handed over to each other.
    pub(crate) handover: Handover,
    /// The loopback of the session or its room; nothing where it is the host's own.
    pub(crate) loopback: Option<Arc<Loopback>>,
    /// Only used where the policy has rules about names.
    pub(crate) learned: NameMemory,
    /// The policy, and the book of what it was asked. Goes after the sockets, whose bytes are
    /// in the book.
    pub(crate) judge: Judge,
    pub(crate) budget: Budget,
}

impl Context {
    pub(crate) fn new(
        host: Arc<Host>,
        loopback: Option<Arc<Loopback>>,
        who: Who,
        visitor: Option<Arc<Visitor>>,
    ) -> Self {
        let sockets = SocketTable::new(host.limits.sockets_max, host.metrics.sockets());
        let (names, learned) = (Names::default(), NameMemory::default());
        let handover = Handover::default();
        let ledger = host.audit.as_ref().map(|audit| Ledger::begin(audit, who));
        let judge = Judge::new(Arc::clone(&host.policy), Arc::clone(&host.metrics), ledger);
        let budget = Budget::new(&host.terms, &host.descriptors, visitor);
        Self { host, sockets, names, handover, loopback, learned, judge, budget }
    }

    /// Returns for whom names are looked up.
    fn asker(&self) -> Asker<'_> {
        Asker { judge: &self.judge, budget: &self.budget }
    }

    /// Returns the names that led to an address, as far as they matter to the policy.
    fn names_of(&self, address: IpAddr) -> Vec<Arc<str>> {
        if self.host.policy.is_by_name() { self.learned.of(address) } else { Vec::new() }
    }
}

/// A reply and the bytes that ride along.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) reply: Reply,
    pub(crate) payload: Payload,
}

impl<R: Into<Reply>> From<R> for Answered {
    fn from(reply: R) -> Self {
        Self { reply: reply.into(), payload: Payload::default() }
    }
}

/// Makes a call.
pub(crate) async fn perform(
    context: &Context,
    call: Call,
    payload: Bytes,
    interrupt: &Interrupt,
) -> Result<Answered, Failure> {
    let socket = call.socket();
    let outcome = make(context, call, payload, interrupt).await;
    match outcome {
        // When the time is over, Linux looks at the descriptor once more (`poll(2)`).
        Err(Failure { errno: Errno::ETIMEDOUT, .. })
            if socket.is_some_and(|socket| context.sockets.descriptor(socket).is_err()) =>
        {
            Err(Errno::EBADF.into())
        }
        outcome => outcome,
    }
}

async fn make(
    context: &Context,
    call: Call,
    payload: Bytes,
    interrupt: &Interrupt,
) -> Result<Answered, Failure> {
    check_payload(&call, &payload)?;
    Ok(match call {
        Call::Socket(call) => lifecycle::socket(context, &call)?.into(),
        Call::Socketpair(call) => lifecycle::socketpair(context, &call)?.into(),
        Call::Dup(call) => lifecycle::dup(context, &call)?.into(),
        Call::Shutdown(call) => lifecycle::shutdown(context, &call)?.into(),
        Call::Close(call) => lifecycle::close(context, &call)?.into(),
        Call::Bind(call) => connect::bind(context, &call, interrupt).await?.into(),
        Call::Listen(call) => connect::listen(context, &call)?.into(),
        Call::Accept(call) => connect::accept(context, &call, interrupt).await?.into(),
        Call::Connect(call) => connect::connect(context, &call, interrupt).await?.into(),
        Call::Getsockname(call) => connect::getsockname(context, &call)?.into(),
        Call::Getpeername(call) => connect::getpeername(context, &call)?.into(),
        Call::Send(call) => transfer::send(context, &call, &payload, interrupt).await?.into(),
        Call::Sendall(call) => transfer::sendall(context, &call, &payload, interrupt).await?.into(),
        Call::Sendto(call) => transfer::sendto(context, &call, &payload, interrupt).await?.into(),
        Call::Sendmsg(call) => transfer::sendmsg(context, &call, &payload, interrupt).await?.into(),
        Call::Recv(call) => transfer::recv(context, &call, interrupt).await?,
        Call::Recvfrom(call) => transfer::recvfrom(context, &call, interrupt).await?,
        Call::Recvmsg(call) => transfer::recvmsg(context, &call, interrupt).await?,
        Call::Getsockopt(call) => options::getsockopt(context, &call)?,
        Call::Setsockopt(call) => options::setsockopt(context, &call, &payload)?.into(),
        Call::Poll(call) => readiness::poll(context, &call, interrupt).await?.into(),
        Call::EpollCreate(_) => epoll::create(context)?.into(),
        Call::EpollCtl(call) => epoll::control(context, &call)?.into(),
        Call::EpollWait(call) => epoll::wait(context, &call, interrupt).await?.into(),
        Call::Unlink(call) => connect::unlink(context, &call)?.into(),
        Call::IfNameindex(_) => name::if_nameindex()?.into(),
        Call::IfNametoindex(call) => name::if_nametoindex(&call)?.into(),
        Call::IfIndextoname(call) => name::if_indextoname(&call)?.into(),
        Call::Getaddrinfo(call) => name::getaddrinfo(context, &call, interrupt).await?.into(),
        Call::Getnameinfo(call) => name::getnameinfo(context, &call, interrupt).await?.into(),
        Call::Gethostname(_) => name::gethostname(context)?.into(),
        Call::Getserv(call) => name::getserv(context, call, interrupt).await?.into(),
        Call::Getprotobyname(call) => name::getprotobyname(context, call, interrupt).await?.into(),
    })
}

/// Refuses bytes where the call takes none, and more of them than a call may take.
fn check_payload(call: &Call, payload: &Bytes) -> Result<(), Failure> {
    if payload.is_empty() {
        return Ok(());
    }
    let takes_payload = matches!(
        call,
        Call::Send(_) | Call::Sendall(_) | Call::Sendto(_) | Call::Sendmsg(_) | Call::Setsockopt(_)
    );
    if !takes_payload {
        let message = format!("{} takes no payload", call.op());
        return Err(Failure::explained(Errno::EINVAL, message));
    }
    let control_max = if matches!(call, Call::Sendmsg(_)) { CONTROL_BYTES_MAX } else { 0 };
    if payload.len() > (TRANSFER_BYTES_MAX + control_max) as usize {
        let message = format!("a call sends at most {TRANSFER_BYTES_MAX} bytes");
        return Err(Failure::limited(Errno::EMSGSIZE, LimitName::TransferBytes, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use shared::call::Gethostname;

    use super::*;
    use crate::audit::SessionId;
    use crate::policy::Sources;

    /// Bytes that a waiting call keeps, whichever call it is.
    const WAITING_CALL_BYTES_MAX: usize = 2048;

    #[test]
    fn a_waiting_call_is_small() {
        let policy = Policy::new(&Sources::default()).unwrap();
        let host = Host::alone(Limits::default(), policy);
        let who = Who { session: SessionId::next(), client: [127, 0, 0, 1].into() };
        let context = Context::new(Arc::new(host), None, who, None);
        let interrupt = Interrupt::default();
        let work = perform(&context, Gethostname {}.into(), Bytes::new(), &interrupt);
        let bytes = size_of_val(&work);
        assert!(bytes <= WAITING_CALL_BYTES_MAX, "{bytes}");
    }
}
