use shared::call::{Close, Half, Poll, PollEntry, Readiness, Shutdown, SocketId, Wait};
use shared::errno::Errno;
use shared::reply::Ready;

use crate::support::client::Client;
use crate::support::server::start_server;

fn entry(socket: SocketId, events: &[Readiness]) -> PollEntry {
    PollEntry { socket, events: events.to_vec() }
}

fn poll(entries: Vec<PollEntry>) -> Poll {
    Poll { entries, wait: Wait::Forever }
}

#[tokio::test]
async fn the_one_that_becomes_ready_is_told() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let mut pairs = Vec::new();
    for _ in 0..40 {
        pairs.push(client.tcp_pair().await);
    }
    let entries: Vec<_> = pairs.iter().map(|(_, b)| entry(*b, &[Readiness::In])).collect();
    for chosen in [0, 39, 17] {
        let (a, b) = pairs[chosen];
        let polled = client.begin(poll(entries.clone())).await;
        client.sendall(a, b"x").await;
        let ready = client.finish(polled).await.unwrap().0.ready;
        assert_eq!(ready, [Ready { socket: b, events: vec![Readiness::In] }]);
        client.recv(b, 10).await;
    }
}

#[tokio::test]
async fn what_is_ready_is_told_at_once() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    client.sendall(a, b"x").await;
    client.recv_flags(b, 1, &[shared::call::Flag::Peek]).await;
    let events = [Readiness::In, Readiness::Out];
    let nobody = SocketId(77);
    let entries = vec![entry(a, &events), entry(b, &events), entry(nobody, &events)];
    let ready = client.call(poll(entries)).await.unwrap().ready;
    assert_eq!(
        ready,
        [
            Ready { socket: a, events: vec![Readiness::Out] },
            Ready { socket: b, events: events.to_vec() },
            Ready { socket: nobody, events: vec![Readiness::Nval] },
        ]
    );
}

#[tokio::test]
async fn hang_ups_are_told_without_being_asked_for() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let polled = client.begin(poll(vec![entry(b, &[])])).await;
    client.call(Shutdown { socket: b, how: Half::Write }).await.unwrap();
    client.call(Close { socket: a }).await.unwrap();
    let ready = client.finish(polled).await.unwrap().0.ready;
    assert_eq!(ready, [Ready { socket: b, events: vec![Readiness::Hup] }]);
    let rdhup = vec![entry(b, &[Readiness::In, Readiness::Rdhup])];
    let ready = client.call(poll(rdhup)).await.unwrap().ready;
    let events = vec![Readiness::In, Readiness::Rdhup, Readiness::Hup];
    assert_eq!(ready, [Ready { socket: b, events }]);
}

#[tokio::test]
async fn a_half_closed_socket_that_is_full_is_waited_for() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    // The runtime takes `a` for readable for ever now; that must not make the poll spin or end.
    client.call(Shutdown { socket: b, how: Half::Write }).await.unwrap();
    client.recv(a, 1).await;
    let send = shared::call::Send { socket: a, flags: vec![], wait: Wait::Never };
    let mut sent = 0;
    while let Ok((reply, _)) = client.call_with(send.clone(), &[0; 65536]).await {
        sent += reply.len as usize;
    }
    let polled = client.begin(poll(vec![entry(a, &[Readiness::Out])])).await;
    let mut received = 0;
    while received < sent {
        received += client.recv(b, 65536).await.1.len();
    }
    let ready = client.finish(polled).await.unwrap().0.ready;
    assert_eq!(ready, [Ready { socket: a, events: vec![Readiness::Out] }]);
}

#[tokio::test]
async fn a_listener_is_ready_when_somebody_knocks() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (listener, address) = client.listener().await;
    let polled = client.begin(poll(vec![entry(listener, &[Readiness::In])])).await;
    let socket = client.tcp().await;
    let wait = Wait::Forever;
    client.call(shared::call::Connect { socket, address, wait }).await.unwrap();
    let ready = client.finish(polled).await.unwrap().0.ready;
    assert_eq!(ready, [Ready { socket: listener, events: vec![Readiness::In] }]);
}

#[tokio::test]
async fn more_entries_than_sockets_are_einval() {
    let server = start_server().await;
    let (mut client, welcome) = Client::connect_with_welcome(&server).await;
    let entries = |count: u32| (0..count).map(|id| entry(SocketId(id), &[])).collect();
    let most = welcome.limits.sockets_max;
    client.call(poll(entries(most))).await.unwrap();
    assert_eq!(client.fail(poll(entries(most + 1))).await, Errno::EINVAL);
}
