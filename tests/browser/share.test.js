// Share by URL: the link holds the programs, and never runs them.
import assert from 'node:assert/strict';
import { visit } from './support/browser.js';
import { drop, saved } from './support/files.js';
import { call, load } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

const PROGRAMS = {
  'server.py': "print('ünïcode ✓')\n",
  'client.py': "print('second')\n",
};

/** Presses Share and returns the link that the dialog shows. */
async function share(page) {
  await page.locator('[data-action="share"]').first().click();
  return page.locator('[data-role="share-link"]').inputValue();
}

test('the link opens the same programs in another browser, and nothing runs', async ({ page, browser }) => {
  await load(page, PROGRAMS);
  const link = await share(page);
  assert.match(new URL(link).hash, /^#session=[A-Za-z0-9_-]+$/);

  const other = await visit(browser, link);
  const { programs } = await call(other.page, 'state');
  assert.deepEqual(programs.map(({ name, state }) => [name, state]), [
    ['server.py', 'idle'],
    ['client.py', 'idle'],
  ]);
  assert.equal(new URL(await share(other.page)).hash, new URL(link).hash);
  assert.equal(await other.page.locator('[data-event]').count(), 0);
  await other.leave();
});

test('a damaged link gets a clear message and the page stays usable', async ({ browser, url }) => {
  for (const hash of ['#session=AAAA', '#session=%%%', '#session=']) {
    const other = await visit(browser, url + hash);
    await other.page.locator('[role="alert"], [role="status"]').filter({ hasText: /link/i }).first().waitFor();
    const { programs } = await call(other.page, 'state');
    assert.ok(programs.length > 0, 'there is something to work with');
    await other.leave();
  }
});

test('the dialog has a QR code, and says when the link is too long for one', async ({ page }) => {
  await load(page, PROGRAMS);
  await share(page);
  await page.locator('[data-role="qr"] path').waitFor();
  await page.keyboard.press('Escape');
  const noise = Array.from({ length: 3000 }, (_, n) => ((n * 7919) % 100003).toString(36)).join(' ');
  await load(page, { 'long.py': `TEXT = "${noise}"\n` });
  await share(page);
  await page.locator('[data-role="no-qr"]').waitFor();
  await page.getByText('too long for a QR code').waitFor();
});

test('Markdown and frame snippets hold the link', async ({ page }) => {
  await load(page, PROGRAMS);
  const link = await share(page);
  const { hash } = new URL(link);
  assert.equal(await page.locator('[data-role="share-markdown"]').textContent(), `[test in Sockpit](${link})`);
  const frame = await page.locator('[data-role="share-embed"]').textContent();
  assert.ok(frame.includes(`?embed=1${hash}"`) && frame.includes('allow="cross-origin-isolated"'), frame);
});

test('a session goes out as a file and comes back by being dropped', async ({ page, browser, url }) => {
  await load(page, PROGRAMS);
  const file = await saved(page, 'save-session');
  assert.equal(JSON.parse(file).programs[0].name, 'server.py');
  const other = await visit(browser, url);
  await drop(other.page, 'notes.txt', Buffer.from('nothing of ours'));
  await other.page.locator('.toast', { hasText: 'notes.txt cannot be opened' }).waitFor();
  await drop(other.page, 'test.session.json', file);
  await other.page.locator('[data-program="client.py"]').waitFor();
  const { programs } = await call(other.page, 'state');
  assert.deepEqual(programs.map(({ name, state }) => [name, state]), [
    ['server.py', 'idle'],
    ['client.py', 'idle'],
  ]);
  await other.leave();
});
