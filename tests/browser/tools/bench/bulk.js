// Downloads and uploads from Python in the tab, against a plain pipe, and an echo beside them.
import { visit } from '../../support/browser.js';
import { tcpServer } from '../../support/peers.js';
import { run, untilExited } from '../../support/playground.js';
import { pipe } from './floors.js';
import { median, ms, rate } from './rows.js';

const PART = 'Bulk in the tab';
/** The budget: what an echo may cost beside a download, in echoes alone. */
const BESIDE_MAX = 3;
/** Bytes of a transfer, and those a peer writes at a time. */
const BYTES = 64 << 20;
const CHUNK = Buffer.alloc(1 << 18, 'x');
/** What programs ask for at a time, and in how many threads. */
const SHAPES = [[1 << 16, 1], [1 << 20, 1], [1 << 16, 4], [1 << 20, 4]];
/** Rounds at most: one takes a quarter of a minute. */
const ROUNDS_MAX = 3;
/** Round trips of the echo beside a download. */
const ECHOES = 300;

export async function measure({ browser, url, rows, rounds }) {
  const bytes = rounds > 1 ? BYTES : BYTES / 4;
  const source = await tcpServer(pour);
  const sink = await tcpServer((socket) => swallow(socket, bytes));
  const bare = [];
  const python = SHAPES.map(() => []);
  const beside = [];
  const { page, context } = await visit(browser, url);
  for (let round = 0; round < Math.min(rounds, ROUNDS_MAX); round++) {
    bare.push(await pipe(browser, { source, sink, bytes }));
    for (const [index, [size, threads]] of SHAPES.entries()) {
      python[index].push(await transfer(page, { source, size, threads, bytes }));
    }
    beside.push(await echoBeside(page, source));
  }
  await context.close();
  await Promise.all([source.close(), sink.close()]);
  for (const way of ['down', 'up']) {
    const floor = median(bare.map((round) => round[way]));
    for (const [index, [size, threads]] of SHAPES.entries()) {
      const speed = median(python[index].map((round) => round[way]));
      const what = `${way}load, calls of ${size >> 10} KiB, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
      rows.add(PART, what, rate(speed), { floor: `${rate(floor)} plain pipe`, ratio: speed / floor });
    }
  }
  const [alone, loaded] = ['alone', 'loaded'].map((key) => median(beside.map((round) => round[key])));
  rows.add(PART, 'echo beside a full download in the same program, p50', ms(loaded), {
    floor: `${ms(alone)} alone`,
    ratio: loaded / alone,
    budget: `≤ ${BESIDE_MAX}×`,
    met: loaded / alone <= BESIDE_MAX,
  });
}

/** Sends without end, as fast as it is taken. */
function pour(socket) {
  const more = () => {
    while (!socket.destroyed && socket.write(CHUNK));
  };
  socket.on('drain', more);
  more();
}

/** Takes what comes, and answers with a byte when it was as much as announced. */
function swallow(socket, bytes) {
  let seen = 0;
  socket.on('data', (chunk) => {
    seen += chunk.length;
    if (seen >= bytes) socket.end('.');
  });
}

/** Bytes a second, down and up. */
async function transfer(page, { source, size, threads, bytes }) {
  const share = bytes / threads;
  const sink = await tcpServer((socket) => swallow(socket, share));
  await run(page, {
    'bulk.py': `
      import socket, threading, time

      def down():
          with socket.create_connection(('127.0.0.1', ${source.port})) as s:
              buffer, seen = bytearray(${size}), 0
              while seen < ${share}:
                  seen += s.recv_into(buffer)

      def up():
          with socket.create_connection(('127.0.0.1', ${sink.port})) as s:
              chunk = bytes(${size})
              for _ in range(${share / size}):
                  s.sendall(chunk)
              s.recv(1)

      for job in down, up:
          threads = [threading.Thread(target=job) for _ in range(${threads})]
          began = time.perf_counter()
          for thread in threads:
              thread.start()
          for thread in threads:
              thread.join()
          print(job.__name__, ${bytes} / (time.perf_counter() - began))
    `,
  });
  const { stdout } = await untilExited(page, 'bulk.py');
  await sink.close();
  const speeds = stdout.trim().split('\n').map((line) => line.split(' '));
  return Object.fromEntries(speeds.map(([way, speed]) => [way, Number(speed)]));
}

/** A round trip of one byte alone, and while another thread downloads; p50 in milliseconds. */
async function echoBeside(page, source) {
  const peer = await tcpServer((socket) => socket.setNoDelay(true).pipe(socket));
  await run(page, {
    'beside.py': `
      import socket, threading, time
      s = socket.create_connection(('127.0.0.1', ${peer.port}))
      s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

      def p50():
          times = []
          for _ in range(${ECHOES}):
              began = time.perf_counter()
              s.send(b'x')
              s.recv(1)
              times.append(time.perf_counter() - began)
          return sorted(times)[${ECHOES} // 2] * 1000

      def download():
          with socket.create_connection(('127.0.0.1', ${source.port})) as pouring:
              buffer = bytearray(65536)
              while not over:
                  pouring.recv_into(buffer)

      over = False
      p50()
      print('alone', p50())
      thread = threading.Thread(target=download)
      thread.start()
      print('loaded', p50())
      over = True
      thread.join()
    `,
  });
  const { stdout } = await untilExited(page, 'beside.py');
  await peer.close();
  const lines = stdout.trim().split('\n').map((line) => line.split(' '));
  return Object.fromEntries(lines.map(([key, value]) => [key, Number(value)]));
}
