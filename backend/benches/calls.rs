//! What a call costs, against a bare axum WebSocket echo in the same run; how fast bytes go
//! through; how many sockets open and close in a second.
//!
//! `cargo bench -p backend --bench calls`. The server has one worker thread, the client its own.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::any;
use backend::config::Config;
use futures_util::{SinkExt, StreamExt};
use shared::address::{Address, Family, Kind};
use shared::call::{Call, Close, Connect, Getsockname, Recv, Sendall, Socket, SocketId, Wait};
use shared::frame::{CallId, ClientMessage, Hello, ServerMessage, join, split};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// Calls per round; rounds alternate between echo and call, so both see the same machine.
const CALLS: usize = 4_000;
const ROUNDS: usize = 7;
const TRANSFER_BYTES: usize = 64 * 1024;
const BULK_BYTES: usize = 512 * 1024 * 1024;
const CYCLES: usize = 20_000;
const CYCLES_IN_FLIGHT: usize = 64;

fn main() {
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let peers = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let client = Builder::new_current_thread().enable_all().build().unwrap();
    let (backend, echo) = (start_backend(&server), start_echo(&server));
    let (source, sink) = (start_source(&peers), start_sink(&peers));
    client.block_on(async {
        call_cost(backend, echo).await;
        download(backend, source).await;
        upload(backend, sink).await;
        cycles(backend, sink).await;
    });
}

async fn call_cost(backend: SocketAddr, echo: SocketAddr) {
    let mut session = Session::open(backend).await;
    let socket = session.make(udp()).await;
    let request = |id| encode(id, Getsockname { socket }.into(), &[]);
    let mut echo = open(format!("ws://{echo}/echo")).await;
    let (mut echo_times, mut call_times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        echo_times.push(round_trips(&mut echo, request).await);
        call_times.push(round_trips(&mut session.socket, request).await);
    }
    let (echo, call) = (median(echo_times), median(call_times));
    let ratio = call.as_secs_f64() / echo.as_secs_f64();
    println!("one call p50        {call:?}, bare echo {echo:?}: {ratio:.2}x");
}

async fn round_trips(socket: &mut Ws, request: impl Fn(u64) -> Message) -> Duration {
    let mut times = Vec::with_capacity(CALLS);
    for id in 0..CALLS {
        let message = request(id as u64);
        let begun = Instant::now();
        socket.send(message).await.unwrap();
        socket.next().await.unwrap().unwrap();
        times.push(begun.elapsed());
    }
    median(times)
}

async fn download(backend: SocketAddr, source: SocketAddr) {
    let mut session = Session::open(backend).await;
    let socket = session.connect(source).await;
    let len = TRANSFER_BYTES as u32;
    let recv = || Recv { socket, len, flags: vec![], wait: Wait::Forever }.into();
    let begun = Instant::now();
    session.send(recv(), &[]).await;
    session.send(recv(), &[]).await;
    let mut received = 0;
    while received < BULK_BYTES {
        received += session.answer().await.1;
        session.send(recv(), &[]).await;
    }
    report("download", received, begun);
}

async fn upload(backend: SocketAddr, sink: SocketAddr) {
    let mut session = Session::open(backend).await;
    let socket = session.connect(sink).await;
    let sendall = || Sendall { socket, flags: vec![], wait: Wait::Forever }.into();
    let payload = vec![7; TRANSFER_BYTES];
    let begun = Instant::now();
    session.send(sendall(), &payload).await;
    let mut sent = TRANSFER_BYTES;
    while sent < BULK_BYTES {
        session.send(sendall(), &payload).await;
        sent += TRANSFER_BYTES;
        session.answer().await;
    }
    session.answer().await;
    report("upload", sent, begun);
}

/// Opens, connects, sends one byte and closes, many at once.
async fn cycles(backend: SocketAddr, sink: SocketAddr) {
    let mut session = Session::open(backend).await;
    let begun = Instant::now();
    for _ in 0..CYCLES / CYCLES_IN_FLIGHT {
        let mut sockets = Vec::new();
        for _ in 0..CYCLES_IN_FLIGHT {
            session.feed(tcp(), &[]).await;
        }
        session.socket.flush().await.unwrap();
        for _ in 0..CYCLES_IN_FLIGHT {
            sockets.push(session.created().await);
        }
        for &socket in &sockets {
            let address = Address::from(sink);
            session.feed(Connect { socket, address, wait: Wait::Forever }.into(), &[]).await;
        }
        session.socket.flush().await.unwrap();
        for _ in &sockets {
            session.answer().await;
        }
        for &socket in &sockets {
            let sendall = Sendall { socket, flags: vec![], wait: Wait::Forever };
            session.feed(sendall.into(), b"x").await;
            session.feed(Close { socket }.into(), &[]).await;
        }
        session.socket.flush().await.unwrap();
        for _ in 0..2 * sockets.len() {
            session.answer().await;
        }
    }
    let per_second = CYCLES as f64 / begun.elapsed().as_secs_f64();
    println!("open, send, close   {per_second:.0} a second, {CYCLES_IN_FLIGHT} in flight");
}

fn report(what: &str, bytes: usize, begun: Instant) {
    let rate = bytes as f64 / 1e6 / begun.elapsed().as_secs_f64();
    println!("{what:<19} {rate:.0} MB/s, calls of {TRANSFER_BYTES} bytes, two in flight");
}

type Ws = WebSocketStream<MaybeTlsStream<TcpStream>>;

struct Session {
    socket: Ws,
    next_id: u64,
}

impl Session {
    async fn open(backend: SocketAddr) -> Self {
        let mut socket = open(format!("ws://{backend}/ws")).await;
        let hello = ClientMessage::Hello(Hello::plain()).encode();
        socket.send(Message::Text(hello.into())).await.unwrap();
        socket.next().await.unwrap().unwrap();
        Self { socket, next_id: 0 }
    }

    async fn feed(&mut self, call: Call, payload: &[u8]) {
        self.next_id += 1;
        self.socket.feed(encode(self.next_id, call, payload)).await.unwrap();
    }

    async fn send(&mut self, call: Call, payload: &[u8]) {
        self.feed(call, payload).await;
        self.socket.flush().await.unwrap();
    }

    /// Returns the next answer's header and how many bytes ride along.
    async fn answer(&mut self) -> (Vec<u8>, usize) {
        match self.socket.next().await.unwrap().unwrap() {
            Message::Text(text) => (text.as_bytes().to_vec(), 0),
            Message::Binary(bytes) => {
                let (header, payload) = split(&bytes).unwrap();
                (header.to_vec(), payload.len())
            }
            other => panic!("no answer: {other:?}"),
        }
    }

    async fn created(&mut self) -> SocketId {
        let (header, _) = self.answer().await;
        let ServerMessage::Answer(answer) = ServerMessage::decode(&header).unwrap() else {
            panic!("no answer");
        };
        let call = tcp();
        match answer.outcome.decode(&call).unwrap().unwrap() {
            shared::reply::Reply::Created(created) => created.socket,
            other => panic!("not created: {other:?}"),
        }
    }

    async fn make(&mut self, call: Call) -> SocketId {
        self.send(call, &[]).await;
        self.created().await
    }

    async fn connect(&mut self, to: SocketAddr) -> SocketId {
        let socket = self.make(tcp()).await;
        self.send(Connect { socket, address: to.into(), wait: Wait::Forever }.into(), &[]).await;
        self.answer().await;
        socket
    }
}

fn encode(id: u64, call: Call, payload: &[u8]) -> Message {
    let header = ClientMessage::Call { id: CallId(id), call }.encode();
    if payload.is_empty() {
        return Message::Text(header.into());
    }
    Message::Binary(join(header.as_bytes(), payload).into())
}

fn tcp() -> Call {
    Socket { family: Family::Inet, kind: Kind::Stream, proto: 0 }.into()
}

fn udp() -> Call {
    Socket { family: Family::Inet, kind: Kind::Datagram, proto: 0 }.into()
}

async fn open(url: String) -> Ws {
    connect_async_with_config(url, None, true).await.unwrap().0
}

fn start_backend(runtime: &Runtime) -> SocketAddr {
    let listener = bind(runtime);
    let address = listener.local_addr().unwrap();
    runtime.spawn(backend::server::run(listener, Config::default(), std::future::pending()));
    address
}

fn start_echo(runtime: &Runtime) -> SocketAddr {
    use axum::serve::ListenerExt;
    let listener = bind(runtime);
    let address = listener.local_addr().unwrap();
    let echo = any(|upgrade: WebSocketUpgrade| async {
        upgrade.on_upgrade(async |mut socket| {
            while let Some(Ok(message)) = socket.recv().await {
                if socket.send(message).await.is_err() {
                    break;
                }
            }
        })
    });
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    runtime.spawn(async { axum::serve(listener, Router::new().route("/echo", echo)).await });
    address
}

/// Starts a peer that sends without end.
fn start_source(runtime: &Runtime) -> SocketAddr {
    start_peer(runtime, |mut stream| async move {
        let bytes = vec![7; 256 * 1024];
        while stream.write_all(&bytes).await.is_ok() {}
    })
}

/// Starts a peer that takes everything.
fn start_sink(runtime: &Runtime) -> SocketAddr {
    start_peer(runtime, |mut stream| async move {
        let mut bytes = vec![0; 256 * 1024];
        while stream.read(&mut bytes).await.is_ok_and(|len| len > 0) {}
    })
}

fn start_peer<F>(runtime: &Runtime, serve: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = bind(runtime);
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

fn bind(runtime: &Runtime) -> TcpListener {
    // A peer that is slow to accept must not make the connections of `cycles` wait a second.
    const BACKLOG: u32 = 4096;
    let _runtime = runtime.enter();
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    socket.listen(BACKLOG).unwrap()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
