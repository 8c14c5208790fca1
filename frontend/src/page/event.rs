//! What can happen to the page, and what the page can do about it.

use std::rc::Rc;

use shared::session::Session;

use crate::messages::{Batch, Command};
use crate::session::recording::CallNumber;

use super::state::{Copied, Dialog, Dock, Origin, PaneTab, Place, Saved, Surroundings, Theme};

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

    Run(String),
    Stop(String),
    RunAll,
    /// Runs these in order, each when the one before it is ready.
    RunThese(Vec<String>),
    StopAll,
    Reconnect,
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
    /// Adds or renames what the dialog is about.
    ProgramConfirm,
    ProgramRemove(u64),

    Share,
    /// Gives the visitor a file.
    Save(Saved),
    /// Shows this session in a tab of its own.
    OpenTab,
    DismissToast,
    Copy(Copied),
    Copied {
        what: Copied,
        done: bool,
    },

    OpenDialog(Dialog),
    CloseDialog,
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
    OpenOnlyToggle,
    QuickKeysToggle,
    DismissTrouble,
}

/// What the page remembers between visits, on this machine only.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Kept {
    /// The session as it was left, if it is the visitor's own.
    #[serde(default)]
    pub session: Option<Session>,
    #[serde(default)]
    pub recent: Vec<Session>,
}

/// What the page can do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Says something to the kernel worker.
    Post(Command),
    /// Remembers the session.
    Keep(Box<Kept>),
    /// Takes the link out of the address bar: the page shows something else now.
    ForgetFragment,
    Copy {
        what: Copied,
        text: String,
    },
    /// Gives the visitor a file.
    Save {
        name: String,
        text: String,
    },
    /// Opens an address in a new tab.
    OpenTab(String),
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
    KeepTheme(Theme),
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
