//! Stop, once: the program is interrupted, as by Ctrl-C at a terminal.
//!
//! A thread of the program takes notice for it (see the guest's `interrupt.rs`). It is started
//! with the first interrupt and then waits in the system call `interrupted`. What the main
//! thread waits in ends with `EINTR` only after notice was taken, so that it finds the reason.

use shared::frame::CallId;

use super::errno::Errno;
use super::outside::Outside;
use super::process::{MAIN, ThreadId, WaitingOn};
use super::{Kernel, ProcessId};

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
    /// It is to begin with the first interrupt. Goes to `Busy`.
    Kept { tid: i32, argument: i32 },
    /// It takes notice. Goes to `Waiting`.
    Busy,
    /// It waits for the next interrupt. Goes to `Busy`.
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
        let Some(id) = self.programs.get(name).and_then(|program| program.process) else {
            return self.stop(name);
        };
        let Some(process) = self.processes.get_mut(&id).filter(|process| process.is_shown()) else {
            return self.stop(name);
        };
        let before = std::mem::replace(&mut process.interrupter, Interrupter::Busy);
        match before {
            Interrupter::Busy => {}
            Interrupter::Waiting(thread) => self.result(id, thread, 0),
            Interrupter::Kept { tid, argument } => {
                let thread = ThreadId::try_from(tid).unwrap_or(MAIN);
                if self.start_thread(id, thread, argument).is_none() {
                    self.stop(name);
                }
            }
            Interrupter::None | Interrupter::Next => self.stop(name),
        }
    }

    /// The program has taken notice of an interrupt: wakes its main thread.
    pub(super) fn interrupted(&mut self, id: ProcessId, thread: ThreadId) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        process.interrupter = Interrupter::Waiting(thread);
        self.wait(id, thread, WaitingOn::Interrupt);
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
