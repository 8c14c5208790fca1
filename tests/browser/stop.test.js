// Stop ends a program wherever it is, and nothing of it stays on the host.
import assert from 'node:assert/strict';
import { ended, isFree, tcpServer } from './support/peers.js';
import {
  call,
  pane,
  printedNumber,
  run,
  stateOf,
  until,
  untilBlockedIn,
  untilPrinted,
} from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

/** Presses the pane's Stop and waits until the program is stopped and the pane says so. */
async function stop(page, name) {
  await pane(page, name).locator('[data-action="stop"]').first().click();
  await until(page, name, ({ state }) => state === 'stopped', 'its end');
  await page.locator(`[data-program="${name}"][data-state="stopped"]`).waitFor();
}

test('inside accept, and the port is free again', async ({ page }) => {
  await run(page, {
    'server.py': `
      import socket
      server = socket.create_server(('127.0.0.1', 0))
      print('port', server.getsockname()[1])
      server.accept()
    `,
  });
  const port = await printedNumber(page, 'server.py', 'port');
  await untilBlockedIn(page, 'server.py', 'accept');
  await pane(page, 'server.py').getByText(/blocked in accept\(\).* s/).first().waitFor();
  await page.waitForSelector('[data-program="server.py"][data-state="blocked"]');
  assert.equal(await isFree(port), false);
  await stop(page, 'server.py');
  await freed(port);
});

test('inside recv, and the peer sees the end of the connection', async ({ page }) => {
  let accepted;
  const connection = new Promise((resolve) => (accepted = resolve));
  const server = await tcpServer((socket) => accepted(ended(socket)));
  await run(page, {
    'client.py': `
      import socket
      s = socket.create_connection(('127.0.0.1', ${server.port}))
      s.recv(1)
    `,
  });
  await untilBlockedIn(page, 'client.py', 'recv');
  await stop(page, 'client.py');
  assert.ok(await connection);
  await server.close();
});

test('inside sleep', async ({ page }) => {
  await run(page, { 'sleeper.py': 'import time\ntime.sleep(3600)\n' });
  await untilBlockedIn(page, 'sleeper.py', 'sleep');
  await stop(page, 'sleeper.py');
});

test('inside input, whose prompt is shown', async ({ page }) => {
  await run(page, { 'asker.py': "name = input('name? ')\nprint('hello', name)\n" });
  await until(page, 'asker.py', ({ state }) => state === 'input', 'asking');
  await pane(page, 'asker.py').locator('[data-role="console"]').getByText('name?').waitFor();
  await stop(page, 'asker.py');
});

test('inside a busy loop', async ({ page }) => {
  await run(page, { 'busy.py': "print('begun', flush=True)\nwhile True:\n    pass\n" });
  await untilPrinted(page, 'busy.py', 'begun');
  assert.equal((await stateOf(page, 'busy.py')).state, 'running');
  await stop(page, 'busy.py');
});

test('with threads in recv, accept and a loop at once, and it runs again', async ({ page }) => {
  const program = `
    import socket, threading, time
    a, b = socket.socketpair()
    server = socket.create_server(('127.0.0.1', 0))
    for target in (lambda: a.recv(1), server.accept, lambda: time.sleep(3600)):
        threading.Thread(target=target).start()
    print('port', server.getsockname()[1], flush=True)
    while True:
        pass
  `;
  await run(page, { 'many.py': program });
  const port = await printedNumber(page, 'many.py', 'port');
  await stop(page, 'many.py');
  await freed(port);
  await call(page, 'run', 'many.py');
  await until(page, 'many.py', ({ state, stdout }) => state === 'running' && /port \d+\s/.test(stdout), 'its second run');
  await stop(page, 'many.py');
});

test('a program that ended leaves no socket behind', async ({ page }) => {
  await run(page, {
    'server.py': `
      import socket
      server = socket.create_server(('127.0.0.1', 0))
      print('port', server.getsockname()[1])
    `,
  });
  await freed(await printedNumber(page, 'server.py', 'port'));
});

test('a closed tab leaves no socket behind', async ({ page, browser, url }) => {
  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(url);
  await other.evaluate(() => window.sockpit.ready());
  await run(other, {
    'server.py': `
      import socket
      server = socket.create_server(('127.0.0.1', 0))
      print('port', server.getsockname()[1])
      server.accept()
    `,
  });
  const port = await printedNumber(other, 'server.py', 'port');
  await untilBlockedIn(other, 'server.py', 'accept');
  await context.close();
  await freed(port);
});

/** Waits until the host has given a port back. */
async function freed(port) {
  const deadline = Date.now() + 5_000;
  while (!(await isFree(port))) {
    assert.ok(Date.now() < deadline, `port ${port} is still taken`);
  }
}
