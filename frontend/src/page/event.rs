//! What can happen to the page, and what the page can do about it.

use std::rc::Rc;

use shared::session::Session;

use crate::messages::{Batch, Command, Consent, Pace, Rule, Ticket};
use crate::session::recording::CallNumber;

use super::drafts::{Draft, Kept};
use super::look::LookEvent;
use super::sizes::{Divider, Sizes};
use super::state::{
    Book, Copied, Dialog, Dock, Dragged, Origin, PaneTab, Place, Saved, Surroundings, Theme,
};

/// What can happen.
#[derive(Debug, Clone)]
pub enum Event {
    /// The page was opened, with what it remembered.
    Opened {
        surroundings: Surroundings,
        theme: Theme,
        kept: Option<Kept>,
        fragment: String,
    },
    /// The kernel worker says what happened; with the bytes that ride along.
    Kernel(Rc<Batch>, Rc<Vec<u8>>),
    /// The window has, or has no longer, only room for one view at a time.
    Narrow(bool),
    /// Time passed.
    Tick(f64),
    /// The kernel worker broke down or could not be started.
    KernelFailed(String),
    /// The browser did not keep a draft, for this reason; or keeps them again.
    NotKept(Option<String>),
    /// Another tab writes the draft that is on this page.
    DraftTaken(String),

    Run(String),
    Stop(String),
    RunAll,
    /// Runs these in order, each when the one before it is ready.
    RunThese(Vec<String>),
    StopAll,
    Reconnect,
    /// Sets how fast calls are made; `Free` also lets go what is held.
    Pace(Pace),
    /// Turns step mode on, or continues.
    StepMode,
    /// Takes the next speed: full, and the slow ones.
    NextSpeed,
    /// Lets a program make its next call, a thread's where one is named. Where no call of it is
    /// held this begins step mode, and runs a program that does not run.
    Step {
        program: String,
        thread: Option<u32>,
    },
    /// What stands in the field that adds a method to halt at.
    BreakDraft(String),
    /// Halts at the method in the field, or no longer.
    BreakSubmit,
    /// Halts at a method no longer.
    BreakRemove(String),
    /// The lines with a breakpoint in a program's editor changed.
    BreakLines {
        id: u64,
        lines: Vec<u32>,
    },
    /// Runs the programs again and has them make their calls in the same order.
    RepeatOrder,
    /// Answers a question.
    Consent {
        ticket: Ticket,
        consent: Consent,
    },
    /// A script of the page allows a destination.
    Grant(Rule),
    /// The visitor allows a destination no longer; without one, none at all.
    Revoke(Option<Rule>),
    /// The visitor changes the answer to `input()`.
    InputDraft {
        program: String,
        text: String,
    },
    /// The visitor gives the answer.
    InputSubmit {
        program: String,
    },
    /// Text for standard input, its newline included.
    Input {
        program: String,
        text: String,
    },
    Eof {
        program: String,
    },

    PromptDraft {
        program: String,
        text: String,
    },
    PromptSubmit {
        program: String,
    },
    /// A source to run as if it were typed.
    PromptEnter {
        program: String,
        source: String,
    },
    PromptOlder {
        program: String,
    },
    PromptNewer {
        program: String,
    },
    PromptComplete {
        program: String,
    },

    ShowTab {
        program: String,
        tab: PaneTab,
    },
    ClearConsole {
        program: String,
    },
    /// Shows a line of a program.
    Jump {
        program: String,
        line: u32,
    },
    /// The visitor typed in an editor.
    Edited {
        id: u64,
        code: String,
    },
    /// Converts a program to Python 3.
    Convert {
        program: String,
    },
    EditorIsPlain,

    Load {
        session: Box<Session>,
        origin: Origin,
    },
    /// The URL's fragment changed.
    Fragment(String),
    OpenExample(String),
    OpenRecent(usize),
    CloseNotes,
    ProgramDraft(String),
    /// The arguments in the dialog were edited.
    ArgumentsDraft(String),
    /// Adds or renames what the dialog is about.
    ProgramConfirm,
    ProgramRemove(u64),
    /// Moves a program by so many places.
    ProgramMove {
        id: u64,
        by: i32,
    },
    /// The visitor drags a program, or is done with it and drops it where it is.
    ProgramDrag(Option<Dragged>),
    ProgramDrop,
    /// Brings back what was there before a session was opened or a program removed.
    Undo,
    /// Forgets the visitor's other sessions.
    ForgetRecent,
    DismissLink,
    /// Gives the visitor the longest program as a file.
    SaveLongest,

    /// The visitor does something with a replay.
    Replay(Playback),
    /// Asks the visitor for a session's or a recording's file.
    PickFile,
    /// A file that the visitor picked or dropped, or that a link named.
    File {
        name: String,
        bytes: Rc<Vec<u8>>,
    },
    /// A file could not be read, and why.
    FileFailed(String),
    /// With or without the recording in the link.
    ShareReplay(bool),

    Share,
    /// Gives the visitor a file.
    Save(Saved),
    /// Shows this session in a tab of its own.
    OpenTab,
    /// The visitor wants a room for others to come into.
    StartRoom,
    /// The visitor wants to be alone again.
    LeaveRoom,
    /// The visitor shows the room what programs do, or no longer.
    ShareCalls(bool),
    DismissToast,
    Copy(Copied),
    Copied {
        what: Copied,
        done: bool,
    },

    OpenDialog(Dialog),
    CloseDialog,
    /// What was dragged in an earlier visit.
    Sized(Sizes),
    /// Puts a divider at so many percent.
    Divide {
        divider: Divider,
        percent: f64,
    },
    /// Moves a divider by so many percent.
    DivideBy {
        divider: Divider,
        percent: f64,
    },
    /// Puts a divider where the page would.
    DivideReset(Divider),
    NextTheme,
    ShowPlace(Place),
    ShowPane(usize),
    ShowDock(Dock),
    FocusPane(usize),
    FilterText(String),
    FilterProgram(String),
    FocusFilter,
    FollowToggle,
    Scrolled {
        top: f64,
        height: f64,
    },
    Select(CallNumber),
    /// Selects the call so many rows further down.
    SelectBy(i64),
    ClearCalls,
    /// How the timeline, the bytes and the sockets are looked at.
    Look(LookEvent),
    OpenOnlyToggle,
    QuickKeysToggle,
    DismissTrouble,
    DismissLimit,

    Learn(Learn),
}

/// What can happen in the gallery, the reference, the lesson and the tour.
#[derive(Debug, Clone)]
pub enum Learn {
    /// A book was loaded, or why not.
    Loaded(Book, Result<String, String>),
    /// Loads a book for whoever needs it later: the editor completes names from the reference.
    Want(Book),
    Search(String),
    /// Opens the first thing that was found.
    OpenFound,
    /// Shows one group of the gallery, or all.
    Group(Option<String>),
    /// Shows a card, opening the reference for it; none goes back to the list.
    Card(Option<String>),
    /// Shows the card so many places further down the list.
    CardBy(i64),
    /// Puts the program of a card on the page.
    OpenCard(String),
    FoldLesson,
    TourStart,
    /// Goes a step on, or back.
    TourBy(i64),
    /// Ends the tour or its offer, for good.
    TourEnd,
}

/// What a visitor does with a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Playback {
    /// Replays what was recorded here.
    Start,
    Leave,
    /// Plays or halts; begins where there is none yet.
    Toggle,
    /// Goes forward by so many steps, or back.
    Step(i64),
    /// Goes to where so many steps have come by.
    Seek(usize),
    /// Takes another speed.
    Speed(i8),
}

/// What the page can do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Says something to the kernel worker.
    Post(Command),
    /// Writes a draft down, as the one that this tab shows.
    Keep(Box<Draft>),
    /// Forgets a draft, unless another tab has changed it since.
    DropDraft {
        id: String,
        at_ms: f64,
    },
    /// Notes which draft this tab shows.
    Current(Option<String>),
    KeepSizes(Sizes),
    /// Takes the link out of the address bar: the page shows something else now.
    ForgetFragment,
    /// Puts into the address bar what the page shows now, without its `#`.
    SetFragment(String),
    Copy {
        what: Copied,
        text: String,
    },
    /// Gives the visitor a file.
    Save {
        name: String,
        text: String,
    },
    /// Gives the visitor a file of bytes.
    SaveBytes {
        name: String,
        bytes: Vec<u8>,
    },
    /// Asks the visitor for a file.
    PickFile,
    /// Reads a file that lies beside the page.
    Fetch(String),
    /// Opens an address in a new tab.
    OpenTab(String),
    /// Opens the page again, in a room with a name that nobody guesses.
    StartRoom,
    /// Opens the page again, in no room.
    LeaveRoom,
    Focus(Focus),
    /// Shows a line in a program's editor.
    Reveal {
        id: u64,
        line: u32,
    },
    /// Keeps the end of outputs in sight that stood there: something below them grew.
    StayAtEnd,
    /// Scrolls the timeline.
    Scroll(f64),
    /// Scrolls the timeline sideways.
    ScrollAcross(f64),
    KeepTheme(Theme),
    /// Loads something that is not part of the first load.
    FetchBook(Book),
    /// Remembers that the tour need not be offered again.
    KeepTourSeen,
    /// Tells whoever listens through `window.sockpit.on`.
    Announce(Announcement),
}

/// Where the keyboard goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Focus {
    Editor(u64),
    Prompt(u64),
    Input(u64),
    Timeline,
    Filter,
    Bytes,
    Sockets,
    /// The first control of the dialog that opened.
    Dialog,
    /// The tour's button to go on.
    Tour,
    /// What had it before the dialog opened.
    Back,
}

/// What `window.sockpit.on` tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Announcement {
    /// A program's state changed.
    State { program: String },
    /// A program wrote something.
    Output { program: String, stream: &'static str, text: String },
    /// A call began.
    CallStarted(CallNumber),
    /// A call ended.
    CallEnded(CallNumber),
    /// The connection to the backend changed.
    Link,
    /// A line at the prompt was run.
    Prompt { program: String, error: Option<shared::guest::Raised>, incomplete: bool },
    /// Other programs are on the page now.
    Loaded,
}
