// "Why is it stuck?": when every program waits, the page says for what and for whom.
import assert from 'node:assert/strict';
import { call, printedNumber, run, until, untilBlockedIn, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

/** Runs a server that prints its port, and a client that asks for it. */
async function runPair(page, server, client) {
  await run(page, {
    'server.py': `
import socket
listener = socket.create_server(('127.0.0.1', 0))
print('port', listener.getsockname()[1], flush=True)
${server}`,
    'client.py': `
import socket
s = socket.create_connection(('127.0.0.1', int(input())))
${client}`,
  });
  const port = await printedNumber(page, 'server.py', 'port');
  await until(page, 'client.py', ({ state }) => state === 'input', 'its question');
  await call(page, 'input', 'client.py', `${port}\n`);
  return port;
}

/** The account, once it is there, unfolded. */
async function account(page) {
  const stuck = page.locator('[data-role="stuck"]');
  await stuck.waitFor();
  await page.locator('[data-action="why"]').click();
  await page.locator('[data-role="stuck"] .try').waitFor();
  return { text: await stuck.innerText(), deadlock: await stuck.getAttribute('data-deadlock') };
}

test('two programs that both receive wait for each other, and it says what to try', async ({ page }) => {
  await runPair(
    page,
    `conn, _ = listener.accept()
while chunk := conn.recv(64):
    pass
conn.sendall(b'done')
`,
    `s.sendall(b'hello')
s.recv(64)
`,
  );
  await untilBlockedIn(page, 'client.py', 'recv');
  const { text, deadlock } = await account(page);
  assert.match(text, /(server|client)\.py and (server|client)\.py are waiting for each other/);
  assert.match(text, /client\.py line 4 waits in recv\(\) for bytes from server\.py, which waits in recv\(\) at line 5: both wait, nobody will send/);
  assert.match(text, /client\.py must say that it has finished: shutdown\(socket\.SHUT_WR\)/);
  assert.equal(deadlock, 'true');
  await call(page, 'stop');
  await page.locator('[data-role="stuck"]').waitFor({ state: 'detached' });
});

test('a client that waits for a server that accepts again', async ({ page }) => {
  await runPair(
    page,
    `while True:
    conn, _ = listener.accept()
`,
    `s.recv(64)
`,
  );
  await untilBlockedIn(page, 'client.py', 'recv');
  const { text } = await account(page);
  assert.match(text, /client\.py line 3 waits in recv\(\) for bytes from server\.py, which waits in accept\(\) at line 5: both wait, nobody will send/);
});

test('a server alone says where to connect', async ({ page }) => {
  await run(page, {
    'server.py': `
      import socket
      listener = socket.create_server(('127.0.0.1', 0))
      print('port', listener.getsockname()[1], flush=True)
      listener.accept()
    `,
  });
  const port = await printedNumber(page, 'server.py', 'port');
  const { text, deadlock } = await account(page);
  assert.ok(text.includes(`server.py waits for somebody to connect to 127.0.0.1:${port}.`), text);
  assert.equal(deadlock, 'false');
});

test('two programs that both send have filled the buffers', async ({ page }) => {
  await runPair(
    page,
    `conn, _ = listener.accept()
conn.sendall(b'x' * 20_000_000)
`,
    `s.sendall(b'x' * 20_000_000)
`,
  );
  const { text, deadlock } = await account(page);
  assert.match(text, /nobody will receive/);
  assert.equal(deadlock, 'true');
});

test('nothing is said of programs that work or wait with a timeout', async ({ page }) => {
  await run(page, {
    'server.py': `
      import socket
      listener = socket.create_server(('127.0.0.1', 0))
      listener.settimeout(3)
      try:
          listener.accept()
      except TimeoutError:
          print('gave up')
    `,
  });
  await untilBlockedIn(page, 'server.py', 'accept');
  // It ends by itself, and until then nothing was said: the page looks every tenth of a second.
  let said = false;
  await page.exposeFunction('stuckWasSaid', () => (said = true));
  await page.evaluate(() => {
    new MutationObserver(() => {
      if (document.querySelector('[data-role="stuck"]')) window.stuckWasSaid();
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  await untilExited(page, 'server.py');
  assert.equal(said, false);
});
