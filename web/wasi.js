// The wasi_snapshot_preview1 functions as a program's thread sees them.
//
// What needs nobody else is answered here: clocks, random bytes, arguments, environment, sleep.
// Everything about files goes through the mailbox to the kernel worker, which holds them.

import { SYSCALLS } from "./mailbox.js";

const SUCCESS = 0;
const EFAULT = 21;
const EINVAL = 28;
const ENOSYS = 52;

// What crypto.getRandomValues gives at a time.
const RANDOM_BYTES_MAX = 65536;

const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const EVENT_CLOCK = 0;
const CLOCK_ABSOLUTE = 1;
const CLOCKS = 4;

// Thrown to leave a program that called proc_exit.
export class Exit extends Error {
  constructor(code) {
    super(`exit ${code}`);
    this.code = code;
  }
}

// Returns the clock in nanoseconds. Threads are workers and each has a time origin of its own,
// so the monotonic clock counts from 1970 too: only then do they agree.
function now() {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}

export function wasiImports(memory, mailbox, args, env) {
  let view = new DataView(memory.buffer);
  // The buffer is another object, and longer, after the memory has grown.
  const data = () => (view.buffer === memory.buffer ? view : (view = new DataView(memory.buffer)));

  // Guards a function against addresses outside of the memory.
  const checked = (f) => (...values) => {
    try {
      return f(...values);
    } catch (error) {
      if (error instanceof RangeError) return EFAULT;
      throw error;
    }
  };

  const encoder = new TextEncoder();
  const zeroEnded = (strings) => strings.map((string) => encoder.encode(string + "\0"));
  const lists = { args: zeroEnded(args), env: zeroEnded(env) };

  const sizes = (list) => checked((count, bytes) => {
    data().setUint32(count, list.length, true);
    data().setUint32(bytes, list.reduce((sum, item) => sum + item.length, 0), true);
    return SUCCESS;
  });
  const copy = (list) => checked((pointers, bytes) => {
    for (const item of list) {
      data().setUint32(pointers, bytes, true);
      new Uint8Array(memory.buffer, bytes >>> 0, item.length).set(item);
      pointers += 4;
      bytes += item.length;
    }
    return SUCCESS;
  });

  // Waits for the earliest clock. Files and the standard streams are always ready: a read of
  // standard input waits in fd_read itself.
  function pollOneoff(subscriptions, events, count, ready) {
    if (count === 0) return EINVAL;
    const start = now();
    const waits = [];
    for (let i = 0; i < count; i++) {
      const at = (subscriptions >>> 0) + i * SUBSCRIPTION_BYTES;
      const kind = data().getUint8(at + 8);
      let due = start;
      if (kind === EVENT_CLOCK) {
        const time = data().getBigUint64(at + 24, true);
        const absolute = data().getUint16(at + 40, true) & CLOCK_ABSOLUTE;
        due = absolute ? time : start + time;
      }
      waits.push({ userdata: data().getBigUint64(at, true), kind, due });
    }
    const earliest = waits.reduce((least, wait) => (wait.due < least ? wait.due : least), waits[0].due);
    if (earliest > start) mailbox.sleep(Number(earliest - start) / 1e6);
    const end = earliest > start ? earliest : start;
    let written = 0;
    for (const { userdata, kind, due } of waits) {
      if (due > end) continue;
      const at = (events >>> 0) + written * EVENT_BYTES;
      new Uint8Array(memory.buffer, at, EVENT_BYTES).fill(0);
      data().setBigUint64(at, userdata, true);
      data().setUint8(at + 10, kind);
      written += 1;
    }
    data().setUint32(ready, written, true);
    return SUCCESS;
  }

  const local = {
    args_sizes_get: sizes(lists.args),
    args_get: copy(lists.args),
    environ_sizes_get: sizes(lists.env),
    environ_get: copy(lists.env),
    clock_time_get: checked((clock, _precision, result) => {
      if (clock >>> 0 >= CLOCKS) return EINVAL;
      data().setBigUint64(result, now(), true);
      return SUCCESS;
    }),
    clock_res_get: checked((clock, result) => {
      if (clock >>> 0 >= CLOCKS) return EINVAL;
      // An isolated page's clock steps by five microseconds.
      data().setBigUint64(result, 5000n, true);
      return SUCCESS;
    }),
    random_get: checked((buffer, length) => {
      const target = new Uint8Array(memory.buffer, buffer >>> 0, length >>> 0);
      for (let done = 0; done < target.length; done += RANDOM_BYTES_MAX) {
        // Random values cannot be written into shared memory, so they are copied.
        const part = new Uint8Array(Math.min(RANDOM_BYTES_MAX, target.length - done));
        target.set(crypto.getRandomValues(part), done);
      }
      return SUCCESS;
    }),
    poll_oneoff: checked(pollOneoff),
    sched_yield: () => SUCCESS,
    proc_exit: (code) => {
      mailbox.tell(SYSCALLS["proc_exit"], code);
      throw new Exit(code);
    },
  };

  // A call through the mailbox: a 64-bit argument takes two words, the low one first.
  const remote = (number) => (...values) => {
    const words = [];
    for (const value of values) {
      if (typeof value === "bigint") {
        words.push(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
      } else {
        words.push(value);
      }
    }
    return mailbox.syscall(number, words);
  };

  return (name) => {
    if (Object.hasOwn(local, name)) return local[name];
    if (/^(fd|path)_/.test(name) && Object.hasOwn(SYSCALLS, name)) return remote(SYSCALLS[name]);
    return () => ENOSYS;
  };
}
