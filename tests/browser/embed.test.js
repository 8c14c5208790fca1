// The frame in somebody else's page: it runs where it can be isolated, and says where it cannot.
import assert from 'node:assert/strict';
import { visit } from './support/browser.js';
import { load } from './support/playground.js';
import { otherSite } from './support/site.js';
import { suite } from './support/suite.js';

const test = suite();

const PROGRAMS = { 'hello.py': "print('hello from the frame')\n" };

/** The snippet of the share dialog. */
async function snippet(page) {
  await load(page, PROGRAMS);
  await page.locator('[data-action="share"]').first().click();
  return page.locator('[data-role="share-embed"]').textContent();
}

test('the snippet runs the programs inside of a page that is not isolated', async ({ page, browser }) => {
  const site = await otherSite(await snippet(page));
  const other = await visit(browser, site.url, { ready: false });
  try {
    const frame = other.page.frameLocator('iframe');
    await frame.locator('.shell[data-embed="true"]').waitFor();
    const inside = other.page.frames()[1];
    assert.equal(await inside.evaluate(() => crossOriginIsolated), true);
    await inside.evaluate(() => window.sockpit.ready());
    await frame.locator('[data-action="run-all"]').click();
    await frame.locator('[data-role="console"]', { hasText: 'hello from the frame' }).waitFor();
    assert.equal(await frame.locator('[data-action="share"]').count(), 0, 'the layout is the compact one');
  } finally {
    await site.close();
  }
  await other.leave();
});

test('a frame that is not isolated says so and opens the same session in a tab', async ({ page, browser, backend }) => {
  const site = await otherSite(await snippet(page));
  const other = await visit(browser, 'about:blank', { ready: false });
  try {
    // A browser that knows nothing of Document-Isolation-Policy.
    await other.page.route(`${backend.url}**`, async (route) => {
      const response = await route.fetch();
      const headers = response.headers();
      delete headers['document-isolation-policy'];
      await route.fulfill({ response, headers });
    });
    await other.page.goto(site.url);
    const frame = other.page.frameLocator('iframe');
    const open = frame.locator('[data-role="open-tab"]');
    await open.waitFor();
    assert.equal(await other.page.frames()[1].evaluate(() => crossOriginIsolated), false);
    const link = new URL(await open.getAttribute('href'));
    assert.match(link.hash, /^#session=/);
    assert.equal(link.search, '', 'a tab has the whole page');
    const tab = await visit(browser, link.href);
    const { programs } = await tab.page.evaluate(() => window.sockpit.state());
    assert.deepEqual(programs.map(({ name, state }) => [name, state]), [['hello.py', 'idle']]);
    await tab.leave();
  } finally {
    await site.close();
  }
  await other.leave();
});
