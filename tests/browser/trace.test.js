// `?trace=1`: where the time of a call goes, stage by stage.
import assert from 'node:assert/strict';
import { visit } from './support/browser.js';
import { call, run, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite({ path: '?trace=1' });

const STAGES = ['program', 'nudge', 'kernel_out', 'connection', 'system_call', 'kernel_in', 'wake'];
const CALLS = 200;
const PROGRAM = {
  'calls.py': `
    import socket
    a, b = socket.socketpair()
    for _ in range(${CALLS / 2}):
        a.send(b'x')
        b.recv(1)
    input()
  `,
};

test('a call is taken apart, and the page shows into what', async ({ page }) => {
  await run(page, PROGRAM);
  // It asks for a line, so that nothing but time passes until the page has heard of the calls.
  let trace;
  do trace = await call(page, 'trace');
  while ((trace?.calls ?? 0) < CALLS);
  assert.deepEqual(trace.stages.map(({ stage }) => stage), STAGES);
  for (const { stage, title, p50Us, p99Us } of trace.stages) {
    assert.ok(title && p50Us <= p99Us, `${stage}: ${p50Us} µs, ${p99Us} µs`);
  }
  const connection = trace.stages.find(({ stage }) => stage === 'connection');
  assert.ok(connection.p50Us > 0, 'a message takes time');
  const banner = page.locator('[data-banner="trace"]');
  await banner.getByText('back to Python').waitFor();
  assert.equal(await banner.locator('dt').count(), STAGES.length);
  await call(page, 'input', 'calls.py', '\n');
  await untilExited(page, 'calls.py');
});

test('nobody is asked where nobody wants to know', async ({ browser, backend }) => {
  const { page, leave } = await visit(browser, backend.url);
  await run(page, { 'a.py': 'import socket\nsocket.socketpair()\n' });
  await untilExited(page, 'a.py');
  assert.equal(await call(page, 'trace'), null);
  assert.equal(await page.locator('[data-banner="trace"]').count(), 0);
  await leave();
});
