// The arguments of a program: typed as at a command line, found in sys.argv, kept in the link.
import assert from 'node:assert/strict';
import { visit } from './support/browser.js';
import { call, load, pane, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

const PROGRAM = { 'greet.py': 'import sys\nprint(sys.argv[1:])\n' };

/** Types arguments into the dialog of a program and confirms it. */
async function type(page, name, line) {
  await pane(page, name).locator('[data-action="rename"]').click();
  await page.locator('[data-role="program-arguments"]').fill(line);
  await page.locator('.dlg [data-action="confirm"]').click();
}

/** Runs a program and returns what it found in sys.argv. */
async function argv(page, name) {
  await call(page, 'run', name);
  return (await untilExited(page, name)).stdout;
}

test('what is typed with quotes and spaces is in sys.argv, and in the share link', async ({ page, browser }) => {
  await load(page, PROGRAM);
  await type(page, 'greet.py', `--message 'two words' "it's" a\\ b '' 9000`);
  const wanted = `['--message', 'two words', "it's", 'a b', '', '9000']\n`;
  assert.equal(await argv(page, 'greet.py'), wanted);
  await pane(page, 'greet.py').locator('.args', { hasText: "--message 'two words'" }).waitFor();

  await page.locator('[data-action="share"]').first().click();
  const link = await page.locator('[data-role="share-link"]').inputValue();
  const other = await visit(browser, link);
  assert.equal(await argv(other.page, 'greet.py'), wanted);
  await pane(other.page, 'greet.py').locator('[data-action="rename"]').click();
  const line = other.page.locator('[data-role="program-arguments"]');
  assert.equal(await line.inputValue(), `--message 'two words' 'it'\\''s' 'a b' '' 9000`);
  await other.leave();
});

test('a quote that is not closed is explained at the field, and nothing is lost', async ({ page }) => {
  await load(page, PROGRAM);
  await type(page, 'greet.py', "one 'two");
  await page.locator('#program-arguments-hint', { hasText: 'A quote is not closed.' }).waitFor();
  const line = page.locator('[data-role="program-arguments"]');
  assert.equal(await line.getAttribute('aria-invalid'), 'true');
  assert.equal(await line.inputValue(), "one 'two");
  await line.fill("one 'two'");
  await line.press('Enter');
  await page.locator('.dlg').waitFor({ state: 'detached' });
  assert.equal(await argv(page, 'greet.py'), "['one', 'two']\n");
});
