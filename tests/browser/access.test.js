// The page for everybody: axe's judgement, the keyboard alone, a screen reader's ears, 390 pixels.
import assert from 'node:assert/strict';
import { objections } from './support/axe.js';
import { visit } from './support/browser.js';
import { call, load, pane, run, untilBlockedIn, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

const WIDE = { width: 1440, height: 900 };
const MIDDLING = { width: 1000, height: 800 };
const PHONE = { width: 390, height: 844 };

/** Everything that a picture of the page can show: a wait, an error, output, a prompt. */
const BUSY = {
  'server.py': `
    import socket
    server = socket.create_server(('127.0.0.1', 0))
    print('listening')
    server.accept()
  `,
  'client.py': `
    import socket
    print('before')
    one, other = socket.socketpair()
    one.sendall(b'hello')
    print(other.recv(5))
    socket.socket().connect(('127.0.0.1', 1))
  `,
};

async function visitIn(browser, url, viewport, colorScheme) {
  return visit(browser, url, { context: { viewport, colorScheme, hasTouch: viewport.width < 640 } });
}

for (const colorScheme of ['light', 'dark']) {
  for (const viewport of [WIDE, MIDDLING, PHONE]) {
    test(`axe finds nothing, ${colorScheme}, ${viewport.width} pixels`, async ({ browser, url }) => {
      const other = await visitIn(browser, url, viewport, colorScheme);
      const { page } = other;
      assert.deepEqual(await objections(page), [], 'first page');
      await run(page, BUSY);
      await untilBlockedIn(page, 'server.py', 'accept');
      await untilExited(page, 'client.py', 1);
      await page.waitForSelector('[data-program="client.py"][data-state="exited"]', { state: 'attached' });
      assert.deepEqual(await objections(page), [], 'after a run');
      await other.leave();
    });
  }
}

test('axe finds nothing with eight programs, whose lanes all differ', async ({ browser, url }) => {
  const code = `
    import socket
    one, other = socket.socketpair()
    one.send(b'x')
    other.recv(1)
  `;
  const eight = Object.fromEntries([...'abcdefgh'].map((letter) => [`${letter}.py`, code]));
  for (const colorScheme of ['light', 'dark']) {
    const other = await visitIn(browser, url, { width: 1440, height: 900 }, colorScheme);
    const { page } = other;
    await run(page, eight);
    for (const name of Object.keys(eight)) await untilExited(page, name);
    assert.deepEqual(await objections(page), [], colorScheme);
    const shapes = await page.locator('.pane > header .glyph use').evaluateAll((uses) => uses.map((use) => use.getAttribute('href')));
    assert.equal(new Set(shapes).size, 8, 'a shape for each, not a colour alone');
    await other.leave();
  }
});

test('axe finds nothing while programs are held: step mode and a question', async ({ browser, url }) => {
  for (const [viewport, colorScheme] of [[WIDE, 'light'], [WIDE, 'dark'], [PHONE, 'light']]) {
    const other = await visitIn(browser, url, viewport, colorScheme);
    const { page } = other;
    await load(page, { 'a.py': 'import socket\nsocket.socket()\n' });
    // The button itself may have no room on a phone; the key is always there.
    await page.keyboard.press('F8');
    await call(page, 'run', 'a.py').catch(() => {});
    await page.locator('[data-program="a.py"] [data-role="next"]').waitFor({ state: 'attached' });
    assert.deepEqual(await objections(page), [], `step mode, ${viewport.width}`);
    await page.keyboard.press('F8');
    await untilExited(page, 'a.py');
    // A destination that is reserved for documents; nobody is asked to go there.
    await load(page, { 'b.py': "import socket\nsocket.socket().connect(('198.51.100.1', 80))\n" });
    await page.evaluate(() => void window.sockpit.run('b.py'));
    await page.locator('[data-role="consent"]').waitFor();
    assert.deepEqual(await objections(page), [], `a question, ${viewport.width}`);
    await page.locator('[data-action="consent-no"]').click();
    await other.leave();
  }
});

test('axe finds nothing in any dialog', async ({ browser, url }) => {
  for (const [viewport, colorScheme] of [[WIDE, 'light'], [PHONE, 'dark']]) {
    const other = await visitIn(browser, url, viewport, colorScheme);
    const { page } = other;
    const openings = ['[data-action="examples"]', '[data-action="share"]', '[data-action="rename"]', '[data-action="keys"]'];
    for (const opening of openings) {
      const button = page.locator(`${opening}:visible`).first();
      if (!(await button.count())) continue;
      await button.click();
      await page.locator('[role="dialog"]').waitFor();
      assert.deepEqual(await objections(page), [], `${opening} at ${viewport.width}`);
      await page.keyboard.press('Escape');
      await page.locator('[role="dialog"]').waitFor({ state: 'detached' });
    }
    await other.leave();
  }
});

test('axe finds nothing in an embedded page', async ({ browser, url }) => {
  const other = await visitIn(browser, `${url}?embed=1#example=tcp-echo`, { width: 760, height: 560 }, 'light');
  assert.deepEqual(await objections(other.page), []);
  await other.leave();
});

for (const width of [390, 320]) {
  test(`nothing is wider than ${width} pixels, in any view`, async ({ browser, url }) => {
    const other = await visitIn(browser, url, { ...PHONE, width }, 'light');
    const { page } = other;
    await run(page, BUSY);
    await untilExited(page, 'client.py', 1);
    const overflow = () =>
      page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
    for (const label of ['Programs', 'Timeline', 'Bytes', 'Sockets']) {
      await page.locator('.mnav button', { hasText: label }).tap();
      await page.locator(`.mnav button[aria-current="page"]`, { hasText: label }).waitFor();
      assert.ok((await overflow()) <= 0, label);
    }
    for (const opening of ['examples', 'share']) {
      await page.locator(`[data-action="${opening}"]`).tap();
      await page.locator('[role="dialog"]').waitFor();
      assert.ok((await overflow()) <= 0, opening);
      await page.locator('[role="dialog"] .head button').tap();
      await page.locator('[role="dialog"]').waitFor({ state: 'detached' });
    }
    await other.leave();
  });
}

test('on a phone one can write, run, see and share', async ({ browser, url }) => {
  const other = await visitIn(browser, url, PHONE, 'light');
  const { page } = other;
  await load(page, { 'a.py': '\n' });
  await pane(page, 'a.py').locator('.cm-content, textarea.plain-text').first().tap();
  await page.keyboard.insertText('import socket\na, b = socket.socketpair()\nprint(a.send(b"hey"))');
  await page.locator('[data-action="run-all"]').tap();
  assert.equal((await untilExited(page, 'a.py')).stdout, '3\n');
  await page.waitForSelector('[data-program="a.py"][data-state="exited"]');
  assert.match(await pane(page, 'a.py').locator('[data-role="console"]').innerText(), /3/);
  await page.locator('.mnav button', { hasText: 'Timeline' }).tap();
  await page.locator('[data-event="send"]').first().waitFor();
  await page.locator('[data-action="share"]').tap();
  assert.match(await page.locator('[data-role="share-link"]').inputValue(), /#session=/);
  await other.leave();
});

test('a visit by keyboard alone: edit, run, look, open another example', async ({ page }) => {
  await page.keyboard.press('Alt+1');
  await page.keyboard.press('Control+Enter');
  const { programs } = await call(page, 'state');
  for (const { name } of programs) await untilExited(page, name);
  await page.keyboard.press('Alt+t');
  await page.keyboard.press('Home');
  await page.locator('[data-event][aria-selected="true"]').first().waitFor();
  await page.keyboard.press('Control+o');
  await page.locator('[role="dialog"]').waitFor();
  // The dialog has the keyboard, and keeps it.
  for (let n = 0; n < 40; n++) await page.keyboard.press('Tab');
  assert.ok(await page.evaluate(() => !!document.activeElement.closest('[role="dialog"]')));
  await page.keyboard.press('Escape');
  await page.locator('[role="dialog"]').waitFor({ state: 'detached' });
  // And gives it back to where it was.
  assert.equal(await page.evaluate(() => document.activeElement.dataset.role), 'timeline');
});

test('Tab leaves an editor after Escape, and reaches everything once', async ({ page }) => {
  await page.keyboard.press('Alt+1');
  await page.waitForSelector('.cm-focused, .plain-text:focus');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  assert.ok(await page.evaluate(() => !document.activeElement.closest('.cm-editor, .plain-text')));
  const seen = new Set();
  for (let n = 0; n < 80; n++) {
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    seen.add(await page.evaluate(() => {
      const active = document.activeElement;
      return active.dataset.action ?? active.dataset.divider ?? active.dataset.role ?? active.getAttribute('aria-label') ?? active.tagName;
    }));
  }
  for (const wanted of ['run-all', 'examples', 'share', 'run', 'rename', 'add', 'work', 'dock', 'console', 'timeline']) {
    assert.ok(seen.has(wanted), `${wanted} in ${[...seen]}`);
  }
});

test('what happens is said in sentences, and a flood is a number', async ({ page }) => {
  await run(page, {
    'server.py': `
      import socket
      server = socket.create_server(('127.0.0.1', 0))
      client = socket.create_connection(server.getsockname())
      server.accept()
    `,
  });
  const summary = page.locator('[data-role="summary"]');
  assert.equal(await summary.getAttribute('aria-live'), 'polite');
  await summary.filter({ hasText: /server\.py: accept returned 127\.0\.0\.1:\d+\./ }).waitFor({ state: 'attached' });

  await run(page, {
    'flood.py': `
      import socket
      one, other = socket.socketpair()
      for _ in range(500):
          one.send(b'x')
          other.recv(1)
      print('done')
    `,
  });
  const said = [];
  await page.exposeFunction('heard', (text) => said.push(text));
  await page.evaluate(() => {
    const region = document.querySelector('[data-role="summary"]');
    new MutationObserver(() => globalThis.heard(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
  });
  await untilExited(page, 'flood.py');
  await summary.filter({ hasText: /flood\.py exited 0/ }).waitFor({ state: 'attached' });
  assert.ok(said.length < 20, `said ${said.length} times`);
  assert.ok(said.some((text) => /And \d+ more events\./.test(text)), said.join('\n'));
});

test('forced colours and reduced motion leave everything to be seen', async ({ browser, url }) => {
  const other = await visit(browser, url, {
    context: { viewport: WIDE, forcedColors: 'active', reducedMotion: 'reduce' },
  });
  const { page } = other;
  await run(page, BUSY);
  await untilExited(page, 'client.py', 1);
  await page.locator('[data-event="connect"]').last().click();
  const outline = (selector) =>
    page.locator(selector).first().evaluate((element) => {
      const style = getComputedStyle(element);
      return style.outlineStyle !== 'none' || style.borderLeftStyle !== 'none' || style.borderTopStyle !== 'none';
    });
  for (const selector of ['[data-event][aria-selected="true"]', '[data-action="run-all"]', '.cm-mark-error, .plain-numbers']) {
    assert.ok(await outline(selector), selector);
  }
  const moving = await page.evaluate(() => document.getAnimations().filter((one) => one.playState === 'running').length);
  assert.equal(moving, 0);
  await other.leave();
});
