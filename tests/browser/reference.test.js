// The reference: every snippet runs in the tab, and every card can be found.
import assert from 'node:assert/strict';
import { visit } from './support/browser.js';
import { book, runAll } from './support/books.js';
import { call, load } from './support/playground.js';
import { suite } from './support/suite.js';

/** Milliseconds for all of them, one after the other. */
const ALL_MS = 240_000;

const test = suite({ patience: ALL_MS });

const programsOf = ({ code, server }) =>
  server ? { 'server.py': server, 'client.py': code } : { 'main.py': code };

test('every snippet runs in the tab and prints what its card says', async ({ page }) => {
  const { chapters } = await book(page, 'reference.json');
  const cards = chapters.flatMap((chapter) => chapter.card);
  assert.ok(cards.length >= 60);
  const wrong = [];
  for (const card of cards) {
    try {
      await load(page, programsOf(card));
      const programs = await runAll(page);
      assert.equal(programs.at(-1).stdout, card.prints);
    } catch (error) {
      wrong.push(`${card.name}: ${error.message}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('F1 opens the reference; a card is found and its program opened', async ({ page }) => {
  await page.keyboard.press('F1');
  await page.waitForSelector('[data-card="recv"]');
  await page.keyboard.type('recvfrom_into');
  await page.waitForSelector('#card-title:text-is("recvfrom_into")');
  await page.locator('[data-action="open-card"]').click();
  await page.waitForSelector('[role="dialog"]', { state: 'detached' });
  assert.equal((await call(page, 'state')).title, 'recvfrom_into');
});

test('a link opens a card, by a method or by a constant', async ({ browser, url }) => {
  for (const [name, title] of [['accept', 'accept'], ['SO_LINGER', 'SO_*']]) {
    const other = await visit(browser, `${url}#reference=${name}`);
    await other.page.waitForSelector(`#card-title:text-is("${title}")`);
    await other.leave();
  }
});
