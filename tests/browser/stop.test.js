// Stop interrupts a program wherever it is, as Ctrl-C does; a second Stop ends it at once. Nothing
// of it stays on the host.
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

/** Presses the pane's Stop once. */
function pressStop(page, name) {
  return pane(page, name).locator('[data-action="stop"]').first().click();
}

/** Presses the pane's Stop and waits until KeyboardInterrupt has ended the program. */
async function stop(page, name) {
  await pressStop(page, name);
  const { stderr, exitCode, error } = await until(page, name, ({ state }) => state === 'exited', 'its end');
  assert.equal(exitCode, 130);
  assert.equal(error.kind, 'KeyboardInterrupt');
  assert.match(stderr, /^Traceback \(most recent call last\):\n[^]*\nKeyboardInterrupt\n$/);
  await page.locator(`[data-program="${name}"][data-state="exited"][data-exit-code="130"]`).waitFor();
}

/** Presses Stop twice and waits until the program is ended. */
async function stopNow(page, name) {
  await pressStop(page, name);
  await pane(page, name).getByText('Stop now').waitFor();
  await pressStop(page, name);
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

test('inside a wait for a thread, a lock or a queue', async ({ page }) => {
  for (const [method, line] of [
    ['join', 'thread = threading.Thread(target=time.sleep, args=(3600,), daemon=True); thread.start(); thread.join()'],
    ['acquire', 'lock = threading.Lock(); lock.acquire(); lock.acquire()'],
    ['get', 'queue.Queue().get()'],
    ['wait', 'threading.Event().wait(3600)'],
  ]) {
    await run(page, { 'waiter.py': `import queue, threading, time\n${line}\n` });
    await untilBlockedIn(page, 'waiter.py', method);
    assert.equal((await stateOf(page, 'waiter.py')).blockedLine, 2);
    await stop(page, 'waiter.py');
  }
});

test('inside select, without and with a timeout', async ({ page }) => {
  await run(page, {
    'selector.py': `
      import select, socket
      a, b = socket.socketpair()
      try:
          select.select([a], [], [])
      except KeyboardInterrupt:
          print('once')
      select.select([a], [], [], 3600)
    `,
  });
  await untilBlockedIn(page, 'selector.py', 'select');
  await pressStop(page, 'selector.py');
  await untilPrinted(page, 'selector.py', 'once');
  await untilBlockedIn(page, 'selector.py', 'select');
  await pane(page, 'selector.py').getByText('Stop now').waitFor();
});

test('with a handler: the call goes on, and a second Stop ends the program', async ({ page }) => {
  await run(page, {
    'stubborn.py': `
      import signal, socket
      def handler(number, frame):
          print('signal', number, frame.f_code.co_name)
      print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
      print(signal.signal(signal.SIGINT, handler) is signal.default_int_handler)
      a, b = socket.socketpair()
      a.recv(1)
    `,
  });
  await untilBlockedIn(page, 'stubborn.py', 'recv');
  await pressStop(page, 'stubborn.py');
  await untilPrinted(page, 'stubborn.py', 'signal 2 <module>');
  await untilBlockedIn(page, 'stubborn.py', 'recv');
  await pane(page, 'stubborn.py').getByText('Stop now').waitFor();
  await pressStop(page, 'stubborn.py');
  await until(page, 'stubborn.py', ({ state }) => state === 'stopped', 'its end');
});

test('in asyncio, whose runner cancels the main task', async ({ page }) => {
  await run(page, {
    'loop.py': `
      import asyncio
      async def main():
          server = await asyncio.start_server(lambda r, w: None, '127.0.0.1', 0)
          print('port', server.sockets[0].getsockname()[1])
          try:
              await server.serve_forever()
          finally:
              print('cleaned up')
      asyncio.run(main())
    `,
  });
  const port = await printedNumber(page, 'loop.py', 'port');
  await until(page, 'loop.py', ({ state }) => state === 'blocked', 'being blocked');
  await stop(page, 'loop.py');
  assert.match((await stateOf(page, 'loop.py')).stdout, /cleaned up/);
  await freed(port);
});

test('at the prompt, where it ends the line and not the interpreter', async ({ page }) => {
  await run(page, { 'kept.py': 'kept = 42\n' });
  await until(page, 'kept.py', ({ state }) => state === 'exited', 'its end');
  const line = call(page, 'repl', 'kept.py', 'exec("while True: pass")');
  await until(page, 'kept.py', ({ state }) => state === 'running', 'a running line');
  await pressStop(page, 'kept.py');
  assert.equal((await line).error.kind, 'KeyboardInterrupt');
  await call(page, 'repl', 'kept.py', 'print(kept)');
  await untilPrinted(page, 'kept.py', '42');
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

test('in a flood of output and in calls that never loop', async ({ page }) => {
  await run(page, { 'flood.py': "while True:\n    print('x' * 100)\n" });
  await untilPrinted(page, 'flood.py', 'xxx');
  await stop(page, 'flood.py');
  await run(page, { 'deep.py': 'def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nprint("begun", flush=True)\nfib(99)\n' });
  await untilPrinted(page, 'deep.py', 'begun');
  await stop(page, 'deep.py');
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
  await stopNow(page, 'many.py');
  await freed(port);
  await call(page, 'run', 'many.py');
  await until(page, 'many.py', ({ state, stdout }) => state === 'running' && /port \d+\s/.test(stdout), 'its second run');
  await stopNow(page, 'many.py');
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
