use shared::address::{Address, Family, Kind};
use shared::call::{
    Bind, Close, Control, Flag, OptionValue, Recvmsg, Right, Sendmsg, Setsockopt, SocketId,
    Socketpair, Wait,
};
use shared::errno::Errno;

use crate::support::client::Client;
use crate::support::server::start_server;

const IPPROTO_IPV6: i32 = 41;
const IPV6_RECVHOPLIMIT: i32 = 51;
const IPV6_HOPLIMIT: i32 = 52;
const SOL_SOCKET: i32 = 1;
const SCM_RIGHTS: i32 = 1;

fn sendmsg(socket: SocketId, address: Option<Address>, control: Vec<Control>) -> Sendmsg {
    Sendmsg { socket, address, control, flags: vec![], wait: Wait::Forever }
}

fn scm_rights(rights: Vec<Right>) -> Control {
    Control { level: SOL_SOCKET, kind: SCM_RIGHTS, len: 0, rights }
}

fn recvmsg(socket: SocketId, len: u32, control_len: u32) -> Recvmsg {
    Recvmsg { socket, len, control_len, flags: vec![], wait: Wait::Forever }
}

#[tokio::test]
async fn a_message_and_what_comes_beside_it() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let to = client.socket(Family::Inet6, Kind::Datagram).await;
    let address = Address::Inet6("::1".into(), 0, 0, 0);
    let bound = client.call(Bind { socket: to, address }).await.unwrap();
    let value = OptionValue::Int(1);
    let call = Setsockopt { socket: to, level: IPPROTO_IPV6, option: IPV6_RECVHOPLIMIT, value };
    client.call(call).await.unwrap();
    let from = client.socket(Family::Inet6, Kind::Datagram).await;
    let hop_limit = Control { level: IPPROTO_IPV6, kind: IPV6_HOPLIMIT, len: 4, rights: vec![] };
    let call = sendmsg(from, Some(bound.local), vec![hop_limit.clone()]);
    let payload = [&7_i32.to_ne_bytes()[..], b"hello"].concat();
    let (sent, _) = client.call_with(call.clone(), &payload).await.unwrap();
    assert_eq!(sent.len, 5);
    let (reply, received) = client.call_with(recvmsg(to, 10, 24), &[]).await.unwrap();
    assert_eq!((reply.len, reply.control, reply.flags), (5, vec![hop_limit], vec![]));
    assert_eq!(received, payload);
    assert!(reply.peer.is_some());

    client.call_with(call, &payload).await.unwrap();
    let (reply, received) = client.call_with(recvmsg(to, 2, 0), &[]).await.unwrap();
    assert_eq!((reply.len, reply.flags), (2, vec![Flag::Trunc, Flag::Ctrunc]));
    assert_eq!(received, b"he");
}

#[tokio::test]
async fn a_stream_counts_its_bytes() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    for offset in [0, 5] {
        let call = sendmsg(a, None, vec![]);
        let (sent, _) = client.call_with(call, b"hello").await.unwrap();
        assert_eq!((sent.len, sent.offset), (5, Some(offset)));
        let (reply, received) = client.call_with(recvmsg(b, 10, 0), &[]).await.unwrap();
        assert_eq!((reply.offset, received.as_slice()), (Some(offset), &b"hello"[..]));
    }
}

#[tokio::test]
async fn descriptors_are_handed_over() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (near, far) = client.tcp_pair().await;
    let pair = Socketpair { family: Family::Unix, kind: Kind::Stream, proto: 0 };
    let pair = client.call(pair).await.unwrap();
    let rights = vec![Right::Socket(near), Right::File(77)];
    let call = sendmsg(pair.first, None, vec![scm_rights(rights)]);
    client.call_with(call, b"x").await.unwrap();
    // The sender's own name is no longer needed.
    client.call(Close { socket: near }).await.unwrap();
    let (reply, received) = client.call_with(recvmsg(pair.second, 9, 64), &[]).await.unwrap();
    assert_eq!((received.as_slice(), reply.flags), (&b"x"[..], vec![]));
    let [Control { rights, .. }] = reply.control.as_slice() else { panic!("{:?}", reply.control) };
    let [Right::Socket(given), Right::File(77)] = rights[..] else { panic!("{rights:?}") };
    let call = shared::call::Send { socket: given, flags: vec![], wait: Wait::Forever };
    client.call_with(call, b"hello").await.unwrap();
    assert_eq!(client.recv(far, 9).await.1, b"hello");
}

#[tokio::test]
async fn a_descriptor_that_finds_no_room_is_cut_off() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let pair = Socketpair { family: Family::Unix, kind: Kind::Datagram, proto: 0 };
    let pair = client.call(pair).await.unwrap();
    let rights = vec![Right::Socket(pair.first), Right::Socket(pair.second)];
    let call = sendmsg(pair.first, None, vec![scm_rights(rights)]);
    client.call_with(call, b"x").await.unwrap();
    // Room for the header and one descriptor.
    let (reply, _) = client.call_with(recvmsg(pair.second, 9, 20), &[]).await.unwrap();
    assert_eq!(reply.flags, [Flag::Ctrunc]);
    assert!(matches!(&reply.control[..], [Control { rights, .. }] if rights.len() == 1));
}

#[tokio::test]
async fn what_is_not_open_is_not_handed_over() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, _) = client.tcp_pair().await;
    for (control, errno) in [
        (scm_rights(vec![Right::Socket(SocketId(900))]), Errno::EBADF),
        (Control { len: 4, ..scm_rights(vec![]) }, Errno::EINVAL),
        (Control { kind: 2, ..scm_rights(vec![Right::Socket(a)]) }, Errno::EINVAL),
    ] {
        let call = sendmsg(a, None, vec![control]);
        assert_eq!(client.call_with(call, &[0; 4]).await.unwrap_err().errno, errno);
    }
}

#[tokio::test]
async fn a_message_may_not_choose_a_route() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, _) = client.tcp_pair().await;
    for (level, kind) in [(0, 8), (IPPROTO_IPV6, 57), (IPPROTO_IPV6, 50)] {
        let call = sendmsg(a, None, vec![Control { level, kind, len: 4, rights: vec![] }]);
        let failure = client.call_with(call, &[0; 4]).await.unwrap_err();
        assert_eq!(failure.errno, Errno::EPERM);
    }
    let call = sendmsg(a, None, vec![Control { level: 0, kind: 2, len: 40, rights: vec![] }]);
    assert_eq!(client.call_with(call, &[0; 4]).await.unwrap_err().errno, Errno::EINVAL);
}

/// Descriptors that are on their way in one session at most (`HANDED_OVER_MAX`).
const ON_THE_WAY_MAX: u32 = 512;

#[tokio::test]
async fn of_too_many_descriptors_on_their_way_the_oldest_do_not_arrive() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let pair = Socketpair { family: Family::Unix, kind: Kind::Datagram, proto: 0 };
    let pair = client.call(pair).await.unwrap();
    let each = ON_THE_WAY_MAX / 2 - 6;
    for first in [0, each, 2 * each] {
        let rights = (first..first + each).map(Right::File).collect();
        let call = sendmsg(pair.first, None, vec![scm_rights(rights)]);
        client.call_with(call, b"x").await.unwrap();
    }
    // The first message has lost what it began with, and is cut off there, as it would be for a
    // process that may have no more descriptors.
    let mut arrived = Vec::new();
    for _ in 0..3 {
        let (reply, bytes) = client.call_with(recvmsg(pair.second, 9, 4096), &[]).await.unwrap();
        let rights = reply.control.into_iter().flat_map(|control| control.rights).count();
        arrived.push((bytes, rights, reply.flags));
    }
    let whole = || (b"x".to_vec(), each as usize, vec![]);
    assert_eq!(arrived, [(b"x".to_vec(), 0, vec![Flag::Ctrunc]), whole(), whole()]);
    // There is room again.
    let call = sendmsg(pair.first, None, vec![scm_rights(vec![Right::File(9)])]);
    client.call_with(call, b"x").await.unwrap();
    let (reply, _) = client.call_with(recvmsg(pair.second, 9, 64), &[]).await.unwrap();
    assert_eq!(reply.control[0].rights, [Right::File(9)]);
}
