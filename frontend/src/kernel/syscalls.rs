//! What a thread asks through its mailbox: requests, threads, files and standard streams.

use shared::errno::{Errno as CallErrno, Failure};
use shared::frame;
use shared::guest::{GuestAnswer, GuestRequest, Pause};
use shared::mailbox::{
    ARGUMENTS_MAX, Syscall, WORD_ARGUMENTS, WORD_ASKED_US, WORD_NUMBER, WORD_WOKEN_US,
};

use super::errno::Errno;
use super::interrupt::{Interrupter, NO_INPUT};
use super::limits::{
    BLOCKED_AFTER_US, OUTPUT_PART_BYTES_MAX, REQUEST_BYTES_MAX, THREADS_MAX, WORKERS_WARM,
};
use super::outside::{GuestMemory, Outside, ThreadStart};
use super::process::{AnswerPlace, Process, Thread, ThreadId, Waiting, WaitingOn};
use super::wasi::{self, Arguments, Step, Transfer};
use super::{Kernel, ProcessId, WorkerId};
use crate::messages::{ProgramState, Stream};

/// Reads what a thread says of its pause.
fn pause(method: &str, text: &str) -> Pause {
    shared::json::read(text).unwrap_or_else(|_| Pause { method: method.to_owned(), site: None })
}

/// The words of a mailbox that hold arguments.
const ARGUMENTS: std::ops::Range<usize> =
    WORD_ARGUMENTS as usize..(WORD_ARGUMENTS + ARGUMENTS_MAX) as usize;

/// The thread-spawn result that says that there is no thread.
const NO_THREAD: i32 = -1;

impl<O: Outside> Kernel<O> {
    /// There may be a system call in a worker's mailbox.
    pub(super) fn nudged(&mut self, worker: WorkerId) {
        let Some(&(id, thread)) = self.workers.get(&worker) else { return };
        if !self.awake(id, thread) {
            return;
        }
        let Some(words) = self.outside.pending_call(worker) else { return };
        let mut args = Arguments([0; ARGUMENTS_MAX as usize]);
        args.0.copy_from_slice(&words[ARGUMENTS]);
        if let Some(trace) = &mut self.trace {
            let [asked, woken] = [WORD_ASKED_US, WORD_WOKEN_US].map(|at| words[at as usize] as u32);
            trace.asks(worker, asked, woken);
        }
        match Syscall::from_number(words[WORD_NUMBER as usize]) {
            Some(Syscall::Call) => self.request(id, thread, args),
            Some(Syscall::Fetch) => self.fetch_kept(id, thread, args),
            Some(Syscall::ThreadSpawn) => {
                let result = self.spawn(id, args.0[0]).unwrap_or(NO_THREAD);
                self.outside.answer(worker, result);
            }
            Some(Syscall::KeepThread) => {
                if let Some(process) = self.processes.get_mut(&id) {
                    process.interrupter = Interrupter::Next;
                }
                self.outside.answer(worker, 0);
            }
            Some(Syscall::Interrupted) => self.interrupted(id, thread, worker),
            Some(Syscall::Signal) => {
                self.outside.answer(worker, 0);
                self.send_signal(id, args.word(0), args.0[1]);
            }
            Some(
                syscall @ (Syscall::ThreadExit
                | Syscall::ProcExit
                | Syscall::Sleep
                | Syscall::Wait
                | Syscall::Awake),
            ) => {
                self.outside.answer(worker, 0);
                self.told(worker, syscall, args.0[0], "");
            }
            Some(syscall) => self.file_call(id, thread, syscall, args),
            None => self.outside.answer(worker, Errno::Nosys as i32),
        }
    }

    /// Notes the end of a thread's sleep or wait for another thread. Returns false for a thread whose call is in flight.
    fn awake(&mut self, id: ProcessId, thread: ThreadId) -> bool {
        let Some(thread) = self.thread(id, thread) else { return false };
        match &thread.waiting {
            None => true,
            Some(Waiting { on: WaitingOn::Sleep { .. } | WaitingOn::Thread(_), .. }) => {
                thread.waiting = None;
                self.woke(id);
                true
            }
            Some(_) => false,
        }
    }

    /// A thread makes a system call that waits for no answer.
    pub(super) fn told(&mut self, worker: WorkerId, syscall: Syscall, argument: i32, text: &str) {
        let Some(&(id, thread)) = self.workers.get(&worker) else { return };
        match syscall {
            Syscall::Sleep => {
                let now_us = self.outside.now_us();
                let until_us = now_us + u64::from(argument.unsigned_abs()) * 1000;
                if self.take_interrupt(id, thread) {
                    self.outside.wake(worker);
                } else {
                    let pause = pause("sleep", text);
                    self.wait(id, thread, WaitingOn::Sleep { until_us, pause });
                }
            }
            Syscall::Wait => self.wait(id, thread, WaitingOn::Thread(pause("acquire", text))),
            Syscall::Awake => {
                self.awake(id, thread);
            }
            Syscall::ThreadExit => self.thread_ended(id, thread),
            Syscall::ProcExit => self.process_exited(id, argument),
            _ => self.trouble(format!("A worker sent {syscall:?} as a notice.")),
        }
    }

    fn spawn(&mut self, id: ProcessId, argument: i32) -> Option<i32> {
        let process = self.processes.get_mut(&id)?;
        if process.threads.len() >= THREADS_MAX {
            return None;
        }
        let thread = process.next_thread;
        process.next_thread += 1;
        let tid = i32::try_from(thread).ok()?;
        if process.interrupter == Interrupter::Next {
            process.interrupter = Interrupter::Kept { tid, argument };
            return Some(tid);
        }
        self.start_thread(id, thread, argument).map(|()| tid)
    }

    /// Starts a thread of a process.
    pub(super) fn start_thread(
        &mut self,
        id: ProcessId,
        thread: ThreadId,
        argument: i32,
    ) -> Option<()> {
        let tid = i32::try_from(thread).ok()?;
        let worker = self.take_worker().ok()?;
        let process = self.processes.get_mut(&id)?;
        let start = ThreadStart::Thread { tid, argument };
        if self.outside.run_thread(worker, &process.memory, start).is_err() {
            self.outside.end_worker(worker);
            return None;
        }
        process.threads.insert(thread, Thread::new(worker));
        self.workers.insert(worker, (id, thread));
        Some(())
    }

    fn thread_ended(&mut self, id: ProcessId, thread: ThreadId) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        let Some(Thread { worker, .. }) = process.threads.remove(&thread) else { return };
        self.workers.remove(&worker);
        if self.idle_workers.len() < WORKERS_WARM {
            self.idle_workers.push(worker);
        } else {
            self.outside.end_worker(worker);
        }
        // The threads that are left may all be waiting.
        self.look_at(self.outside.now_us() + BLOCKED_AFTER_US);
    }

    fn request(&mut self, id: ProcessId, thread: ThreadId, args: Arguments) {
        let answer = AnswerPlace { at: args.word(2), max: args.word(3) };
        let (at, len) = (args.word(0), args.word(1));
        let Some(process) = self.processes.get(&id) else { return };
        let fits = len <= REQUEST_BYTES_MAX && process.memory.contains(answer.at, answer.max);
        let bytes = match process.memory.copy_of(at, if fits { len } else { u32::MAX }) {
            Ok(bytes) => bytes,
            Err(_) => return self.result(id, thread, -(Errno::Fault as i32)),
        };
        let read = frame::split(&bytes).map_err(|error| error.to_string()).and_then(
            |(header, payload)| {
                let request = serde_json::from_slice::<GuestRequest>(header);
                Ok((request.map_err(|error| error.to_string())?, payload))
            },
        );
        match read {
            Ok((GuestRequest::Call(call), payload)) => {
                self.socket_call(id, thread, answer, call, payload);
            }
            Ok((GuestRequest::NextTask, _)) => {
                self.wait(id, thread, WaitingOn::Task(answer));
                self.idle(id);
            }
            Ok((GuestRequest::Finished(finished), _)) => {
                if self.finished(id, finished) {
                    self.answer_request(id, thread, answer, br#"{"ok":{}}"#, &[]);
                }
            }
            Err(message) => {
                let failure = Failure::explained(CallErrno::EINVAL, message);
                let header = frame::to_json(&GuestAnswer::Error(failure));
                self.answer_request(id, thread, answer, header.as_bytes(), &[]);
            }
        }
    }

    /// Answers a request: writes the frame into the program's memory, or keeps it if it does
    /// not fit.
    pub(super) fn answer_request(
        &mut self,
        id: ProcessId,
        thread_id: ThreadId,
        place: AnswerPlace,
        header: &[u8],
        payload: &[u8],
    ) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        let Some(thread) = process.threads.get_mut(&thread_id) else { return };
        let frame = frame::join(header, payload);
        let len = frame.len() as i32;
        let result = if frame.len() > place.max as usize {
            thread.kept = Some(frame);
            len
        } else {
            match process.memory.write(place.at, &frame) {
                Ok(()) => len,
                Err(_) => -(Errno::Fault as i32),
            }
        };
        self.result(id, thread_id, result);
    }

    fn fetch_kept(&mut self, id: ProcessId, thread_id: ThreadId, args: Arguments) {
        let (at, max) = (args.word(0), args.word(1));
        let Some(process) = self.processes.get_mut(&id) else { return };
        let Some(thread) = process.threads.get_mut(&thread_id) else { return };
        let result = match thread.kept.take() {
            Some(kept) if kept.len() > max as usize => {
                let len = kept.len() as i32;
                thread.kept = Some(kept);
                len
            }
            Some(kept) => match process.memory.write(at, &kept) {
                Ok(()) => kept.len() as i32,
                Err(_) => -(Errno::Fault as i32),
            },
            None => -(Errno::Inval as i32),
        };
        self.result(id, thread_id, result);
    }

    /// Answers a system call.
    pub(super) fn result(&mut self, id: ProcessId, thread: ThreadId, result: i32) {
        let Some(thread) = self.thread(id, thread) else { return };
        let waited = thread.waiting.take().is_some();
        let worker = thread.worker;
        self.outside.answer(worker, result);
        if waited {
            self.woke(id);
        }
    }

    /// Notes that a thread waits.
    pub(super) fn wait(&mut self, id: ProcessId, thread: ThreadId, on: WaitingOn) {
        let since_us = self.outside.now_us();
        let Some(thread) = self.thread(id, thread) else { return };
        thread.waiting = Some(Waiting { since_us, on });
        self.look_at(since_us + BLOCKED_AFTER_US);
    }

    fn file_call(&mut self, id: ProcessId, thread: ThreadId, syscall: Syscall, args: Arguments) {
        let now_ns = self.outside.now_us() * 1000;
        let Some(Process { memory, files, .. }) = self.processes.get_mut(&id) else { return };
        match wasi::call(files, &self.library, memory, now_ns, syscall, args) {
            Step::Done(result) => self.result(id, thread, result),
            Step::Input(transfer) => self.read_input(id, thread, transfer),
            Step::Output(stream, transfer) => self.write_output(id, thread, stream, transfer),
            Step::Fetch(index) => {
                self.wait(id, thread, WaitingOn::File { index, syscall, args });
                self.ask_library(index);
            }
        }
    }

    /// A file of the library came, or did not: goes on with the calls that wait for it.
    pub(super) fn library_file_settled(&mut self, file: u32) {
        let came = self.library.get(file).is_some();
        let waiting = self.threads_waiting(|on| match on {
            WaitingOn::File { index, syscall, args } if *index == file => Some((*syscall, *args)),
            _ => None,
        });
        for (id, thread, (syscall, args)) in waiting {
            if came {
                self.file_call(id, thread, syscall, args);
            } else {
                self.result(id, thread, Errno::Io as i32);
            }
        }
    }

    fn read_input(&mut self, id: ProcessId, thread: ThreadId, transfer: Transfer) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        if transfer.is_empty() {
            let result = transfer.scatter(&process.memory, &[]).map(|_| ());
            return self.result(id, thread, super::errno::number(result));
        }
        match process.stdio.read(transfer.len()) {
            Some(bytes) => {
                let result = transfer.scatter(&process.memory, &bytes).map(|_| ());
                self.result(id, thread, super::errno::number(result));
            }
            None => {
                let name = process.program.clone().filter(|_| process.is_shown());
                if self.take_interrupt(id, thread) {
                    return self.result(id, thread, NO_INPUT);
                }
                self.wait(id, thread, WaitingOn::Input(transfer));
                if let Some(name) = name {
                    self.set_state(&name, ProgramState::Input);
                }
            }
        }
    }

    fn write_output(&mut self, id: ProcessId, thread: ThreadId, to: Stream, transfer: Transfer) {
        let now_us = self.outside.now_us();
        let Some(process) = self.processes.get_mut(&id) else { return };
        let bytes = match transfer.gather(&process.memory, OUTPUT_PART_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(errno) => return self.result(id, thread, errno as i32),
        };
        if process.program.is_none() {
            process.overhear(&String::from_utf8_lossy(&bytes));
        } else if let Some(text) = process.stdio.write(to, &bytes) {
            if let Some(name) = &process.program
                && !text.is_empty()
            {
                self.recorder.output(name, to, text, now_us);
            }
        } else {
            return self.wait(id, thread, WaitingOn::Output(to, transfer));
        }
        let result = transfer.taken(&process.memory, bytes.len());
        self.result(id, thread, super::errno::number(result));
    }

    /// Goes on with the threads that wait for input, as far as there is some.
    pub(super) fn resume_readers(&mut self, process: ProcessId) {
        let waiting = self.threads_waiting(|on| match on {
            WaitingOn::Input(transfer) => Some(transfer.clone()),
            _ => None,
        });
        for (id, thread, transfer) in waiting {
            if id == process {
                self.read_input(id, thread, transfer);
            }
        }
    }

    /// Goes on with the threads that wait for the page to show their output.
    pub(super) fn resume_writers(&mut self, process: ProcessId) {
        let waiting = self.threads_waiting(|on| match on {
            WaitingOn::Output(stream, transfer) => Some((*stream, transfer.clone())),
            _ => None,
        });
        for (id, thread, (stream, transfer)) in waiting {
            if id == process {
                self.write_output(id, thread, stream, transfer);
            }
        }
    }

    fn thread(&mut self, id: ProcessId, thread: ThreadId) -> Option<&mut Thread> {
        self.processes.get_mut(&id)?.threads.get_mut(&thread)
    }

    /// Returns the threads that wait for what `pick` picks.
    fn threads_waiting<T>(
        &self,
        pick: impl Fn(&WaitingOn) -> Option<T>,
    ) -> Vec<(ProcessId, ThreadId, T)> {
        let mut found = Vec::new();
        for (id, process) in &self.processes {
            for (thread_id, thread) in &process.threads {
                if let Some(picked) = thread.waiting.as_ref().and_then(|waiting| pick(&waiting.on))
                {
                    found.push((*id, *thread_id, picked));
                }
            }
        }
        found
    }
}
