use shared::call::{
    Close, EpollChange, EpollCreate, EpollCtl, EpollWait, Getsockname, SocketId, Wait,
};
use shared::errno::Errno;
use shared::reply::EpollEvent;

use crate::support::client::Client;
use crate::support::server::start_server;

const IN: u32 = 1;
const ONESHOT: u32 = 1 << 30;
const EDGES: u32 = 1 << 31;

fn ctl(epoll: SocketId, socket: SocketId, change: EpollChange, events: u32) -> EpollCtl {
    EpollCtl { epoll, socket, change, events, data: socket.0.into() }
}

async fn epoll(client: &mut Client) -> SocketId {
    client.call(EpollCreate {}).await.unwrap().socket
}

async fn ready(client: &mut Client, epoll: SocketId, wait: Wait) -> Vec<EpollEvent> {
    client.call(EpollWait { epoll, max: 8, wait }).await.unwrap().ready
}

#[tokio::test]
async fn a_wait_ends_when_a_socket_becomes_ready() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let epoll = epoll(&mut client).await;
    client.call(ctl(epoll, b, EpollChange::Add, IN)).await.unwrap();
    for _ in 0..3 {
        let waiting = client.begin(EpollWait { epoll, max: 8, wait: Wait::Forever }).await;
        client.sendall(a, b"x").await;
        let (reply, _) = client.finish(waiting).await.unwrap();
        assert_eq!(reply.ready, [EpollEvent { data: b.0.into(), events: IN }]);
        client.recv(b, 10).await;
    }
    assert_eq!(ready(&mut client, epoll, Wait::Millis(1)).await, []);
}

#[tokio::test]
async fn levels_edges_and_one_shots_are_linuxs() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let epoll = epoll(&mut client).await;
    client.sendall(a, b"x").await;
    client.call(ctl(epoll, b, EpollChange::Add, IN)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(ready(&mut client, epoll, Wait::Forever).await.len(), 1);
    }
    client.call(ctl(epoll, b, EpollChange::Modify, IN | EDGES)).await.unwrap();
    assert_eq!(ready(&mut client, epoll, Wait::Forever).await.len(), 1);
    assert_eq!(ready(&mut client, epoll, Wait::Never).await, []);
    client.sendall(a, b"y").await;
    assert_eq!(ready(&mut client, epoll, Wait::Forever).await.len(), 1);
    client.call(ctl(epoll, b, EpollChange::Modify, IN | ONESHOT)).await.unwrap();
    assert_eq!(ready(&mut client, epoll, Wait::Forever).await.len(), 1);
    client.sendall(a, b"z").await;
    assert_eq!(ready(&mut client, epoll, Wait::Millis(1)).await, []);
    client.call(ctl(epoll, b, EpollChange::Delete, 0)).await.unwrap();
    assert_eq!(client.fail(ctl(epoll, b, EpollChange::Modify, IN)).await, Errno::ENOENT);
}

#[tokio::test]
async fn a_socket_that_is_closed_is_in_no_set() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let epoll = epoll(&mut client).await;
    client.call(ctl(epoll, b, EpollChange::Add, IN)).await.unwrap();
    assert_eq!(client.fail(ctl(epoll, b, EpollChange::Add, IN)).await, Errno::EEXIST);
    client.sendall(a, b"x").await;
    client.call(Close { socket: b }).await.unwrap();
    assert_eq!(ready(&mut client, epoll, Wait::Never).await, []);
    assert_eq!(client.fail(ctl(epoll, b, EpollChange::Delete, 0)).await, Errno::EBADF);
}

#[tokio::test]
async fn an_epoll_instance_is_no_socket_and_a_socket_no_epoll_instance() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let epoll = epoll(&mut client).await;
    let socket = client.tcp().await;
    assert_eq!(client.fail(Getsockname { socket: epoll }).await, Errno::ENOTSOCK);
    let wait = EpollWait { epoll: socket, max: 1, wait: Wait::Never };
    assert_eq!(client.fail(wait).await, Errno::EINVAL);
    assert_eq!(client.fail(EpollWait { epoll, max: 0, wait: Wait::Never }).await, Errno::EINVAL);
    client.call(Close { socket: epoll }).await.unwrap();
    assert_eq!(client.fail(EpollWait { epoll, max: 1, wait: Wait::Never }).await, Errno::EBADF);
}
