//! Signals: Stop, once, interrupts the program as Ctrl-C at a terminal does, and a program sends
//! itself others, at once or at a time that it set.
//!
//! A thread of the program takes notice for it (see the guest's `interrupt.rs`). It is started
//! with the first signal and then waits in the system call `interrupted`, which returns the
//! number of the next. What the main thread waits in ends with `EINTR` only after notice was
//! taken, so that it finds the reason.

use shared::frame::CallId;

use super::errno::Errno;
use super::outside::Outside;
use super::process::{MAIN, ThreadId, WaitingOn};
use super::{Kernel, ProcessId, WorkerId};

/// `SIGINT`, the signal of Stop.
const SIGINT: u32 = 2;

/// Linux's signals are below this number; a set of them fits a word.
const SIGNALS: u32 = 64;

/// The argument that takes an alarm back.
const NO_ALARM: i32 = -1;

/// The result of an interrupted wait for input. After `EINTR` the interpreter would wait again
/// by itself, without a look at what has happened.
pub(super) const NO_INPUT: i32 = Errno::Again as i32;

/// The thread of a process that takes notice of interrupts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupter {
    /// There is none. Goes to `Next`.
    None,
    /// It is the next one that the process starts. Goes to `Kept`.
    Next,
    /// It is to begin with the first signal. Goes to `Busy`.
    Kept { tid: i32, argument: i32 },
    /// It takes notice. Goes to `Waiting`.
    Busy,
    /// It waits for the next signal. Goes to `Busy`.
    Waiting(ThreadId),
}

/// What to do about what the main thread waits in.
enum Wake {
    Call(CallId),
    Held,
    Sleep,
    Input,
    /// It does not wait, or not for long: its next wait ends at once.
    Later,
    Nothing,
}

impl<O: Outside> Kernel<O> {
    /// Interrupts a program, or ends it where nobody could take notice.
    pub(super) fn interrupt(&mut self, name: &str) {
        let process = self.programs.get(name).and_then(|program| program.process);
        let shown =
            process.filter(|id| self.processes.get(id).is_some_and(|process| process.is_shown()));
        if !shown.is_some_and(|id| self.signal(id, SIGINT)) {
            self.stop(name);
        }
    }

    /// A program sends itself a signal: at once, or after so many milliseconds. A later one takes
    /// the place of one that is still to come.
    pub(super) fn send_signal(&mut self, id: ProcessId, signal: u32, after_ms: i32) {
        let now_us = self.outside.now_us();
        let Some(process) = self.processes.get_mut(&id) else { return };
        match u64::try_from(after_ms) {
            Ok(0) => {
                self.signal(id, signal);
            }
            Ok(after_ms) => process.alarm = Some((now_us + after_ms * 1000, signal)),
            Err(_) if after_ms == NO_ALARM => process.alarm = None,
            Err(_) => {}
        }
    }

    /// Sends the signals whose time has come.
    pub(super) fn ring(&mut self, now_us: u64) {
        let is_due = |alarm: &mut (u64, u32)| alarm.0 <= now_us;
        let due: Vec<_> = self
            .processes
            .iter_mut()
            .filter_map(|(id, process)| Some((*id, process.alarm.take_if(is_due)?.1)))
            .collect();
        for (id, signal) in due {
            self.signal(id, signal);
        }
    }

    /// Returns when the next alarm rings.
    pub(super) fn alarm_due_us(&self) -> Option<u64> {
        self.processes.values().filter_map(|process| process.alarm.map(|(at_us, _)| at_us)).min()
    }

    /// Has a process take notice of a signal; returns false where nobody in it could.
    fn signal(&mut self, id: ProcessId, signal: u32) -> bool {
        let Some(process) = self.processes.get_mut(&id).filter(|_| signal < SIGNALS) else {
            return false;
        };
        process.signals |= 1 << signal;
        match process.interrupter {
            // It finds the signal when it comes for the next.
            Interrupter::Busy => {}
            Interrupter::Waiting(thread) => {
                if let Some(signal) = process.take_signal() {
                    self.result(id, thread, signal);
                }
            }
            Interrupter::Kept { tid, argument } => {
                process.interrupter = Interrupter::Busy;
                let thread = ThreadId::try_from(tid).unwrap_or(MAIN);
                return self.start_thread(id, thread, argument).is_some();
            }
            Interrupter::None | Interrupter::Next => return false,
        }
        true
    }

    /// The thread that takes notice comes for the next signal. Of the one that it was given it has
    /// taken notice: wakes the main thread.
    pub(super) fn interrupted(&mut self, id: ProcessId, thread: ThreadId, worker: WorkerId) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        let was_given = std::mem::take(&mut process.signal_given);
        match process.take_signal() {
            Some(signal) => self.outside.answer(worker, signal),
            None => {
                process.interrupter = Interrupter::Waiting(thread);
                self.wait(id, thread, WaitingOn::Interrupt);
            }
        }
        if was_given {
            self.wake_main(id);
        }
    }

    fn wake_main(&mut self, id: ProcessId) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        let Some(main) = process.threads.get(&MAIN) else { return };
        let worker = main.worker;
        let wake = match main.waiting.as_ref().map(|waiting| &waiting.on) {
            Some(WaitingOn::Call { id, .. }) => Wake::Call(*id),
            Some(WaitingOn::Held) => Wake::Held,
            Some(WaitingOn::Sleep { .. }) => Wake::Sleep,
            Some(WaitingOn::Input(_)) => Wake::Input,
            // It looks by itself from time to time, or has nothing to be interrupted in.
            Some(WaitingOn::Thread(_) | WaitingOn::Task(_) | WaitingOn::Interrupt) => Wake::Nothing,
            Some(WaitingOn::Output(..) | WaitingOn::File { .. }) | None => Wake::Later,
        };
        match wake {
            Wake::Call(call) => self.interrupt_call(call),
            Wake::Held => self.interrupt_held(id, MAIN),
            Wake::Sleep => self.outside.wake(worker),
            Wake::Input => self.result(id, MAIN, NO_INPUT),
            Wake::Later => process.interrupt_due = true,
            Wake::Nothing => {}
        }
    }

    /// Tells whether a wait that begins is to end at once, because of an interrupt that found
    /// nothing to wake.
    pub(super) fn take_interrupt(&mut self, id: ProcessId, thread: ThreadId) -> bool {
        let Some(process) = self.processes.get_mut(&id) else { return false };
        thread == MAIN && std::mem::take(&mut process.interrupt_due)
    }
}
