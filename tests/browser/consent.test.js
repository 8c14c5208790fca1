// A program that reaches beyond this machine asks first. Every destination here is reserved for
// documents (RFC 5737, RFC 2606) and is refused, so that nothing ever leaves the machine.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { objections } from './support/axe.js';
import { startBackend } from './support/backend.js';
import { visit } from './support/browser.js';
import { freePort, isFree } from './support/peers.js';
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

const CONNECTS = `
  import socket
  client = socket.socket()
  try:
      client.connect(('198.51.100.1', 80))
  except PermissionError as error:
      print(error.errno, error.strerror)
      print(*error.__notes__)
`;

const question = (page) => page.locator('[data-role="consent"]');

test('a new destination is asked about, and a no is PermissionError', async ({ page }) => {
  await run(page, { 'client.py': CONNECTS });
  await question(page).waitFor();
  const text = await question(page).innerText();
  for (const part of ['client.py', 'connect to', '198.51.100.1', 'line 4', 'port 80']) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
  const program = await stateOf(page, 'client.py');
  assert.deepEqual(
    [program.state, program.blockedIn, program.held[0].why, program.held[0].host, program.held[0].port],
    ['blocked', null, 'consent', '198.51.100.1', 80],
  );
  await question(page).locator('[data-action="consent-no"]').click();
  await question(page).waitFor({ state: 'detached' });
  const { stdout } = await untilExited(page, 'client.py');
  assert.match(stdout, /^13 Permission denied\n/);
  assert.match(stdout, /the visitor refused it: client.py was not allowed to connect to 198.51.100.1:80/);
  const { calls } = await call(page, 'recording');
  assert.deepEqual(calls.at(-1).outcome, 'error');
});

test('Esc is no, the keyboard stays inside, and No has it first', async ({ page }) => {
  await run(page, { 'client.py': CONNECTS });
  await question(page).waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.closest('[data-action]')?.dataset.action);
  await question(page).locator('[data-action="consent-no"]:focus').waitFor();
  await question(page).locator('[data-action="consent-once"]:enabled').waitFor();
  assert.deepEqual(await objections(page), []);
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'consent-session');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'consent-once');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'consent-no');
  await page.keyboard.press('Escape');
  const { stdout } = await untilExited(page, 'client.py');
  assert.match(stdout, /^13 /);
});

test('this machine is not asked about', async ({ page }) => {
  await run(page, {
    'local.py': `
      import socket
      for host in ['127.0.0.1', 'localhost', '127.0.0.2', '0.0.0.0']:
          print(host, socket.socket().connect_ex((host, 1)))
      socket.socket().bind(('127.0.0.1', 0))
      socket.create_server(('localhost', 0))
      socket.getaddrinfo('localhost', 80)
      a, b = socket.socketpair()
    `,
  });
  await untilExited(page, 'local.py');
  assert.equal(await question(page).count(), 0);
});

test('to listen on every address is asked about, in the words for that', async ({ page }) => {
  const port = await freePort();
  const program = `
    import socket
    try:
        server = socket.create_server(('', ${port}))
        print(server.getsockname())
    except PermissionError as error:
        print(error.errno)
  `;
  await run(page, { 'server.py': program });
  await question(page).waitFor();
  const text = await question(page).innerText();
  for (const part of [`Let server.py open port ${port} to the network?`, 'line 3', '0.0.0.0', 'every address', 'binds 127.0.0.1']) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
  assert.equal(await question(page).locator('[data-role="inside"]').count(), 0);
  const { held } = await stateOf(page, 'server.py');
  assert.deepEqual([held[0].why, held[0].name, held[0].host, held[0].port], ['consent', 'bind', '0.0.0.0', port]);
  await question(page).locator('[data-action="consent-once"]:enabled').waitFor();
  assert.deepEqual(await objections(page), []);
  assert.equal(await isFree(port), true, 'nothing was made yet');
  await question(page).locator('[data-action="consent-no"]').click();
  assert.equal((await untilExited(page, 'server.py')).stdout, '13\n');

  // A script of the page can grant it like any other destination.
  await call(page, 'grant', { host: '0.0.0.0', port });
  await call(page, 'run', 'server.py');
  assert.equal((await untilExited(page, 'server.py')).stdout, `('0.0.0.0', ${port})\n`);
  assert.equal(await question(page).count(), 0);
});

test('a socket without an address is asked about when it listens', async ({ page }) => {
  await run(page, {
    'server.py': `
      import socket
      server = socket.socket(socket.AF_INET6)
      server.listen()
    `,
  });
  await question(page).getByText('Let server.py open a port to the network?').waitFor();
  await page.keyboard.press('Escape');
  const { stderr } = await untilExited(page, 'server.py', 1);
  assert.match(stderr, /PermissionError: \[Errno 13\] Permission denied/);
});

test('where nobody else gets in, nothing is asked', async ({ browser, url }) => {
  const backend = await startBackend(0, ['--preset', 'isolated']);
  const program = `
    import socket
    with socket.create_server(('', 9000)) as server:
        print(server.getsockname())
        with socket.create_connection(('127.0.0.1', 9000)) as client:
            print(server.accept()[1][0])
    bare = socket.socket()
    bare.listen()
    print(bare.getsockname()[0])
  `;
  try {
    // The session's own loopback, and that of a room.
    for (const address of [backend.url, `${url}?room=asks-nothing`]) {
      const visiting = await visit(browser, address);
      await run(visiting.page, { 'server.py': program });
      const { stdout } = await untilExited(visiting.page, 'server.py');
      assert.equal(stdout, "('0.0.0.0', 9000)\n127.0.0.1\n0.0.0.0\n");
      assert.equal(await question(visiting.page).count(), 0);
      await visiting.leave();
    }
  } finally {
    await backend.stop();
  }
});

test('lookups and datagrams ask too, one question after the other', async ({ page }) => {
  await load(page, {
    'name.py': `
      import socket
      try:
          socket.getaddrinfo('host.example', 80)
      except PermissionError:
          print('refused')
    `,
    'datagram.py': `
      import socket
      try:
          socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('198.51.100.1', 9))
      except PermissionError:
          print('refused')
    `,
  });
  await Promise.all([call(page, 'run', 'name.py'), call(page, 'run', 'datagram.py')]);
  for (const name of ['name.py', 'datagram.py']) {
    await until(page, name, ({ held }) => held[0]?.why === 'consent', 'its question');
  }
  // The document follows the state at the next frame.
  await question(page).first().waitFor();
  assert.equal(await question(page).count(), 1);
  for (let left = 2; left > 0; left -= 1) {
    const asked = await question(page).getAttribute('data-host');
    await page.keyboard.press('Escape');
    await page.locator(`[data-role="consent"][data-host="${asked}"]`).waitFor({ state: 'detached' });
  }
  for (const name of ['name.py', 'datagram.py']) {
    assert.equal((await untilExited(page, name)).stdout, 'refused\n');
  }
});

test('Stop withdraws the question', async ({ page }) => {
  await run(page, { 'client.py': CONNECTS });
  await question(page).waitFor();
  await call(page, 'stop', 'client.py');
  await question(page).waitFor({ state: 'detached' });
  const { state, exitCode } = await stateOf(page, 'client.py');
  assert.deepEqual([state, exitCode], ['exited', 130]);
});

test('a yes lets the call go', async ({ page }) => {
  const address = ownAddress();
  // The host's own address leads back to it, but only loopback means this machine.
  if (!address) return;
  const program = `
    import socket
    server = socket.create_server(('${address}', 0))
    client = socket.create_connection(server.getsockname())
    print('connected')
  `;
  await run(page, { 'own.py': program });
  await question(page).locator('[data-action="consent-once"]').click();
  await until(page, 'own.py', ({ held }) => held[0]?.name === 'connect', 'its second question');
  await question(page).locator('[data-action="consent-session"]:enabled').click();
  assert.equal((await untilExited(page, 'own.py')).stdout, 'connected\n');
});

test('a script of the page can grant, in a rule\'s form alone', async ({ page }) => {
  for (const rule of ['everything', {}, { host: '' }, { host: 'x', port: 70_000 }, { name: 'x' }]) {
    await assert.rejects(call(page, 'grant', rule), /a rule is/);
  }
  assert.equal(await call(page, 'grant', { host: '198.51.100.1', port: 80 }), true);
  await run(page, {
    'client.py': `
      import socket
      client = socket.socket()
      client.setblocking(False)
      try:
          client.bind(('127.0.0.1', 0))
          client.connect(('198.51.100.1', 80))
      except OSError as error:
          print(error.errno)
    `,
  });
  // Bound to loopback it has no way there: the host says so, and nobody was asked.
  const { stdout } = await untilExited(page, 'client.py');
  assert.notEqual(stdout, '13\n');
  assert.equal(await question(page).count(), 0);
});

test('what was granted to one session is not granted to the next', async ({ page }) => {
  const address = ownAddress();
  if (!address) return;
  const program = `
    import socket
    socket.create_server(('${address}', 0)).accept()
  `;
  await run(page, { 'own.py': program });
  await question(page).locator('[data-action="consent-session"]:enabled').click();
  await untilBlockedIn(page, 'own.py', 'accept');
  await call(page, 'run', 'own.py');
  await untilBlockedIn(page, 'own.py', 'accept');
  await run(page, { 'other.py': program });
  await question(page).waitFor();
  await page.keyboard.press('Escape');
  await untilExited(page, 'other.py', 1);
});

test('a frame can grant nothing', async ({ page, url, browser, expect }) => {
  expect(/./);
  const host = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    response.end(`<iframe src="${url}?embed=1" width="1000" height="600" allow="cross-origin-isolated"></iframe>`);
  });
  await new Promise((resolve) => host.listen(0, '127.0.0.1', resolve));
  const context = await browser.newContext();
  try {
    const outer = await context.newPage();
    await outer.goto(`http://127.0.0.1:${host.address().port}/`);
    const frame = outer.frames().find((frame) => frame.url().startsWith(url));
    await frame.evaluate(() => window.sockpit.ready());
    await assert.rejects(frame.evaluate(() => window.sockpit.grant('*')), /not a frame/);
    await run(frame, { 'client.py': CONNECTS });
    await frame.locator('[data-role="consent"]').waitFor();
    assert.equal(await frame.locator('[data-action="consent-once"], [data-action="consent-session"]').count(), 0);
    await frame.locator('[data-action="consent-tab"]').waitFor();
    await frame.locator('[data-action="consent-no"]').click();
    assert.match((await untilExited(frame, 'client.py')).stdout, /^13 /);
  } finally {
    await context.close();
    await new Promise((resolve) => host.close(resolve));
    host.closeAllConnections();
  }
});

test('a link says where it came from and does not run', async ({ page, browser }) => {
  await load(page, { 'client.py': CONNECTS });
  await page.locator('[data-action="share"]').click();
  const link = await page.locator('[data-role="share-link"]').inputValue();
  const host = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<a href="${link}">a lesson</a>`);
  });
  await new Promise((resolve) => host.listen(0, '127.0.0.1', resolve));
  const context = await browser.newContext();
  try {
    const course = `127.0.0.1:${host.address().port}`;
    const other = await context.newPage();
    await other.goto(`http://${course}/`);
    await other.locator('a').click();
    await other.getByText(`Opened from a link on ${course}. Nothing runs until you press Run.`).waitFor();
    await other.evaluate(() => window.sockpit.ready());
    assert.equal((await stateOf(other, 'client.py')).state, 'idle');
    await pane(other, 'client.py').locator('[data-action="run"]').click();
    await question(other).getByText(`came with a link on ${course}, and you have not edited it`).waitFor();
    await other.keyboard.press('Escape');
    await untilExited(other, 'client.py');
  } finally {
    await context.close();
    await new Promise((resolve) => host.close(resolve));
    host.closeAllConnections();
  }
});

/** An address of this machine that is not loopback, if it has one. */
function ownAddress() {
  const all = Object.values(networkInterfaces()).flat();
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}
