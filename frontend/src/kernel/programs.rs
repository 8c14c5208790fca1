//! The page's programs: its commands, what each program is doing, and the interpreters that
//! they get.

use std::collections::VecDeque;

use shared::guest::{Finished, Raised, Task};

use super::edition::Edition;
use super::limits::{PROGRAMS_MAX, SPARE_DELAY_US, TASKS_MAX};
use super::outside::{Outside, Resource};
use super::process::{Activity, Job, MAIN, Process, WaitingOn};
use super::{Kernel, ProcessId, WorkerId};
use crate::messages::{Notice, ProgramName, ProgramState, SourceFile};

/// A program of the page.
#[derive(Debug)]
pub struct Program {
    /// The interpreter that it has.
    pub process: Option<ProcessId>,
    /// Counts its interpreters.
    pub run: u32,
    /// What the page was told that it is doing.
    pub state: ProgramState,
    /// What it is after a line at the prompt.
    resting: ProgramState,
    /// What it waits to do when it gets an interpreter.
    wanted: Option<Wanted>,
}

#[derive(Debug)]
struct Wanted {
    edition: Edition,
    files: Vec<SourceFile>,
    tasks: VecDeque<Task>,
}

/// How a program that ran to its end rests.
const EXITED: ProgramState = ProgramState::Exited { code: 0, error: None };

impl Program {
    fn new() -> Program {
        Program { process: None, run: 0, state: ProgramState::Idle, resting: EXITED, wanted: None }
    }
}

impl<O: Outside> Kernel<O> {
    pub(super) fn run(&mut self, name: ProgramName, files: Vec<SourceFile>, args: Vec<String>) {
        if let Some(process) = self.programs.get(&name).and_then(|program| program.process) {
            self.end_process(process);
        }
        let edition = Edition::for_program(&name, &files);
        let task = Task::Run { file: name.clone(), args };
        self.want(name, Wanted { edition, files, tasks: VecDeque::from([task]) });
    }

    pub(super) fn prompt(&mut self, name: ProgramName, source: String, files: Vec<SourceFile>) {
        let edition = Edition::for_program(&name, &files).max(Edition::for_text(&source));
        let task = Task::Prompt { source };
        match self.programs.get_mut(&name) {
            Some(Program { process: Some(process), .. }) => {
                let process = *process;
                self.put_sources(process, &files);
                self.add_task(process, task);
            }
            Some(Program { wanted: Some(wanted), .. }) => {
                if wanted.tasks.len() < TASKS_MAX {
                    wanted.tasks.push_back(task);
                }
            }
            _ => self.want(name, Wanted { edition, files, tasks: VecDeque::from([task]) }),
        }
    }

    pub(super) fn complete(&mut self, name: ProgramName, line: String) {
        let has = self.programs.get(&name).and_then(|program| program.process);
        // A spare will do for a program that has not run, but nobody waits for one.
        let process = match has {
            Some(process) => Some(process),
            None if self.is_wanting(&name) => None,
            None => self.spare(Edition::Plain).filter(|&spare| self.give(&name, spare)),
        };
        if let Some(process) = process
            && let Some(interpreter) = self.processes.get(&process)
            && interpreter.activity == Activity::Idle
        {
            self.add_task(process, Task::Complete { line });
        }
    }

    pub(super) fn stop(&mut self, name: &str) {
        let Some(program) = self.programs.get_mut(name) else { return };
        program.wanted = None;
        self.queue.retain(|queued| queued != name);
        let active = !matches!(
            program.state,
            ProgramState::Idle
                | ProgramState::Stopped
                | ProgramState::Exited { .. }
                | ProgramState::Failed { .. }
        );
        if let Some(process) = program.process {
            self.end_process(process);
        }
        if active {
            self.set_state(name, ProgramState::Stopped);
        }
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.queue.retain(|queued| queued != name);
        if let Some(Program { process: Some(process), .. }) = self.programs.remove(name) {
            self.end_process(process);
        }
    }

    pub(super) fn type_in(&mut self, name: &str, text: &str) {
        let Some(id) = self.programs.get(name).and_then(|program| program.process) else { return };
        let Some(process) = self.processes.get_mut(&id) else { return };
        if process.stdio.type_in(text) {
            self.typed(id);
        } else {
            self.trouble(format!("{name} has more input than it reads; the last was dropped."));
        }
    }

    pub(super) fn end_input(&mut self, name: &str) {
        let Some(id) = self.programs.get(name).and_then(|program| program.process) else { return };
        if let Some(process) = self.processes.get_mut(&id) {
            process.stdio.end_input();
            self.typed(id);
        }
    }

    pub(super) fn shown(&mut self, name: &str, bytes: u32) {
        let Some(id) = self.programs.get(name).and_then(|program| program.process) else { return };
        if let Some(process) = self.processes.get_mut(&id) {
            process.stdio.shown(bytes as usize);
            self.resume_writers(id);
        }
    }

    /// Puts a program in the queue for an interpreter.
    fn want(&mut self, name: ProgramName, wanted: Wanted) {
        if !self.programs.contains_key(&name) && self.programs.len() >= PROGRAMS_MAX {
            return self.trouble(format!("There can be {PROGRAMS_MAX} programs at most."));
        }
        let edition = wanted.edition;
        let program = self.programs.entry(name.clone()).or_insert_with(Program::new);
        program.wanted = Some(wanted);
        self.queue.retain(|queued| *queued != name);
        self.queue.push_back(name.clone());
        self.set_state(&name, ProgramState::Loading);
        self.spares_broken = false;
        self.load_image(edition);
        self.assign();
    }

    fn is_wanting(&self, name: &str) -> bool {
        self.programs.get(name).is_some_and(|program| program.wanted.is_some())
    }

    /// Returns which interpreter a program in the queue waits for.
    fn wants(&self, name: &str) -> Option<Edition> {
        self.programs.get(name)?.wanted.as_ref().map(|wanted| wanted.edition)
    }

    /// Counts the programs that wait for such an interpreter.
    pub(super) fn waiting_for(&self, edition: Edition) -> usize {
        self.queue.iter().filter(|name| self.wants(name) == Some(edition)).count()
    }

    fn spare(&self, edition: Edition) -> Option<ProcessId> {
        let fits = |process: &Process<O::Memory>| process.is_spare() && process.edition == edition;
        self.processes.iter().find(|(_, process)| fits(process)).map(|(id, _)| *id)
    }

    /// Takes the first program out of the queue that has an interpreter waiting for it.
    fn first_with_spare(&mut self) -> Option<(ProgramName, ProcessId)> {
        let (at, spare) = self
            .queue
            .iter()
            .enumerate()
            .find_map(|(at, name)| Some((at, self.spare(self.wants(name)?)?)))?;
        Some((self.queue.remove(at)?, spare))
    }

    /// Gives the programs that wait the interpreters that there are, and starts new ones.
    pub(super) fn assign(&mut self) {
        while let Some((name, spare)) = self.first_with_spare() {
            let wanted = self.programs.get_mut(&name).and_then(|program| program.wanted.take());
            if let Some(Wanted { files, tasks, .. }) = wanted
                && self.give(&name, spare)
            {
                self.put_sources(spare, &files);
                for task in tasks {
                    self.add_task(spare, task);
                }
            }
        }
        self.fill_spares();
    }

    /// Gives a program an interpreter. Returns false where there are too many programs.
    fn give(&mut self, name: &str, id: ProcessId) -> bool {
        if !self.programs.contains_key(name) && self.programs.len() >= PROGRAMS_MAX {
            return false;
        }
        let Some(process) = self.processes.get_mut(&id) else { return false };
        let program = self.programs.entry(name.to_owned()).or_insert_with(Program::new);
        process.program = Some(name.to_owned());
        program.process = Some(id);
        program.run += 1;
        program.resting = EXITED;
        self.spares_us.get_or_insert(self.outside.now_us() + SPARE_DELAY_US);
        true
    }

    fn put_sources(&mut self, id: ProcessId, files: &[SourceFile]) {
        let now_ns = self.outside.now_us() * 1000;
        let Some(process) = self.processes.get_mut(&id) else { return };
        if let Err(errno) = process.files.files.put_sources(files, now_ns) {
            self.trouble(format!("The program's files could not be written: {errno:?}"));
        }
    }

    fn add_task(&mut self, id: ProcessId, task: Task) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        if process.tasks.len() >= TASKS_MAX {
            return self.trouble("There are too many lines waiting at the prompt.".to_owned());
        }
        process.tasks.push_back(task);
        self.next_task(id);
    }

    /// Has an idle interpreter do its next task.
    pub(super) fn next_task(&mut self, id: ProcessId) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        if process.activity != Activity::Idle {
            return;
        }
        let Some(main) = process.threads.get_mut(&MAIN) else { return };
        let Some(WaitingOn::Task(answer)) = main.waiting.as_ref().map(|waiting| &waiting.on) else {
            return;
        };
        let answer = *answer;
        let Some(task) = process.tasks.pop_front() else { return };
        // What was meant for the task before finds it ended.
        process.interrupt_due = false;
        (process.signals, process.alarm) = (0, None);
        process.activity = match task {
            Task::Run { .. } => Activity::Running(Job::Program),
            Task::Prompt { .. } => Activity::Running(Job::Prompt),
            Task::Complete { .. } => Activity::Completing,
        };
        if process.is_shown()
            && let Some(name) = process.program.clone()
        {
            self.set_state(&name, ProgramState::Running);
        }
        let header = format!("{{\"ok\":{}}}", shared::frame::to_json(&task));
        self.answer_request(id, MAIN, answer, header.as_bytes(), &[]);
    }

    /// An interpreter asks for a task.
    pub(super) fn idle(&mut self, id: ProcessId) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        process.activity = Activity::Idle;
        if process.program.is_some() {
            self.next_task(id);
        } else {
            self.note(Notice::Warm);
            self.assign();
        }
    }

    /// An interpreter has done a task. Returns whether it is kept.
    pub(super) fn finished(&mut self, id: ProcessId, finished: Finished) -> bool {
        let Some(process) = self.processes.get_mut(&id) else { return false };
        let activity = std::mem::replace(&mut process.activity, Activity::Starting);
        let Some(name) = process.program.clone() else { return true };
        match finished {
            Finished::Run { exit_code, error, threads_left } => {
                self.close_sockets(id);
                self.cut_short(&name);
                if threads_left {
                    self.end_process(id);
                }
                self.rest(&name, exit_code, error);
                !threads_left
            }
            answer => {
                self.note(Notice::Prompt { program: name.clone(), answer });
                if activity == Activity::Running(Job::Prompt)
                    && let Some(program) = self.programs.get(&name)
                {
                    let resting = program.resting.clone();
                    self.set_state(&name, resting);
                }
                true
            }
        }
    }

    /// A program has come to its end by itself.
    fn rest(&mut self, name: &str, code: i32, error: Option<Raised>) {
        let exited = ProgramState::Exited { code, error };
        if let Some(program) = self.programs.get_mut(name) {
            program.resting = exited.clone();
        }
        self.set_state(name, exited);
    }

    /// A process ended itself, as with `os._exit`.
    pub(super) fn process_exited(&mut self, id: ProcessId, code: i32) {
        match self.end_process(id) {
            Some(Ended { program: Some(name), .. }) => self.rest(&name, code, None),
            Some(Ended { edition, last_words, .. }) => self.no_interpreter(
                edition,
                format!("The interpreter ended with code {code} before it was ready. {last_words}"),
            ),
            None => {}
        }
    }

    /// A worker broke down: so does the process that it is a thread of.
    pub(super) fn worker_broke(&mut self, worker: WorkerId, message: String) {
        if let Some(at) = self.idle_workers.iter().position(|&idle| idle == worker) {
            self.idle_workers.swap_remove(at);
            self.outside.end_worker(worker);
            return self.trouble(format!("A worker could not be started: {message}"));
        }
        let Some(&(id, _)) = self.workers.get(&worker) else { return };
        match self.end_process(id) {
            Some(Ended { program: Some(name), .. }) => {
                let message = breakdown(&message);
                self.set_state(&name, ProgramState::Failed { message });
            }
            Some(Ended { edition, last_words, .. }) => self.no_interpreter(
                edition,
                format!("The interpreter broke down before it was ready: {message} {last_words}"),
            ),
            None => {}
        }
    }

    /// There is no such interpreter to be had: says so to the programs that wait for one.
    pub(super) fn no_interpreter(&mut self, edition: Edition, message: String) {
        self.spares_broken |= edition == Edition::Plain;
        if self.waiting_for(edition) == 0 {
            return self.trouble(message);
        }
        let queue = std::mem::take(&mut self.queue);
        let (failed, queue) = queue.into_iter().partition(|it| self.wants(it) == Some(edition));
        self.queue = queue;
        let failed: VecDeque<ProgramName> = failed;
        for name in failed {
            if let Some(program) = self.programs.get_mut(&name) {
                program.wanted = None;
            }
            self.set_state(&name, ProgramState::Failed { message: message.clone() });
        }
    }

    /// Ends a process: its workers, its calls and its sockets.
    fn end_process(&mut self, id: ProcessId) -> Option<Ended> {
        self.abandon_calls(id);
        self.close_sockets(id);
        let process = self.processes.remove(&id)?;
        for thread in process.threads.values() {
            self.workers.remove(&thread.worker);
            self.outside.end_worker(thread.worker);
        }
        if let Some(name) = &process.program {
            if process.is_shown() {
                self.cut_short(name);
            }
            if let Some(program) = self.programs.get_mut(name) {
                program.process = None;
            }
        }
        let Process { edition, program, last_words, .. } = process;
        Some(Ended { edition, program, last_words })
    }

    /// Tells the page what a program is doing, if that is news.
    pub(super) fn set_state(&mut self, name: &str, state: ProgramState) {
        let Some(program) = self.programs.get_mut(name) else { return };
        if program.state != state {
            program.state = state.clone();
            self.note(Notice::State { program: name.to_owned(), state });
        }
    }

    /// Looks at what the programs at work are doing.
    pub(super) fn look(&mut self, now_us: u64) {
        let mut again_us: Option<u64> = None;
        let mut seen = Vec::new();
        for process in self.processes.values().filter(|process| process.is_shown()) {
            let (state, changes_us) = process.observe(now_us);
            again_us = [again_us, changes_us].into_iter().flatten().min();
            seen.extend(process.program.clone().map(|name| (name, state)));
        }
        self.look_us = again_us;
        let one_waits = seen.iter().any(|(_, state)| matches!(state, ProgramState::Blocked(_)));
        if one_waits && let Some(traceback) = self.library.traceback() {
            self.ask_library(traceback);
        }
        for (name, state) in seen {
            self.set_state(&name, state);
        }
    }

    /// Asks to look at what programs are doing at a time.
    pub(super) fn look_at(&mut self, due_us: u64) {
        self.look_us = Some(self.look_us.map_or(due_us, |earlier| earlier.min(due_us)));
    }

    /// A thread of a process no longer waits: a program that was shown to wait runs.
    pub(super) fn woke(&mut self, id: ProcessId) {
        let Some(process) = self.processes.get(&id) else { return };
        let Some(name) = process.program.as_ref().filter(|_| process.is_shown()) else { return };
        let waits = self.programs.get(name).is_some_and(|program| {
            matches!(program.state, ProgramState::Blocked(_) | ProgramState::Input)
        });
        if waits {
            let (name, (state, _)) = (name.clone(), process.observe(self.outside.now_us()));
            self.set_state(&name, state);
        }
    }

    /// Asks for a file of the library and what goes with it, unless they are on their way.
    pub(super) fn ask_library(&mut self, index: u32) {
        for (index, url) in self.library.ask(index) {
            self.outside.fetch(Resource::LibraryFile(index), &url);
        }
    }
}

/// What is left of a process.
#[derive(Debug)]
struct Ended {
    edition: Edition,
    program: Option<ProgramName>,
    last_words: String,
}

/// Says what ended an interpreter, given what the browser says.
fn breakdown(message: &str) -> String {
    let cause = if message.contains("Maximum call stack size exceeded") {
        "calls within calls went deeper than a browser lets a thread go"
    } else if message.contains("unreachable") {
        "what it said last is above; to run out of memory ends it so"
    } else {
        return format!("The interpreter broke down: {message}");
    };
    format!("The interpreter broke down: {cause} ({message})")
}
