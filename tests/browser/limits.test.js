// What programs may reach and how much, in words: grants that are taken back, limits of the host.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { objections } from './support/axe.js';
import { startBackend } from './support/backend.js';
import { launchBrowser, visit } from './support/browser.js';
import { call, load, run, untilExited, untilLink } from './support/playground.js';

let browser;
before(async () => (browser = await launchBrowser()));
after(() => browser?.close());

const LIMIT = { timeout: 90_000 };

/** Visits a backend with these arguments. */
async function withBackend(args, body, options) {
  const backend = await startBackend(0, args);
  const visiting = await visit(browser, backend.url, options);
  try {
    await body(visiting.page, backend);
    await visiting.leave();
  } finally {
    await visiting.context.close();
    await backend.stop();
  }
}

// The policy refuses it after the visitor's yes, so nothing ever leaves the machine.
const NOWHERE = ['--preset', 'loopback'];
const CONNECTS = `
  import socket
  try:
      socket.socket().connect(('198.51.100.1', 80))
  except OSError as error:
      print(error.errno)
`;

test('what was allowed is listed, and is asked about again once it was taken back', LIMIT, () =>
  withBackend(NOWHERE, async (page) => {
    const question = page.locator('[data-role="consent"]');
    await page.locator('[data-action="reach"]').click();
    await page.locator('[data-role="no-grants"]').waitFor();
    assert.match(await page.locator('[data-role="policy"]').innerText(), /loopback/i);
    await page.keyboard.press('Escape');

    await run(page, { 'client.py': CONNECTS });
    await question.locator('[data-action="consent-session"]:enabled').click();
    await untilExited(page, 'client.py');
    await call(page, 'run', 'client.py');
    await untilExited(page, 'client.py');
    assert.equal(await question.count(), 0, 'allowed for the session');
    await call(page, 'grant', { host: 'example.org', port: 443 });

    await page.locator('[data-action="reach"]').click();
    await page.locator('[data-grant="198.51.100.1:80"]', { hasText: 'for this session' }).waitFor();
    await page.locator('[data-grant="example.org:443"]', { hasText: 'by a script' }).waitFor();
    assert.deepEqual(await objections(page), []);
    await page.locator('[data-grant="198.51.100.1:80"] [data-action="revoke"]').click();
    await page.locator('[data-grant="198.51.100.1:80"]').waitFor({ state: 'detached' });
    assert.equal(await page.locator('[data-grant]').count(), 1);
    await page.keyboard.press('Escape');

    await call(page, 'run', 'client.py');
    await question.waitFor();
    await page.keyboard.press('Escape');
    assert.equal((await untilExited(page, 'client.py')).stdout, '13\n');
  }));

test('an address of the network around the machine is named as such', LIMIT, () =>
  withBackend(NOWHERE, async (page) => {
    await run(page, { 'client.py': CONNECTS.replace('198.51.100.1', '10.255.255.1') });
    const inside = page.locator('[data-role="consent"] [data-role="inside"]');
    await inside.filter({ hasText: 'not on the internet' }).waitFor();
    await page.keyboard.press('Escape');
    assert.equal((await untilExited(page, 'client.py')).stdout, '13\n');
    await run(page, { 'client.py': CONNECTS });
    await page.locator('[data-role="consent"]').waitFor();
    assert.equal(await inside.count(), 0);
    await page.keyboard.press('Escape');
    await untilExited(page, 'client.py');
  }));

test('a limit that a call runs into is named, in words and where the call is', LIMIT, () =>
  withBackend(['--sockets-max', '4'], async (page) => {
    await run(page, {
      'many.py': `
        import socket
        kept = []
        try:
            while True:
                kept.append(socket.socket())
        except OSError as error:
            print(len(kept), error)
      `,
    });
    const { stdout } = await untilExited(page, 'many.py');
    assert.match(stdout, /^4 \[Errno 24\] Too many open files/);
    await page.locator('.toast', { hasText: 'This host allows 4 sockets a session.' }).waitFor();
    await page.locator('[data-event="socket"]').last().click();
    const card = page.locator('[data-role="explanation"][data-limit="sockets_max"]');
    await card.filter({ hasText: 'That is a limit of this host, sockets_max' }).waitFor();
    assert.deepEqual(await objections(page), []);
  }));

test('calls that are held back for their bytes a second say so', LIMIT, () =>
  withBackend(['--send-bytes-per-second-max', '20000'], async (page) => {
    await run(page, {
      'fast.py': `
        import socket, time
        left, right = socket.socketpair()
        began = time.monotonic()
        for _ in range(6):
            left.sendall(bytes(10_000))
            right.recv(10_000, socket.MSG_WAITALL)
        took = time.monotonic() - began
        print(took > 1)
      `,
    });
    const strip = page.locator('[data-banner="limit"][data-limit="send_bytes_per_second_max"]');
    await strip.filter({ hasText: 'a session to send 20,000 bytes a second' }).waitFor();
    assert.match(await strip.innerText(), /Calls wait their turn/);
    assert.deepEqual(await objections(page), []);
    // The calls went on, later: none failed.
    assert.equal((await untilExited(page, 'fast.py')).stdout, 'True\n');
    await page.locator('[data-action="reach"]').click();
    await page.locator('.bounds [data-limit="send_bytes_per_second_max"]', { hasText: '20,000' }).waitFor();
    await page.keyboard.press('Escape');
  }));

test('a session that is about to end says so, then that it has ended and why', LIMIT, () =>
  withBackend(['--session-minutes-max', '0.3', '--pulse-ms', '500'], async (page) => {
    const strip = page.locator('[data-banner="limit"][data-limit="session_minutes_max"]');
    await strip.filter({ hasText: 'a session 1 minute' }).waitFor();
    assert.match(await strip.locator('.wait').innerText(), /^Ends in \d+ s\.$/);
    assert.deepEqual(await objections(page), []);
    await strip.locator('[data-action="dismiss-limit"]').click();
    await strip.waitFor({ state: 'detached' });
    const banner = page.locator('[data-banner="link"]');
    await banner.filter({ hasText: 'Every socket is closed' }).waitFor({ timeout: 30_000 });
    await untilLink(page, 'closed');
    await banner.locator('[data-action="reconnect"]').click();
    await banner.waitFor({ state: 'detached' });
    await load(page, { 'again.py': 'import socket\nsocket.socket()\n' });
    await call(page, 'run', 'again.py');
    await untilExited(page, 'again.py');
  }));

test('a host that is full says so, and is asked again', LIMIT, async () => {
  const backend = await startBackend(0, ['--sessions-max', '1']);
  const first = await visit(browser, backend.url);
  const second = await visit(browser, backend.url, { ready: false });
  const banner = second.page.locator('[data-banner="link"]');
  await banner.filter({ hasText: 'as many visitors as it takes' }).waitFor();
  await untilLink(second.page, 'full');
  await banner.filter({ hasText: /Trying again in \d+ s\./ }).waitFor();
  await first.leave();
  await banner.waitFor({ state: 'detached', timeout: 75_000 });
  await untilLink(second.page, 'open');
  await second.context.close();
  await backend.stop();
});
