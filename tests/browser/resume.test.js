// The network breaks under a running program: the session goes on where it was.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBackend } from './support/backend.js';
import { launchBrowser, visit } from './support/browser.js';
import { call, run, untilBlockedIn, untilExited, untilPrinted } from './support/playground.js';
import { startProxy } from './support/proxy.js';

let browser;
let backend;
let proxy;
before(async () => {
  browser = await launchBrowser();
  backend = await startBackend();
  proxy = await startProxy(backend.port);
});
after(async () => {
  await browser?.close();
  await proxy?.stop();
  await backend?.stop();
});

/** What Chromium says of a broken WebSocket is no fault of the page. */
const expected = (fault) => /WebSocket|ERR_CONNECTION/.test(fault);

test('every byte arrives once although the connection breaks again and again', { timeout: 90_000 }, async () => {
  const visiting = await visit(browser, proxy.url);
  const { page } = visiting;
  await run(page, {
    'echo.py': `
      import socket, hashlib
      left, right = socket.socketpair()
      digest, total = hashlib.sha256(), 0
      for number in range(600):
          message = b'%d,' % number
          left.sendall(message)
          received = right.recv(100)
          digest.update(received)
          total += len(received)
          if number % 100 == 50:
              print('at', number, flush=True)
      expected = b''.join(b'%d,' % number for number in range(600))
      print('same:', digest.digest() == hashlib.sha256(expected).digest(), total)
    `,
  });
  for (const number of [50, 150, 250, 350]) {
    await untilPrinted(page, 'echo.py', `at ${number}\n`);
    proxy.cut();
  }
  const { stdout } = await untilExited(page, 'echo.py');
  assert.match(stdout, /same: True 2290/);
  await page.locator('.toast', { hasText: 'nothing was lost' }).waitFor();
  await visiting.leave({ expected });
});

test('a blocked call waits through the break, and the page says so', { timeout: 60_000 }, async () => {
  const visiting = await visit(browser, proxy.url);
  const { page } = visiting;
  await run(page, {
    'server.py': `
      import socket
      server = socket.create_server(('127.0.0.1', 0))
      print('port', server.getsockname()[1], flush=True)
      server.accept()
      print('accepted')
    `,
  });
  await untilBlockedIn(page, 'server.py', 'accept');
  proxy.down();
  await page.locator('.banner', { hasText: 'Sockets stay open, and calls wait' }).waitFor();
  assert.equal((await call(page, 'state')).link === 'open', false);
  const { stdout } = await untilPrinted(page, 'server.py', 'port');
  proxy.up();
  await page.locator('.toast', { hasText: 'nothing was lost' }).waitFor();
  const { connect } = await import('node:net');
  const peer = connect(Number(stdout.match(/port (\d+)/)[1]), '127.0.0.1');
  assert.match((await untilExited(page, 'server.py')).stdout, /accepted/);
  peer.destroy();
  await visiting.leave({ expected });
});
