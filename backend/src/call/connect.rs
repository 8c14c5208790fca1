//! Local and remote addresses: who talks to whom.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use shared::address::{Address, Family};
use shared::call::{Accept, Bind, Connect, Getpeername, Getsockname, Listen, Wait};
use shared::errno::{Errno, Failure};
use shared::reply::{Accepted, Bound, Connected, Named};

use super::Context;
use crate::patience::{Interrupt, Patience};
use crate::policy::{Target, Use};
use crate::socket::{Socket, named};

pub(super) async fn bind(
    context: &Context,
    call: &Bind,
    interrupt: &Interrupt,
) -> Result<Bound, Failure> {
    let socket = context.sockets.get(call.socket)?;
    let patience = Patience::new(Wait::Forever, interrupt);
    let address = numeric(context, &call.address, &patience).await?;
    context.host.policy.check(bind_use(&socket), Target::Ip(address))?;
    socket.bind(address)?;
    Ok(Bound { local: socket.local()? })
}

pub(super) fn listen(context: &Context, call: &Listen) -> Result<Bound, Failure> {
    let socket = context.sockets.get(call.socket)?;
    check_implicit_bind(context, &socket)?;
    socket.listen(call.backlog)?;
    Ok(Bound { local: socket.local()? })
}

pub(super) async fn accept(
    context: &Context,
    call: &Accept,
    interrupt: &Interrupt,
) -> Result<Accepted, Failure> {
    let socket = context.sockets.get(call.socket)?;
    // Taken before waiting, as Linux takes the descriptor.
    let permit = context.sockets.reserve()?;
    let (accepted, peer) = socket.accept(&Patience::new(call.wait, interrupt)).await?;
    let local = accepted.local()?;
    Ok(Accepted { socket: permit.fill(Arc::new(accepted)), local, peer: named(&peer) })
}

pub(super) async fn connect(
    context: &Context,
    call: &Connect,
    interrupt: &Interrupt,
) -> Result<Connected, Failure> {
    let socket = context.sockets.get(call.socket)?;
    let patience = Patience::new(call.wait, interrupt);
    let address = numeric(context, &call.address, &patience).await?;
    context.host.policy.check(peer_use(&socket), Target::Ip(address))?;
    check_implicit_bind(context, &socket)?;
    socket.connect(address, &patience).await?;
    // A peer that is gone again by now has no name any more.
    let peer = socket.peer().unwrap_or_else(|_| address.into());
    Ok(Connected { local: socket.local()?, peer })
}

pub(super) fn getsockname(context: &Context, call: &Getsockname) -> Result<Named, Failure> {
    Ok(Named { address: context.sockets.get(call.socket)?.local()? })
}

pub(super) fn getpeername(context: &Context, call: &Getpeername) -> Result<Named, Failure> {
    Ok(Named { address: context.sockets.get(call.socket)?.peer()? })
}

/// Resolves an address once; what comes back is what is checked and then used.
pub(super) async fn numeric(
    context: &Context,
    address: &Address,
    patience: &Patience,
) -> Result<SocketAddr, Failure> {
    let policy = &context.host.policy;
    if let Address::Unix(path) = address {
        policy.check(Use::Unix, Target::Path(path))?;
        return Err(Errno::EOPNOTSUPP.into());
    }
    context.host.resolver.numeric(policy, address, patience).await
}

/// Checks the address that the host would choose by itself for a socket that has none.
pub(super) fn check_implicit_bind(context: &Context, socket: &Socket) -> Result<(), Failure> {
    let any = match socket.family {
        Family::Inet => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        Family::Inet6 => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        Family::Unix => return Ok(()),
    };
    if socket.is_bound() {
        return Ok(());
    }
    context.host.policy.check(bind_use(socket), Target::Ip(any))
}

/// Returns what reaching a peer through this socket counts as.
pub(super) fn peer_use(socket: &Socket) -> Use {
    if socket.is_stream() { Use::TcpConnect } else { Use::UdpSend }
}

fn bind_use(socket: &Socket) -> Use {
    if socket.is_stream() { Use::TcpBind } else { Use::UdpBind }
}
