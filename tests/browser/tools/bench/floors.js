// What no call from a tab can be faster than: a WebSocket in a worker, with nothing around it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Bytes of a message to the echo server: those of a short call on the wire. */
const ECHO_BYTES = 90;
/** Bytes of a message of a bulk transfer, and those that may wait in the browser. */
const MESSAGE_BYTES = 65_536;
const UNSENT_BYTES_MAX = 1 << 20;

/** Starts one of the benchmark's floors; returns its address and how to end it. */
async function serve(floor) {
  const child = spawn(process.env.SOCKPIT_BENCH, [floor], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { url: line.trim(), stop: () => child.kill() };
}

/** Runs a worker in a page that has nothing else; returns what it posts. */
async function inWorker(browser, url, body) {
  const page = await browser.newPage();
  await page.goto(url);
  const answer = await page.evaluate(
    (body) =>
      new Promise((resolve) => {
        const script = URL.createObjectURL(new Blob([body], { type: 'text/javascript' }));
        new Worker(script).onmessage = ({ data }) => resolve(data);
      }),
    body,
  );
  await page.close();
  return answer;
}

/** The round trips of a bare WebSocket echo, in milliseconds and in order. */
export async function echo(browser, rounds, warmUp) {
  const server = await serve('echo');
  const all = await inWorker(
    browser,
    server.url,
    `
      const socket = new WebSocket('${server.url.replace('http', 'ws')}ws');
      const message = 'x'.repeat(${ECHO_BYTES});
      const times = [];
      let sent;
      const send = () => { sent = performance.now(); socket.send(message); };
      socket.onopen = send;
      socket.onmessage = () => {
        times.push(performance.now() - sent);
        if (times.length < ${rounds + warmUp}) return send();
        postMessage(times.slice(${warmUp}));
      };`,
  );
  server.stop();
  return all;
}

/** Bytes a second of a plain pipe from a WebSocket to one connection, down and up. */
export async function pipe(browser, { source, sink, bytes }) {
  const [page, server] = [await serve('echo'), await serve('pipe')];
  const socket = (port) => `new WebSocket('${server.url.replace('http', 'ws')}ws/${port}')`;
  const down = await inWorker(
    browser,
    page.url,
    `
      const socket = ${socket(source.port)};
      socket.binaryType = 'arraybuffer';
      let [began, seen] = [0, 0];
      socket.onmessage = ({ data }) => {
        began ||= performance.now();
        seen += data.byteLength;
        if (seen < ${bytes}) return;
        socket.onmessage = null;
        socket.close();
        postMessage(seen / (performance.now() - began) * 1000);
      };`,
  );
  const up = await inWorker(
    browser,
    page.url,
    `
      const socket = ${socket(sink.port)};
      const message = new Uint8Array(${MESSAGE_BYTES});
      let [began, sent] = [0, 0];
      const fill = () => {
        while (sent < ${bytes} && socket.bufferedAmount < ${UNSENT_BYTES_MAX}) {
          socket.send(message);
          sent += message.length;
        }
        if (sent < ${bytes}) setTimeout(fill);
      };
      socket.onopen = () => { began = performance.now(); fill(); };
      socket.onmessage = () => postMessage(${bytes} / (performance.now() - began) * 1000);`,
  );
  page.stop();
  server.stop();
  return { down, up };
}
