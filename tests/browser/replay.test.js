// Replay: a recording opens and scrubs with no backend and no interpreter at all.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportPage } from './support/backend.js';
import { drop, saved } from './support/files.js';
import { startFileHost } from './support/filehost.js';
import { visit } from './support/browser.js';
import { call, load, stateOf, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

const TALKS_TO_ITSELF = `
    import socket
    a, b = socket.socketpair()
    print("before")
    a.sendall(b"hello")
    print("client got", b.recv(100))
`;

/** Runs a program that makes calls and prints, and waits for its end. */
async function record(page) {
  await load(page, { 'client.py': TALKS_TO_ITSELF });
  await page.evaluate(() => window.sockpit.run());
  await untilExited(page, 'client.py');
}

const replay = (page) => page.locator('[data-role="replay"]');
const shown = (page, event) => page.locator(`[data-event="${event}"]`).count();

test('what ran here is replayed step by step, and is back afterwards', async ({ page }) => {
  await record(page);
  const live = (await stateOf(page, 'client.py')).stdout;
  await page.locator('[data-action="replay"]').click();
  await replay(page).waitFor();
  const slider = page.locator('[data-role="replay-position"]');
  await slider.fill('0');
  await page.locator('[data-role="replay"][data-at="0"]').waitFor();
  assert.deepEqual([await shown(page, 'sendall'), (await stateOf(page, 'client.py')).stdout], [0, '']);
  const steps = Number(await replay(page).getAttribute('data-steps'));
  const seen = [];
  for (let at = 1; at <= steps; at += 1) {
    await page.locator('[data-action="replay-next"]').click();
    await page.locator(`[data-role="replay"][data-at="${at}"]`).waitFor();
    seen.push([await shown(page, 'sendall'), (await stateOf(page, 'client.py')).stdout]);
  }
  const printedFirst = seen.findIndex(([, stdout]) => stdout.includes('before'));
  const sent = seen.findIndex(([calls]) => calls === 1);
  assert.ok(0 <= printedFirst && printedFirst < sent, 'the console shows what was printed by then');
  assert.deepEqual(seen.at(-1), [1, live]);
  await page.locator('[data-action="replay-leave"]').click();
  await replay(page).waitFor({ state: 'detached' });
  assert.equal((await stateOf(page, 'client.py')).state, 'exited');
});

test('it plays by itself, halts, and Run ends it', async ({ page }) => {
  await record(page);
  await page.locator('[data-action="replay"]').click();
  await page.locator('[data-role="replay"][data-playing="true"]').waitFor();
  await page.locator('[data-action="replay-play"]').click();
  await page.locator('[data-role="replay"][data-playing="false"]').waitFor();
  for (let faster = 0; faster < 4; faster += 1) await page.locator('[data-action="replay-speed"]').click();
  await page.evaluate(() => window.sockpit.run());
  await replay(page).waitFor({ state: 'detached' });
  await untilExited(page, 'client.py');
});

test('a recording opens from its file on a visit that runs nothing; a damaged one changes nothing', async ({ page, browser, url }) => {
  await record(page);
  const file = await saved(page, 'save-recording');
  assert.equal(file.subarray(0, 8).toString(), 'SOCKPIT1');

  const other = await visit(browser, url);
  const before = await call(other.page, 'state');
  const damaged = Buffer.from(file);
  damaged[damaged.length >> 1] ^= 0xff;
  await drop(other.page, 'lesson.sockpit', damaged);
  const said = other.page.locator('.toast', { hasText: 'lesson.sockpit cannot be opened' });
  await said.waitFor();
  assert.deepEqual((await call(other.page, 'state')).programs, before.programs);

  await drop(other.page, 'lesson.sockpit', file);
  await replay(other.page).waitFor();
  const program = await stateOf(other.page, 'client.py');
  assert.deepEqual([program.state, program.exitCode], ['exited', 0]);
  assert.match(program.stdout, /client got b'hello'/);
  await other.page.locator('[data-role="replay-position"]').fill('1');
  await other.page.locator('[data-role="replay"][data-at="1"]').waitFor();
  assert.equal((await stateOf(other.page, 'client.py')).stdout, '');
  await other.leave();
});

test('a link whose recording fits carries it', async ({ page, browser }) => {
  await record(page);
  await page.locator('[data-action="share"]').first().click();
  const link = await page.locator('[data-role="share-link"]').inputValue();
  assert.match(link, /#session=[\w-]+&recording=[\w-]+$/);
  await page.locator('[data-action="share-replay"]').click();
  await page.locator('[data-action="share-replay"][aria-checked="false"]').waitFor();
  assert.match(await page.locator('[data-role="share-link"]').inputValue(), /#session=[\w-]+$/);

  const other = await visit(browser, link);
  await replay(other.page).waitFor();
  assert.match((await stateOf(other.page, 'client.py')).stdout, /client got/);
  await other.leave();

  const cut = await visit(browser, link.slice(0, -9));
  await cut.page.locator('.toast', { hasText: 'The recording in the link cannot be opened' }).waitFor();
  assert.equal((await stateOf(cut.page, 'client.py')).state, 'idle');
  await cut.leave();
});

test('a static file host below a path shows a recording beside it, and says that running needs a backend', async ({ page, browser }) => {
  await record(page);
  const file = await saved(page, 'save-recording');
  const folder = await exportPage();
  await writeFile(join(folder, 'lesson.sockpit'), file);
  const host = await startFileHost(folder, '/courses/net/');
  try {
    const other = await visit(browser, `${host.url}#open=lesson.sockpit`, { ready: false });
    await replay(other.page).waitFor();
    assert.equal(await other.page.evaluate(() => crossOriginIsolated), false);
    assert.match((await stateOf(other.page, 'client.py')).stdout, /client got/);
    await other.page.locator('[data-role="replay-position"]').fill('2');
    await other.page.locator('[data-role="replay"][data-at="2"]').waitFor();
    await other.page.locator('[data-action="run-all"]').click();
    await other.page.getByRole('dialog').getByText('cargo run -p backend').waitFor();
    const own = await other.page.locator('[data-role="open-own"]').getAttribute('href');
    assert.match(own, /^http:\/\/127\.0\.0\.1:8000\/#session=/);
    await other.leave();
  } finally {
    await host.close();
    await rm(folder, { recursive: true });
  }
});
