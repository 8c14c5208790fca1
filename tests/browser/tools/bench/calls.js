// One socket call from Python, against a bare WebSocket echo from a worker; and where its time
// goes.
import { visit } from '../../support/browser.js';
import { tcpServer } from '../../support/peers.js';
import { call, run, untilExited } from '../../support/playground.js';
import { echo } from './floors.js';
import { median, ms, percentile } from './rows.js';

const PART = 'One call in the tab';
/** The budget: what a call may cost, in echoes. */
const RATIO_MAX = 1.25;
/** Round trips measured, and those before them that warm everything up. */
const ROUNDS = 2_000;
const WARM_UP = 300;

export async function measure({ browser, url, rows, rounds }) {
  const count = rounds > 1 ? ROUNDS : ROUNDS / 4;
  const floors = [];
  const measured = new Map();
  const { page, context } = await visit(browser, url);
  for (let round = 0; round < rounds; round++) {
    floors.push(await echo(browser, count, WARM_UP));
    for (const [name, p50, p99] of await pythonCalls(page, count)) {
      if (!measured.has(name)) measured.set(name, []);
      measured.get(name).push([p50, p99]);
    }
  }
  await context.close();
  for (const [which, hundredth] of [50, 99].entries()) {
    const floor = median(floors.map((all) => percentile(all, hundredth)));
    for (const [name, all] of measured) {
      const value = median(all.map((round) => round[which]));
      const ratio = value / floor;
      rows.add(PART, `${name}() from Python, p${hundredth}`, ms(value), {
        floor: `${ms(floor)} echo from a worker`,
        ratio,
        ...(hundredth === 50 && { budget: `≤ ${RATIO_MAX}×`, met: ratio <= RATIO_MAX }),
      });
    }
  }
  await trace({ browser, url, rows, count });
}

/** One socket call from Python, p50 and p99 in milliseconds, for several calls. */
export async function pythonCalls(page, count) {
  const sink = await tcpServer((socket) => socket.resume());
  await run(page, {
    'calls.py': `
      import socket, time
      s = socket.create_connection(('127.0.0.1', ${sink.port}))
      s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
      a, b = socket.socketpair()

      def measure(name, call, *args):
          times = []
          for _ in range(${count + WARM_UP}):
              began = time.perf_counter()
              call(*args)
              times.append(time.perf_counter() - began)
          times = sorted(times[${WARM_UP}:])
          print(name, times[${count} // 2] * 1000, times[${count} * 99 // 100] * 1000)

      measure('getsockname', s.getsockname)
      measure('send', s.send, b'x')
      a.sendall(b'x' * ${count + WARM_UP})
      measure('recv', b.recv, 1)
    `,
  });
  const { stdout } = await untilExited(page, 'calls.py');
  await sink.close();
  const lines = stdout.trim().split('\n').map((line) => line.split(' '));
  return lines.map(([name, p50, p99]) => [name, Number(p50), Number(p99)]);
}

/** Where the time goes, as the page itself shows it with `?trace=1`. */
async function trace({ browser, url, rows, count }) {
  const { page, context } = await visit(browser, `${url}?trace=1`);
  await pythonCalls(page, count);
  const { calls, stages } = await call(page, 'trace');
  await context.close();
  for (const { title, p50Us, p99Us } of stages) {
    rows.add(PART, `of it: ${title}`, `${p50Us} µs (p99 ${p99Us} µs)`);
  }
  if (calls === 0) throw new Error('nothing was traced');
}
