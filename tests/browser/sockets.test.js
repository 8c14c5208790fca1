// The table of sockets: live, with states, addresses, options, counters and the line.
import assert from 'node:assert/strict';
import { call, printedNumber, run, untilBlockedIn, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

const SERVER = {
  'server.py': `
    import socket
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(('0.0.0.0', 0))
    listener.listen(5)
    print('port', listener.getsockname()[1], flush=True)
    listener.accept()
  `,
};

test('a listener says where it is reachable, and that can be copied', async ({ page }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await call(page, 'grant', { host: '0.0.0.0' });
  await run(page, SERVER);
  const port = await printedNumber(page, 'server.py', 'port');
  await untilBlockedIn(page, 'server.py', 'accept');
  const row = page.locator('tr[data-socket="3"][data-of="server.py"]');
  await row.locator('[data-role="reachable"]', { hasText: `reachable at 127.0.0.1:${port}` }).waitFor();
  const text = await row.innerText();
  assert.match(text, /listening, backlog 5/);
  assert.match(text, /REUSEADDR/);
  assert.match(text, /line 2/);
  await row.locator('[data-action="copy-address"]').click();
  await page.locator('.sockets .bar', { hasText: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `127.0.0.1:${port}`);
  await call(page, 'stop', 'server.py');
  // Stopped by the visitor: that is no leak.
  await page.locator('tr[data-socket="3"][data-open="false"]').waitFor();
  assert.equal(await row.getAttribute('data-leaked'), 'false');
});

test('a socket that was never closed is marked when its program ends', async ({ page }) => {
  await run(page, {
    'leak.py': `
      import socket
      a, b = socket.socketpair()
      a.sendall(b'12345')
      b.recv(5)
      a.close()
      keep = [b]
      import os
      os._exit(0)
    `,
  });
  await page.locator('[data-program="leak.py"][data-state="exited"]').waitFor();
  const rows = page.locator('tr[data-of="leak.py"]');
  await page.locator('tr[data-leaked="true"]', { hasText: 'never closed' }).waitFor();
  const leaked = await rows.evaluateAll((all) => all.map((row) => [row.dataset.socket, row.dataset.leaked]));
  assert.deepEqual(leaked.toSorted(), [['3', 'false'], ['4', 'true']]);
  await page.locator('.sockets .bar', { hasText: '1 never closed' }).waitFor();
});

test('a click on a socket shows only its calls, and on its line the editor', async ({ page }) => {
  await run(page, {
    'pair.py': `
      import socket
      a, b = socket.socketpair()
      a.sendall(b'12345')
      b.recv(5)
    `,
  });
  await untilExited(page, 'pair.py');
  await page.locator('tr[data-socket="4"] [data-action="filter-socket"]').click();
  await page.locator('[data-event="sendall"]').waitFor({ state: 'detached' });
  const names = await page.locator('[data-event]').evaluateAll((all) => all.map((row) => row.dataset.event));
  assert.ok(names.includes('recv') && names.includes('socketpair'), names.join());
  await page.locator('.btn.only').click();
  await page.locator('[data-event="sendall"]').waitFor();
  await page.locator('tr[data-socket="4"] [data-action="jump-socket"]').click();
  await page.locator('[data-program="pair.py"]').locator(':focus').waitFor();
});
