//! Everything the page knows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use shared::frame::RoomState;
use shared::limit::{LimitName, LimitNotice};
use shared::session::{Session, View};

use crate::messages::{
    Granted, HeldCall, LinkState, Pace, ProgramState, SourceFile, Ticket, Turn, Why,
};
use crate::session::python2::Diagnosis;
use crate::session::qr::Code;
use crate::session::recording::{CallNumber, Recording};
use crate::timeline::rows::Shown;
use crate::timeline::sequence::Sequence;
use crate::timeline::sockets::SocketTable;

use super::console::{Console, Tail};
use super::drafts::Draft;
use super::examples::{Gallery, Lesson};
use super::look::Look;
use super::prompt::Prompt;
use super::reference::Reference;
use super::replay::Replay;
use super::sizes::Sizes;
use super::summary::Summary;
use super::together::Together;
use super::tour::Tour;

/// Everything the page knows. It has one owner, and [`super::update::update`] changes it.
#[derive(Debug, Default)]
pub struct State {
    pub document: Document,
    pub programs: Vec<Program>,
    pub host: Host,
    pub run_all: RunAll,
    pub gate: Gate,
    pub calls: Calls,
    pub screen: Screen,
    pub look: Look,
    /// The visitor's own sessions besides the one on the page; newest first.
    pub recent: Vec<Draft>,
    /// How many drafts this page began; with the time it names them.
    pub drafts_begun: u64,
    /// What "Undo" brings back.
    pub undo: Option<Box<Undo>>,
    /// A recording that is being replayed.
    pub replay: Option<Box<Replay>>,
    /// What a screen reader is told of the diagram.
    pub summary: Summary,
    pub learn: Learn,
    pub together: Together,
    /// Now, in milliseconds of `performance.timeOrigin + performance.now()`.
    pub now_ms: f64,
}

/// What the session is, besides its programs.
#[derive(Debug, Default)]
pub struct Document {
    pub title: String,
    pub notes: String,
    pub view: View,
    pub origin: Origin,
    /// The visitor changed something since it was opened.
    pub edited: bool,
    /// The draft it is kept as; none while it is nobody's own.
    pub draft: Option<String>,
    /// What an example teaches.
    pub lesson: Option<Lesson>,
    /// The strip with the notes was put away.
    pub notes_closed: bool,
    /// Something of it was run: whoever did has read that nothing runs by itself.
    pub ran: bool,
}

/// Where the session came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origin {
    /// The visitor's own, kept on this machine.
    #[default]
    Own,
    Example(String),
    /// The program of this card of the reference.
    Card(String),
    Link,
    /// A session's or a recording's file.
    File,
    /// Put here by a script of the page that shows this one, through `window.sockpit`.
    Script,
}

/// What was on the page before, for "Undo".
#[derive(Debug)]
pub enum Undo {
    /// Another session was opened in its place.
    Opened {
        session: Session,
        origin: Origin,
        edited: bool,
        lesson: Option<Lesson>,
        draft: Option<String>,
    },
    /// A program was removed from this place.
    Removed { index: usize, program: Box<Program> },
}

/// A program and what it does.
#[derive(Debug, Default)]
pub struct Program {
    /// Names the program for as long as the page lives, through renames.
    pub id: u64,
    pub name: String,
    pub code: String,
    /// Grows when the code changes other than by typing; the editor takes it over then.
    pub code_revision: u64,
    pub args: Vec<String>,
    pub autostart: bool,
    pub state: ProgramState,
    /// Stop was pressed once and it is still at work; the next Stop ends it.
    pub interrupted: bool,
    pub console: Console,
    pub stdout: Tail,
    pub stderr: Tail,
    pub prompt: Prompt,
    pub tab: PaneTab,
    /// What stands in the field that answers `input()`.
    pub input_draft: String,
    pub python2: Option<Diagnosis>,
    /// The line with the error that ended it, or another program that imports it.
    pub error_line: Option<u32>,
    /// What was raised there: `ValueError: …`.
    pub error_text: String,
    /// The line of the selected call.
    pub marked_line: Option<u32>,
    /// Its threads' calls that are held before they are made, in the order in which they came.
    pub held: Vec<HeldCall>,
    /// Lines at which a call is held.
    pub breakpoints: BTreeSet<u32>,
}

/// What the lower half of a pane shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PaneTab {
    #[default]
    Console,
    Prompt,
}

/// The page's surroundings.
#[derive(Debug, Default)]
pub struct Host {
    pub link: Option<LinkState>,
    /// Who is in the visitor's room.
    pub room: Option<RoomState>,
    /// What the backend last said of a limit.
    pub limit: Option<LimitNotice>,
    /// When that ends the session.
    pub limit_ends_ms: Option<f64>,
    /// When the visitor was last told of a limit that a call ran into, by which.
    pub limits_told: BTreeMap<LimitName, f64>,
    /// When the next attempt to reach the backend is made; while the connection is
    /// interrupted, when the session is given up.
    pub retry_at_ms: f64,
    /// The backend was there and went away, with or without the session; it is looked for.
    pub was_lost: bool,
    /// An interpreter stands ready.
    pub warm: bool,
    pub surroundings: Surroundings,
    /// Something is wrong with Sockpit itself.
    pub trouble: Option<String>,
    /// Why the link that was followed could not be opened.
    pub bad_link: Option<String>,
    /// The browser keeps nothing of what the visitor writes, for this reason.
    pub not_kept: Option<String>,
}

/// How the page was opened. Found out once.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The page may share memory between threads; without it no program can run.
    pub isolated: bool,
    /// It is a frame in another page.
    pub framed: bool,
    /// It was asked for as `?embed=1`: a compact page in a page of somebody else.
    pub embedded: bool,
    /// It comes from a host of files alone: nothing behind it runs programs.
    pub backendless: bool,
    /// Its address without the fragment.
    pub address: String,
    /// No editor was bundled, or it did not load.
    pub plain_editor: bool,
    /// The site whose link was followed, where the browser tells.
    pub came_from: Option<String>,
    /// The tour was taken or declined in an earlier visit.
    pub tour_seen: bool,
}

/// "Run all" in progress.
#[derive(Debug, Default)]
pub struct RunAll {
    /// Programs still to be started, in order.
    pub queue: VecDeque<String>,
    /// The one that was started last.
    pub waiting: Option<Starting>,
}

/// A program that was started and may not be ready yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Starting {
    pub program: String,
    /// It has begun to compute, at this time.
    pub running_since_ms: Option<f64>,
    /// The kernel worker has taken the command up; what it said before is about an older run.
    pub begun: bool,
}

/// What holds calls before they are made.
#[derive(Debug)]
pub struct Gate {
    pub pace: Pace,
    /// How long slow motion holds a call, also while it is off.
    pub slow_ms: u32,
    /// Methods at which a call is held.
    pub methods: Vec<String>,
    /// What stands in the field that adds one.
    pub method_draft: String,
    /// The last call before the newest run: the calls after it are an order.
    pub order_after: CallNumber,
    /// The order that was repeated last, until something else is run.
    pub order: Option<Vec<Turn>>,
    /// How many calls of it were made; nothing when it is over.
    pub repeated: Option<u32>,
    /// How a program departed from the order.
    pub diverged: Option<String>,
    pub question: Option<Question>,
    /// What programs may reach, by the visitor's word or a script's.
    pub granted: Vec<Granted>,
}

/// The question in front of the visitor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    pub ticket: Ticket,
    pub since_ms: f64,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            pace: Pace::Free,
            slow_ms: 500,
            methods: Vec::new(),
            method_draft: String::new(),
            order_after: 0,
            order: None,
            repeated: None,
            diverged: None,
            question: None,
            granted: Vec::new(),
        }
    }
}

/// The calls and what is shown of them.
#[derive(Debug, Default)]
pub struct Calls {
    pub recording: Recording,
    pub shown: Shown,
    pub sockets: SocketTable,
    pub sequence: Sequence,
    /// When the first call began; microseconds since 1970.
    pub origin_us: Option<u64>,
    pub selected: Option<CallNumber>,
    /// The newest call that failed.
    pub failed: Option<CallNumber>,
    /// Calls that wait, so that their durations tick and their boxes grow.
    pub waiting: BTreeSet<CallNumber>,
}

/// What there is to learn from, besides the programs.
#[derive(Debug, Default)]
pub struct Learn {
    pub gallery: Shelf<Gallery>,
    pub reference: Shelf<Reference>,
    /// The example to put on the page as soon as the gallery is there.
    pub wanted: Option<String>,
    /// What is searched for in the gallery or the reference, whichever is open.
    pub search: String,
    /// The group of the gallery that is shown alone.
    pub group: Option<String>,
    /// The card that the reference shows.
    pub card: Option<String>,
    /// The lesson above the programs is folded to a line; until the visitor says so, it is where
    /// there is little room.
    pub folded: Option<bool>,
    pub tour: Tour,
}

/// Something that is loaded when it is first asked for.
#[derive(Debug, Clone, Default)]
pub enum Shelf<T> {
    /// Nobody has asked; next is coming.
    #[default]
    Unread,
    /// It is on its way; next is here, or failed.
    Coming,
    Here(Rc<T>),
    /// It could not be loaded, and why; next is coming, when somebody asks again.
    Failed(String),
}

impl<T> Shelf<T> {
    /// Returns what is on it, once it is here.
    pub fn get(&self) -> Option<&T> {
        match self {
            Shelf::Here(content) => Some(content),
            Shelf::Unread | Shelf::Coming | Shelf::Failed(_) => None,
        }
    }
}

/// What is loaded when it is first asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Book {
    Examples,
    Reference,
}

impl Book {
    /// Returns its file's name, in the folder of the page's files.
    pub fn file(self) -> &'static str {
        match self {
            Book::Examples => "examples.json",
            Book::Reference => "reference.json",
        }
    }
}

/// What is open, and where the visitor looks.
#[derive(Debug)]
pub struct Screen {
    pub theme: Theme,
    pub dialog: Option<Dialog>,
    /// What a narrow window shows.
    pub place: Place,
    /// Which program a narrow window shows.
    pub pane: usize,
    /// Which of bytes and sockets a middling window shows.
    pub dock: Dock,
    /// The timeline keeps the newest call in sight.
    pub follow: bool,
    /// Pixels the timeline is scrolled by, and its height.
    pub scroll_top: f64,
    pub scroll_height: f64,
    /// Where the browser said last that it stands. While calls pour in it lags behind
    /// `scroll_top`, and only a step back from here is the visitor's.
    pub scroll_told: f64,
    /// The window has room for one view at a time.
    pub narrow: bool,
    /// Only sockets that are open.
    pub open_only: bool,
    /// A sentence for everybody, for a while.
    pub toast: Option<Toast>,
    /// How large the parts are.
    pub sizes: Sizes,
    /// A program that is being dragged to another place.
    pub dragged: Option<Dragged>,
    /// Single-key shortcuts work.
    pub quick_keys: bool,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            dialog: None,
            place: Place::Programs,
            pane: 0,
            dock: Dock::Bytes,
            follow: true,
            scroll_top: 0.0,
            scroll_height: 480.0,
            scroll_told: 0.0,
            narrow: false,
            open_only: false,
            toast: None,
            sizes: Sizes::default(),
            dragged: None,
            quick_keys: true,
        }
    }
}

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// The views of a narrow window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Programs,
    Timeline,
    Bytes,
    Sockets,
}

/// The two parts of the dock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dock {
    #[default]
    Bytes,
    Sockets,
}

/// Something over the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    Examples,
    Reference,
    Share(Box<Sharing>),
    /// Running needs a backend, and how to start one.
    NoBackend,
    Keys,
    /// What programs may reach, by the host's rules and by the visitor's word.
    Reach,
    /// Who is in the room, and what they show each other.
    Room,
    /// Adds a program, or renames or removes one.
    Program {
        id: Option<u64>,
        draft: String,
        /// Its arguments, as one line.
        arguments: String,
        problem: Option<Problem>,
    },
}

/// Why the dialog of a program cannot be confirmed, by the field that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    Name(String),
    Arguments(String),
}

/// What the share dialog is about, made once when it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sharing {
    /// The link with the programs alone.
    pub session: String,
    /// The link with the recording too; none where there is none or it is too long.
    pub replay: Option<String>,
    /// The visitor wants the recording in the link.
    pub with_replay: bool,
    pub copied: Option<Copied>,
    /// The QR codes of both links, where they are short enough.
    pub codes: [Option<Code>; 2],
}

impl Sharing {
    /// Returns the link as the visitor wants it.
    pub fn link(&self) -> &str {
        self.replay.as_ref().filter(|_| self.with_replay).unwrap_or(&self.session)
    }
}

/// What was copied last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    Link,
    /// The frame for a page.
    Embed,
    /// The link for a text in Markdown.
    Markdown,
    /// A text from a place of the page that says so itself.
    Place(&'static str),
}

/// What can be saved as a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The session document.
    Session,
    /// The run so far, to be replayed.
    Recording,
    /// The run so far, for Wireshark.
    Capture,
}

/// A sentence for everybody, for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    pub text: String,
    pub bad: bool,
    pub until_ms: f64,
    /// It offers something to do.
    pub offer: Option<Offer>,
}

/// What a sentence offers to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// To bring back what was there before.
    Undo,
    /// To run all programs again.
    RunAll,
}

/// A program that is being dragged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dragged {
    pub id: u64,
    /// The place where it would be dropped.
    pub to: usize,
}

impl State {
    /// Returns the program of this name.
    pub fn program(&self, name: &str) -> Option<&Program> {
        self.programs.iter().find(|program| program.name == name)
    }

    /// Returns the program of this name.
    pub fn program_mut(&mut self, name: &str) -> Option<&mut Program> {
        self.programs.iter_mut().find(|program| program.name == name)
    }

    /// Returns the call that the question in front of the visitor is about.
    pub fn asked(&self) -> Option<&HeldCall> {
        let question = self.gate.question?;
        let mut held = self.programs.iter().flat_map(|program| &program.held);
        held.find(|call| call.ticket == question.ticket)
    }

    /// Tells whether a yes counts: not in a frame, which the page around it could lay something
    /// over, and not before the visitor can have read the question.
    pub fn may_consent(&self) -> bool {
        const READING_MS: f64 = 500.0;
        let read = |question: Question| self.now_ms - question.since_ms >= READING_MS;
        !self.host.surroundings.framed && self.gate.question.is_some_and(read)
    }

    /// Returns the number of a program's lane, from 0; those of others in the room come last.
    pub fn lane(&self, name: &str) -> usize {
        let own = self.programs.iter().position(|program| program.name == name);
        let of_others = || {
            let place = self.together.programs.iter().position(|program| program == name)?;
            Some(self.programs.len() + place)
        };
        own.or_else(of_others).unwrap_or(0)
    }

    /// Returns every program as a file, for all of them to import and read.
    pub fn files(&self) -> Vec<SourceFile> {
        let file = |program: &Program| SourceFile {
            name: program.name.clone(),
            text: program.code.clone(),
        };
        self.programs.iter().map(file).collect()
    }

    /// Returns how many bytes of text the session holds, if that is more than one may.
    pub fn too_large(&self) -> Option<usize> {
        let code: usize = self.programs.iter().map(|program| program.code.len()).sum();
        let bytes = code + self.document.notes.len();
        (bytes > shared::session::TEXT_BYTES_MAX).then_some(bytes)
    }

    /// Returns the session as a document.
    pub fn session(&self) -> Session {
        Session {
            v: shared::session::SESSION_VERSION,
            title: self.document.title.clone(),
            notes: self.document.notes.clone(),
            programs: self
                .programs
                .iter()
                .map(|program| shared::session::Program {
                    name: program.name.clone(),
                    code: program.code.clone(),
                    args: program.args.clone(),
                    autostart: program.autostart,
                })
                .collect(),
            view: self.document.view.clone(),
        }
    }

    /// Returns all that was recorded, of which a replay shows a part.
    pub fn recording(&self) -> &Recording {
        self.replay.as_ref().map_or(&self.calls.recording, |replay| &replay.recording)
    }

    /// Tells whether pressing Run leads anywhere, be it to a word about backends.
    pub fn can_run(&self) -> bool {
        self.host.surroundings.isolated || self.host.surroundings.backendless
    }

    /// Tells whether any program is doing something.
    pub fn any_active(&self) -> bool {
        // What a replay shows as running does not run.
        self.replay.is_none() && self.any_shown_active()
    }

    fn any_shown_active(&self) -> bool {
        !self.run_all.queue.is_empty() || self.programs.iter().any(|program| program.is_active())
    }

    /// Tells whether something on the page changes by time alone.
    pub fn ticks(&self) -> bool {
        let counts_down = matches!(
            self.host.link,
            Some(LinkState::Lost { .. } | LinkState::Interrupted { .. } | LinkState::Full { .. })
        ) || self.host.limit_ends_ms.is_some();
        let blocked =
            self.programs.iter().any(|program| matches!(program.state, ProgramState::Blocked(_)));
        self.replay.as_ref().is_some_and(|replay| replay.playing)
            || blocked
            || counts_down
            || !self.calls.waiting.is_empty()
            || self.run_all.waiting.is_some()
            || self.screen.toast.is_some()
            || self.together.mixer.waits()
            || self.together.outgoing.retell_at_ms.is_some()
            || self.summary.is_due()
            || (self.gate.question.is_some() && !self.may_consent())
    }

    /// Tells whether programs can be run at all, now.
    pub fn connected(&self) -> bool {
        matches!(self.host.link, Some(LinkState::Open(_)))
    }
}

impl Program {
    /// Tells whether it is doing something that Stop would end.
    pub fn is_active(&self) -> bool {
        match self.state {
            ProgramState::Loading
            | ProgramState::Running
            | ProgramState::Blocked(_)
            | ProgramState::Input => true,
            ProgramState::Idle
            | ProgramState::Stopped
            | ProgramState::Exited { .. }
            | ProgramState::Failed { .. } => false,
        }
    }

    /// Tells whether a call of it waits for somebody to let it go.
    pub fn is_halted(&self) -> bool {
        self.held.iter().any(|call| call.why != Why::Slow)
    }

    /// Returns the call that the visitor can let go first.
    pub fn next_step(&self) -> Option<&HeldCall> {
        self.held.iter().find(|call| matches!(call.why, Why::Step | Why::Breakpoint))
    }

    /// Tells whether Stop has something to stop: the program, or a line at its prompt.
    pub fn can_stop(&self) -> bool {
        self.is_active() || self.prompt.busy
    }

    /// Returns the state's name in the automation contract.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            ProgramState::Idle => "idle",
            ProgramState::Loading => "loading",
            // It waits for the visitor to let its call go.
            ProgramState::Running if self.is_halted() => "blocked",
            ProgramState::Running => "running",
            ProgramState::Blocked(_) => "blocked",
            ProgramState::Input => "input",
            ProgramState::Stopped => "stopped",
            ProgramState::Exited { .. } => "exited",
            ProgramState::Failed { .. } => "failed",
        }
    }

    /// Returns the exit code of a program that ended by itself.
    pub fn exit_code(&self) -> Option<i32> {
        match self.state {
            ProgramState::Exited { code, .. } => Some(code),
            _ => None,
        }
    }
}
