//! One WebSocket is one session: its event loop, its calls in flight, its end.
//!
//! All calls of a session run in the session's own task: a call is tried at once when it
//! arrives, and only one that has to wait is kept among the waiting. So calls take effect in
//! the order in which they were sent, and the answer to one that need not wait costs no other
//! task. Dropping the session drops its calls and closes its sockets.

use std::collections::HashMap;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, close_code};
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use shared::PROTOCOL_VERSION;
use shared::call::Call;
use shared::errno::{Errno, Failure};
use shared::frame::{
    CallId, ClientMessage, Closing, ClosingReason, Hello, ServerMessage, Welcome, split,
};
use tokio::time::{Instant, Sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::call::{self, Answered, Context, Host};
use crate::limits::{
    FAREWELL_WAIT_MAX, FRAME_BYTES_MAX, HANDSHAKE_WAIT_MAX, PULSE_INTERVAL, SILENCE_MAX, STALL_MAX,
};
use crate::link::{self, End, Frame, Gone, Incoming, Link};
use crate::patience::Interrupt;
use crate::sockets::SocketTable;

/// Serves one session until the client leaves or `shutdown` is cancelled.
pub(crate) async fn serve(socket: WebSocket, host: Arc<Host>, shutdown: CancellationToken) {
    let mut link = Link::new(socket);
    let welcomed = tokio::select! {
        biased;
        () = shutdown.cancelled() => Err(Ending::Told(shutting_down())),
        welcomed = timeout(HANDSHAKE_WAIT_MAX, handshake(&mut link, &host)) => {
            welcomed.unwrap_or_else(|_| Err(Ending::Told(idle("no hello came"))))
        }
    };
    match welcomed {
        Ok(()) => Session::new(link, host).run(shutdown).await,
        Err(ending) => farewell(link, ending).await,
    }
}

/// Tells a client that there is no room for it.
pub(crate) async fn refuse(socket: WebSocket) {
    let message = "the backend has as many sessions as it may have; try again later".to_owned();
    let closing = Closing { reason: ClosingReason::Full, message };
    farewell(Link::new(socket), Ending::Told(closing)).await;
}

/// How a session ends.
#[derive(Debug)]
enum Ending {
    /// The client left by itself.
    Left(End),
    /// The backend ends it, and says why.
    Told(Closing),
}

/// Waits for the hello and answers it.
async fn handshake(link: &mut Link, host: &Host) -> Result<(), Ending> {
    loop {
        let frame = match link.receive().await {
            Incoming::Frame(frame) => frame,
            Incoming::Pong => continue,
            Incoming::End(end) => return Err(Ending::Left(end)),
        };
        let refusal = match read(&frame) {
            Ok((ClientMessage::Hello(Hello { protocol: PROTOCOL_VERSION }), _)) => {
                let welcome = link::text(ServerMessage::Welcome(welcome(host)));
                return link.send(welcome).await.map_err(|Gone| Ending::Left(End::Closed));
            }
            Ok((ClientMessage::Hello(Hello { protocol }), _)) => {
                return Err(Ending::Told(wrong_version(protocol)));
            }
            Ok((ClientMessage::Call { .. } | ClientMessage::Cancel { .. }, _)) => {
                link::refusal(Errno::EPROTO, "the first message is hello")
            }
            Err(unreadable) => unreadable.refusal(),
        };
        link.send(refusal).await.map_err(|Gone| Ending::Left(End::Closed))?;
    }
}

/// A session after its handshake.
struct Session {
    link: Link,
    context: Arc<Context>,
    /// The calls that wait.
    waiting: FuturesUnordered<WaitingCall>,
    /// What ends the wait of each of them.
    interrupts: HashMap<CallId, Interrupt>,
    /// When the client last said anything.
    heard: Instant,
}

type WaitingCall = Pin<Box<dyn Future<Output = Finished> + Send>>;

/// A call that is to be answered.
struct Finished {
    id: CallId,
    outcome: Result<Answered, Failure>,
    host_us: u64,
}

/// Everything that can happen to a session.
enum Event {
    /// The client sent something.
    Incoming(Incoming),
    /// A call that waited is to be answered.
    Finished(Finished),
    /// The client cannot be reached.
    Gone,
    /// It is time to look after the client.
    Pulse,
    /// The backend is shutting down.
    Shutdown,
}

impl Session {
    fn new(link: Link, host: Arc<Host>) -> Self {
        let sockets = SocketTable::new(host.limits.sockets_max);
        Self {
            link,
            context: Arc::new(Context { host, sockets }),
            waiting: FuturesUnordered::new(),
            interrupts: HashMap::new(),
            heard: Instant::now(),
        }
    }

    async fn run(mut self, shutdown: CancellationToken) {
        let mut shutdown = pin!(shutdown.cancelled());
        let mut pulse = pin!(tokio::time::sleep(PULSE_INTERVAL));
        let ending = loop {
            let event = tokio::select! {
                biased;
                () = &mut shutdown => Event::Shutdown,
                event = std::future::poll_fn(|cx| self.poll_traffic(cx)) => event,
                () = &mut pulse => Event::Pulse,
            };
            let acted = match event {
                Event::Incoming(incoming) => self.hear(incoming).await,
                Event::Finished(finished) => self.answer(finished),
                Event::Gone => Err(Ending::Left(End::Closed)),
                Event::Pulse => self.look_after_client(pulse.as_mut()).await,
                Event::Shutdown => break self.finish_calls().await,
            };
            if let Err(ending) = acted {
                break ending;
            }
        };
        let Self { link, context, waiting, interrupts: _, heard: _ } = self;
        // Before any word of farewell: what the session held is free at once.
        drop(waiting);
        drop(context);
        farewell(link, ending).await;
    }

    /// Answers before requests: what is done need not wait for what is to do. The outbox is
    /// written out when there is neither, so that answers which are ready together leave
    /// together. Without room in the outbox nothing is read and no call goes on.
    fn poll_traffic(&mut self, cx: &mut TaskContext<'_>) -> Poll<Event> {
        match self.link.poll_room(cx) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(Gone)) => return Poll::Ready(Event::Gone),
            Poll::Pending => return Poll::Pending,
        }
        if let Poll::Ready(Some(finished)) = self.waiting.poll_next_unpin(cx) {
            return Poll::Ready(Event::Finished(finished));
        }
        if let Poll::Ready(incoming) = self.link.poll_incoming(cx) {
            return Poll::Ready(Event::Incoming(incoming));
        }
        match self.link.poll_flush(cx) {
            Poll::Ready(Err(Gone)) => Poll::Ready(Event::Gone),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    }

    async fn hear(&mut self, incoming: Incoming) -> Result<(), Ending> {
        self.heard = Instant::now();
        let frame = match incoming {
            Incoming::Frame(frame) => frame,
            Incoming::Pong => return Ok(()),
            Incoming::End(end) => return Err(Ending::Left(end)),
        };
        match read(&frame) {
            Ok((ClientMessage::Call { id, call }, payload)) => self.call(id, call, payload).await,
            Ok((ClientMessage::Cancel { id }, _)) => {
                // A cancel that meets its call's answer on the way finds nothing.
                if let Some(interrupt) = self.interrupts.get(&id) {
                    interrupt.raise();
                }
                Ok(())
            }
            Ok((ClientMessage::Hello(_), _)) => {
                self.put(link::refusal(Errno::EPROTO, "hello is the first message and only that"))
            }
            Err(Unreadable { id: Some(id), failure }) if !self.interrupts.contains_key(&id) => {
                self.answer(Finished { id, outcome: Err(failure), host_us: 0 })
            }
            Err(unreadable) => self.put(unreadable.refusal()),
        }
    }

    /// Tries a call, and answers it or keeps it among the waiting.
    async fn call(&mut self, id: CallId, call: Call, payload: Bytes) -> Result<(), Ending> {
        if self.interrupts.contains_key(&id) {
            let message = format!("a call with the id {} is in flight already", id.0);
            return self.put(link::refusal(Errno::EINVAL, message));
        }
        let calls_max = self.context.host.limits.calls_in_flight_max as usize;
        if self.waiting.len() >= calls_max && may_wait(&call) {
            let message = format!(
                "No buffer space available (this session may have {calls_max} waiting calls)"
            );
            let outcome = Err(Failure::explained(Errno::ENOBUFS, message));
            return self.answer(Finished { id, outcome, host_us: 0 });
        }
        let interrupt = Interrupt::default();
        let context = Arc::clone(&self.context);
        let signal = interrupt.clone();
        let mut work: WaitingCall = Box::pin(async move {
            let begun = Instant::now();
            let outcome = call::perform(&context, call, payload, &signal).await;
            let host_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            Finished { id, outcome, host_us }
        });
        match std::future::poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await {
            Poll::Ready(finished) => self.answer(finished),
            Poll::Pending => {
                self.interrupts.insert(id, interrupt);
                self.waiting.push(work);
                Ok(())
            }
        }
    }

    fn answer(&mut self, finished: Finished) -> Result<(), Ending> {
        let Finished { id, outcome, host_us } = finished;
        self.interrupts.remove(&id);
        self.put(link::answer(id, outcome, host_us))
    }

    fn put(&mut self, message: Message) -> Result<(), Ending> {
        self.link.put(message).map_err(|Gone| Ending::Left(End::Closed))
    }

    /// Ends a session whose client is silent or takes no answers, and asks a quiet one for a
    /// sign of life.
    async fn look_after_client(&mut self, mut pulse: Pin<&mut Sleep>) -> Result<(), Ending> {
        let now = Instant::now();
        pulse.as_mut().reset(now + PULSE_INTERVAL);
        if let Some(since) = self.link.stalled_since() {
            if now.duration_since(since) > STALL_MAX {
                return Err(Ending::Told(idle("the client takes no answers")));
            }
            // Without room in the outbox nothing was read either, so silence says nothing.
            return Ok(());
        }
        let silence = now.duration_since(self.heard);
        if silence > SILENCE_MAX {
            return Err(Ending::Told(idle("nothing came from the client")));
        }
        if silence < PULSE_INTERVAL {
            return Ok(());
        }
        let ping = self.link.send(Message::Ping(Bytes::new()));
        // There was room a moment ago; if there is none now, the next pulse comes anyway.
        match timeout(Duration::ZERO, ping).await {
            Ok(Err(Gone)) => Err(Ending::Left(End::Closed)),
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }

    /// Interrupts the calls that wait, answers them all, and returns why the session ends.
    async fn finish_calls(&mut self) -> Ending {
        for interrupt in self.interrupts.values() {
            interrupt.raise();
        }
        let grace = Duration::from_millis(self.context.host.limits.shutdown_grace_ms) / 2;
        let answers = async {
            while let Some(Finished { id, outcome, host_us }) = self.waiting.next().await {
                self.link.send(link::answer(id, outcome, host_us)).await?;
            }
            Ok::<_, Gone>(())
        };
        match timeout(grace, answers).await {
            Ok(Err(Gone)) => Ending::Left(End::Closed),
            // A client that does not take its answers in time is told all the same.
            Ok(Ok(())) | Err(_) => Ending::Told(shutting_down()),
        }
    }
}

/// Says what there is to say and closes the WebSocket, in bounded time.
async fn farewell(mut link: Link, ending: Ending) {
    let words = async {
        match ending {
            // What is left to say is the answer to the client's own close.
            Ending::Left(End::Closed) => link.flush().await,
            Ending::Left(End::TooLarge) => {
                let refused = ServerMessage::Refused(link::too_large());
                link.send(link::text(refused)).await?;
                link.close(close_code::SIZE).await
            }
            Ending::Told(closing) => {
                link.send(link::text(ServerMessage::Closing(closing))).await?;
                link.close(close_code::AWAY).await
            }
        }
    };
    // Whether the words arrived or not, the session is over.
    drop(timeout(FAREWELL_WAIT_MAX, words).await);
}

/// A message that could not be read.
struct Unreadable {
    /// The call it would have been, where that much could be read.
    id: Option<CallId>,
    failure: Failure,
}

impl Unreadable {
    fn refusal(self) -> Message {
        link::text(ServerMessage::Refused(self.failure))
    }
}

/// Reads a message and its payload.
fn read(frame: &Frame) -> Result<(ClientMessage, Bytes), Unreadable> {
    let (header, payload) = match frame {
        Frame::Text(bytes) => (&bytes[..], Bytes::new()),
        Frame::Binary(bytes) => match split(bytes) {
            Ok((header, payload)) => (header, bytes.slice_ref(payload)),
            Err(error) => {
                let failure = Failure::explained(Errno::EINVAL, error.to_string());
                return Err(Unreadable { id: None, failure });
            }
        },
    };
    if frame.len() > FRAME_BYTES_MAX as usize {
        return Err(Unreadable { id: call_of(header), failure: link::too_large() });
    }
    match ClientMessage::decode(header) {
        Ok(message) => Ok((message, payload)),
        Err(error) => {
            let failure = Failure::explained(Errno::EINVAL, error.to_string());
            Err(Unreadable { id: call_of(header), failure })
        }
    }
}

/// Returns the id of a call whose header is JSON but no call that is known, so that its
/// sender hears of it instead of waiting for ever.
fn call_of(header: &[u8]) -> Option<CallId> {
    let header: serde_json::Value = serde_json::from_slice(header).ok()?;
    header.get("call")?;
    header.get("id")?.as_u64().map(CallId)
}

/// Tells whether a call may have to wait. Those that never do are made even when a session has
/// all the waiting calls it may have, so that blocked calls do not keep it from closing.
fn may_wait(call: &Call) -> bool {
    match call {
        Call::Socket(_)
        | Call::Socketpair(_)
        | Call::Dup(_)
        | Call::Listen(_)
        | Call::Shutdown(_)
        | Call::Close(_)
        | Call::Getsockname(_)
        | Call::Getpeername(_)
        | Call::Getsockopt(_)
        | Call::Setsockopt(_)
        | Call::Gethostname(_) => false,
        Call::Bind(_)
        | Call::Accept(_)
        | Call::Connect(_)
        | Call::Send(_)
        | Call::Sendall(_)
        | Call::Sendto(_)
        | Call::Recv(_)
        | Call::Recvfrom(_)
        | Call::Poll(_)
        | Call::Getaddrinfo(_)
        | Call::Getnameinfo(_)
        | Call::Getserv(_)
        | Call::Getprotobyname(_) => true,
    }
}

fn welcome(host: &Host) -> Welcome {
    Welcome {
        protocol: PROTOCOL_VERSION,
        platform: "linux".to_owned(),
        limits: host.limits.for_session(),
        policy: shared::frame::PolicySummary { summary: host.policy.summary() },
    }
}

fn wrong_version(protocol: u32) -> Closing {
    let message = format!(
        "the client speaks version {protocol} of the protocol, the backend {PROTOCOL_VERSION}; \
         reload the page"
    );
    Closing { reason: ClosingReason::Version, message }
}

fn shutting_down() -> Closing {
    let message = "the backend is shutting down".to_owned();
    Closing { reason: ClosingReason::Shutdown, message }
}

fn idle(message: &str) -> Closing {
    Closing { reason: ClosingReason::Idle, message: message.to_owned() }
}
