// Share by URL: the link holds the programs, and never runs them.
import assert from 'node:assert/strict';
import { visit } from './support/browser.js';
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
