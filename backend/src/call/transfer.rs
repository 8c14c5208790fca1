//! Bytes in both directions.

use std::os::fd::AsFd;

use libc::c_int;
use shared::call::{Control, Flag, Recv, Recvfrom, Recvmsg, Send, Sendall, Sendmsg, Sendto, Wait};
use shared::errno::{Errno, Failure};
use shared::reply::{Received as ReceivedReply, ReceivedFrom, ReceivedMessage, Sent as SentReply};
use socket2::SockAddr;

use super::connect::{account, admits, destination, remote};
use super::{Answered, Context};
use crate::audit::Account;
use crate::handover::Parcel;
use crate::limits::{CONTROL_BYTES_MAX, TRANSFER_BYTES_MAX};
use crate::patience::{Interrupt, Patience};
use crate::payload::Payload;
use crate::policy::Use;
use crate::socket::{Message, Received, Sent, Socket};
use crate::sys::message::{self, Item};

pub(super) async fn send(
    context: &Context,
    call: &Send,
    payload: &[u8],
    interrupt: &Interrupt,
) -> Result<SentReply, Failure> {
    let socket = context.sockets.get(call.socket)?;
    let patience = patience(&call.flags, call.wait, interrupt);
    context.budget.send.room(&patience).await?;
    let reply = sent(&socket.send(payload, bits(&call.flags), &patience).await?);
    context.budget.send.spend(reply.len as usize);
    count_sent(&socket, socket.account(), &reply);
    Ok(reply)
}

pub(super) async fn sendall(
    context: &Context,
    call: &Sendall,
    payload: &[u8],
    interrupt: &Interrupt,
) -> Result<SentReply, Failure> {
    let socket = context.sockets.get(call.socket)?;
    let patience = patience(&call.flags, call.wait, interrupt);
    context.budget.send.room(&patience).await?;
    let outcome = socket.send_all(payload, bits(&call.flags), &patience).await;
    // How much of it went before it failed is not known.
    context.budget.send.spend(outcome.as_ref().map_or(payload.len(), |sent| sent.len));
    Ok(sent(&outcome?))
}

pub(super) async fn sendto(
    context: &Context,
    call: &Sendto,
    payload: &[u8],
    interrupt: &Interrupt,
) -> Result<SentReply, Failure> {
    let socket = context.sockets.get(call.socket)?;
    let patience = patience(&call.flags, call.wait, interrupt);
    let (address, counted) = destination(context, &socket, &call.address, &patience).await?;
    context.budget.send.room(&patience).await?;
    let reply = sent(&socket.send_to(payload, &address, bits(&call.flags), &patience).await?);
    context.budget.send.spend(reply.len as usize);
    count_sent(&socket, counted.as_deref(), &reply);
    Ok(reply)
}

pub(super) async fn sendmsg(
    context: &Context,
    call: &Sendmsg,
    payload: &[u8],
    interrupt: &Interrupt,
) -> Result<SentReply, Failure> {
    let socket = context.sockets.get(call.socket)?;
    let patience = patience(&call.flags, call.wait, interrupt);
    let (mut items, bytes) = outgoing(&call.control, payload)?;
    let rights = call.control.iter().flat_map(|control| &control.rights);
    let parcels = rights
        .map(|right| Parcel::pack(*right, &context.sockets, &context.budget))
        .collect::<Result<Vec<_>, _>>()?;
    if !parcels.is_empty() {
        items.push(message::rights(parcels.iter().map(AsFd::as_fd)));
    }
    let (address, counted) = match &call.address {
        Some(address) => destination(context, &socket, address, &patience)
            .await
            .map(|(address, counted)| (Some(address), counted))?,
        None => (None, None),
    };
    let control = message::packed(&items);
    let message = Message { bytes, control, address: address.as_ref() };
    context.budget.send.room(&patience).await?;
    let reply = sent(&socket.send_message(&message, bits(&call.flags), &patience).await?);
    // Nobody can have received them yet: a session's calls are made one after the other.
    context.handover.note(parcels);
    context.budget.send.spend(reply.len as usize);
    count_sent(&socket, counted.as_deref().or(socket.account()), &reply);
    Ok(reply)
}

pub(super) async fn recv(
    context: &Context,
    call: &Recv,
    interrupt: &Interrupt,
) -> Result<Answered, Failure> {
    let patience = patience(&call.flags, call.wait, interrupt);
    let socket = context.sockets.get(call.socket)?;
    let received = receive(context, &socket, call.len, &call.flags, &patience).await?;
    let reply = ReceivedReply { len: length(received.len), offset: received.offset };
    Ok(Answered { reply: reply.into(), payload: received.bytes })
}

pub(super) async fn recvfrom(
    context: &Context,
    call: &Recvfrom,
    interrupt: &Interrupt,
) -> Result<Answered, Failure> {
    let patience = patience(&call.flags, call.wait, interrupt);
    let socket = context.sockets.get(call.socket)?;
    let received = receive(context, &socket, call.len, &call.flags, &patience).await?;
    let reply = ReceivedFrom {
        len: length(received.len),
        offset: received.offset,
        peer: received.peer.as_ref().map(|peer| remote(context, &socket, peer)),
    };
    Ok(Answered { reply: reply.into(), payload: received.bytes })
}

pub(super) async fn recvmsg(
    context: &Context,
    call: &Recvmsg,
    interrupt: &Interrupt,
) -> Result<Answered, Failure> {
    let patience = patience(&call.flags, call.wait, interrupt);
    let socket = context.sockets.get(call.socket)?;
    let len = call.len.min(TRANSFER_BYTES_MAX) as usize;
    let control_len = call.control_len.min(CONTROL_BYTES_MAX) as usize;
    let flags = bits(&call.flags);
    let accepts = |peer: &SockAddr| admits(context, &socket, Use::UdpReceive, peer);
    context.budget.receive.room(&patience).await?;
    let received = socket.recv_message(len, control_len, flags, &patience, accepts).await?;
    context.budget.receive.spend(received.len);
    count_received(context, &socket, &received);
    let mut payload = Payload::default();
    for item in &received.control {
        payload.push(&item.data);
    }
    payload.push(received.bytes.bytes());
    let control = received.control.iter().map(|item| Control {
        level: item.level,
        kind: item.kind,
        len: length(item.data.len()),
        rights: Vec::new(),
    });
    let mut control: Vec<Control> = control.collect();
    let peeked = call.flags.contains(&Flag::Peek);
    let (rights, all) = context.handover.unpack(&received.rights, peeked, &context.sockets);
    if !rights.is_empty() {
        let (level, kind) = (libc::SOL_SOCKET, libc::SCM_RIGHTS);
        control.push(Control { level, kind, len: 0, rights });
    }
    // As of a process that may not have as many.
    let flags = received.flags | if all { 0 } else { libc::MSG_CTRUNC };
    let reply = ReceivedMessage {
        len: length(received.bytes.len()),
        offset: received.offset,
        peer: received.peer.as_ref().map(|peer| remote(context, &socket, peer)),
        flags: ALL_FLAGS.into_iter().filter(|flag| flags & bit(*flag) != 0).collect(),
        control,
    };
    Ok(Answered { reply: reply.into(), payload })
}

/// Control messages that programs may send. Others would choose an address or a route that no
/// policy saw (`IP_PKTINFO`, `IPV6_RTHDR`). `SCM_RIGHTS` has no data of the program's.
const CONTROL_ALLOWED: &[(c_int, c_int)] = &[
    (libc::SOL_SOCKET, libc::SCM_CREDENTIALS),
    (libc::IPPROTO_IP, libc::IP_TTL),
    (libc::IPPROTO_IP, libc::IP_TOS),
    (libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT),
    (libc::IPPROTO_IPV6, libc::IPV6_TCLASS),
    (libc::SOL_UDP, libc::UDP_SEGMENT),
];

/// Splits a payload into control messages and bytes.
fn outgoing<'a>(control: &[Control], payload: &'a [u8]) -> Result<(Vec<Item>, &'a [u8]), Failure> {
    let mut rest = payload;
    let mut items = Vec::new();
    for Control { level, kind, len, rights } in control {
        let Some((data, behind)) = rest.split_at_checked(*len as usize) else {
            let message = "the payload is shorter than its control messages";
            return Err(Failure::explained(Errno::EINVAL, message));
        };
        rest = behind;
        let hands_over = (*level, *kind) == (libc::SOL_SOCKET, libc::SCM_RIGHTS);
        if hands_over == rights.is_empty() || hands_over && *len > 0 {
            let message = "descriptors are handed over with SCM_RIGHTS, by their ids";
            return Err(Failure::explained(Errno::EINVAL, message));
        }
        if hands_over {
            continue;
        }
        if !CONTROL_ALLOWED.contains(&(*level, *kind)) {
            let message = format!("programs may not send control messages {kind} of level {level}");
            return Err(Failure::explained(Errno::EPERM, message));
        }
        items.push(Item { level: *level, kind: *kind, data: data.to_vec() });
    }
    Ok((items, rest))
}

/// Receives, and drops datagrams from peers that the policy does not let in.
async fn receive(
    context: &Context,
    socket: &Socket,
    len: u32,
    flags: &[Flag],
    patience: &Patience,
) -> Result<Received, Errno> {
    let len = len.min(TRANSFER_BYTES_MAX) as usize;
    let accepts = |peer: &SockAddr| admits(context, socket, Use::UdpReceive, peer);
    context.budget.receive.room(patience).await?;
    let received = socket.recv(len, bits(flags), patience, accepts).await?;
    context.budget.receive.spend(received.len);
    count_received(context, socket, &received);
    Ok(received)
}

/// Counts a datagram for the audit. A stream's bytes are counted when it closes.
fn count_sent(socket: &Socket, account: Option<&Account>, sent: &SentReply) {
    if !socket.is_stream()
        && let Some(account) = account
    {
        account.add(sent.len.into(), 0);
    }
}

/// Counts a datagram for the audit.
fn count_received(context: &Context, socket: &Socket, received: &Received) {
    if !socket.is_stream()
        && let Some(peer) = &received.peer
        && let Some(account) = account(context, socket, Use::UdpReceive, peer)
    {
        account.add(0, received.bytes.len() as u64);
    }
}

fn patience(flags: &[Flag], wait: Wait, interrupt: &Interrupt) -> Patience {
    let wait = if flags.contains(&Flag::Dontwait) { Wait::Never } else { wait };
    Patience::new(wait, interrupt)
}

/// Returns the host's bits for flags. `SIGPIPE` is never wanted, so `MSG_NOSIGNAL` is always
/// there for sending; every descriptor is non-blocking, so `MSG_DONTWAIT` says nothing more.
fn bits(flags: &[Flag]) -> c_int {
    flags.iter().fold(0, |bits, flag| bits | bit(*flag))
}

/// What the host may say of a message that arrived.
const ALL_FLAGS: [Flag; 5] = [Flag::Oob, Flag::Trunc, Flag::Eor, Flag::Ctrunc, Flag::Errqueue];

fn bit(flag: Flag) -> c_int {
    match flag {
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
        Flag::Ctrunc => libc::MSG_CTRUNC,
        Flag::Errqueue => libc::MSG_ERRQUEUE,
        Flag::Fastopen => libc::MSG_FASTOPEN,
        // Every descriptor is close-on-exec.
        Flag::CmsgCloexec => libc::MSG_CMSG_CLOEXEC,
    }
}

fn sent(sent: &Sent) -> SentReply {
    SentReply { len: length(sent.len), offset: sent.offset }
}

/// Lengths are bounded by one transfer, or by one datagram.
fn length(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
