//! A process: one interpreter with its memory, threads, files and sockets. It is warm before it
//! has a program.

use std::collections::{BTreeMap, VecDeque};

use shared::frame::CallId;
use shared::guest::{Pause, Site, Task};
use shared::mailbox::Syscall;

use super::WorkerId;
use super::edition::Edition;
use super::fds::Fds;
use super::input::Watchers;
use super::interrupt::Interrupter;
use super::limits::{BLOCKED_AFTER_US, LAST_WORDS_BYTES_MAX};
use super::stdio::Stdio;
use super::wasi::{Arguments, FileTable, Transfer};
use crate::messages::{Blocked, ProgramName, ProgramState, Stream};
use crate::session::recording::CallNumber;

/// Names a thread within its process; 0 is the main thread.
pub type ThreadId = u32;

/// The main thread.
pub const MAIN: ThreadId = 0;

/// One interpreter.
#[derive(Debug)]
pub struct Process<M> {
    /// The interpreter that it is.
    pub edition: Edition,
    pub memory: M,
    pub threads: BTreeMap<ThreadId, Thread>,
    pub next_thread: ThreadId,
    /// The program that has it; a spare has none.
    pub program: Option<ProgramName>,
    pub activity: Activity,
    /// What it is to do next.
    pub tasks: VecDeque<Task>,
    pub files: FileTable,
    pub stdio: Stdio,
    pub watchers: Watchers,
    pub sockets: Fds,
    pub interrupter: Interrupter,
    /// Its main thread took no notice of an interrupt yet: the next call in which it would wait
    /// ends at once.
    pub interrupt_due: bool,
    /// Signals that nobody took notice of yet, a bit each.
    pub signals: u64,
    /// The thread that takes notice was given a signal, and has not come back.
    pub signal_given: bool,
    /// When the process is to be sent a signal, and which.
    pub alarm: Option<(u64, u32)>,
    /// The end of what it wrote to its standard error before it had a program.
    pub last_words: String,
}

/// What an interpreter is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// It is not ready for its first task. Goes to `Idle`.
    Starting,
    /// It waits for a task. Goes to `Running` or `Completing`.
    Idle,
    /// Goes to `Idle`.
    Running(Job),
    /// Looks up completions, which is not shown. Goes to `Idle`.
    Completing,
}

/// A task that the page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    Program,
    Prompt,
}

/// One thread of a process.
#[derive(Debug)]
pub struct Thread {
    pub worker: WorkerId,
    /// What it waits for, if it waits.
    pub waiting: Option<Waiting>,
    /// An answer that did not fit into the room there was for it.
    pub kept: Option<Vec<u8>>,
    /// A call in several parts that has not ended.
    pub parts: Option<Parts>,
}

/// A thread waits.
#[derive(Debug)]
pub struct Waiting {
    pub since_us: u64,
    pub on: WaitingOn,
}

/// What a thread waits for.
#[derive(Debug)]
pub enum WaitingOn {
    /// The answer of the backend.
    Call {
        id: CallId,
        method: String,
        site: Option<Site>,
        answer: AnswerPlace,
        /// What is typed ends it too.
        reads_input: bool,
    },
    /// The gate to let its call go.
    Held,
    /// A task.
    Task(AnswerPlace),
    /// The end of a sleep, which needs no answer.
    Sleep { until_us: u64, pause: Pause },
    /// Another thread, which needs no answer either.
    Thread(Pause),
    /// The next interrupt.
    Interrupt,
    /// Somebody to type.
    Input(Transfer),
    /// The page to show what was written.
    Output(Stream, Transfer),
    /// A file of the library.
    File { index: u32, syscall: Syscall, args: Arguments },
}

/// Where a thread wants the answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerPlace {
    pub at: u32,
    pub max: u32,
}

/// The parts of a call so far, such as of a long `sendall`.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    pub number: CallNumber,
    pub host_us: u64,
    /// Bytes sent.
    pub len: u32,
    /// Where the first of them is in the stream.
    pub offset: Option<u64>,
}

impl Thread {
    pub fn new(worker: WorkerId) -> Thread {
        Thread { worker, waiting: None, kept: None, parts: None }
    }

    /// Returns whether it waits for typed text among other things.
    fn reads_input(&self) -> bool {
        let on = self.waiting.as_ref().map(|waiting| &waiting.on);
        matches!(on, Some(WaitingOn::Call { reads_input: true, .. }))
    }
}

impl<M> Process<M> {
    pub fn new(edition: Edition, memory: M, files: FileTable, main: WorkerId) -> Process<M> {
        Process {
            edition,
            memory,
            threads: BTreeMap::from([(MAIN, Thread::new(main))]),
            next_thread: MAIN + 1,
            program: None,
            activity: Activity::Starting,
            tasks: VecDeque::new(),
            files,
            stdio: Stdio::default(),
            watchers: Watchers::default(),
            sockets: Fds::default(),
            interrupter: Interrupter::None,
            interrupt_due: false,
            signals: 0,
            signal_given: false,
            alarm: None,
            last_words: String::new(),
        }
    }

    /// Takes the lowest of the signals, for the thread that takes notice.
    pub fn take_signal(&mut self) -> Option<i32> {
        let lowest = self.signals.trailing_zeros();
        let signal = i32::try_from(lowest).ok().filter(|_| self.signals != 0)?;
        self.signals &= self.signals - 1;
        self.interrupter = Interrupter::Busy;
        self.signal_given = true;
        Some(signal)
    }

    /// Returns whether it is ready and nobody has it.
    pub fn is_spare(&self) -> bool {
        self.program.is_none() && self.activity == Activity::Idle
    }

    /// Returns whether it does something that the page is shown.
    pub fn is_shown(&self) -> bool {
        matches!(self.activity, Activity::Running(_))
    }

    /// Returns what to show of a process at work, and when that changes by itself.
    pub fn observe(&self, now_us: u64) -> (ProgramState, Option<u64>) {
        let waits =
            |thread: &&Thread| matches!(&thread.waiting, Some(waiting) if !waiting.is_over(now_us));
        let of_the_program = |thread: &&Thread| {
            !matches!(&thread.waiting, Some(Waiting { on: WaitingOn::Interrupt, .. }))
        };
        let on_input = |thread: &Thread| {
            matches!(&thread.waiting, Some(Waiting { on: WaitingOn::Input(_), .. }))
        };
        if self.threads.values().any(on_input) {
            return (ProgramState::Input, None);
        }
        let again_us = self
            .threads
            .values()
            .filter_map(|thread| thread.waiting.as_ref()?.changes_us(now_us))
            .min();
        let all_wait = self.threads.values().filter(of_the_program).all(|thread| {
            waits(&thread) && thread.waiting.as_ref().is_some_and(|waiting| waiting.is_seen(now_us))
        });
        // The main thread comes first in the order of threads.
        let blocked = self.threads.values().filter_map(|thread| thread.waiting.as_ref()).next();
        let reads_input = self.threads.values().any(Thread::reads_input);
        match blocked.and_then(Waiting::blocked) {
            Some(blocked) if all_wait => {
                (ProgramState::Blocked(Blocked { reads_input, ..blocked }), again_us)
            }
            _ => (ProgramState::Running, again_us),
        }
    }

    /// Keeps the end of what a spare says on its standard error.
    pub fn overhear(&mut self, text: &str) {
        self.last_words.push_str(text);
        let excess = self.last_words.len().saturating_sub(LAST_WORDS_BYTES_MAX);
        self.last_words.drain(..self.last_words.ceil_char_boundary(excess));
    }
}

impl Waiting {
    /// Returns whether it was a sleep and is over.
    fn is_over(&self, now_us: u64) -> bool {
        matches!(self.on, WaitingOn::Sleep { until_us, .. } if now_us >= until_us)
    }

    /// Returns whether it is a wait for somebody else, and long enough to be shown.
    fn is_seen(&self, now_us: u64) -> bool {
        matches!(self.on, WaitingOn::Call { .. } | WaitingOn::Sleep { .. } | WaitingOn::Thread(_))
            && now_us >= self.since_us + BLOCKED_AFTER_US
    }

    /// Returns when it will be long enough to be shown, or over.
    fn changes_us(&self, now_us: u64) -> Option<u64> {
        let seen_us = self.since_us + BLOCKED_AFTER_US;
        match self.on {
            WaitingOn::Call { .. } | WaitingOn::Sleep { .. } | WaitingOn::Thread(_)
                if now_us < seen_us =>
            {
                Some(seen_us)
            }
            WaitingOn::Sleep { until_us, .. } if now_us < until_us => Some(until_us),
            _ => None,
        }
    }

    fn blocked(&self) -> Option<Blocked> {
        let (method, site) = match &self.on {
            WaitingOn::Call { method, site, .. } => (method.clone(), site.clone()),
            WaitingOn::Sleep { pause, .. } | WaitingOn::Thread(pause) => {
                (pause.method.clone(), pause.site.clone())
            }
            _ => return None,
        };
        let since_ms = self.since_us as f64 / 1000.0;
        Some(Blocked { method, site, since_ms, reads_input: false })
    }
}
