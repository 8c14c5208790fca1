// The page while programs make calls as fast as they can: frames, memory, and what is kept.
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { visit } from '../../support/browser.js';
import { tcpServer } from '../../support/peers.js';
import { call, load, until, untilExited } from '../../support/playground.js';
import { megabytes, ms, percentile } from './rows.js';

const PART = 'A flood of calls';
/** The budget: 30 frames a second. */
const FRAME_MS_MAX = 33.4;
/** Threads that make calls, how many each, and the bytes that each carries. */
const THREADS = 4;
const CALLS = 5_000;
const SENT_BYTES = 64;
/** Milliseconds after the run before its memory is looked at again. */
const REST_MS = 5_000;
/** Turns of the wheel each way, so many that one slow frame is not the hundredth part of them. */
const TURNS = 150;

export async function measure({ browser, url, rows, rounds }) {
  const calls = rounds > 1 ? CALLS : CALLS / 4;
  const sink = await tcpServer((socket) => socket.resume());
  const { page, context } = await visit(browser, url);
  const memory = await renderers(browser);
  await load(page, {
    'flood.py': `
      import socket, threading, time

      def flood():
          with socket.create_connection(('127.0.0.1', ${sink.port})) as s:
              for _ in range(${calls}):
                  s.send(b'x' * ${SENT_BYTES})

      threads = [threading.Thread(target=flood) for _ in range(${THREADS})]
      began = time.perf_counter()
      for thread in threads:
          thread.start()
      for thread in threads:
          thread.join()
      print(time.perf_counter() - began)
    `,
  });
  const before = await memory();
  const frames = framesWhile(page);
  // If something else fails first, that is what is to be heard of.
  frames.catch(() => {});
  await page.evaluate(() => window.sockpit.run());
  await until(page, 'flood.py', ({ state }) => state !== 'idle', 'its start');
  const { stdout } = await untilExited(page, 'flood.py');
  const after = await memory();
  await page.evaluate(() => (window.floodIsOver = true));
  const gaps = await frames;
  await pause(REST_MS);
  const rested = await memory();
  // To hand it over takes memory itself.
  const { calls: kept } = await call(page, 'recording');
  const sends = kept.filter(({ name }) => name === 'send');
  const withBytes = sends.filter(({ sent }) => sent.base64).length;
  const made = THREADS * calls;
  const pace = made / Number(stdout);
  const wheeled = await scrolled(page);
  const frame = (what, value) =>
    rows.add(PART, what, ms(value), { budget: `≤ ${FRAME_MS_MAX} ms`, met: value <= FRAME_MS_MAX });
  rows.add(PART, 'calls a second, of four threads', pace.toFixed(0));
  frame('frames meanwhile, p50', percentile(gaps, 50));
  rows.add(PART, 'frames meanwhile, p99', ms(percentile(gaps, 99)));
  rows.add(PART, 'calls recorded', `${sends.length} of ${made}, ${withBytes} with their bytes`, {
    budget: 'all',
    met: sends.length === made,
  });
  rows.add(PART, "the tab's memory before, after, 5 s later", [before, after, rested].map(megabytes).join(', '));
  frame('frames while those events are scrolled through, p99', percentile(wheeled, 99));
  await context.close();
  await sink.close();
}

/** Milliseconds between frames until `window.floodIsOver`. */
function framesWhile(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const gaps = [];
        let last = performance.now();
        const frame = (now) => {
          gaps.push(now - last);
          last = now;
          if (window.floodIsOver) resolve(gaps.slice(1));
          else requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
  );
}

/** Milliseconds between frames while the diagram is wheeled through. */
async function scrolled(page) {
  await page.evaluate(() => (window.floodIsOver = false));
  const frames = framesWhile(page);
  const box = await page.locator('[data-role="timeline"], .timeline, .diagram').first().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let turn = 0; turn < 2 * TURNS; turn++) await page.mouse.wheel(0, turn < TURNS ? -2000 : 2000);
  await page.evaluate(() => (window.floodIsOver = true));
  return frames;
}

/** How to ask for the resident bytes of the browser's renderers. */
async function renderers(browser) {
  const session = await browser.newBrowserCDPSession();
  return async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const sizes = processInfo.filter(({ type }) => type === 'renderer').map(async ({ id }) => {
      const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
      return Number(status.match(/VmRSS:\s+(\d+) kB/)?.[1] ?? 0) * 1024;
    });
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  };
}
