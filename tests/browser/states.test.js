// What the page says when something is not as it should be, and the way out that it offers.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { startBackend } from './support/backend.js';
import { launchBrowser, PATIENCE_MS, visit } from './support/browser.js';
import { call, load, pane, run, session, untilBlockedIn, untilExited } from './support/playground.js';

let browser;
let backend;
before(async () => {
  browser = await launchBrowser();
  backend = await startBackend();
});
after(async () => {
  await browser?.close();
  await backend?.stop();
});

const LIMIT = { timeout: 90_000 };

/** What the browser itself reports when a backend is gone. */
const gone = (fault) => /ERR_CONNECTION_REFUSED|WebSocket/.test(fault);

/** A page whose responses can be changed before it sees them. */
async function arrange(url, change, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await change(page);
  await page.goto(url);
  const close = async () => {
    // A response may still be on its way through.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  };
  return { page, close };
}

/** A backend whose sessions do not wait long for a connection that broke. */
const GIVES_UP_SOON = ['--resume-ms-max', '300'];

test('the backend goes: a sentence, a button, and how it is found again', LIMIT, async () => {
  let mine = await startBackend(0, GIVES_UP_SOON);
  const visiting = await visit(browser, mine.url);
  const { page } = visiting;
  await run(page, { 'server.py': `
    import socket
    socket.create_server(('127.0.0.1', 0)).accept()
  ` });
  await untilBlockedIn(page, 'server.py', 'accept');
  await mine.stop('SIGKILL');

  const banner = page.locator('[data-banner="link"]');
  await banner.filter({ hasText: 'The connection to Sockpit\'s backend is lost' }).waitFor();
  // The sentence stands still while the seconds tick, so that a screen reader can finish it.
  assert.doesNotMatch(await banner.locator('[role="status"]').innerText(), /in \d+ s/);
  const again = banner.locator('[data-action="reconnect"]');
  await again.waitFor();

  mine = await startBackend(mine.port);
  await again.click().catch(() => {});
  const toast = page.locator('.toast', { hasText: 'Connected again' });
  await toast.waitFor();
  await banner.waitFor({ state: 'detached' });
  await toast.locator('[data-action="run-again"]').click();
  await untilBlockedIn(page, 'server.py', 'accept');
  await visiting.leave({ expected: gone });
  await mine.stop();
});

test('while it looks for the backend it says so', LIMIT, async () => {
  const mine = await startBackend(0, GIVES_UP_SOON);
  const visiting = await visit(browser, mine.url);
  const { page } = visiting;
  await mine.stop('SIGKILL');
  const banner = page.locator('[data-banner="link"]');
  await banner.filter({ hasText: 'is lost' }).waitFor();
  // Somebody has the port and says nothing.
  const silent = net.createServer((socket) => socket.on('error', () => {}));
  silent.listen(mine.port, '127.0.0.1');
  await once(silent, 'listening');
  await banner.locator('[data-action="reconnect"]').click();
  await banner.filter({ hasText: 'trying to reach' }).waitFor();
  assert.match(await page.locator('.chip.host').innerText(), /Reconnecting/);
  await visiting.leave({ expected: gone });
  silent.close();
});

test('a page that is not isolated says why, and opens one that is', LIMIT, async () => {
  const bare = (page) =>
    page.route('**/*', async (route) => {
      const response = await route.fetch();
      const headers = response.headers();
      for (const name of ['cross-origin-opener-policy', 'cross-origin-embedder-policy', 'document-isolation-policy']) {
        delete headers[name];
      }
      await route.fulfill({ response, headers });
    });
  const { page, close } = await arrange(backend.url, bare);
  const banner = page.locator('[data-banner="isolated"]');
  await banner.waitFor();
  assert.match(await banner.innerText(), /shared memory/);
  assert.ok(await page.locator('[data-action="run-all"]').isDisabled());
  await assert.rejects(call(page, 'ready'), /isolated/);
  const open = banner.locator('[data-role="open-tab"]');
  assert.match(await open.getAttribute('href'), /#session=/);
  await close();
});

test('a browser without threads is told so before anything else', LIMIT, async () => {
  const old = (page) => page.addInitScript(() => { WebAssembly.validate = () => false; });
  const { page, close } = await arrange(backend.url, old);
  const notice = page.locator('[role="alert"]');
  await notice.waitFor();
  assert.match(await notice.innerText(), /cannot run in this browser.*WebAssembly with threads.*Firefox/s);
  await assert.rejects(call(page, 'ready'), /cannot run in this browser/);
  await notice.locator('button', { hasText: 'Try all the same' }).click();
  await page.locator('[data-action="run-all"]').waitFor();
  await close();
});

test('a browser without modules gets a sentence too', LIMIT, async () => {
  const html = await (await fetch(backend.url)).text();
  const path = html.match(/<script nomodule[^>]*src="([^"]+)"/)[1];
  const source = await (await fetch(new URL(path, backend.url))).text();
  const app = {};
  new Function('document', source)({ getElementById: () => app });
  assert.match(app.textContent, /too old.*Firefox/);
});

test('a page that loads only in part offers to load again', LIMIT, async () => {
  let broken = true;
  const torn = (page) => page.route('**/page_bg.wasm', (route) => (broken ? route.abort() : route.continue()));
  const { page, close } = await arrange(backend.url, torn);
  const notice = page.locator('[role="alert"]');
  await notice.filter({ hasText: 'could not start' }).waitFor();
  broken = false;
  await notice.locator('button', { hasText: 'Load it again' }).click();
  await page.locator('[data-action="run-all"]').waitFor();
  await close();
});

test('a damaged link says so, leaves the page alone, and leads to the examples', LIMIT, async () => {
  for (const hash of ['#session=AAAA', '#session=%%%']) {
    const visiting = await visit(browser, backend.url + hash);
    const { page } = visiting;
    const banner = page.locator('[data-banner="bad-link"]');
    await banner.filter({ hasText: 'The link cannot be opened' }).waitFor();
    const { programs } = await call(page, 'state');
    assert.ok(programs.length > 0, 'there is something to work with');
    await banner.locator('button', { hasText: 'Examples' }).click();
    await page.locator('[data-example="tcp-echo"]').click();
    await banner.waitFor({ state: 'detached' });
    assert.match(page.url(), /#example=tcp-echo$/);
    await visiting.leave();
  }
});

test('a session that is too large runs, says so, and can be saved', LIMIT, async () => {
  const visiting = await visit(browser, backend.url);
  const { page } = visiting;
  await load(page, { 'long.py': "print('ran')\n" });
  const editor = pane(page, 'long.py').locator('.cm-content, textarea.plain-text').first();
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText('#'.repeat((1 << 20) + 1));
  const banner = page.locator('[data-banner="too-large"]');
  await banner.filter({ hasText: 'too large' }).waitFor();
  await call(page, 'run', 'long.py');
  assert.match((await untilExited(page, 'long.py')).stdout, /ran/);
  const download = page.waitForEvent('download');
  await banner.locator('[data-action="save-longest"]').click();
  assert.equal((await download).suggestedFilename(), 'long.py');
  await editor.click();
  await page.keyboard.press('Control+z');
  await banner.waitFor({ state: 'detached' });
  await visiting.leave();
});

test('a session from a script that is too large is refused in words', LIMIT, async () => {
  const visiting = await visit(browser, backend.url);
  const { page } = visiting;
  const before = (await call(page, 'state')).programs.map(({ name }) => name);
  const huge = session({ 'a.py': 'pass' });
  huge.programs[0].code = '#'.repeat((1 << 20) + 1);
  await assert.rejects(call(page, 'load', huge), /bytes of text.*is the most/);
  assert.deepEqual((await call(page, 'state')).programs.map(({ name }) => name), before);
  await visiting.leave();
});

test('a browser that keeps nothing is named, and the session can be saved', LIMIT, async () => {
  const full = (page) => page.addInitScript(() => {
    Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };
  });
  const { page, close } = await arrange(backend.url, full);
  await page.locator('[data-program] .cm-content, textarea.plain-text').first().click();
  await page.keyboard.insertText('# mine\n');
  const banner = page.locator('[data-banner="not-kept"]');
  await banner.waitFor();
  const download = page.waitForEvent('download');
  await banner.locator('[data-action="save-kept"]').click();
  assert.match((await download).suggestedFilename(), /\.session\.json$/);
  await close();
});
