// The backend goes away and comes back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBackend } from './support/backend.js';
import { launchBrowser, visit } from './support/browser.js';
import { call, run, stateOf, until, untilBlockedIn, untilExited } from './support/playground.js';

let browser;
before(async () => (browser = await launchBrowser()));
after(() => browser?.close());

test('a backend that went away and came back is announced, and programs get an error', { timeout: 90_000 }, async () => {
  let backend = await startBackend();
  const visiting = await visit(browser, backend.url);
  const { page } = visiting;
  await run(page, {
    'server.py': `
      import socket
      server = socket.create_server(('127.0.0.1', 0))
      try:
          server.accept()
      except OSError as error:
          print(type(error).__name__, error)
    `,
  });
  await untilBlockedIn(page, 'server.py', 'accept');

  await backend.stop('SIGKILL');
  await page.locator('[role="alert"], [role="status"]').filter({ hasText: /backend|connection/i }).first().waitFor();
  backend = await startBackend(backend.port);
  // The new backend knows nothing of the old one's sockets.
  assert.match((await untilExited(page, 'server.py')).stdout, /\[Errno 100\]/);
  const until_ = Date.now() + 30_000;
  for (;;) {
    await call(page, 'run', 'server.py');
    const program = await until(page, 'server.py', ({ state }) => state !== 'loading' && state !== 'running', 'its state');
    if (program.state === 'blocked') break;
    assert.ok(Date.now() < until_, 'the page finds the backend again');
  }
  await call(page, 'stop', 'server.py');
  assert.equal((await stateOf(page, 'server.py')).name, 'server.py');
  await visiting.leave({ expected: (fault) => /ERR_CONNECTION_REFUSED|WebSocket/.test(fault) });
  await backend.stop();
});

test('a backend that stays away ends calls with a traceback on their line', { timeout: 90_000 }, async () => {
  const backend = await startBackend(0, ['--resume-ms-max', '1000']);
  const visiting = await visit(browser, backend.url);
  const { page } = visiting;
  await run(page, {
    'server.py': `
      import socket
      server = socket.create_server(('127.0.0.1', 0))
      server.accept()
    `,
    'thread.py': `
      import socket, threading
      left, right = socket.socketpair()
      thread = threading.Thread(target=right.recv, args=(1,))
      thread.start()
      thread.join()
      try:
          left.send(b'x')
      except OSError as error:
          print(error.errno, 'later')
    `,
  });
  await untilBlockedIn(page, 'server.py', 'accept');
  await untilBlockedIn(page, 'thread.py', 'join');
  await backend.stop('SIGKILL');
  const { exitCode, stderr, error } = await until(
    page,
    'server.py',
    ({ state }) => state === 'exited',
    'its end',
  );
  assert.equal(exitCode, 1);
  assert.match(
    stderr,
    /^Traceback \(most recent call last\):\n  File "[^"]*server\.py", line 3, in <module>\n    server\.accept\(\)\n[^]*\nOSError: \[Errno 100\] Network is down\n[^]*lost[^]*$/,
  );
  assert.equal(error.kind, 'OSError');
  await page.locator('[data-program="server.py"][data-state="exited"][data-exit-code="1"]').waitFor();
  const thread = await untilExited(page, 'thread.py');
  assert.match(
    thread.stderr,
    /^Exception in thread Thread-1[^]*Traceback[^]*\nOSError: \[Errno 100\] Network is down\n[^]*lost[^]*$/,
  );
  assert.equal(thread.stdout, '100 later\n');
  await visiting.leave({ expected: (fault) => /WebSocket|ERR_CONNECTION/.test(fault) });
});
