// Two backends behind a balancer, with the configurations of deploy/.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startBackend } from './support/backend.js';
import { startCaddy, startNginx } from './support/balancer.js';
import { PATIENCE_MS, launchBrowser, visit } from './support/browser.js';
import { run, untilBlockedIn, untilExited, untilPrinted } from './support/playground.js';
import { startProxy } from './support/proxy.js';

/** Keys enough for both backends to get some, whatever the hash. */
const KEYS = 32;

const FLAGS = ['--public', '--trusted-proxy', '127.0.0.1', '--metrics', '127.0.0.1:0'];

let browser;
let backends;
before(async () => {
  browser = await launchBrowser();
  backends = await Promise.all([startBackend(0, FLAGS), startBackend(0, FLAGS)]);
});
after(async () => {
  await browser?.close();
  for (const backend of backends ?? []) await backend.stop();
});

/** What is counted under a name, by backend. */
const counts = (name) => Promise.all(backends.map((backend) => backend.count(name)));

const increase = (before, now) => now.map((count, index) => count - before[index]);

/** What Chromium says of a broken WebSocket is no fault of the page. */
const expected = (fault) => /WebSocket|ERR_CONNECTION/.test(fault);

for (const [name, startBalancer] of [['nginx', startNginx], ['Caddy', startCaddy]]) {
  test(`behind ${name}`, { timeout: 8 * PATIENCE_MS }, async (context) => {
    const balancer = await startBalancer(backends);
    const network = await startProxy(balancer.port);
    try {
      await context.test('the page loads, and a program runs', pageLoads);
      await context.test('visitors of one room are on one backend', roomsMeet);
      await context.test('other visitors are shared out', visitorsAreSpread);
      await context.test('a session that was cut comes back', sessionsComeBack);
    } finally {
      await network.stop();
      if (name === 'nginx') {
        const log = await readFile(join(balancer.folder, 'access.log'), 'utf8');
        assert.ok(log.includes('GET /ws') && !log.includes('room='), log);
      }
      await balancer.stop();
    }

    async function pageLoads() {
      const { page, leave } = await visit(browser, network.url);
      await run(page, { 'a.py': "import socket\na, b = socket.socketpair()\nprint(a.send(b'hey'))\n" });
      assert.equal((await untilExited(page, 'a.py')).stdout, '3\n');
      await leave();
    }

    async function roomsMeet() {
      for (const room of ['one-k3Jx', 'two-9aQz', 'three-Lm0']) {
        const ada = await visit(browser, `${network.url}?room=${room}&as=Ada`);
        const bob = await visit(browser, `${network.url}?room=${room}&as=Bob`);
        await ada.page.locator('[data-role="room"][data-members="2"]').waitFor();
        await run(ada.page, { 'server.py': SERVER });
        await untilBlockedIn(ada.page, 'server.py', 'accept');
        await run(bob.page, { 'client.py': CLIENT });
        assert.equal((await untilExited(bob.page, 'client.py')).stdout, 'MET\n');
        await bob.leave();
        await ada.leave();
      }
    }

    async function visitorsAreSpread() {
      const before = await counts('sockpit_sessions_opened_total');
      const { page, leave } = await visit(browser, network.url);
      await page.evaluate(openSessions, KEYS);
      const opened = increase(before, await counts('sockpit_sessions_opened_total'));
      assert.equal(opened[0] + opened[1], KEYS + 1, `${opened}`);
      assert.ok(opened[0] > 0 && opened[1] > 0, `${opened}`);
      await leave();
    }

    async function sessionsComeBack() {
      const resumed = () => counts('sockpit_resumes_total{outcome="resumed"}');
      const gone = () => counts('sockpit_resumes_total{outcome="gone"}');
      const before = [await resumed(), await gone()];
      const visits = await Promise.all([1, 2, 3].map(() => visit(browser, network.url)));
      for (const { page } of visits) {
        await run(page, { 'a.py': WAITS });
        await untilPrinted(page, 'a.py', 'waits\n');
        await untilBlockedIn(page, 'a.py', 'recv');
      }
      network.cut();
      for (const { page } of visits) {
        assert.equal((await untilExited(page, 'a.py')).stdout, 'waits\nb\'still here\'\n');
      }
      const [first, second] = increase(before[0], await resumed());
      assert.equal(first + second, visits.length);
      assert.deepEqual(increase(before[1], await gone()), [0, 0]);
      for (const { leave } of visits) await leave({ expected });
    }
  });
}

/** Runs in the page: opens a session for each of so many keys. */
async function openSessions(count) {
  const open = (key) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`/ws?way=key-${key}`);
      socket.onopen = () => socket.send('{"hello":{"protocol":1}}');
      socket.onmessage = ({ data }) => (data.includes('"hello"') ? resolve(socket) : reject(data));
      socket.onerror = () => reject(new Error('no session'));
    });
  const sockets = await Promise.all([...Array(count).keys()].map(open));
  for (const socket of sockets) socket.close();
}

const SERVER = `
  import socket
  listener = socket.create_server(('127.0.0.1', 9000))
  connection, peer = listener.accept()
  connection.sendall(connection.recv(100).upper())
  connection.close()
`;

const CLIENT = `
  import socket
  with socket.create_connection(('127.0.0.1', 9000)) as connection:
      connection.sendall(b'met')
      print(connection.recv(100).decode())
`;

/** Waits in recv for seconds, whatever becomes of the connection. */
const WAITS = `
  import socket, threading, time
  left, right = socket.socketpair()
  def later():
      time.sleep(3)
      left.sendall(b'still here')
  threading.Thread(target=later).start()
  print('waits', flush=True)
  print(right.recv(100))
`;
