// From an address to a program that runs: what is downloaded, and how long it takes.
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { visit } from '../../support/browser.js';
import { call, session, untilExited } from '../../support/playground.js';
import { median, megabytes, ms } from './rows.js';

const PART = 'Start';
/** Visits before the one that counts as warm: the browser keeps compiled code from the second on. */
const VISITS_AGAIN = 2;
/** Milliseconds between two runs, in which the page prepares an interpreter for the next. */
const REST_MS = 2_000;
const PRINTS = session({ 'main.py': "print('first')\n" });
const CALLS = session({ 'main.py': 'import socket\nsocket.socket().close()\n' });

export async function measure({ browser, url, rows, rounds }) {
  const proxy = await countingProxy(new URL(url).port);
  await navigate(browser, proxy.url);
  const first = proxy.bytes();
  rows.add(PART, 'cold transfer until the first print', megabytes(first), {
    budget: '≤ 3.5 MB',
    met: first <= 3.5e6,
  });
  await navigate(browser, proxy.url, { again: true });
  // That visitor came for the first time too, before coming again.
  const again = (proxy.bytes() - 2 * first) / VISITS_AGAIN;
  rows.add(PART, 'warm transfer until the first print', megabytes(Math.max(0, again)));
  proxy.close();

  const [cold, warm] = [[], []];
  for (let round = 0; round < rounds; round++) {
    cold.push(await navigate(browser, url));
    warm.push(await navigate(browser, url, { again: true }));
  }
  const of = (all, key) => ms(median(all.map((one) => one[key])));
  rows.add(PART, 'cold navigation to the page drawn', of(cold, 'drawn'));
  rows.add(PART, 'cold navigation to interactive', of(cold, 'ready'));
  rows.add(PART, 'cold navigation to the first print', of(cold, 'printed'), {
    budget: '≤ 1000 ms',
    met: median(cold.map(({ printed }) => printed)) <= 1000,
  });
  rows.add(PART, 'warm navigation to interactive', of(warm, 'ready'));
  rows.add(PART, 'warm navigation to the first print', of(warm, 'printed'));

  const [soon, rested, atOnce] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    const { page, context } = await visit(browser, url);
    soon.push(await untilFirstCall(page));
    await pause(REST_MS);
    rested.push(await untilFirstCall(page));
    atOnce.push(await untilFirstCall(page));
    await context.close();
  }
  rows.add(PART, 'Run to the first socket call, as soon as the page is ready', ms(median(soon)));
  rows.add(PART, 'Run to the first socket call, warm', ms(median(rested)), {
    budget: '≤ 150 ms',
    met: median(rested) <= 150,
  });
  rows.add(PART, 'Run to the first socket call, right after the run before', ms(median(atOnce)));
}

/** Milliseconds from navigation, for a new visitor, or `again` for one who was there before. */
async function navigate(browser, url, { again = false } = {}) {
  const { page, context } = await visit(browser, url, { ready: false });
  if (again) {
    for (let visits = 0; visits < VISITS_AGAIN; visits++) {
      await page.evaluate(() => window.sockpit.ready());
      await page.goto('about:blank');
      await page.goto(url);
    }
  }
  const times = await page.evaluate(async (document) => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
    while (!window.sockpit) await pause();
    await window.sockpit.ready();
    const ready = performance.now();
    await window.sockpit.load(document);
    await window.sockpit.run();
    while (!(await window.sockpit.state()).programs[0].stdout) await pause();
    const printed = performance.now();
    const drawn = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN;
    return { drawn, ready, printed };
  }, PRINTS);
  await context.close();
  return times;
}

/** Milliseconds from Run to the first socket call. */
async function untilFirstCall(page) {
  const began = await page.evaluate(async (document) => {
    await window.sockpit.load(document);
    const began = performance.timeOrigin + performance.now();
    await window.sockpit.run();
    return began;
  }, CALLS);
  await untilExited(page, 'main.py');
  const { calls } = await call(page, 'recording');
  const first = calls.map(({ startedUs }) => startedUs / 1000).find((at) => at >= began);
  return first - began;
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
  const url = `http://127.0.0.1:${server.address().port}/`;
  return { url, bytes: () => bytes, close: () => server.close() };
}
