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

/** Types a program's last line, waits for the list, and returns what it offers. */
async function offered(page, text) {
  await page.keyboard.press('Control+End');
  await page.keyboard.type(text);
  const list = page.locator('.cm-tooltip-autocomplete li');
  await list.first().waitFor();
  return list.locator('.cm-completionLabel').allInnerTexts();
}

/** Gives an editor the keyboard, and waits until it knows its names. */
async function enter(page, name) {
  const names = page.waitForResponse((response) => response.url().endsWith('/reference.json'));
  await editorOf(page, name).click();
  await (await names).finished();
}

test('completion knows the module and what its sockets have', async ({ page }) => {
  await load(page, { 'a.py': 'import socket as s\nserver = s.create_server(("", 0))\nconn, peer = server.accept()\n' });
  await enter(page, 'a.py');
  const methods = await offered(page, 'conn.rec');
  for (const name of ['recv', 'recvfrom', 'recv_into']) assert.ok(methods.includes(name), `${name} in ${methods}`);
  assert.ok(!methods.includes('AF_INET'));
  assert.match(await page.locator('.cm-completionInfo').innerText(), /recv\(.*Waits:/s);
  await page.keyboard.press('Escape');
  const constants = await offered(page, 'v\nx = s.SOCK_STR');
  assert.deepEqual(constants, ['SOCK_STREAM']);
  await page.keyboard.press('Enter');
  assert.match(await editorOf(page, 'a.py').innerText(), /x = s\.SOCK_STREAM/);
  // What is written out needs no list, and Enter is a new line.
  await page.keyboard.press('Enter');
  await page.keyboard.type('y = s.AF_INET');
  await page.keyboard.press('Enter');
  await page.keyboard.type('z = 1');
  assert.match(await editorOf(page, 'a.py').innerText(), /y = s\.AF_INET\n+z = 1/);
});

test('a name shows its documentation under the pointer', async ({ page }) => {
  await load(page, { 'a.py': 'import socket\nsock = socket.socket()\nsock.settimeout(3)\n' });
  await enter(page, 'a.py');
  const line = await editorOf(page, 'a.py').locator('.cm-line').nth(2).boundingBox();
  const tip = page.locator('.cm-tooltip-hover .cm-doc');
  await page.mouse.move(line.x + 78, line.y + line.height / 2);
  await page.mouse.move(line.x + 80, line.y + line.height / 2);
  await tip.waitFor();
  assert.match(await tip.innerText(), /settimeout\(/);
});
