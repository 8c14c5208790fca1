//! Bytes in both directions.

use libc::c_int;
use shared::call::{Flag, Recv, Recvfrom, Send, Sendall, Sendto, SocketId, Wait};
use shared::errno::{Errno, Failure};
use shared::reply::{Received as ReceivedReply, ReceivedFrom, Sent as SentReply};
use socket2::SockAddr;

use super::connect::{check_implicit_bind, numeric, peer_use};
use super::{Answered, Context};
use crate::limits::TRANSFER_BYTES_MAX;
use crate::patience::{Interrupt, Patience};
use crate::policy::{Target, Use};
use crate::socket::{Received, Sent, named};

pub(super) async fn send(
    context: &Context,
    call: &Send,
    payload: &[u8],
    interrupt: &Interrupt,
) -> Result<SentReply, Failure> {
    let socket = context.sockets.get(call.socket)?;
    let patience = patience(&call.flags, call.wait, interrupt);
    Ok(sent(&socket.send(payload, bits(&call.flags), &patience).await?))
}

pub(super) async fn sendall(
    context: &Context,
    call: &Sendall,
    payload: &[u8],
    interrupt: &Interrupt,
) -> Result<SentReply, Failure> {
    let socket = context.sockets.get(call.socket)?;
    let patience = patience(&call.flags, call.wait, interrupt);
    Ok(sent(&socket.send_all(payload, bits(&call.flags), &patience).await?))
}

pub(super) async fn sendto(
    context: &Context,
    call: &Sendto,
    payload: &[u8],
    interrupt: &Interrupt,
) -> Result<SentReply, Failure> {
    let socket = context.sockets.get(call.socket)?;
    let patience = patience(&call.flags, call.wait, interrupt);
    let address = numeric(context, &call.address, &patience).await?;
    context.host.policy.check(peer_use(&socket), Target::Ip(address))?;
    check_implicit_bind(context, &socket)?;
    Ok(sent(&socket.send_to(payload, address, bits(&call.flags), &patience).await?))
}

pub(super) async fn recv(
    context: &Context,
    call: &Recv,
    interrupt: &Interrupt,
) -> Result<Answered, Failure> {
    let patience = patience(&call.flags, call.wait, interrupt);
    let received = receive(context, call.socket, call.len, &call.flags, &patience).await?;
    let reply = ReceivedReply { len: length(received.len), offset: received.offset };
    Ok(Answered { reply: reply.into(), payload: received.bytes })
}

pub(super) async fn recvfrom(
    context: &Context,
    call: &Recvfrom,
    interrupt: &Interrupt,
) -> Result<Answered, Failure> {
    let patience = patience(&call.flags, call.wait, interrupt);
    let received = receive(context, call.socket, call.len, &call.flags, &patience).await?;
    let reply = ReceivedFrom {
        len: length(received.len),
        offset: received.offset,
        peer: received.peer.as_ref().map(named),
    };
    Ok(Answered { reply: reply.into(), payload: received.bytes })
}

/// Receives, and drops datagrams from where the policy does not let programs send.
async fn receive(
    context: &Context,
    socket: SocketId,
    len: u32,
    flags: &[Flag],
    patience: &Patience,
) -> Result<Received, Errno> {
    let socket = context.sockets.get(socket)?;
    let len = len.min(TRANSFER_BYTES_MAX) as usize;
    let accepts = |peer: &SockAddr| {
        let peer = peer.as_socket();
        peer.is_none_or(|peer| context.host.policy.check(Use::UdpSend, Target::Ip(peer)).is_ok())
    };
    socket.recv(len, bits(flags), patience, accepts).await
}

fn patience(flags: &[Flag], wait: Wait, interrupt: &Interrupt) -> Patience {
    let wait = if flags.contains(&Flag::Dontwait) { Wait::Never } else { wait };
    Patience::new(wait, interrupt)
}

/// Returns the host's bits for flags. `SIGPIPE` is never wanted, so `MSG_NOSIGNAL` is always
/// there for sending; every descriptor is non-blocking, so `MSG_DONTWAIT` says nothing more.
fn bits(flags: &[Flag]) -> c_int {
    flags.iter().fold(0, |bits, flag| {
        bits | match flag {
            Flag::Oob => libc::MSG_OOB,
            Flag::Peek => libc::MSG_PEEK,
            Flag::Dontroute => libc::MSG_DONTROUTE,
            Flag::Trunc => libc::MSG_TRUNC,
            Flag::Dontwait => libc::MSG_DONTWAIT,
            Flag::Eor => libc::MSG_EOR,
            Flag::Waitall => libc::MSG_WAITALL,
            Flag::Confirm => libc::MSG_CONFIRM,
            Flag::Nosignal => libc::MSG_NOSIGNAL,
            Flag::More => libc::MSG_MORE,
        }
    })
}

fn sent(sent: &Sent) -> SentReply {
    SentReply { len: length(sent.len), offset: sent.offset }
}

/// Lengths are bounded by one transfer, or by one datagram.
fn length(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
