//! Visitors who share a loopback.

use backend::config::Config;
use backend::limits::Limits;
use serde_json::value::RawValue;
use shared::address::Address;
use shared::call::{Bind, Connect, Listen, Wait};
use shared::errno::Errno;
use shared::frame::{
    ClientMessage, ClosingReason, EnterRoom, Hello, RoomState, ServerMessage, ShownNote,
};

use crate::support::client::{Client, loopback};
use crate::support::server::{Server, start_server, start_server_with};

fn enter(room: &str, visitor: &str) -> Hello {
    let room = EnterRoom { name: room.into(), visitor: Some(visitor.into()) };
    Hello { room: Some(room), ..Hello::plain() }
}

/// Opens a session in a room and returns what it is told about it.
async fn join(server: &Server, room: &str, visitor: &str) -> (Client, RoomState) {
    let (mut client, answer) = Client::greet(server, enter(room, visitor)).await;
    assert!(matches!(answer, Some(ServerMessage::Welcome(_))), "{answer:?}");
    let room = news(&mut client).await;
    (client, room)
}

async fn news(client: &mut Client) -> RoomState {
    match client.receive().await {
        Some((ServerMessage::Room(room), _)) => room,
        other => panic!("no news of the room: {other:?}"),
    }
}

fn names(room: &RoomState) -> Vec<&str> {
    room.members.iter().map(|member| member.name.as_str()).collect()
}

#[tokio::test]
async fn one_visitors_client_finds_another_ones_server_and_nobody_elses() {
    let server = start_server().await;
    let (mut ada, _) = join(&server, "k3Jx", "Ada").await;
    let (mut bob, _) = join(&server, "k3Jx", "Bob").await;
    news(&mut ada).await;
    let (mut eve, _) = join(&server, "other", "Eve").await;
    let listener = ada.tcp().await;
    ada.call(Bind { socket: listener, address: loopback(9000) }).await.unwrap();
    ada.call(Listen { socket: listener, backlog: 1 }).await.unwrap();
    let connect = |socket| Connect { socket, address: loopback(9000), wait: Wait::Forever };
    let socket = eve.tcp().await;
    assert_eq!(eve.fail(connect(socket)).await, Errno::ECONNREFUSED);
    let socket = bob.tcp().await;
    let connected = bob.call(connect(socket)).await.unwrap();
    let accepted = ada.accept(listener).await;
    assert_eq!(accepted.peer, connected.local);
    let Address::Inet(host, _) = &connected.local else { panic!("{}", connected.local) };
    assert_eq!(host, "127.0.0.1");
    bob.sendall(socket, b"hello").await;
    assert_eq!(ada.recv(accepted.socket, 100).await.1, b"hello");
    let taken = bob.tcp().await;
    let bind = Bind { socket: taken, address: loopback(9000) };
    assert_eq!(bob.fail(bind).await, Errno::EADDRINUSE);
}

#[tokio::test]
async fn everybody_is_told_who_is_there() {
    let server = start_server().await;
    let (mut ada, room) = join(&server, "k3Jx", "Ada").await;
    assert_eq!((names(&room), room.you, room.name.as_str()), (vec!["Ada"], 1, "k3Jx"));
    let (bob, room) = join(&server, "k3Jx", "").await;
    assert_eq!((names(&room), room.you), (vec!["Ada", "Visitor 2"], 2));
    assert_eq!(names(&news(&mut ada).await), ["Ada", "Visitor 2"]);
    drop(bob);
    assert_eq!(names(&news(&mut ada).await), ["Ada"]);
}

#[tokio::test]
async fn a_room_takes_as_many_as_it_may_and_has_a_plain_name() {
    let limits = Limits { room_members_max: 1, ..Limits::default() };
    let server = start_server_with(Config { limits, ..Config::default() }).await;
    let (_ada, _) = join(&server, "k3Jx", "Ada").await;
    for (name, word) in [("k3Jx", "full"), ("no room", "name"), ("", "name")] {
        let (_, answer) = Client::greet(&server, enter(name, "Bob")).await;
        let Some(ServerMessage::Closing(closing)) = answer else { panic!("{answer:?}") };
        assert_eq!(closing.reason, ClosingReason::Room);
        assert!(closing.message.contains(word), "{}", closing.message);
    }
}

fn show(json: &str) -> ClientMessage {
    ClientMessage::Show(RawValue::from_string(json.into()).unwrap())
}

/// Receives what another visitor shows: who, and what.
async fn shown(client: &mut Client) -> (ShownNote, String, Vec<u8>) {
    match client.receive().await {
        Some((ServerMessage::Shown { note, show }, payload)) => {
            (note, show.get().to_owned(), payload)
        }
        other => panic!("nothing is shown: {other:?}"),
    }
}

#[tokio::test]
async fn what_a_visitor_shows_goes_to_the_others_until_it_is_switched_off() {
    let server = start_server().await;
    let (mut ada, _) = join(&server, "k3Jx", "Ada").await;
    let (mut bob, room) = join(&server, "k3Jx", "Bob").await;
    news(&mut ada).await;
    assert!(room.members.iter().all(|member| !member.sharing), "nobody shares unasked");

    // Not shared, so nobody hears of it.
    ada.send(show(r#"{"n":0}"#), &[]).await;
    ada.send(ClientMessage::Share(true), &[]).await;
    assert!(news(&mut bob).await.members[0].sharing);
    assert!(news(&mut ada).await.members[0].sharing);
    ada.send(show(r#"{"n":1}"#), b"bytes").await;
    let (note, json, payload) = shown(&mut bob).await;
    assert_eq!(note, ShownNote { from: 1, lost: 0, cut: false });
    assert_eq!((json.as_str(), &payload[..]), (r#"{"n":1}"#, &b"bytes"[..]));

    ada.send(ClientMessage::Share(false), &[]).await;
    assert!(!news(&mut bob).await.members[0].sharing);
    ada.send(show(r#"{"n":2}"#), &[]).await;
    news(&mut ada).await;
    let (_eve, _) = join(&server, "k3Jx", "Eve").await;
    assert_eq!(names(&news(&mut bob).await).len(), 3, "and nothing was shown before it");
}

#[tokio::test]
async fn the_clock_is_the_same_for_all_and_goes_forward() {
    let server = start_server().await;
    let (mut ada, _) = join(&server, "k3Jx", "Ada").await;
    let mut last = 0;
    for sent_us in [5, 9] {
        ada.send(ClientMessage::Clock { sent_us }, &[]).await;
        let Some((ServerMessage::Clock(clock), _)) = ada.receive().await else { panic!() };
        assert_eq!(clock.sent_us, sent_us);
        assert!(clock.host_us >= last);
        last = clock.host_us;
    }
}
