// Measures the page against its budgets.
//
//   node bench.js [--quick] [--json FILE]
//
// The rows have the fields of those of the backend (`backend/examples/bench/rows.rs`), and go
// into one table with them.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startBackend } from '../support/backend.js';
import { launchBrowser, visit } from '../support/browser.js';
import { tcpServer } from '../support/peers.js';
import { call, run, session, untilExited } from '../support/playground.js';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
});

/** Round trips measured, and those before them that warm everything up. */
const ROUNDS = options.quick ? 500 : 2_000;
const WARM_UP = 300;
/** Bytes of a message to the echo server: those of a short call on the wire. */
const ECHO_BYTES = 90;
/** Repetitions of what happens once per visit. */
const VISITS = 5;

const rows = [];
/** Adds a row: `met` where there is a budget, `floor` and `ratio` where there is a floor. */
const report = (part, what, value, { floor = '', ratio = null, budget = '', met = null } = {}) => {
  console.error(`  ${part}: ${what}: ${value}`);
  const times = ratio === null ? '' : `${ratio.toFixed(2)}×`;
  rows.push({ part, what, value, floor, ratio: times, budget, met });
};
const ms = (value) => `${value.toFixed(2)} ms`;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The bare WebSocket echo from a worker, p50 in milliseconds. */
async function echoFloor(browser) {
  const child = spawn(process.env.SOCKPIT_BENCH, ['echo'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const page = await browser.newPage();
  await page.goto(line.trim());
  const p50 = await page.evaluate(
    ([rounds, warmUp, bytes]) =>
      new Promise((resolve) => {
        const body = `
          const socket = new WebSocket('ws://${location.host}/ws');
          const message = 'x'.repeat(${bytes});
          const times = [];
          let sent;
          const send = () => { sent = performance.now(); socket.send(message); };
          socket.onopen = send;
          socket.onmessage = () => {
            times.push(performance.now() - sent);
            if (times.length < ${rounds + warmUp}) return send();
            times.splice(0, ${warmUp});
            times.sort((a, b) => a - b);
            postMessage(times[times.length >> 1]);
          };`;
        const url = URL.createObjectURL(new Blob([body], { type: 'text/javascript' }));
        new Worker(url).onmessage = ({ data }) => resolve(data);
      }),
    [ROUNDS, WARM_UP, ECHO_BYTES],
  );
  await page.close();
  child.kill();
  return p50;
}

/** One socket call from Python, p50 in milliseconds, for several calls. */
async function pythonCalls(page) {
  const sink = await tcpServer((socket) => socket.resume());
  await run(page, {
    'calls.py': `
      import socket, time
      s = socket.create_connection(('127.0.0.1', ${sink.port}))
      s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
      a, b = socket.socketpair()

      def p50(call, *args):
          times = []
          for _ in range(${ROUNDS + WARM_UP}):
              began = time.perf_counter()
              call(*args)
              times.append(time.perf_counter() - began)
          return sorted(times[${WARM_UP}:])[${ROUNDS / 2}] * 1000

      print('getsockname', p50(s.getsockname))
      print('send', p50(s.send, b'x'))
      a.sendall(b'x' * ${ROUNDS + WARM_UP})
      print('recv', p50(b.recv, 1))
    `,
  });
  const { stdout } = await untilExited(page, 'calls.py');
  await sink.close();
  return stdout.trim().split('\n').map((line) => line.split(' '));
}

/** Counts the bytes that the backend sends to a browser. */
async function countingProxy(port) {
  let bytes = 0;
  const server = net.createServer((browser) => {
    const backend = net.connect(port, '127.0.0.1');
    backend.on('data', (chunk) => (bytes += chunk.length));
    browser.pipe(backend).pipe(browser);
    for (const socket of [browser, backend]) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => (browser.destroy(), backend.destroy()));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/`, bytes: () => bytes, close: () => server.close() };
}

/** From navigation to the first print of a program, with nothing cached; milliseconds. */
async function firstPrint(browser, url) {
  const { page, context } = await visit(browser, url, { ready: false });
  const at = await page.evaluate(async (document) => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
    while (!window.sockpit) await pause();
    await window.sockpit.ready();
    await window.sockpit.load(document);
    await window.sockpit.run();
    while (!(await window.sockpit.state()).programs[0].stdout) await pause();
    return performance.now();
  }, session({ 'main.py': "print('first')\n" }));
  await context.close();
  return at;
}

/** From Run to the first socket call with a warm interpreter; milliseconds. */
async function firstCall(page) {
  const began = await page.evaluate(async (document) => {
    await window.sockpit.load(document);
    const began = performance.timeOrigin + performance.now();
    await window.sockpit.run();
    return began;
  }, session({ 'main.py': 'import socket\nsocket.socket().close()\n' }));
  await untilExited(page, 'main.py');
  const { calls } = await call(page, 'recording');
  const first = calls.map(({ startedUs }) => startedUs / 1000).find((at) => at >= began);
  return first - began;
}

const backend = await startBackend();
const browser = await launchBrowser();
try {
  const proxy = await countingProxy(backend.port);
  await firstPrint(browser, proxy.url);
  const megabytes = proxy.bytes() / 1e6;
  report('Start', 'cold transfer until the first print', `${megabytes.toFixed(2)} MB`, {
    budget: '≤ 3.5 MB',
    met: megabytes <= 3.5,
  });
  proxy.close();

  const prints = [];
  for (let visits = 0; visits < VISITS; visits++) prints.push(await firstPrint(browser, backend.url));
  report('Start', 'navigation to first print, nothing cached', ms(median(prints)), {
    budget: '≤ 1000 ms',
    met: median(prints) <= 1000,
  });

  const { page, context } = await visit(browser, backend.url);
  const calls = [];
  for (let visits = 0; visits < VISITS; visits++) calls.push(await firstCall(page));
  report('Start', 'Run to first socket call, warm', ms(median(calls)), {
    budget: '≤ 150 ms',
    met: median(calls) <= 150,
  });

  const floors = [];
  const measured = new Map();
  for (let round = 0; round < VISITS; round++) {
    floors.push(await echoFloor(browser));
    for (const [name, value] of await pythonCalls(page)) {
      measured.set(name, [...(measured.get(name) ?? []), Number(value)]);
    }
  }
  const floor = median(floors);
  for (const [name, values] of measured) {
    const ratio = median(values) / floor;
    report('One call in the tab', `${name}() from Python, p50`, ms(median(values)), {
      floor: `${ms(floor)} echo from a worker`,
      ratio,
      budget: '≤ 1.25×',
      met: ratio <= 1.25,
    });
  }
  await context.close();
} finally {
  await browser.close();
  await backend.stop();
}
if (options.json) await writeFile(options.json, JSON.stringify(rows, null, 2));
else console.table(rows);
