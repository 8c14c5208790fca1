//! Local and remote addresses: who talks to whom.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use shared::address::{Address, Family};
use shared::call::{Accept, Bind, Connect, Getpeername, Getsockname, Listen, Unlink, Wait};
use shared::errno::{Errno, Failure};
use shared::reply::{Accepted, Bound, Connected, Done, Named};
use socket2::SockAddr;

use super::Context;
use crate::judge::Counted;
use crate::patience::{Interrupt, Patience};
use crate::policy::{Target, Use};
use crate::resolve::Located;
use crate::socket::Socket;

pub(super) async fn bind(
    context: &Context,
    call: &Bind,
    interrupt: &Interrupt,
) -> Result<Bound, Failure> {
    let socket = context.sockets.get(call.socket)?;
    if let Address::Unix(name) = &call.address {
        check_family(&socket, Family::Unix)?;
        context.judge.check(Use::Unix, Target::Path)?;
        context.names.bind(&socket, name)?;
    } else {
        let patience = Patience::new(Wait::Forever, interrupt);
        let (address, _) = internet(context, bind_use(&socket), &call.address, &patience).await?;
        match &context.loopback {
            Some(loopback) => loopback.bind(&socket, address)?,
            None => socket.bind(&address.into())?,
        }
    }
    Ok(Bound { local: local(context, &socket)? })
}

/// Gives up the path of a Unix socket.
pub(super) fn unlink(context: &Context, call: &Unlink) -> Result<Done, Failure> {
    context.names.unlink(&call.path)?;
    Ok(Done {})
}

pub(super) fn listen(context: &Context, call: &Listen) -> Result<Bound, Failure> {
    let socket = context.sockets.get(call.socket)?;
    check_implicit_bind(context, &socket)?;
    if let Some(loopback) = &context.loopback
        && !socket.is_bound()
    {
        loopback.bind_any(&socket)?;
    }
    // The right first; a socket that listens already has it.
    let right = if socket.listens() { None } else { context.budget.listener()? };
    socket.listen(call.backlog)?;
    socket.note_listens(right);
    Ok(Bound { local: local(context, &socket)? })
}

pub(super) async fn accept(
    context: &Context,
    call: &Accept,
    interrupt: &Interrupt,
) -> Result<Accepted, Failure> {
    let socket = context.sockets.get(call.socket)?;
    // Taken before waiting, as Linux takes the descriptor.
    let permit = context.sockets.reserve()?;
    let claim = context.budget.descriptor()?;
    let admits = |peer: &SockAddr| admits(context, &socket, Use::TcpAccept, peer);
    let (accepted, peer) =
        socket.accept(claim, &Patience::new(call.wait, interrupt), admits).await?;
    if let (Some(loopback), Some(peer)) = (&context.loopback, peer.as_socket()) {
        loopback.note_accepted(&accepted, &socket, peer);
    }
    if let Some(account) = account(context, &socket, Use::TcpAccept, &peer) {
        accepted.note_account(account);
    }
    let local = local(context, &accepted)?;
    let peer = remote(context, &accepted, &peer);
    Ok(Accepted { socket: permit.fill(Arc::new(accepted)), local, peer })
}

pub(super) async fn connect(
    context: &Context,
    call: &Connect,
    interrupt: &Interrupt,
) -> Result<Connected, Failure> {
    let socket = context.sockets.get(call.socket)?;
    let patience = Patience::new(call.wait, interrupt);
    let (address, counted) = destination(context, &socket, &call.address, &patience).await?;
    let connected = socket.connect(&address, &patience).await;
    socket.note_connecting(connected);
    if matches!(connected, Ok(()) | Err(Errno::EINPROGRESS)) {
        socket.place.note_connected();
        if let Some(account) = counted {
            socket.note_account(account);
        }
    }
    connected?;
    // A peer that is gone again by now has no name any more.
    let peer = remote(context, &socket, &socket.peer().unwrap_or(address));
    Ok(Connected { local: local(context, &socket)?, peer })
}

pub(super) fn getsockname(context: &Context, call: &Getsockname) -> Result<Named, Failure> {
    let socket = context.sockets.get(call.socket)?;
    Ok(Named { address: local(context, &socket)? })
}

pub(super) fn getpeername(context: &Context, call: &Getpeername) -> Result<Named, Failure> {
    let socket = context.sockets.get(call.socket)?;
    let peer = socket.peer()?;
    Ok(Named { address: remote(context, &socket, &peer) })
}

/// Returns the peer that a program names, once it is clear that the program may reach it, and
/// where what goes there is counted.
pub(super) async fn destination(
    context: &Context,
    socket: &Socket,
    address: &Address,
    patience: &Patience,
) -> Result<(SockAddr, Counted), Failure> {
    if let Address::Unix(name) = address {
        check_family(socket, Family::Unix)?;
        let counted = context.judge.check(Use::Unix, Target::Path)?;
        return Ok((context.names.find(name)?, counted));
    }
    let (address, counted) = internet(context, peer_use(socket), address, patience).await?;
    check_implicit_bind(context, socket)?;
    match (socket.is_stream(), socket.is_connecting()) {
        (true, false) => context.budget.connect(address)?,
        // Some programs ask again and again what became of a connection.
        (true, true) => {}
        (false, _) => context.budget.datagram(address)?,
    }
    let address = match &context.loopback {
        Some(loopback) => loopback.peer(socket, address)?,
        None => address,
    };
    Ok((address.into(), counted))
}

/// Resolves an internet address once and checks it; what comes back is what is used. Of a
/// name's addresses it is the first that is allowed.
pub(super) async fn internet(
    context: &Context,
    usage: Use,
    address: &Address,
    patience: &Patience,
) -> Result<(SocketAddr, Counted), Failure> {
    let judge = &context.judge;
    match context.host.resolver.locate(&context.asker(), address, patience).await? {
        Located::Given(address) => {
            let names = context.names_of(address.ip());
            let counted = judge.check(usage, Target::Ip(address, &names))?;
            Ok((address, counted))
        }
        Located::Named(name, addresses) => {
            let names = [Arc::from(name)];
            let mut refusal = Failure::new(Errno::EAI_NONAME);
            for address in addresses {
                let target = Target::Ip(address, &names);
                match judge.check(Use::Resolve, target).and_then(|_| judge.check(usage, target)) {
                    Ok(counted) => return Ok((address, counted)),
                    Err(failure) => refusal = failure,
                }
            }
            Err(refusal)
        }
    }
}

fn local(context: &Context, socket: &Socket) -> Result<Address, Errno> {
    let address = socket.local()?;
    Ok(match (&context.loopback, address.as_socket()) {
        (Some(loopback), Some(address)) => loopback.local(socket, address).into(),
        _ => context.names.named(&address),
    })
}

/// Returns the address of a socket's peer as programs know it.
pub(super) fn remote(context: &Context, socket: &Socket, address: &SockAddr) -> Address {
    match (&context.loopback, address.as_socket()) {
        (Some(loopback), Some(address)) => loopback.remote(socket, address).into(),
        _ => context.names.named(address),
    }
}

/// Tells whether a peer that came by itself may reach the program.
pub(super) fn admits(context: &Context, socket: &Socket, usage: Use, peer: &SockAddr) -> bool {
    let Some(peer) = peer.as_socket() else { return true };
    let peer = match &context.loopback {
        Some(loopback) => loopback.visitor(socket, peer),
        None => Some(peer),
    };
    peer.is_some_and(|peer| context.judge.admits(usage, peer))
}

/// Returns where the bytes of a peer are counted that came by itself and was let in, where
/// there is an audit.
pub(super) fn account(context: &Context, socket: &Socket, usage: Use, peer: &SockAddr) -> Counted {
    if !context.judge.has_audit() {
        return None;
    }
    let peer = peer.as_socket()?;
    let peer = match &context.loopback {
        Some(loopback) => loopback.visitor(socket, peer)?,
        None => peer,
    };
    context.judge.account(usage, peer)
}

/// A name means nothing to a socket of another family.
fn check_family(socket: &Socket, family: Family) -> Result<(), Errno> {
    if socket.family == family { Ok(()) } else { Err(Errno::EAFNOSUPPORT) }
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
    context.judge.check(bind_use(socket), Target::Ip(any, &[])).map(drop)
}

/// Returns what reaching a peer through this socket counts as.
pub(super) fn peer_use(socket: &Socket) -> Use {
    if socket.is_stream() { Use::TcpConnect } else { Use::UdpSend }
}

fn bind_use(socket: &Socket) -> Use {
    if socket.is_stream() { Use::TcpBind } else { Use::UdpBind }
}
