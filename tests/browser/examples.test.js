// Every example of the gallery, run in the tab; and the gallery itself.
import assert from 'node:assert/strict';
import { visit } from './support/browser.js';
import { book, expected, open, runAll } from './support/books.js';
import { call } from './support/playground.js';
import { suite } from './support/suite.js';

/** Milliseconds for all of them, one after the other. */
const ALL_MS = 240_000;

const test = suite({ patience: ALL_MS });

const inOrder = (text) => text.split('\n').sort();

test('every example runs in the tab and prints what is recorded', async ({ page }) => {
  const { groups } = await book(page, 'examples.json');
  const examples = groups.flatMap((group) => group.examples);
  assert.ok(examples.length >= 24);
  const wrong = [];
  for (const example of examples) {
    try {
      await open(page, `#example=${example.id}`, example.title);
      for (const { name, stdout } of await runAll(page)) {
        const wanted = await expected(example, name);
        if (example.unordered?.includes(name)) {
          assert.deepEqual(inOrder(stdout), inOrder(wanted), name);
        } else {
          assert.equal(stdout, wanted, name);
        }
      }
    } catch (error) {
      wrong.push(`${example.id}: ${error.message}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('the gallery is searched, and an example is opened with its lesson', async ({ page }) => {
  await page.locator('[data-action="examples"]').click();
  const cards = page.locator('.results [data-example]');
  await cards.nth(23).waitFor();
  await page.keyboard.type('so_linger');
  await cards.nth(1).waitFor({ state: 'detached' });
  await page.waitForSelector('.results [data-example="reset"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[role="dialog"]', { state: 'detached' });
  assert.equal((await call(page, 'state')).title, 'Reset');
  const lesson = page.locator('.banner.lesson');
  assert.match(await lesson.innerText(), /What to look at[^]*Try/);
  await page.locator('[data-action="fold-lesson"]').click();
  await page.waitForSelector('.banner.lesson[data-folded="true"]');
});

test('a link to an example opens it, and one to an unknown example says so', async ({ browser, url }) => {
  const known = await visit(browser, `${url}#example=half-close`);
  const { title, programs } = await call(known.page, 'state');
  assert.equal(title, 'Half-close');
  assert.deepEqual(programs.map(({ state }) => state), ['idle', 'idle']);
  await known.leave();

  const unknown = await visit(browser, `${url}#example=nothing`);
  await unknown.page.locator('.toast').filter({ hasText: '"nothing"' }).waitFor();
  await unknown.leave();
});
