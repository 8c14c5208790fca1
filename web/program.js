// The worker of one Python thread. The kernel worker starts it, tells it what to run, and may
// have it run another thread afterwards.
//
// It says to the kernel worker: null, "look into my mailbox"; [number, argument, text], a system
// call that waits for no answer; or a string, why the program broke down.

import { Mailbox, SYSCALLS } from "./mailbox.js";
import { Exit, wasiImports } from "./wasi.js";

// Gives the module every function that it imports, and its memory.
function importsFor(module, memory, mailbox, args, env) {
  const wasi = wasiImports(memory, mailbox, args, env);
  const decoder = new TextDecoder();
  // A text in shared memory cannot be decoded where it is.
  const text = (at, length) =>
    decoder.decode(new Uint8Array(memory.buffer, at >>> 0, length >>> 0).slice());
  const pauses = {
    sleep: (milliseconds, at, length) => (mailbox.sleep(milliseconds, text(at, length)) ? 1 : 0),
    wait: (at, length) => mailbox.tell(SYSCALLS["wait"], 0, text(at, length)),
    awake: () => mailbox.tell(SYSCALLS["awake"], 0),
  };
  const functions = {
    wasi_snapshot_preview1: wasi,
    wasi: () => (argument) => mailbox.syscall(SYSCALLS["thread-spawn"], [argument]),
    sockpit: (name) => {
      if (Object.hasOwn(pauses, name)) return pauses[name];
      const number = SYSCALLS[name];
      return (...words) => mailbox.syscall(number, words);
    },
  };
  const imports = { env: { memory } };
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== "function") continue;
    if (!Object.hasOwn(functions, from)) throw new Error(`the program imports ${from}.${name}`);
    (imports[from] ??= {})[name] = functions[from](name);
  }
  return imports;
}

async function run({ module, memory, mailbox: buffer, role, tid, startArg, args, env, traced }) {
  const mailbox = new Mailbox(buffer, traced);
  try {
    const imports = importsFor(module, memory, mailbox, args, env);
    const { exports } = await WebAssembly.instantiate(module, imports);
    if (role === "main") {
      exports._start();
      mailbox.tell(SYSCALLS["proc_exit"], 0);
    } else {
      exports.wasi_thread_start(tid, startArg);
      mailbox.tell(SYSCALLS["thread-exit"], 0);
    }
  } catch (error) {
    // The kernel worker has heard of an exit already.
    if (error instanceof Exit) return;
    console.error(error);
    postMessage(String(error));
  }
}

onmessage = ({ data }) => run(data);
