//! The native transport: a real WebSocket to a backend, shared by all of the program's threads.
//!
//! ```text
//! a Python thread ── Outgoing (bounded) ──▶ writer ──▶ backend
//!       ▲                                                 │
//!       └──────── one-shot channel per call ◀── reader ◀──┘
//! ```

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc as std_mpsc};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use shared::call::{Call, Flag, SocketId};
use shared::errno::{Errno, Failure};
use shared::frame::{self, CallId, ClientMessage, Hello, Limits, Outcome, ServerMessage};
use shared::guest::GuestCall;
use shared::handover::{give_files, take_files};
use shared::reply::Reply;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{Answer, Transport, handover};

/// The descriptors that sockets have natively: out of the way of the process's own.
pub(crate) const SOCKETS: Range<u32> = 500..1024;

/// A session's first id.
const ID_FIRST: u32 = 3;

/// What is added to a descriptor that is no socket's, so that it is no id of the session either.
const NO_SOCKET: u32 = 1 << 24;

/// Calls that may wait to be written. Each belongs to a thread that waits for its answer, so
/// this only smooths bursts.
const OUTGOING_MAX: usize = 16;

/// Bytes of one message at most, before the backend has said its own limit.
const MESSAGE_BYTES_MAX: usize = 16 << 20;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Outcomes = std_mpsc::SyncSender<Result<Answer, Failure>>;

/// A session with a backend, opened by the first call.
pub(crate) struct WebSocket {
    url: String,
    session: OnceLock<Result<Session, Failure>>,
}

struct Session {
    outgoing: mpsc::Sender<Message>,
    waiting: Arc<Waiting>,
    limits: Limits,
}

/// The calls that have not been answered.
#[derive(Default)]
struct Waiting(Mutex<WaitingCalls>);

#[derive(Default)]
struct WaitingCalls {
    last_id: u64,
    calls: HashMap<CallId, Outcomes>,
    /// Why the session ended, once it has.
    ended: Option<Failure>,
}

impl WebSocket {
    /// Names the backend; nothing is opened yet.
    pub(crate) fn new(url: String) -> Self {
        WebSocket { url, session: OnceLock::new() }
    }

    fn session(&self) -> Result<&Session, Failure> {
        self.session.get_or_init(|| Session::open(&self.url)).as_ref().map_err(Clone::clone)
    }
}

impl Transport for WebSocket {
    fn call(&self, call: GuestCall, payload: &[u8]) -> Result<Answer, Failure> {
        let session = self.session()?;
        let (sender, receiver) = std_mpsc::sync_channel(1);
        let id = session.waiting.add(sender)?;
        let mut call = call.call;
        give_files(&mut call, handover::keep)?;
        let renamed: Result<(), std::convert::Infallible> =
            call.rename_sockets(|fd| Ok(SocketId(id_of(fd.0))));
        let Ok(()) = renamed;
        let names_sockets = names_sockets(&call).then(|| call.clone());
        let header = ClientMessage::Call { id, call }.encode();
        let message = if payload.is_empty() {
            Message::text(header)
        } else {
            Message::binary(frame::join(header.as_bytes(), payload))
        };
        if session.outgoing.blocking_send(message).is_err() {
            session.waiting.end(gone());
        }
        let answer = receiver.recv().unwrap_or_else(|_| Err(gone()))?;
        match names_sockets {
            Some(call) => renamed_answer(&call, answer),
            None => Ok(answer),
        }
    }

    fn transfer_bytes_max(&self) -> usize {
        self.session().map_or(1, |session| session.limits.transfer_bytes_max.max(1) as usize)
    }
}

/// Returns the session's id for a descriptor.
fn id_of(fd: u32) -> u32 {
    if SOCKETS.contains(&fd) { fd - SOCKETS.start + ID_FIRST } else { fd.wrapping_add(NO_SOCKET) }
}

/// Returns the descriptor for an id of the session.
fn fd_of(id: u32) -> u32 {
    if id >= NO_SOCKET { id - NO_SOCKET } else { id - ID_FIRST.min(id) + SOCKETS.start }
}

/// Tells whether the reply to a call has ids in it.
fn names_sockets(call: &Call) -> bool {
    matches!(
        call,
        Call::Socket(_)
            | Call::Socketpair(_)
            | Call::Dup(_)
            | Call::Accept(_)
            | Call::EpollCreate(_)
            | Call::Recvmsg(_)
            | Call::Poll(_)
    )
}

/// Gives an answer the program's descriptors.
fn renamed_answer(call: &Call, answer: Answer) -> Result<Answer, Failure> {
    let unreadable = || Failure::explained(Errno::EPROTO, "a reply cannot be read");
    let mut reply = call.decode_reply(answer.reply.get()).map_err(|_| unreadable())?;
    reply.rename_sockets(|id| SocketId(fd_of(id.0)));
    if let (Call::Recvmsg(call), Reply::ReceivedMessage(message)) = (call, &mut reply) {
        let peeked = call.flags.contains(&Flag::Peek);
        take_files(message, |number| handover::take(number, peeked));
    }
    let reply = frame::raw_reply(&reply).ok_or_else(unreadable)?;
    Ok(Answer { reply, ..answer })
}

impl Session {
    /// Opens a session and starts the thread that carries its messages.
    fn open(url: &str) -> Result<Session, Failure> {
        let (opened, welcomed) = std_mpsc::sync_channel(1);
        let (outgoing, messages) = mpsc::channel(OUTGOING_MAX);
        let waiting = Arc::new(Waiting::default());
        let address = url.to_owned();
        let calls = Arc::clone(&waiting);
        std::thread::Builder::new()
            .name("websocket".into())
            .spawn(move || run(&address, &opened, messages, &calls))
            .map_err(|error| Failure::explained(Errno::EAGAIN, error.to_string()))?;
        let limits = welcomed.recv().unwrap_or_else(|_| Err(gone()))?;
        Ok(Session { outgoing, waiting, limits })
    }
}

/// Carries a session's messages until it ends.
fn run(
    url: &str,
    opened: &std_mpsc::SyncSender<Result<Limits, Failure>>,
    messages: mpsc::Receiver<Message>,
    waiting: &Waiting,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_io().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            // The receiver waits for exactly this message, so it is there.
            let _sent = opened.send(Err(unreachable_backend(url, error)));
            return;
        }
    };
    runtime.block_on(async {
        let (stream, limits) = match connect(url).await {
            Ok(connected) => connected,
            Err(failure) => {
                // As above.
                let _sent = opened.send(Err(failure));
                return;
            }
        };
        let _sent = opened.send(Ok(limits));
        let (sink, stream) = stream.split();
        let failure = tokio::select! {
            failure = write(sink, messages) => failure,
            failure = read(stream, waiting) => failure,
        };
        waiting.end(failure);
    });
}

async fn connect(url: &str) -> Result<(Stream, Limits), Failure> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    // Without TCP_NODELAY a call can wait 40 ms for the peer's delayed acknowledgement.
    let no_delay = true;
    let (mut stream, _) = tokio_tungstenite::connect_async_with_config(url, Some(config), no_delay)
        .await
        .map_err(|error| unreachable_backend(url, error))?;
    let hello = ClientMessage::Hello(Hello::plain()).encode();
    stream.send(Message::text(hello)).await.map_err(|error| unreachable_backend(url, error))?;
    loop {
        let message = match stream.next().await {
            Some(message) => message.map_err(|error| unreachable_backend(url, error))?,
            None => return Err(gone()),
        };
        let Message::Text(header) = message else { continue };
        return match ServerMessage::decode(header.as_bytes()) {
            Ok(ServerMessage::Welcome(welcome)) => Ok((stream, welcome.limits)),
            Ok(ServerMessage::Closing(closing)) => {
                Err(Failure::explained(Errno::ENETDOWN, closing.message))
            }
            Ok(ServerMessage::Refused(failure)) => Err(failure),
            Ok(
                ServerMessage::Answer(_)
                | ServerMessage::Room(_)
                | ServerMessage::Limit(_)
                | ServerMessage::Shown { .. }
                | ServerMessage::Clock(_),
            ) => Err(Failure::explained(Errno::EPROTO, "the backend answered before it was asked")),
            Err(error) => Err(Failure::explained(Errno::EPROTO, error.to_string())),
        };
    }
}

async fn write(
    mut sink: SplitSink<Stream, Message>,
    mut messages: mpsc::Receiver<Message>,
) -> Failure {
    while let Some(message) = messages.recv().await {
        if let Err(error) = sink.send(message).await {
            return Failure::explained(Errno::ENETDOWN, format!("the backend is gone: {error}"));
        }
    }
    gone()
}

async fn read(mut stream: SplitStream<Stream>, waiting: &Waiting) -> Failure {
    while let Some(message) = stream.next().await {
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                return Failure::explained(
                    Errno::ENETDOWN,
                    format!("the backend is gone: {error}"),
                );
            }
        };
        let decoded = match &message {
            Message::Text(header) => ServerMessage::decode(header.as_bytes()).map(|m| (m, &[][..])),
            Message::Binary(bytes) => frame::split(bytes)
                .and_then(|(header, payload)| Ok((ServerMessage::decode(header)?, payload))),
            _ => continue,
        };
        match decoded {
            Ok((ServerMessage::Answer(answer), payload)) => {
                let outcome = match answer.outcome {
                    Outcome::Ok(reply) => Ok(Answer { reply, payload: payload.to_vec() }),
                    Outcome::Error(failure) => Err(failure),
                };
                waiting.answer(answer.id, outcome);
            }
            Ok((ServerMessage::Closing(closing), _)) => {
                return Failure::explained(Errno::ENETDOWN, closing.message);
            }
            // A refused message belongs to no call that could be told, so all of them are.
            Ok((ServerMessage::Refused(failure), _)) => return failure,
            Ok((
                ServerMessage::Welcome(_)
                | ServerMessage::Room(_)
                | ServerMessage::Limit(_)
                | ServerMessage::Shown { .. }
                | ServerMessage::Clock(_),
                _,
            )) => continue,
            Err(error) => return Failure::explained(Errno::EPROTO, error.to_string()),
        }
    }
    gone()
}

impl Waiting {
    fn add(&self, sender: Outcomes) -> Result<CallId, Failure> {
        let mut waiting = self.lock();
        if let Some(failure) = &waiting.ended {
            return Err(failure.clone());
        }
        waiting.last_id += 1;
        let id = CallId(waiting.last_id);
        waiting.calls.insert(id, sender);
        Ok(id)
    }

    fn answer(&self, id: CallId, outcome: Result<Answer, Failure>) {
        if let Some(sender) = self.lock().calls.remove(&id) {
            // The thread waits for exactly one message; if it is gone, nobody misses it.
            let _sent = sender.try_send(outcome);
        }
    }

    fn end(&self, failure: Failure) {
        let mut waiting = self.lock();
        for (_, sender) in waiting.calls.drain() {
            // As in `answer`.
            let _sent = sender.try_send(Err(failure.clone()));
        }
        waiting.ended.get_or_insert(failure);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, WaitingCalls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gone() -> Failure {
    Failure::explained(Errno::ENETDOWN, "the backend ended the session")
}

fn unreachable_backend(url: &str, error: impl std::fmt::Display) -> Failure {
    Failure::explained(
        Errno::ENETDOWN,
        format!("There is no backend at {url} ({error}). Start one with `cargo run -p backend`."),
    )
}
