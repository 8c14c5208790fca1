//! The shared words through which a thread of a program and the kernel worker meet.
//!
//! Each thread has one mailbox: [`WORDS`] 32-bit words of a `SharedArrayBuffer`. To make a
//! system call the thread stores its number and arguments, sets the state to
//! [`STATE_PENDING`], nudges the kernel worker with an empty message, and sleeps in
//! `Atomics.wait` on the state. The kernel worker reads and writes the program's own memory
//! (which is shared as well), stores the result, sets [`STATE_DONE`] and wakes the thread.
//! A thread so has at most one call in flight.
//!
//! `web/mailbox.js` writes the same numbers for the worker's side; a test compares them.

/// Index of the state word.
pub const WORD_STATE: u32 = 0;
/// Index of the system call's number.
pub const WORD_NUMBER: u32 = 1;
/// Index of the result: a WASI errno, or for [`Syscall::Call`] a length.
pub const WORD_RESULT: u32 = 2;
/// Index of the word that a sleeping thread waits on; it is not 0 once the sleep is interrupted.
/// A word of its own, so that waking a thread that has just woken by itself harms nothing.
pub const WORD_WAKE: u32 = 3;
/// Index of the first argument. A 64-bit argument takes two words, the low one first.
pub const WORD_ARGUMENTS: u32 = 4;
/// Arguments at most.
pub const ARGUMENTS_MAX: u32 = 12;
/// Index of when the thread asked, where calls are traced: the low 32 bits of microseconds since
/// 1970 on the tab's monotonic clock.
pub const WORD_ASKED_US: u32 = 16;
/// Index of when the thread woke with the answer before, likewise.
pub const WORD_WOKEN_US: u32 = 17;
/// Words of a mailbox.
pub const WORDS: u32 = 18;

/// Nothing is asked.
pub const STATE_IDLE: i32 = 0;
/// The thread waits for the kernel worker.
pub const STATE_PENDING: i32 = 1;
/// The result is there.
pub const STATE_DONE: i32 = 2;

macro_rules! syscalls {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $import:literal;)*) => {
        /// The system calls that the kernel worker answers. WASI's keep their arguments.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Syscall { $($(#[$doc])* $name = $number,)* }

        impl Syscall {
            pub const ALL: &'static [Syscall] = &[$(Syscall::$name,)*];

            /// Returns the name of the function that the program imports for it.
            pub fn import(self) -> &'static str {
                match self { $(Syscall::$name => $import,)* }
            }

            /// Returns the call with this number.
            pub fn from_number(number: i32) -> Option<Syscall> {
                match number { $($number => Some(Syscall::$name),)* _ => None }
            }
        }
    };
}

syscalls! {
    /// A [`crate::guest::GuestRequest`]: `(request, request_len, answer, answer_max)`.
    /// The result is the answer's length. An answer longer than `answer_max` is not written
    /// but kept for [`Syscall::Fetch`].
    Call = 1, "call";
    /// Takes the answer that did not fit: `(answer, answer_max)`.
    Fetch = 2, "fetch";
    /// Starts a thread: `(start_argument)`. The result is its id, or negative.
    ThreadSpawn = 3, "thread-spawn";
    /// The thread has ended; sent without waiting.
    ThreadExit = 4, "thread-exit";
    /// The program has ended: `(code)`; sent without waiting.
    ProcExit = 5, "proc_exit";
    /// The thread sleeps for `(milliseconds)`; sent without waiting, with a
    /// [`crate::guest::Pause`] as its text. The sleep itself is a timed `Atomics.wait` in the
    /// worker, which is exact.
    Sleep = 6, "sleep";
    /// The thread that is started next is not to begin before the program is interrupted.
    KeepThread = 7, "keep-thread";
    /// The program has taken notice of the signal that this call returned before, and its main
    /// thread can be woken; returns with the number of the next signal.
    Interrupted = 8, "interrupted";
    /// The thread waits for another one; sent without waiting, with a [`crate::guest::Pause`].
    Wait = 9, "wait";
    /// It no longer does; sent without waiting.
    Awake = 10, "awake";
    /// The program sends itself a signal: `(signal, milliseconds)`, at once or so much later; -1
    /// takes one back that is still to come.
    Signal = 11, "signal";
    FdAdvise = 16, "fd_advise";
    FdAllocate = 17, "fd_allocate";
    FdClose = 18, "fd_close";
    FdDatasync = 19, "fd_datasync";
    FdFdstatGet = 20, "fd_fdstat_get";
    FdFdstatSetFlags = 21, "fd_fdstat_set_flags";
    FdFilestatGet = 22, "fd_filestat_get";
    FdFilestatSetSize = 23, "fd_filestat_set_size";
    FdFilestatSetTimes = 24, "fd_filestat_set_times";
    FdPread = 25, "fd_pread";
    FdPrestatGet = 26, "fd_prestat_get";
    FdPrestatDirName = 27, "fd_prestat_dir_name";
    FdPwrite = 28, "fd_pwrite";
    FdRead = 29, "fd_read";
    FdReaddir = 30, "fd_readdir";
    FdRenumber = 31, "fd_renumber";
    FdSeek = 32, "fd_seek";
    FdSync = 33, "fd_sync";
    FdTell = 34, "fd_tell";
    FdWrite = 35, "fd_write";
    PathCreateDirectory = 36, "path_create_directory";
    PathFilestatGet = 37, "path_filestat_get";
    PathFilestatSetTimes = 38, "path_filestat_set_times";
    PathLink = 39, "path_link";
    PathOpen = 40, "path_open";
    PathReadlink = 41, "path_readlink";
    PathRemoveDirectory = 42, "path_remove_directory";
    PathRename = 43, "path_rename";
    PathSymlink = 44, "path_symlink";
    PathUnlinkFile = 45, "path_unlink_file";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_leads_back_to_its_call() {
        for &call in Syscall::ALL {
            assert_eq!(Syscall::from_number(call as i32), Some(call));
        }
        assert_eq!(Syscall::from_number(0), None);
    }
}
