// Rooms: two visitors, one loopback.
import assert from 'node:assert/strict';
import { visit } from './support/browser.js';
import { load, run, untilBlockedIn, untilExited } from './support/playground.js';
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
