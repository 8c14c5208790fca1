// The editor: errors on their lines, places in tracebacks, what it knows about `socket`.
import assert from 'node:assert/strict';
import { call, load, pane, run, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

const editorOf = (page, name) => pane(page, name).locator('.cm-content');

test('an uncaught exception marks its line until the line is changed', async ({ page }) => {
  await run(page, { 'a.py': "x = 1\ny = x / 0\nprint('never')\n" });
  await untilExited(page, 'a.py', 1);
  const marked = pane(page, 'a.py').locator('.cm-mark-error');
  await marked.waitFor();
  assert.equal(await marked.innerText(), 'y = x / 0');
  assert.match(await pane(page, 'a.py').locator('.cm-note').innerText(), /ZeroDivisionError: division by zero/);
  await editorOf(page, 'a.py').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('z');
  await marked.waitFor({ state: 'detached' });
});

test('a syntax error marks its line', async ({ page }) => {
  await run(page, { 'a.py': "print('ok')\nif True\n    pass\n" });
  await untilExited(page, 'a.py', 1);
  const marked = pane(page, 'a.py').locator('.cm-mark-error');
  await marked.waitFor();
  assert.equal(await marked.innerText(), 'if True');
});

test('an error in an imported program is marked there, and its traceback leads there', async ({ page }) => {
  await load(page, {
    'helper.py': "import socket\n\ndef ask():\n    raise ValueError('no answer')\n",
    'main.py': 'import helper\n\nhelper.ask()\n',
  });
  await call(page, 'run', 'main.py');
  await untilExited(page, 'main.py', 1);
  const marked = pane(page, 'helper.py').locator('.cm-mark-error');
  await marked.waitFor();
  assert.match(await marked.innerText(), /raise ValueError/);
  assert.match(await pane(page, 'helper.py').locator('.cm-note').innerText(), /run by main\.py/);
  const places = pane(page, 'main.py').locator('[data-role="console"] .place');
  assert.equal(await places.count(), 2);
  await places.last().click();
  await page.waitForSelector('[data-program="helper.py"] .cm-focused');
  // The other one leads to the program itself.
  await places.first().click();
  await page.waitForSelector('[data-program="main.py"] .cm-focused');
});
