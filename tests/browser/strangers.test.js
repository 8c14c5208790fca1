// What another site's page can do to a backend on the visitor's machine: nothing.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { startBackend } from './support/backend.js';
import { launchBrowser } from './support/browser.js';

let browser;
let backend;
let site;
before(async () => {
  // Names that somebody points at this machine, after their page was loaded from elsewhere.
  browser = await launchBrowser(['--host-resolver-rules=MAP *.rebound.example 127.0.0.1']);
  backend = await startBackend();
  site = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>another site</title>');
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
});
after(async () => {
  await browser?.close();
  await backend?.stop();
  site?.close();
});

/** Runs in a page: tells whether a session can be opened. */
const open = (url) =>
  new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => resolve('open');
    socket.onerror = () => resolve('refused');
  });

/** Runs in a page: tells what can be read of an address. */
const read = async (url) => {
  try {
    return (await (await fetch(url)).text()).length > 0 ? 'read' : 'empty';
  } catch {
    return 'refused';
  }
};

test('another origin opens no session and reads nothing', { timeout: 60_000 }, async () => {
  const page = await browser.newPage();
  const ours = `127.0.0.1:${backend.port}`;
  // What the page's own origin may do, so that a refusal below means something.
  await page.goto(`http://${ours}/`);
  assert.equal(await page.evaluate(open, `ws://${ours}/ws`), 'open');
  assert.equal(await page.evaluate(read, `http://${ours}/healthz`), 'read');
  await page.goto(`http://localhost:${site.address().port}/`);
  for (const host of [ours, `localhost:${backend.port}`]) {
    assert.equal(await page.evaluate(open, `ws://${host}/ws`), 'refused', host);
    for (const path of ['', 'ws', 'healthz', 'start.js']) {
      assert.equal(await page.evaluate(read, `http://${host}/${path}`), 'refused', path);
    }
  }
  await page.close();
});

test('a name that was pointed here opens no session', { timeout: 60_000 }, async () => {
  const page = await browser.newPage();
  const rebound = `a.rebound.example:${backend.port}`;
  // To the browser this is one origin, so only the backend can tell.
  const response = await page.goto(`http://${rebound}/healthz`);
  assert.equal(response.status(), 200);
  assert.equal(await page.evaluate(open, `ws://${rebound}/ws`), 'refused');
  await page.close();
});
