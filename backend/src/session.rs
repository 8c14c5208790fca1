//! One WebSocket is one session: its event loop, its calls in flight, its end.
//!
//! All calls of a session run in the session's own task: a call is tried at once when it
//! arrives, and only one that has to wait is kept among the waiting. So calls take effect in
//! the order in which they were sent, and the answer to one that need not wait costs no other
//! task. Dropping the session drops its calls and closes its sockets.
//!
//! Where the client wants it, a session outlives its connection: when that breaks, the calls go
//! on waiting, and for a while another connection may take the session over.
//!
//! # Layout
//!
//! - `admission`: from a connection to a session of its own, or back to an old one.
//! - `greeting`: the client's hello, and the welcome.
//! - `requests`: reading what the client asks for.
//! - `resume`: who may take a session over, and what it has missed meanwhile.
//! - `watch`: whether the client is still there, and for how long the session may be.
//! - `farewell`: how a session ends, and the last words.
//! - `visit`: the session as the operator sees it.

mod admission;

mod greeting;

mod requests;

mod resume;

mod farewell;

mod visit;

mod watch;

use std::collections::HashMap;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use axum::extract::ws::Message;
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use shared::call::Call;
use shared::errno::{Errno, Failure};
use shared::frame::{CallId, ClientMessage, Clock, Resumed, RoomState, ServerMessage};
use shared::limit::{LimitName, LimitNotice};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::budget::Term;
use crate::call::{self, Answered, Context};
use crate::link::{self, End, Gone, Incoming, Link};
use crate::patience::Interrupt;
use crate::room::{Membership, Shown};
pub(crate) use admission::{Admission, serve};
use farewell::{Ending, farewell, shutting_down};
pub(crate) use requests::read_call;
use requests::{Unreadable, is_request, may_wait, read};
pub(crate) use resume::Registry;
use resume::{Adoption, Retained, Seat};
use visit::Visit;

/// A session after its handshake.
struct Session {
    connection: Connection,
    resumption: Option<Resumption>,
    context: Arc<Context>,
    /// The session's place in a room, if it is in one.
    membership: Option<Membership>,
    /// The calls that wait.
    waiting: FuturesUnordered<WaitingCall>,
    /// What is known of each of them.
    held: HashMap<CallId, Held>,
    /// Bytes that they have yet to send.
    held_bytes: usize,
    /// When the client last said anything.
    heard: Instant,
    /// When it last made a call.
    used: Instant,
    term: Term,
    visit: Visit,
}

/// A session's connection.
#[expect(clippy::large_enum_variant, reason = "it nearly always stands, and there is one")]
enum Connection {
    /// Goes to `Broken`, if the session may be resumed.
    Standing(Link),
    /// Goes to `Standing` when the client comes back, or ends the session at `until`.
    Broken { until: Instant },
}

/// What a session needs to survive its connection.
struct Resumption {
    seat: Seat,
    adoptions: mpsc::Receiver<Adoption>,
    retained: Retained,
    /// Calls and cancels of the client.
    received: u64,
}

impl Resumption {
    fn begin(registry: &Arc<Registry>) -> Option<Self> {
        let (seat, adoptions) = registry.enter()?;
        Some(Self { seat, adoptions, retained: Retained::default(), received: 0 })
    }
}

/// What a session keeps of a call that waits.
struct Held {
    /// Ends the wait.
    interrupt: Interrupt,
    payload_bytes: usize,
}

type WaitingCall = Pin<Box<dyn Future<Output = Finished> + Send>>;

/// A call that is to be answered.
struct Finished {
    id: CallId,
    /// Its place in [`Call::OPS`].
    call: usize,
    outcome: Result<Answered, Failure>,
    host_us: u64,
}

/// Everything that can happen to a session.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is not kept")]
enum Event {
    /// The client sent something.
    Incoming(Incoming),
    /// A call that waited is to be answered.
    Finished(Finished),
    /// The client cannot be reached.
    Gone,
    /// The client came back on a new connection.
    Adopted(Adoption),
    /// The client did not come back in time.
    Expired,
    /// Others came into the visitor's room or left it.
    Room(RoomState),
    /// Another visitor shows what programs do.
    Shown(Shown),
    /// A limit slows the session down.
    Slowed(LimitNotice),
    /// It is time to look after the client.
    Pulse,
    /// The backend is shutting down.
    Shutdown,
}

impl Session {
    fn new(
        link: Link,
        context: Context,
        membership: Option<Membership>,
        resumption: Option<Resumption>,
        visit: Visit,
    ) -> Self {
        let now = Instant::now();
        let term = Term::new(context.host.terms.time, now);
        Self {
            connection: Connection::Standing(link),
            resumption,
            context: Arc::new(context),
            membership,
            waiting: FuturesUnordered::new(),
            held: HashMap::new(),
            held_bytes: 0,
            heard: now,
            used: now,
            term,
            visit,
        }
    }

    async fn run(mut self, shutdown: CancellationToken) {
        let mut shutdown = pin!(shutdown.cancelled());
        let mut pulse = pin!(tokio::time::sleep(self.context.host.limits.waits.pulse()));
        let ending = loop {
            let expiry = self.connection.expiry();
            let event = tokio::select! {
                biased;
                () = &mut shutdown => Event::Shutdown,
                event = std::future::poll_fn(|cx| self.poll_traffic(cx)) => event,
                () = &mut pulse => Event::Pulse,
                () = reached(expiry) => Event::Expired,
            };
            let acted = match event {
                Event::Incoming(incoming) => self.hear(incoming).await,
                Event::Finished(finished) => self.answer(finished),
                Event::Gone => self.lose_connection(End::Broken),
                Event::Adopted(adoption) => self.adopt(adoption).await,
                Event::Expired => Err(Ending::Left(End::Broken)),
                Event::Room(room) => self.tell(link::text(ServerMessage::Room(room))),
                Event::Shown(shown) => self.tell(link::shown(shown)),
                Event::Slowed(notice) => self.tell_of_limit(notice),
                Event::Pulse => self.look_after_client(pulse.as_mut()).await,
                Event::Shutdown => break self.finish_calls().await,
            };
            if let Err(ending) = acted {
                break ending;
            }
            // Where there is always something to do, the pulse has no turn by itself.
            if self.heard > pulse.deadline()
                && let Err(ending) = self.look_after_client(pulse.as_mut()).await
            {
                break ending;
            }
        };
        let Self { connection, resumption, context, membership, waiting, visit, .. } = self;
        // Before any word of farewell: what the session held is free at once.
        drop((resumption, waiting));
        drop((context, membership));
        visit.end(&ending);
        if let Connection::Standing(link) = connection {
            farewell(link, ending).await;
        }
    }

    /// Answers before requests: what is done need not wait for what is to do. The outbox is
    /// written out when there is neither, so that answers which are ready together leave
    /// together. Without room in the outbox nothing is read and no call goes on; and no call
    /// goes on while the client acknowledges nothing.
    fn poll_traffic(&mut self, cx: &mut TaskContext<'_>) -> Poll<Event> {
        if let Some(resumption) = &mut self.resumption
            && let Poll::Ready(Some(adoption)) = resumption.adoptions.poll_recv(cx)
        {
            return Poll::Ready(Event::Adopted(adoption));
        }
        if let Connection::Standing(link) = &mut self.connection {
            match link.poll_room(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(Gone)) => return Poll::Ready(Event::Gone),
                Poll::Pending => return Poll::Pending,
            }
        }
        let has_room = self.resumption.as_ref().is_none_or(|resume| resume.retained.has_room());
        if has_room && let Poll::Ready(Some(finished)) = self.waiting.poll_next_unpin(cx) {
            return Poll::Ready(Event::Finished(finished));
        }
        let Connection::Standing(link) = &mut self.connection else { return Poll::Pending };
        if let Some(notice) = self.context.budget.take_notice() {
            return Poll::Ready(Event::Slowed(notice));
        }
        if let Some(membership) = &mut self.membership
            && let Poll::Ready(room) = membership.poll_news(cx)
        {
            return Poll::Ready(Event::Room(room));
        }
        if let Poll::Ready(incoming) = link.poll_incoming(cx) {
            return Poll::Ready(Event::Incoming(incoming));
        }
        // What others show comes last: nobody's calls wait for it.
        if let Some(membership) = &mut self.membership
            && let Some(shown) = membership.next_shown()
        {
            return Poll::Ready(Event::Shown(shown));
        }
        match link.poll_flush(cx) {
            Poll::Ready(Err(Gone)) => Poll::Ready(Event::Gone),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    }

    async fn hear(&mut self, incoming: Incoming) -> Result<(), Ending> {
        self.heard = Instant::now();
        let frame = match incoming {
            Incoming::Frame(frame) => frame,
            Incoming::Pong => return Ok(()),
            Incoming::End(end) => return self.lose_connection(end),
        };
        let message = read(&frame);
        if let (Some(resumption), Ok((ClientMessage::Ack { received }, _))) =
            (&mut self.resumption, &message)
        {
            resumption.retained.acknowledge(*received);
            return Ok(());
        }
        let message = match message {
            Ok((about_room, payload)) if about_room.is_about_room() => {
                return self.hear_of_room(about_room, payload);
            }
            message => message,
        };
        if let Some(resumption) = &mut self.resumption
            && is_request(&message)
        {
            resumption.received += 1;
        }
        match message {
            Ok((ClientMessage::Call { id, call }, payload)) => {
                self.used = self.heard;
                self.call(id, call, payload).await
            }
            Ok((ClientMessage::Cancel { id }, _)) => {
                // A cancel that meets its call's answer on the way finds nothing.
                if let Some(held) = self.held.get(&id) {
                    held.interrupt.raise();
                }
                Ok(())
            }
            Ok((ClientMessage::Hello(_), _)) => {
                self.put(link::refusal(Errno::EPROTO, "hello is the first message and only that"))
            }
            Ok((ClientMessage::Ack { .. }, _)) => {
                self.put(link::refusal(Errno::EPROTO, "this session is not to be resumed"))
            }
            // These were dealt with above.
            Ok((
                ClientMessage::Share(_) | ClientMessage::Show(_) | ClientMessage::Clock { .. },
                _,
            )) => Ok(()),
            Err(Unreadable { id: Some(id), failure, .. }) if !self.held.contains_key(&id) => {
                self.put(link::answer(id, Err(failure), 0))
            }
            Err(unreadable) => self.put(unreadable.refusal()),
        }
    }

    /// Deals with what is not counted: what the visitor shows the room, and the clock.
    fn hear_of_room(&mut self, message: ClientMessage, payload: Bytes) -> Result<(), Ending> {
        match (message, &self.membership) {
            (ClientMessage::Clock { sent_us }, _) => {
                let clock = Clock { sent_us, host_us: crate::clock::now_us() };
                self.tell(link::text(ServerMessage::Clock(clock)))
            }
            (ClientMessage::Share(sharing), Some(membership)) => {
                membership.share(sharing);
                Ok(())
            }
            (ClientMessage::Show(show), Some(membership)) => {
                membership.show(show, payload);
                Ok(())
            }
            // Who is in no room shows nobody anything.
            _ => Ok(()),
        }
    }

    /// Tries a call, and answers it or keeps it among the waiting.
    async fn call(&mut self, id: CallId, call: Call, payload: Bytes) -> Result<(), Ending> {
        if self.held.contains_key(&id) {
            let message = format!("a call with the id {} is in flight already", id.0);
            return self.put(link::refusal(Errno::EINVAL, message));
        }
        let place = call.place();
        let payload_bytes = payload.len();
        if may_wait(&call)
            && let Some(failure) = self.overload(payload_bytes)
        {
            return self.answer(Finished { id, call: place, outcome: Err(failure), host_us: 0 });
        }
        let interrupt = Interrupt::default();
        let context = Arc::clone(&self.context);
        let signal = interrupt.clone();
        let mut work: WaitingCall = Box::pin(async move {
            let begun = Instant::now();
            let outcome = call::perform(&context, call, payload, &signal).await;
            let host_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            Finished { id, call: place, outcome, host_us }
        });
        match std::future::poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await {
            Poll::Ready(finished) => self.answer(finished),
            Poll::Pending => {
                self.held_bytes += payload_bytes;
                self.held.insert(id, Held { interrupt, payload_bytes });
                self.waiting.push(work);
                Ok(())
            }
        }
    }

    /// Returns why there cannot be one more call that waits, to send so many bytes.
    fn overload(&self, payload_bytes: usize) -> Option<Failure> {
        let limits = &self.context.host.limits;
        let calls_max = limits.calls_in_flight_max as usize;
        let bytes_max = limits.waiting_bytes_max as usize;
        let (limit, what) = if self.waiting.len() >= calls_max {
            (LimitName::CallsInFlight, format!("{calls_max} waiting calls"))
        } else if payload_bytes > 0 && self.held_bytes + payload_bytes > bytes_max {
            (LimitName::WaitingBytes, format!("{bytes_max} bytes to send in waiting calls"))
        } else {
            return None;
        };
        let message = format!("No buffer space available (this session may have {what})");
        Some(Failure::limited(Errno::ENOBUFS, limit, message))
    }

    fn answer(&mut self, finished: Finished) -> Result<(), Ending> {
        let Finished { id, call, outcome, host_us } = finished;
        if let Some(held) = self.held.remove(&id) {
            self.held_bytes -= held.payload_bytes;
        }
        self.visit.note_answer(call, &outcome, host_us);
        self.put(link::answer(id, outcome, host_us))
    }

    fn put(&mut self, message: Message) -> Result<(), Ending> {
        if let Some(resumption) = &mut self.resumption {
            resumption.retained.push(message.clone());
            if resumption.retained.is_overdrawn() {
                // It never acknowledges, so it cannot mean to come back.
                self.resumption = None;
            }
        }
        self.tell(message)
    }

    /// Sends a message that a new connection would not miss.
    fn tell(&mut self, message: Message) -> Result<(), Ending> {
        match &mut self.connection {
            Connection::Standing(link) => match link.put(message) {
                Ok(()) => Ok(()),
                Err(Gone) => self.lose_connection(End::Broken),
            },
            Connection::Broken { .. } => Ok(()),
        }
    }

    /// The connection is no more: the session ends with it, or waits for another one.
    fn lose_connection(&mut self, end: End) -> Result<(), Ending> {
        if self.resumption.is_none() || end != End::Broken {
            return Err(Ending::Left(end));
        }
        let grace = Duration::from_millis(self.context.host.limits.resume_ms_max.into());
        self.connection = Connection::Broken { until: Instant::now() + grace };
        self.visit.note_break();
        Ok(())
    }

    /// Goes on with a new connection, if the client's count can be right.
    async fn adopt(&mut self, adoption: Adoption) -> Result<(), Ending> {
        let Adoption { mut link, received, refuse } = adoption;
        let Some(resumption) = &mut self.resumption else { return Ok(()) };
        let Some(missed) = resumption.retained.after(received) else {
            // Its opener is gone as well if it cannot be told, and the connection with it.
            drop(refuse.send(link));
            return Ok(());
        };
        resumption.retained.acknowledge(received);
        let token = resumption.seat.token().to_owned();
        let resumed = Resumed { received: resumption.received };
        let context = &self.context;
        let catch_up = async {
            greeting::say_welcome(&mut link, context, Some(token), Some(resumed)).await?;
            for message in missed {
                link.send(message).await?;
            }
            link.flush().await
        };
        match timeout(context.host.limits.waits.handshake_max(), catch_up).await {
            Ok(Ok(())) => {
                self.heard = Instant::now();
                self.connection = Connection::Standing(link);
                self.visit.note_return();
                if let Some(membership) = &mut self.membership {
                    membership.forget_told();
                }
                Ok(())
            }
            Ok(Err(Gone)) | Err(_) => self.lose_connection(End::Broken),
        }
    }

    /// Interrupts the calls that wait, answers them all, and returns why the session ends.
    async fn finish_calls(&mut self) -> Ending {
        for held in self.held.values() {
            held.interrupt.raise();
        }
        let Connection::Standing(link) = &mut self.connection else {
            return Ending::Left(End::Broken);
        };
        let grace = Duration::from_millis(self.context.host.limits.shutdown_grace_ms) / 2;
        let answers = async {
            while let Some(finished) = self.waiting.next().await {
                let Finished { id, call, outcome, host_us } = finished;
                self.visit.note_answer(call, &outcome, host_us);
                link.send(link::answer(id, outcome, host_us)).await?;
            }
            Ok::<_, Gone>(())
        };
        match timeout(grace, answers).await {
            Ok(Err(Gone)) => Ending::Left(End::Broken),
            // A client that does not take its answers in time is told all the same.
            Ok(Ok(())) | Err(_) => Ending::Told(shutting_down()),
        }
    }
}

impl Connection {
    /// Returns when the session ends unless the client comes back.
    fn expiry(&self) -> Option<Instant> {
        match self {
            Connection::Standing(_) => None,
            Connection::Broken { until } => Some(*until),
        }
    }
}

/// Waits for a time, or for ever.
async fn reached(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
