//! What the page and its kernel worker say to each other.
//!
//! Each message is one frame of [`shared::frame`]: a JSON header, and in a [`Batch`] the bytes
//! that calls sent and received as its payload.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use shared::call::Call;
use shared::frame::{Closing, EnterRoom, RoomState, Welcome};
use shared::guest::{Finished, Raised, Site};
use shared::limit::LimitNotice;

use crate::session::recording::{CallEnded, CallNumber, CallStarted};

/// Names a program. The page gives each one a name that is a plain file name and its own.
pub type ProgramName = String;

/// The page asks the kernel worker for something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Opens the session; the first message.
    Open {
        /// The backend's WebSocket, `ws://…/ws`.
        backend: String,
        /// Where the guest's WebAssembly is.
        guest: String,
        /// Where that of the guest with `ssl` is.
        guest_tls: String,
        /// Where the listing of the standard library is (see `kernel/files.rs`).
        library: String,
        /// The backend's token, if the page knows one.
        token: Option<String>,
        /// The room that the visitor wants to be in.
        room: Option<EnterRoom>,
        /// Whether to tell where the time of calls goes.
        trace: bool,
    },
    /// Runs a program in a new interpreter. Ends what it was running before.
    Run {
        program: ProgramName,
        /// Every program of the session, so that they can import and read each other.
        files: Vec<SourceFile>,
        args: Vec<String>,
    },
    /// Interrupts a program as Ctrl-C does. Ends it where nothing in it could take notice.
    Interrupt { program: ProgramName },
    /// Ends a program wherever it is, and closes its sockets.
    Stop { program: ProgramName },
    /// Text for the program's standard input, its newline included.
    Input { program: ProgramName, text: String },
    /// Ends the program's standard input.
    Eof { program: ProgramName },
    /// Runs a line in the program's interpreter; starts one if there is none.
    Prompt { program: ProgramName, source: String, files: Vec<SourceFile> },
    /// Asks what could stand at the end of a line at the prompt. Not answered while it runs.
    Complete { program: ProgramName, line: String },
    /// The page has shown this many bytes of output; a flood waits for it.
    Shown { program: ProgramName, bytes: u32 },
    /// The program was removed or renamed: ends and forgets it.
    Forget { program: ProgramName },
    /// Tries at once to reach the backend again.
    Reconnect,
    /// Sets how fast programs go through their socket calls. `Free` lets every call go that
    /// stands at the gate, save those with a question.
    Pace(Pace),
    /// Lets a held call go: the thread's, or the one of the program that is held longest.
    Step { program: ProgramName, thread: Option<u32> },
    /// Sets which calls are held wherever they come from or go to.
    Breakpoints(Breakpoints),
    /// From now on programs make their calls in this order; an empty one ends that.
    Repeat(Vec<Turn>),
    /// The visitor's answer to a question.
    Consent { ticket: Ticket, consent: Consent },
    /// The page is in a frame, where whatever is around it may have had Run pressed: programs
    /// reach no further by themselves than to each other.
    Framed,
    /// Allows destinations for as long as the page lives.
    Grant(Rule),
    /// Allows a destination no longer; without one, none at all.
    Revoke(Option<Rule>),
    /// Another session is on the page: what the visitor allowed for the one before is over.
    ForgetConsent,
    /// The visitor shows the room what programs do, or no longer.
    Share(bool),
    /// Shows the room something: a [`crate::session::shown::Shown`] as JSON.
    Show {
        show: String,
        /// Rides along as the message's payload.
        #[serde(skip)]
        payload: Vec<u8>,
    },
}

impl Command {
    /// Returns the bytes that ride along with it.
    pub fn payload(&self) -> &[u8] {
        match self {
            Command::Show { payload, .. } => payload,
            _ => &[],
        }
    }

    /// Returns the command with the bytes that came along with it.
    #[must_use]
    pub fn with_payload(mut self, bytes: &[u8]) -> Self {
        if let Command::Show { payload, .. } = &mut self {
            *payload = bytes.to_vec();
        }
        self
    }
}

/// How fast programs go through their socket calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// As fast as they can.
    #[default]
    Free,
    /// Each call waits so many milliseconds before it goes.
    Slow { hold_ms: u32 },
    /// Each call waits until somebody lets it go.
    Step,
}

/// Milliseconds that slow motion holds a call at most; nobody watches for longer.
pub const SLOW_MS_MAX: u32 = 10_000;
/// Calls of an order at most: as many as somebody steps through, many times over.
pub const TURNS_MAX: usize = 10_000;

/// Calls to be held.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakpoints {
    /// Methods as Python names them, such as `accept`.
    pub methods: Vec<String>,
    /// Lines.
    pub sites: Vec<Site>,
}

/// Numbers the calls that were held, in the order in which they came.
pub type Ticket = u64;

/// A call at the gate: a thread is about to make it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldCall {
    pub ticket: Ticket,
    pub program: ProgramName,
    /// 0 is the main thread.
    pub thread: u32,
    pub site: Option<Site>,
    /// The method as Python named it.
    pub method: String,
    /// With the program's own fds.
    pub call: Call,
    /// Bytes that it is about to send.
    pub sends: u64,
    pub why: Why,
    /// When it came, in milliseconds of `performance.timeOrigin + performance.now()`.
    pub since_ms: f64,
}

/// Why a call is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its line or its method has a breakpoint.
    Breakpoint,
    /// Step mode.
    Step,
    /// Slow motion: it goes by itself.
    Slow,
    /// An order is repeated, and it is this thread's turn.
    Turn { program: ProgramName, thread: u32, method: String },
    /// It reaches for what the visitor has not allowed yet.
    Consent(Destination),
}

/// What a call reaches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    pub reach: Reach,
    /// An address, or a name as the program has it.
    pub host: String,
    /// Names whose lookup answered with this address.
    pub names: Vec<String>,
    pub port: Option<u16>,
    /// It is an address, and none of the public internet: no yes to a name is one to it.
    pub inside: bool,
}

/// What the message of a refusal begins with. The errno is that of the host's own, so this is
/// what tells them apart.
pub const REFUSED: &str = "the visitor refused it";

/// How a call reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    Connect,
    /// Sends a datagram.
    Send,
    /// Opens a port to the network.
    Bind,
    /// Asks a name server.
    Lookup,
}

/// What the visitor says to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// This call, and where it looked up a name one connection to each address it got.
    Once,
    /// Until another session is on the page.
    Session,
    /// Until the program is run again.
    No,
}

/// What is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Every destination.
    Any,
    /// A host by its name or address, on one port or all of them.
    Host { host: String, port: Option<u16> },
}

/// Something that is allowed, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    pub rule: Rule,
    /// By a script of the page, for as long as the page lives; else by the visitor, until
    /// another session is on the page.
    pub by_script: bool,
}

/// One call of an order to be repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub program: ProgramName,
    pub thread: u32,
    pub method: String,
    /// Earlier turns that had not ended when this call was made. All others had.
    pub beside: Vec<u32>,
}

/// How far a repeated order is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repetition {
    /// So many calls of it were made.
    Made(u32),
    /// Every call of it was made.
    Complete,
    /// A program did something else.
    Diverged { message: String },
}

/// A file in a program's current directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    pub name: String,
    pub text: String,
}

/// What happened since the last batch, in order. Sent at most once per animation frame, and
/// at once when nothing was sent for a frame.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub notices: Vec<Notice>,
    /// When each of them was noted, in microseconds since 1970 on the tab's monotonic clock.
    #[serde(default)]
    pub times_us: Vec<u64>,
}

/// The kernel worker tells the page something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The connection to the backend changed.
    Link(LinkState),
    /// Who is in the visitor's room.
    Room(RoomState),
    /// A limit slows the session down, or is about to end it.
    Limit(LimitNotice),
    /// Another visitor shows something: a [`crate::session::shown::Shown`] as JSON, and its
    /// payload in that of the batch. `lost` messages before it were left out.
    Shown { from: u32, lost: u64, show: String, bytes: Range<usize> },
    /// How far the backend's clock is ahead of the tab's.
    Clock { ahead_us: i64 },
    /// Something that was to be shown was left out: the connection has no room for it.
    NotShown,
    /// What a program is doing changed.
    State { program: ProgramName, state: ProgramState },
    /// A program wrote something.
    Output { program: ProgramName, stream: Stream, text: String },
    /// A call began.
    CallStarted(CallStarted),
    /// A call in several parts (`sendall`) sends more.
    CallContinued { number: CallNumber, bytes: Range<usize> },
    /// A call ended.
    CallEnded(CallEnded),
    /// What is allowed by now.
    Granted(Vec<Granted>),
    /// A call waits at the gate, or waits there for another reason now.
    Held(Box<HeldCall>),
    /// A held call was made, or (`made` is false) its program is gone.
    LetGo { ticket: Ticket, made: bool },
    /// A repeated order went on or ended.
    Repetition(Repetition),
    /// The prompt is done with a line, or has completions.
    Prompt { program: ProgramName, answer: Finished },
    /// The interpreter is loaded and a program can start without waiting for it.
    Warm,
    /// Where the time of calls goes.
    Trace(TraceSummary),
    /// Something that is wrong with Sockpit itself, for people.
    Trouble { message: String },
}

/// Where the time of the latest calls went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceSummary {
    /// Calls traced so far.
    pub calls: u64,
    /// In the order in which a call passes them.
    pub stages: Vec<StageTimes>,
}

/// How long the latest calls took in one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTimes {
    pub stage: Stage,
    pub p50_us: u32,
    pub p99_us: u32,
}

/// A stage of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The interpreter, from one answer to the next question.
    Program,
    /// Until the kernel worker looks into the mailbox.
    Nudge,
    /// Until it has sent the call.
    KernelOut,
    /// On the WebSocket and in the backend, without the system call.
    Connection,
    /// The system call on the host, its waiting included.
    SystemCall,
    /// Until the kernel worker has handed the answer over.
    KernelIn,
    /// Until the thread runs again.
    Wake,
}

impl Stage {
    pub const ALL: [Stage; 7] = [
        Stage::Program,
        Stage::Nudge,
        Stage::KernelOut,
        Stage::Connection,
        Stage::SystemCall,
        Stage::KernelIn,
        Stage::Wake,
    ];

    /// Says it in words.
    pub fn title(self) -> &'static str {
        match self {
            Stage::Program => "Python",
            Stage::Nudge => "to the kernel worker",
            Stage::KernelOut => "kernel worker, out",
            Stage::Connection => "WebSocket and backend",
            Stage::SystemCall => "system call",
            Stage::KernelIn => "kernel worker, in",
            Stage::Wake => "back to Python",
        }
    }
}

/// One of a program's two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// The connection to the backend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Goes to `Open`, `Lost`, `Full` or `Closed`.
    Connecting,
    /// Goes to `Interrupted`, `Lost` or `Closed`.
    Open(Welcome),
    /// The connection broke; sockets stand and calls wait for it to come back. Goes to `Open`,
    /// or to `Lost` when the time is over.
    Interrupted { message: String, left_ms: u32 },
    /// Every socket is gone. Goes to `Connecting` by itself after a while.
    Lost { message: String, retry_in_ms: u32 },
    /// The backend has no place for one more visitor. Goes to `Connecting` by itself after a while.
    Full { message: String, retry_in_ms: u32 },
    /// The backend ended the session and said why. Goes to `Connecting` when asked to.
    Closed(Closing),
}

/// What a program is doing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgramState {
    /// Not run yet. Goes to `Loading`.
    #[default]
    Idle,
    /// Waits for its interpreter. Goes to `Running` or `Failed`.
    Loading,
    /// Computes. Goes anywhere but `Idle` and `Loading`.
    Running,
    /// Every thread waits; goes back to `Running` when one wakes.
    Blocked(Blocked),
    /// Waits for the visitor to type. Goes to `Running`.
    Input,
    /// The visitor stopped it. Goes to `Loading`.
    Stopped,
    /// It ended by itself. Goes to `Loading`, or to `Running` from the prompt.
    Exited { code: i32, error: Option<Raised> },
    /// Its interpreter could not be loaded or broke down. Goes to `Loading`.
    Failed { message: String },
}

/// What a waiting program waits in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blocked {
    /// The call as Python names it: `accept`, `recv_into`, `sleep`, `join`.
    pub method: String,
    pub site: Option<Site>,
    /// When it began, in milliseconds of `performance.timeOrigin + performance.now()`.
    pub since_ms: f64,
    /// What the visitor types ends the wait, too.
    pub reads_input: bool,
}
