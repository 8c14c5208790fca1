// What a person sees who opens the page for the first time.
import assert from 'node:assert/strict';
import { call, pane, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

test('the first screen is a working example of a client and a server', async ({ page }) => {
  const { programs } = await call(page, 'state');
  assert.ok(programs.length >= 2, 'two programs');
  for (const { name, state, stdout, stderr } of programs) {
    assert.deepEqual({ state, stdout, stderr }, { state: 'idle', stdout: '', stderr: '' }, name);
    assert.ok(await pane(page, name).isVisible(), name);
  }
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
});

test('Run all runs both, and the client prints the response in pieces of 128 bytes', async ({ page }) => {
  await page.locator('[data-action="run-all"]').first().click();
  const { programs } = await call(page, 'state');
  for (const { name } of programs) await untilExited(page, name);
  const client = programs.find(({ name }) => name.includes('client'));
  const { stdout } = await untilExited(page, client.name);
  assert.match(stdout, /HTTP\/1\.[01] 200/);
  for (const { name } of programs) {
    const element = pane(page, name);
    // The document follows the state at the next frame.
    await page.waitForSelector(`[data-program="${name}"][data-state="exited"]`);
    assert.equal(await element.getAttribute('data-exit-code'), '0');
    assert.match(await element.innerText(), /exited 0/);
  }
  const events = await page.locator('[data-event="recv"]').count();
  assert.ok(events >= 2, `the response comes in more than one recv (${events})`);
  const { calls } = await call(page, 'recording');
  const pieces = calls.filter(({ program, name }) => program === client.name && name === 'recv');
  assert.ok(pieces.length >= 3, 'two pieces and the end');
  assert.ok(pieces.every((piece) => piece.call.len === 128 && piece.received.len <= 128));
});

test('the page loads nothing twice and keeps what is named by its content', async ({ page, url }) => {
  const response = await page.request.get(url);
  assert.match(response.headers()['cache-control'], /no-cache/);
  const html = await response.text();
  const hashed = html.match(/\/page\/[0-9a-f]+\/[\w.]+/)[0];
  const asset = await page.request.get(new URL(hashed, url).href);
  assert.equal(asset.status(), 200);
  assert.match(asset.headers()['cache-control'], /immutable/);
});

test('a strict content security policy is in force', async ({ page, url }) => {
  const policy = (await page.request.get(url)).headers()['content-security-policy'];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')/);
});
