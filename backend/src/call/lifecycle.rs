//! Making sockets and giving them up.

use std::sync::Arc;

use shared::address::Family;
use shared::call::{Close, Dup, Shutdown, Socket as SocketCall, Socketpair};
use shared::errno::{Errno, Failure};
use shared::reply::{Created, Done, Paired};

use super::Context;
use crate::policy::{Target, Use};
use crate::socket::Socket;

pub(super) fn socket(context: &Context, call: &SocketCall) -> Result<Created, Failure> {
    check_protocol(context, call.proto)?;
    let permit = context.sockets.reserve()?;
    let claim = context.budget.descriptor()?;
    let socket = Socket::create(call.family, call.kind, call.proto, claim)?;
    if context.loopback.is_some() && call.family == Family::Inet6 {
        // Whatever the host's default is: `::1` goes by v4-mapped addresses.
        socket.set_option(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, &0_i32.to_ne_bytes())?;
    }
    Ok(Created { socket: permit.fill(Arc::new(socket)) })
}

pub(super) fn socketpair(context: &Context, call: &Socketpair) -> Result<Paired, Failure> {
    check_protocol(context, call.proto)?;
    context.judge.check(Use::Unix, Target::Pair)?;
    let (first, second) = (context.sockets.reserve()?, context.sockets.reserve()?);
    let claims = (context.budget.descriptor()?, context.budget.descriptor()?);
    let (a, b) = Socket::pair(call.family, call.kind, call.proto, claims)?;
    Ok(Paired { first: first.fill(Arc::new(a)), second: second.fill(Arc::new(b)) })
}

/// A second name is a second entry of the same socket: both share its offsets, as descriptors
/// share an open file description.
pub(super) fn dup(context: &Context, call: &Dup) -> Result<Created, Failure> {
    let descriptor = context.sockets.descriptor(call.socket)?;
    Ok(Created { socket: context.sockets.reserve()?.fill(descriptor) })
}

pub(super) fn shutdown(context: &Context, call: &Shutdown) -> Result<Done, Failure> {
    context.sockets.get(call.socket)?.shutdown(call.how)?;
    Ok(Done {})
}

/// As on Linux, a call that is waiting on the socket goes on waiting and keeps it open until
/// it ends (`close(2)`, "Multithreaded processes and close()"); a cancel ends it.
pub(super) fn close(context: &Context, call: &Close) -> Result<Done, Failure> {
    context.sockets.remove(call.socket)?;
    Ok(Done {})
}

fn check_protocol(context: &Context, proto: i32) -> Result<(), Failure> {
    match proto {
        // Their addresses are TCP's and UDP's, and so are the rules.
        0 | libc::IPPROTO_TCP | libc::IPPROTO_UDP | libc::IPPROTO_MPTCP | libc::IPPROTO_UDPLITE => {
            Ok(())
        }
        // The host itself decides who may use these (`ping_group_range`).
        ping @ (libc::IPPROTO_ICMP | libc::IPPROTO_ICMPV6) => {
            context.judge.check(Use::Raw, Target::Protocol(ping)).map(drop)
        }
        _ => Err(Failure::explained(
            Errno::EPROTONOSUPPORT,
            "programs may use TCP and UDP, and no other protocol",
        )),
    }
}
