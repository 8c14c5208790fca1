// The shared words through which a program's thread and the kernel worker meet.
//
// shared/src/mailbox.rs says the same for the kernel worker's side and explains it; a test
// compares the two, so each number stands on a line of its own.

export const WORD_STATE = 0;
export const WORD_NUMBER = 1;
export const WORD_RESULT = 2;
export const WORD_WAKE = 3;
export const WORD_ARGUMENTS = 4;
export const ARGUMENTS_MAX = 12;
export const WORD_ASKED_US = 16;
export const WORD_WOKEN_US = 17;
export const WORDS = 18;

export const STATE_IDLE = 0;
export const STATE_PENDING = 1;
export const STATE_DONE = 2;

// System calls by the name of the function that the program imports for them.
export const SYSCALLS = {
  "call": 1,
  "fetch": 2,
  "thread-spawn": 3,
  "thread-exit": 4,
  "proc_exit": 5,
  "sleep": 6,
  "keep-thread": 7,
  "interrupted": 8,
  "wait": 9,
  "awake": 10,
  "signal": 11,
  "fd_advise": 16,
  "fd_allocate": 17,
  "fd_close": 18,
  "fd_datasync": 19,
  "fd_fdstat_get": 20,
  "fd_fdstat_set_flags": 21,
  "fd_filestat_get": 22,
  "fd_filestat_set_size": 23,
  "fd_filestat_set_times": 24,
  "fd_pread": 25,
  "fd_prestat_get": 26,
  "fd_prestat_dir_name": 27,
  "fd_pwrite": 28,
  "fd_read": 29,
  "fd_readdir": 30,
  "fd_renumber": 31,
  "fd_seek": 32,
  "fd_sync": 33,
  "fd_tell": 34,
  "fd_write": 35,
  "path_create_directory": 36,
  "path_filestat_get": 37,
  "path_filestat_set_times": 38,
  "path_link": 39,
  "path_open": 40,
  "path_readlink": 41,
  "path_remove_directory": 42,
  "path_rename": 43,
  "path_symlink": 44,
  "path_unlink_file": 45,
};

// A shorter sleep ends before anybody could be shown that the program sleeps.
const SLEEP_TOLD_MS = 15;

// Returns the low 32 bits of the clock in microseconds.
const micros = () => ((performance.timeOrigin + performance.now()) * 1000) % 2 ** 32 | 0;

export class Mailbox {
  // Where calls are traced, the words tell when the thread asked and when it woke.
  constructor(buffer, traced = false) {
    this.words = new Int32Array(buffer);
    this.traced = traced;
  }

  // Asks the kernel worker and sleeps until it has answered. Returns the result.
  syscall(number, args) {
    const words = this.words;
    words[WORD_NUMBER] = number;
    for (let i = 0; i < args.length; i++) words[WORD_ARGUMENTS + i] = args[i];
    if (this.traced) words[WORD_ASKED_US] = micros();
    Atomics.store(words, WORD_STATE, STATE_PENDING);
    // An empty message says: look into the mailbox.
    postMessage(null);
    while (Atomics.load(words, WORD_STATE) === STATE_PENDING) {
      Atomics.wait(words, WORD_STATE, STATE_PENDING);
    }
    if (this.traced) words[WORD_WOKEN_US] = micros();
    Atomics.store(words, WORD_STATE, STATE_IDLE);
    return words[WORD_RESULT];
  }

  // Tells the kernel worker something without waiting. It travels in the message, not in the
  // words, so that it cannot be overwritten before it is read.
  tell(number, argument, text = "") {
    postMessage([number, argument | 0, text]);
  }

  // Sleeps for the time given, and tells the kernel worker if somebody could be shown that the
  // thread sleeps, and where. Returns whether the kernel worker ended it early.
  sleep(milliseconds, about = "") {
    const words = this.words;
    const end = performance.now() + milliseconds;
    Atomics.store(words, WORD_WAKE, 0);
    if (milliseconds >= SLEEP_TOLD_MS) {
      this.tell(SYSCALLS["sleep"], Math.min(milliseconds, 0x7fffffff), about);
    }
    for (;;) {
      const left = end - performance.now();
      if (left <= 0) return false;
      if (Atomics.wait(words, WORD_WAKE, 0, left) === "not-equal") return true;
      if (Atomics.load(words, WORD_WAKE) !== 0) return true;
    }
  }
}
