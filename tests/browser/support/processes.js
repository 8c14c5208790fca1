// The processes that tests start. None outlives the test that started it, nor keeps it from
// ending: one that failed has not come to where it stops what it started.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const running = new Set();

process.on('exit', () => {
  for (const child of running) child.kill();
});

/** Starts a process whose output is piped. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Lets this process end although the other one, which has started, still runs. */
export function leaveRunning(child) {
  child.unref();
  child.stdout.unref();
  child.stderr.unref();
}

/** Ends a process and waits until it has. */
export async function end(child, signal = 'SIGTERM') {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
