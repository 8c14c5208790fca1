// Calls that are held before they are made: step mode, breakpoints, slow motion, and an order
// that is repeated.
import assert from 'node:assert/strict';
import { objections } from './support/axe.js';
import {
  call,
  load,
  pane,
  run,
  stateOf,
  until,
  untilBlockedIn,
  untilExited,
} from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

const PAIR = {
  'server.py': `
    import socket
    server = socket.socket()
    server.bind(('127.0.0.1', 0))
    server.listen()
    server.getsockname()
  `,
  'client.py': `
    import socket
    client = socket.socket()
    client.getsockname()
    client.close()
  `,
};

/** Waits until a program is about to make a call. */
function untilHeldAt(page, name, method) {
  return until(page, name, ({ held }) => held[0]?.name === method, `halting before ${method}()`);
}

/** The calls of a recording, as "program method". */
async function order(page) {
  const { calls } = await call(page, 'recording');
  return calls.map(({ program, name }) => `${program} ${name}`);
}

test('step mode halts every program, and the visitor says who goes first', async ({ page }) => {
  await load(page, PAIR);
  await page.locator('[data-action="pace-step"]').click();
  await page.locator('[data-action="run-all"]').click();
  await untilHeldAt(page, 'server.py', 'socket');
  const client = await untilHeldAt(page, 'client.py', 'socket');
  assert.deepEqual([client.state, client.blockedIn, client.held[0].line], ['blocked', null, 2]);
  assert.deepEqual(await order(page), []);

  await pane(page, 'client.py').locator('[data-action="step"]').click();
  await untilHeldAt(page, 'client.py', 'getsockname');
  await pane(page, 'server.py').locator('[data-action="step"]').click();
  await untilHeldAt(page, 'server.py', 'bind');
  assert.deepEqual(await order(page), ['client.py socket', 'server.py socket']);

  const next = pane(page, 'server.py').locator('[data-role="next"]');
  await next.getByText("bind(('127.0.0.1', 0))").waitFor();
  await next.getByText('line 3').waitFor();
  await page.locator('[data-program="server.py"][data-state="blocked"]').waitFor();
  await pane(page, 'server.py').locator('.cm-mark-next').getByText('server.bind').waitFor();
  assert.deepEqual(await objections(page), []);

  await page.locator('[data-action="continue"]').click();
  await untilExited(page, 'server.py');
  await untilExited(page, 'client.py');
});

test('a pane\'s own button begins step mode, and keys step', async ({ page }) => {
  await load(page, PAIR);
  await pane(page, 'client.py').locator('[data-action="step"]').click();
  await untilHeldAt(page, 'client.py', 'socket');
  assert.equal((await call(page, 'state')).pace, 'step');
  await page.locator('[data-program="client.py"] [data-role="next"]').waitFor();
  await page.keyboard.press('2');
  await untilHeldAt(page, 'client.py', 'getsockname');
  await pane(page, 'client.py').locator('.cm-content').click();
  await page.keyboard.press('F10');
  await untilHeldAt(page, 'client.py', 'close');
  await page.keyboard.press('F8');
  await untilExited(page, 'client.py');
  assert.equal((await call(page, 'state')).pace, 'run');
});

test('threads halt one by one', async ({ page }) => {
  await load(page, {
    'threads.py': `
      import socket, threading
      def work():
          socket.gethostname()
      threads = [threading.Thread(target=work) for _ in range(2)]
      for thread in threads: thread.start()
      for thread in threads: thread.join()
      print('done')
    `,
  });
  await call(page, 'pace', 'step');
  await call(page, 'run');
  const { held } = await until(page, 'threads.py', ({ held }) => held.length === 2, 'two threads');
  const [first, second] = held.map(({ thread }) => thread);
  assert.notEqual(first, second);
  const step = (thread) => pane(page, 'threads.py').locator(`[data-action="step"][data-thread="${thread}"]`);
  await step(second).click();
  await until(page, 'threads.py', ({ held }) => held.length === 1 && held[0].thread === first, 'one left');
  await step(first).click();
  await untilExited(page, 'threads.py');
});

test('window.sockpit.step goes call by call', async ({ page }) => {
  await load(page, PAIR);
  await call(page, 'step', 'client.py');
  for (const method of ['socket', 'getsockname', 'close']) {
    await untilHeldAt(page, 'client.py', method);
    await call(page, 'step', 'client.py');
  }
  await untilExited(page, 'client.py');
  await assert.rejects(call(page, 'step', 'nobody.py'), /no program/);
});

test('a held program stops, and nothing was sent', async ({ page }) => {
  await load(page, PAIR);
  await call(page, 'step', 'server.py');
  await untilHeldAt(page, 'server.py', 'socket');
  await pane(page, 'server.py').locator('[data-action="stop"]').click();
  await until(page, 'server.py', ({ state, held }) => state === 'exited' && !held.length, 'its end');
  assert.deepEqual(await order(page), []);
});

test('a breakpoint on a method and one on a line', async ({ page }) => {
  await load(page, PAIR);
  await call(page, 'pace', 'step');
  const field = page.locator('[data-role="break"]');
  await field.fill('listen');
  await field.press('Enter');
  await page.locator('[data-break="listen"]').waitFor();
  await pane(page, 'client.py').locator('.cm-breaks .cm-gutterElement').nth(4).click();
  await pane(page, 'client.py').locator('.cm-break').last().waitFor();
  assert.deepEqual(await objections(page), []);
  await page.locator('[data-action="continue"]').click();
  await page.locator('[data-action="run-all"]').click();
  const server = await untilHeldAt(page, 'server.py', 'listen');
  assert.equal(server.held[0].why, 'breakpoint');
  // The client waits for its server, which is no more ready than before.
  assert.equal((await stateOf(page, 'client.py')).state, 'idle');
  await pane(page, 'server.py').locator('[data-action="step"]').click();
  await untilExited(page, 'server.py');
  const client = await untilHeldAt(page, 'client.py', 'close');
  assert.equal(client.held[0].line, 4);
  await page.locator('[data-action="continue"]').click();
  await untilExited(page, 'client.py');
});

test('slow motion holds each call for a while', async ({ page }) => {
  await load(page, PAIR);
  await page.locator('[data-action="pace-slow"]').click();
  await page.locator('[data-action="speed"][data-ms="250"]').click();
  assert.deepEqual(await objections(page), []);
  await call(page, 'run', 'client.py');
  await untilExited(page, 'client.py');
  const { calls } = await call(page, 'recording');
  const times = calls.map(({ startedUs }) => startedUs);
  assert.equal(times.length, 3);
  assert.ok(times[1] - times[0] >= 250_000 && times[2] - times[1] >= 250_000, String(times));
});

test('an order is repeated, also at full speed', async ({ page }) => {
  await load(page, PAIR);
  await call(page, 'pace', 'step');
  await call(page, 'run');
  await untilHeldAt(page, 'server.py', 'socket');
  await untilHeldAt(page, 'client.py', 'socket');
  const next = { 'server.py': ['socket', 'bind', 'listen', 'getsockname'], 'client.py': ['socket', 'getsockname', 'close'] };
  const chosen = ['client.py', 'server.py', 'server.py', 'client.py', 'server.py', 'client.py', 'server.py'];
  for (const name of chosen) {
    await untilHeldAt(page, name, next[name].shift());
    await call(page, 'step', name);
  }
  await untilExited(page, 'server.py');
  await untilExited(page, 'client.py');
  const before = await order(page);
  assert.deepEqual(before.map((line) => line.split(' ')[0]), chosen);

  await page.locator('[data-action="repeat"]').click();
  await until(page, 'client.py', ({ state }) => state === 'loading' || state === 'running' || state === 'blocked', 'its second run');
  await untilExited(page, 'client.py');
  await untilExited(page, 'server.py');
  assert.deepEqual((await order(page)).slice(before.length), before);
});

test('a program that departs from the order says so and halts', async ({ page }) => {
  await load(page, PAIR);
  await call(page, 'pace', 'step');
  await call(page, 'step', 'client.py');
  await untilHeldAt(page, 'client.py', 'socket');
  await call(page, 'step', 'client.py');
  await untilHeldAt(page, 'client.py', 'getsockname');
  await call(page, 'stop');
  await pane(page, 'client.py').locator('.cm-line').first().click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('import socket; socket.gethostname()');
  await page.keyboard.press('Enter');
  await page.locator('[data-action="repeat"]').click();
  await page.locator('[data-role="pace"]').getByText('client.py is about to call gethostname() where it called socket()').waitFor();
  await untilHeldAt(page, 'client.py', 'gethostname');
  await page.locator('[data-action="continue"]').click();
  await untilExited(page, 'client.py');
});

test('a server that waits for its client in accept makes the client ready in step mode', async ({ page }) => {
  await run(page, { 'idle.py': 'pass' });
  await load(page, {
    'server.py': `
      import socket
      server = socket.create_server(('127.0.0.1', 0))
      server.accept()
    `,
  });
  await call(page, 'pace', 'step');
  await call(page, 'run');
  while ((await until(page, 'server.py', ({ held, state }) => held.length > 0 || state === 'blocked', 'a halt')).held.length) {
    await call(page, 'step', 'server.py');
  }
  await untilBlockedIn(page, 'server.py', 'accept');
  await call(page, 'stop');
});
