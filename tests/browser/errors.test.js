// Errors reach Python as CPython raises them on Linux, with Linux's numbers and texts.
import assert from 'node:assert/strict';
import { tcpServer } from './support/peers.js';
import { call, load, pane, run, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

test('a refused connection is a ConnectionRefusedError with a traceback', async ({ page }) => {
  const server = await tcpServer(() => {});
  await server.close();
  await run(page, {
    'client.py': `
      import socket
      socket.socket().connect(('127.0.0.1', ${server.port}))
    `,
  });
  const { stderr } = await untilExited(page, 'client.py', 1);
  assert.match(stderr, /Traceback \(most recent call last\):\n {2}File ".*client\.py", line 2/);
  assert.match(stderr, /ConnectionRefusedError: \[Errno 111\] Connection refused/);
  await pane(page, 'client.py').filter({ hasText: 'exited 1' }).waitFor();
});

test('each error is the right exception with the right number', async ({ page }) => {
  const silent = await tcpServer(() => {});
  // Looking a name up beyond this machine would ask first.
  await call(page, 'grant', { host: 'no-such-name.invalid' });
  await run(page, {
    'errors.py': `
      import errno, socket
      def attempt(call, *args):
          try:
              print(call(*args))
          except OSError as error:
              print(f'{type(error).__name__}: {error}')

      first = socket.create_server(('127.0.0.1', 0))
      second = socket.socket()
      attempt(second.bind, first.getsockname())

      late = socket.create_connection(('127.0.0.1', ${silent.port}))
      late.settimeout(0.05)
      attempt(late.recv, 1)
      late.setblocking(False)
      attempt(late.recv, 1)
      attempt(socket.socket().recv, 1)
      late.close()
      attempt(late.recv, 1)
      print(socket.socket().connect_ex(second.getsockname()) == errno.ECONNREFUSED)
      attempt(socket.getaddrinfo, 'no-such-name.invalid', 80)
    `,
  });
  const { stdout } = await untilExited(page, 'errors.py');
  const lines = stdout.trimEnd().split('\n');
  assert.deepEqual(lines.slice(0, 6), [
    'OSError: [Errno 98] Address already in use',
    'TimeoutError: timed out',
    'BlockingIOError: [Errno 11] Resource temporarily unavailable',
    'OSError: [Errno 107] Transport endpoint is not connected',
    'OSError: [Errno 9] Bad file descriptor',
    'True',
  ]);
  assert.match(lines[6], /^gaierror: \[Errno -\d+\] /);
  await silent.close();
});

test('Python 2 is named as such, with what to change', async ({ page }) => {
  await load(page, {
    'client.py': `
      import socket
      print 'creating socket ...'
      s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
      print 'connection ok'
    `,
  });
  await pane(page, 'client.py').locator('[data-action="run"]').first().click();
  const card = pane(page, 'client.py').locator('[data-role="python2"]');
  await card.waitFor();
  const said = await card.innerText();
  assert.match(said, /Python 2/);
  assert.match(said, /print\(/, 'it says what to write');

  await pane(page, 'client.py').locator('[data-action="convert"]').click();
  await pane(page, 'client.py').locator('[data-action="run"]').first().click();
  const { stdout } = await untilExited(page, 'client.py');
  assert.match(stdout, /connection ok/);
});
