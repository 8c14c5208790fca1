// Rooms: two visitors, one loopback.
import assert from 'node:assert/strict';
import { PATIENCE_MS, visit } from './support/browser.js';
import { objections } from './support/axe.js';
import { startBackend } from './support/backend.js';
import { call, load, run, untilBlockedIn, untilExited } from './support/playground.js';
import { startProxy } from './support/proxy.js';
import { suite } from './support/suite.js';

const test = suite();

const SERVER = `
  import socket
  listener = socket.create_server(('127.0.0.1', 9000))
  connection, peer = listener.accept()
  print('from', peer[0])
  connection.sendall(connection.recv(100).upper())
  connection.close()
`;

const CLIENT = `
  import socket
  with socket.create_connection(('127.0.0.1', 9000)) as connection:
      connection.sendall(b'across two tabs')
      print(connection.recv(100).decode())
`;

/** Waits until the recording satisfies `condition`; returns its calls. */
async function untilCalls(page, condition) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const { calls } = await call(page, 'recording');
    if (condition(calls)) return calls;
    assert.ok(Date.now() < deadline, JSON.stringify(calls.map(({ program, text }) => [program, text])));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function members(page, count) {
  return page.locator(`[data-role="room"][data-members="${count}"]`).waitFor();
}

test("one visitor's server and another's client meet, and each sees the other", async ({ browser, url }) => {
  const ada = await visit(browser, `${url}?room=k3Jx&as=Ada`);
  await members(ada.page, 1);
  const bob = await visit(browser, `${url}?room=k3Jx&as=Bob%20B.`);
  await members(ada.page, 2);
  await members(bob.page, 2);
  const sentence = await ada.page.locator('[data-role="room"]').getAttribute('title');
  assert.match(sentence, /Ada \(you\), Bob B\./);

  await run(ada.page, { 'server.py': SERVER });
  await untilBlockedIn(ada.page, 'server.py', 'accept');
  await run(bob.page, { 'client.py': CLIENT });
  assert.equal((await untilExited(bob.page, 'client.py')).stdout, 'ACROSS TWO TABS\n');
  assert.equal((await untilExited(ada.page, 'server.py')).stdout, 'from 127.0.0.1\n');

  await bob.leave();
  await members(ada.page, 1);
  await ada.leave();
});

test("what one visitor shows stands in the other's timeline, with arrows from one to the other", async ({ browser, url }) => {
  const ada = await visit(browser, `${url}?room=shows&as=Ada`);
  const bob = await visit(browser, `${url}?room=shows&as=Bob`);
  await members(ada.page, 2);
  await run(ada.page, { 'server.py': SERVER });
  await untilBlockedIn(ada.page, 'server.py', 'accept');

  // Shared only now: what is open already comes along.
  assert.equal((await call(ada.page, 'state')).room.sharing, false);
  await ada.page.locator('[data-action="room"]').click();
  const share = ada.page.locator('[data-action="room-share"]');
  assert.equal(await share.getAttribute('aria-checked'), 'false');
  await share.click();
  await ada.page.locator('[data-action="room-share"][aria-checked="true"]').waitFor();
  assert.deepEqual(await objections(ada.page), []);
  await ada.page.keyboard.press('Escape');
  await ada.page.locator('[data-role="room"][data-sharing="true"]').waitFor();

  await run(bob.page, { 'client.py': CLIENT });
  await untilExited(bob.page, 'client.py');
  await untilExited(ada.page, 'server.py');
  const shown = bob.page.locator('[data-role="timeline"] [data-event="recv"]').first();
  await shown.waitFor();
  const calls = await untilCalls(bob.page, (calls) => calls.some(({ program, name, outcome }) =>
    program === 'Ada · server.py' && name === 'close' && outcome === 'ok'));
  const sent = calls.find(({ program, name }) => program === 'client.py' && name === 'sendall');
  const received = calls.find(({ program, name }) => program === 'Ada · server.py' && name === 'recv');
  assert.equal(Buffer.from(received.received.base64 ?? '', 'base64').toString(), 'across two tabs');
  assert.ok(sent.startedUs <= received.endedUs, 'on one clock');
  await bob.page.locator('.lane', { hasText: 'Ada · server.py' }).waitFor();
  // Connected, and bytes both ways: between two lanes, and none of them to a bare line.
  const arrows = bob.page.locator('.wires [data-arrow], .pill');
  await arrows.filter({ hasText: '0:15' }).nth(1).waitFor();
  const labels = await arrows.allInnerTexts();
  assert.ok(labels.includes('connected'), labels.join());
  assert.ok(labels.filter((label) => label === '0:15').length >= 2, labels.join());
  // Ada sees nothing of Bob's, who did not share.
  const own = await call(ada.page, 'recording');
  assert.ok(own.calls.every(({ program }) => program === 'server.py'));

  await ada.page.locator('[data-action="room"]').click();
  await ada.page.locator('[data-action="room-share"]').click();
  await ada.page.keyboard.press('Escape');
  await bob.page.locator('[data-action="room"]').click();
  await bob.page.locator('[data-member="Ada"][data-sharing="false"]').waitFor();
  await bob.page.keyboard.press('Escape');
  const before = (await call(bob.page, 'recording')).calls.length;
  await run(ada.page, { 'server.py': "import socket\nsocket.socketpair()\n" });
  await untilExited(ada.page, 'server.py');
  await run(bob.page, { 'client.py': "import socket\nsocket.gethostname()\n" });
  await untilExited(bob.page, 'client.py');
  const after = (await call(bob.page, 'recording')).calls;
  assert.ok(after.slice(before).every(({ program }) => program === 'client.py'));
  await bob.leave();
  await ada.leave();
});

test('a name is what is seen of it, and nothing in it is markup', async ({ browser, url }) => {
  const ada = await visit(browser, `${url}?room=names&as=Ada`);
  const eve = await visit(browser, `${url}?room=names&as=${encodeURIComponent('A\u200bda')}`);
  const mallory = await visit(browser, `${url}?room=names&as=${encodeURIComponent('<img src=x onerror=alert(1)>')}`);
  await members(ada.page, 3);
  const names = (await call(ada.page, 'state')).room.members.map(({ name }) => name);
  assert.deepEqual(names, ['Ada', 'Ada 2', '<img src=x onerror=alert(1)>']);
  await ada.page.locator('[data-action="room"]').click();
  await ada.page.locator('[data-member="<img src=x onerror=alert(1)>"]').waitFor();
  assert.equal(await ada.page.locator('.people img').count(), 0);
  for (const visitor of [mallory, eve, ada]) await visitor.leave();
});

test('who is not in the room does not find what is in it', async ({ browser, url, page }) => {
  const ada = await visit(browser, `${url}?room=quiet`);
  await run(ada.page, { 'server.py': SERVER });
  await untilBlockedIn(ada.page, 'server.py', 'accept');
  await run(page, {
    'client.py': `
      import socket
      for port in (9000,):
          print(socket.socket().connect_ex(('127.0.0.1', port)) != 0)
    `,
  });
  assert.equal((await untilExited(page, 'client.py')).stdout, 'True\n');
  await ada.leave();
});

test('the share dialog starts a room with a name that nobody guesses', async ({ page }) => {
  await load(page, { 'server.py': SERVER });
  await page.locator('[data-action="share"]').first().click();
  await page.locator('[data-action="start-room"]').click();
  await page.waitForURL(/\?room=[A-Za-z0-9_-]{22}/);
  await members(page, 1);
});

test('who finds a room full starts another one', async ({ browser }) => {
  const backend = await startBackend(0, ['--room-members-max', '1']);
  try {
    const ada = await visit(browser, `${backend.url}?room=small&as=Ada`);
    await members(ada.page, 1);
    const bob = await visit(browser, `${backend.url}?room=small&as=Bob`, { ready: false });
    const banner = bob.page.locator('[data-banner="link"]');
    await banner.filter({ hasText: /room/ }).waitFor();
    assert.equal(await banner.locator('[data-action="leave-room"]').count(), 1);
    await banner.locator('[data-action="start-room"]').click();
    await bob.page.waitForURL(/\?room=[A-Za-z0-9_-]{22}/);
    await members(bob.page, 1);
    await bob.page.evaluate(() => window.sockpit.ready());
    await run(bob.page, { 'own.py': "import socket\nprint(socket.create_server(('', 9000)).getsockname())\n" });
    assert.equal((await untilExited(bob.page, 'own.py')).stdout, "('0.0.0.0', 9000)\n");
    await members(ada.page, 1);
    await bob.leave();
    await ada.leave();
  } finally {
    await backend.stop();
  }
});

test('what a visitor shares goes on when the connection comes back', async ({ browser, backend }) => {
  const proxy = await startProxy(backend.port);
  const broken = (fault) => /WebSocket|ERR_CONNECTION/.test(fault);
  const ada = await visit(browser, `${proxy.url}?room=resumes&as=Ada`);
  const bob = await visit(browser, `${backend.url}?room=resumes&as=Bob`);
  try {
    await members(ada.page, 2);
    await ada.page.locator('[data-action="room"]').click();
    await ada.page.locator('[data-action="room-share"]').click();
    await ada.page.keyboard.press('Escape');
    await ada.page.locator('[data-role="room"][data-sharing="true"]').waitFor();
    await run(ada.page, { 'server.py': SERVER });
    await untilBlockedIn(ada.page, 'server.py', 'accept');
    await untilCalls(bob.page, (calls) => calls.some(({ name }) => name === 'accept'));

    proxy.down();
    await ada.page.locator('.banner', { hasText: 'Sockets stay open, and calls wait' }).waitFor();
    // Nobody has left: the session is still there, and so is its place in the room.
    await members(bob.page, 2);
    proxy.up();
    await ada.page.locator('.toast', { hasText: 'nothing was lost' }).waitFor();
    await ada.page.locator('[data-role="room"][data-sharing="true"]').waitFor();
    assert.equal((await call(ada.page, 'state')).room.sharing, true);

    await run(bob.page, { 'client.py': CLIENT });
    assert.equal((await untilExited(bob.page, 'client.py')).stdout, 'ACROSS TWO TABS\n');
    await untilExited(ada.page, 'server.py');
    const closed = ({ program, name, outcome }) =>
      program === 'Ada · server.py' && name === 'close' && outcome === 'ok';
    const shown = (await untilCalls(bob.page, (calls) => calls.some(closed)))
      .filter(({ program }) => program === 'Ada · server.py')
      .map(({ name, outcome }) => [name, outcome]);
    const own = (await call(ada.page, 'recording')).calls.map(({ name, outcome }) => [name, outcome]);
    // What she does after the break comes once, as it did before.
    for (const name of ['recv', 'sendall']) {
      const of = (calls) => calls.filter(([called]) => called === name);
      assert.deepEqual(of(shown), of(own), name);
    }
    await bob.leave();
    await ada.leave({ expected: broken });
  } finally {
    await proxy.stop();
  }
});
