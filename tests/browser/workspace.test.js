// The visitor's own place: what they wrote, which programs there are, how large the parts are.
import assert from 'node:assert/strict';
import { visit } from './support/browser.js';
import { call, load, pane } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

const names = async (page) => (await call(page, 'state')).programs.map(({ name }) => name);
const textOf = (page, name) => pane(page, name).locator('.cm-content').innerText();

/** Writes a line at the end of a program, as a person does. */
async function write(page, name, text) {
  await pane(page, name).locator('.cm-content').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText(`\n${text}`);
}

/** Waits until a text is in one of the drafts that the browser keeps. */
async function untilKept(page, text) {
  const kept = () => page.evaluate(
    (text) => Object.entries(localStorage).some(([key, value]) => key.startsWith('sockpit.draft.') && value.includes(text)),
    text,
  );
  const deadline = Date.now() + 10_000;
  while (!(await kept())) {
    assert.ok(Date.now() < deadline, `${text} is kept`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('what was written is there after a reload, and nowhere but in this browser', async ({ page, browser, url }) => {
  await write(page, 'client.py', '# mine');
  await untilKept(page, '# mine');
  await page.reload();
  await page.evaluate(() => window.sockpit.ready());
  assert.match(await textOf(page, 'client.py'), /# mine/);
  const stranger = await visit(browser, url);
  assert.doesNotMatch(await textOf(stranger.page, 'client.py'), /# mine/);
  await stranger.leave();
});

test('opening an example can be undone', async ({ page }) => {
  await write(page, 'client.py', '# mine');
  await page.keyboard.press('Control+o');
  await page.locator('[data-example="udp-pair"]').first().click();
  await page.waitForSelector('[data-program="receiver.py"]');
  assert.match(page.url(), /#example=udp-pair$/);
  await page.locator('[data-action="undo"]').click();
  await page.waitForSelector('[data-program="client.py"]');
  assert.match(await textOf(page, 'client.py'), /# mine/);
  assert.doesNotMatch(page.url(), /#/);
});

test("a friend's link overwrites nothing: undo, another visit, and the list bring it back", async ({ page, url }) => {
  await write(page, 'client.py', '# mine');
  await untilKept(page, '# mine');
  const link = await page.evaluate(async () => {
    // A session of somebody else, packed as the page does.
    const json = JSON.stringify({ v: 1, title: 'theirs', programs: [{ name: 'theirs.py', code: 'pass\n' }] });
    const stream = new Blob([json]).stream().pipeThrough(new CompressionStream('deflate-raw'));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    return '#session=' + btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  });
  await page.goto(url + link);
  await page.waitForSelector('[data-program="theirs.py"]');
  // It is changed, too: still nothing of mine is gone.
  await write(page, 'theirs.py', '# changed');
  await untilKept(page, '# changed');
  await page.locator('[data-action="undo"]').click();
  await page.waitForSelector('[data-program="client.py"]');
  assert.match(await textOf(page, 'client.py'), /# mine/);
  await page.keyboard.press('Control+o');
  const yours = page.locator('[role="dialog"] .card', { hasText: 'theirs' });
  await yours.click();
  await page.waitForSelector('[data-program="theirs.py"]');
  assert.match(await textOf(page, 'theirs.py'), /# changed/);
});

test('two tabs do not overwrite each other', async ({ page, url }) => {
  await write(page, 'client.py', '# first tab');
  await untilKept(page, '# first tab');
  const other = await page.context().newPage();
  await other.goto(url);
  await other.evaluate(() => window.sockpit.ready());
  await write(other, 'client.py', '# second tab');
  await untilKept(page, '# second tab');
  await write(page, 'client.py', '# first again');
  await untilKept(page, '# first again');
  const drafts = await page.evaluate(() =>
    Object.entries(localStorage).filter(([key]) => key.startsWith('sockpit.draft.')).map(([, value]) => value));
  assert.ok(drafts.some((text) => text.includes('# second tab') && !text.includes('# first again')));
  assert.ok(drafts.some((text) => text.includes('# first again') && !text.includes('# second tab')));
});

test('programs are added, renamed, moved and removed, and removing can be undone', async ({ page }) => {
  await load(page, { 'a.py': 'pass', 'b.py': 'pass' });
  await page.locator('[data-action="add"]').click();
  await page.locator('[data-role="program-name"]').fill('c.py');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-program="c.py"]');
  assert.deepEqual(await names(page), ['a.py', 'b.py', 'c.py']);

  await pane(page, 'c.py').locator('.cm-content').click();
  await page.keyboard.press('Alt+PageUp');
  await page.waitForSelector('[data-program="c.py"] + [data-program="b.py"]');
  assert.deepEqual(await names(page), ['a.py', 'c.py', 'b.py']);
  await page.waitForSelector('[data-program="c.py"] .cm-focused', { timeout: 5_000 });

  await pane(page, 'a.py').locator('[data-action="rename"]').click();
  await page.locator('[data-action="move-right"]').click();
  await page.locator('[data-role="program-name"]').fill('z.py');
  await page.locator('[data-action="confirm"]').click();
  await page.waitForSelector('[data-program="z.py"]');
  assert.deepEqual(await names(page), ['c.py', 'z.py', 'b.py']);

  await pane(page, 'z.py').locator('[data-action="rename"]').click();
  await page.locator('[data-action="remove"]').click();
  await page.waitForSelector('[data-program="z.py"]', { state: 'detached' });
  await page.locator('[data-action="undo"]').click();
  await page.waitForSelector('[data-program="z.py"]');
  assert.deepEqual(await names(page), ['c.py', 'z.py', 'b.py']);
});

test('a program is dragged to another place', async ({ page }) => {
  await load(page, { 'a.py': 'pass', 'b.py': 'pass' });
  await page.waitForSelector('[data-program="b.py"]');
  const [from, to] = [
    await pane(page, 'a.py').locator('[data-action="rename"]').boundingBox(),
    await pane(page, 'b.py').boundingBox(),
  ];
  await page.mouse.move(from.x + 10, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(to.x + to.width * 0.8, from.y + 12, { steps: 8 });
  await page.waitForSelector('[data-drop="after"]');
  await page.mouse.up();
  await page.waitForSelector('[data-program="b.py"] + [data-program="a.py"]');
  // The name that was pressed is a button, and was not meant.
  assert.equal(await page.locator('[role="dialog"]').count(), 0);
});

test('dividers drag, answer to keys and clicks, and stay', async ({ page }) => {
  const value = async (name) => Number(await page.locator(`[data-divider="${name}"]`).first().getAttribute('aria-valuenow'));
  const become = (name, wanted) =>
    page.waitForSelector(`[data-divider="${name}"][aria-valuenow="${wanted}"]`, { state: 'attached' });
  const work = page.locator('[data-divider="work"]');
  const before = await value('work');
  const box = await work.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 - 144, box.y + 100, { steps: 4 });
  await page.mouse.up();
  await become('work', before - 10);
  const moved = await work.boundingBox();
  assert.ok(Math.abs(moved.x - (box.x - 144)) < 3, `${moved.x} and ${box.x}`);

  const dock = page.locator('[data-divider="dock"]');
  const low = await value('dock');
  await dock.focus();
  await page.keyboard.press('ArrowUp');
  await become('dock', low + 2);

  const console_ = page.locator('[data-of="console"]').first();
  const small = await value('console');
  await console_.locator('.grip').hover();
  await console_.locator('.nudge.less').click();
  await become('console', small + 8);

  await page.reload();
  await page.evaluate(() => window.sockpit.ready());
  assert.deepEqual([await value('work'), await value('dock'), await value('console')], [before - 10, low + 2, small + 8]);
  await page.locator('[data-divider="work"]').dblclick();
  await become('work', before);
});
