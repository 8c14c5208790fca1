// The automation contract: what embedders, course authors and these tests rely on.
import assert from 'node:assert/strict';
import { tcpServer } from './support/peers.js';
import { call, load, pane, run, stateOf, until, untilExited, untilPrinted } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

test('window.sockpit has every promise of the contract', async ({ page }) => {
  const methods = await page.evaluate(() =>
    Object.fromEntries(
      ['ready', 'load', 'run', 'stop', 'input', 'eof', 'repl', 'state', 'recording', 'grant', 'on'].map(
        (name) => [name, typeof window.sockpit[name]],
      ),
    ),
  );
  for (const [name, type] of Object.entries(methods)) assert.equal(type, 'function', name);
});

test('state() has the documented shape', async ({ page }) => {
  await run(page, { 'main.py': "import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(3)\n" });
  await untilExited(page, 'main.py', 3);
  const program = await stateOf(page, 'main.py');
  const { name, state, exitCode, stdout, stderr } = program;
  assert.deepEqual(
    { name, state, exitCode, stdout, stderr },
    { name: 'main.py', state: 'exited', exitCode: 3, stdout: 'out\n', stderr: 'err\n' },
  );
  assert.ok('blockedIn' in program);
  const element = pane(page, 'main.py');
  // The document follows the state at the next frame.
  await page.waitForSelector('[data-program][data-state="exited"]');
  assert.equal(await element.getAttribute('data-state'), 'exited');
  assert.equal(await element.getAttribute('data-exit-code'), '3');
  const console_ = await element.locator('[data-role="console"]').innerText();
  assert.match(console_, /out/);
  assert.match(console_, /err/);
});

test('input and the end of input reach the program', async ({ page }) => {
  await run(page, {
    'main.py': `
      import sys
      print('hello', input('name? '))
      print(sys.stdin.read().split())
    `,
  });
  await until(page, 'main.py', ({ state }) => state === 'input', 'asking');
  assert.match((await stateOf(page, 'main.py')).stdout, /name\? $/, 'the question is output');
  await call(page, 'input', 'main.py', 'Ada\n');
  await untilPrinted(page, 'main.py', 'hello Ada');
  await call(page, 'input', 'main.py', 'one\ntwo\n');
  await call(page, 'eof', 'main.py');
  assert.match((await untilExited(page, 'main.py')).stdout, /\['one', 'two'\]/);
});

test('run and stop take the names of programs', async ({ page }) => {
  await load(page, {
    'a.py': 'import time\ntime.sleep(3600)\n',
    'b.py': "print('b')\n",
  });
  await call(page, 'run', 'a.py');
  await until(page, 'a.py', ({ state }) => state === 'blocked', 'sleeping');
  assert.equal((await stateOf(page, 'b.py')).state, 'idle');
  await call(page, 'stop', 'a.py');
  await until(page, 'a.py', ({ state, exitCode }) => state === 'exited' && exitCode === 130, 'its end');
});

test('a document that is not a session is refused with a reason', async ({ page }) => {
  const before = await call(page, 'state');
  for (const document of [{ v: 99, programs: [] }, { v: 1, programs: [] }, 'nonsense']) {
    const refusal = await page.evaluate(
      (document) => window.sockpit.load(document).then(() => null, (error) => String(error.message ?? error)),
      document,
    );
    assert.ok(refusal, JSON.stringify(document));
  }
  assert.deepEqual(await call(page, 'state'), before);
});

test('the timeline shows every call with its bytes when it is selected', async ({ page, expect }) => {
  const server = await tcpServer((socket) => socket.end('Sockpit!'));
  await run(page, {
    'client.py': `
      import socket
      with socket.create_connection(('127.0.0.1', ${server.port})) as s:
          s.sendall(b'a question')
          print(s.recv(64))
    `,
  });
  await untilExited(page, 'client.py');
  for (const event of ['connect', 'sendall', 'recv', 'close']) {
    await page.locator(`[data-event="${event}"]`).first().waitFor();
  }
  await page.locator('[data-event="recv"]').first().click();
  // 53 6f 63 6b 70 69 74 21 is "Sockpit!".
  await page.getByText(/53\s*6f\s*63\s*6b\s*70\s*69\s*74\s*21/).first().waitFor();
  await page.getByText('Sockpit!').first().waitFor();
  await page.locator('[data-event="sendall"]').first().click();
  await page.getByText(/61\s*20\s*71\s*75/).first().waitFor();
  await server.close();
});

test('the recording says which line, which socket, how long', async ({ page }) => {
  const server = await tcpServer((socket) => socket.end());
  await run(page, {
    'client.py': `
      import socket
      s = socket.socket()
      s.connect(('127.0.0.1', ${server.port}))
    `,
  });
  await untilExited(page, 'client.py');
  const { calls } = await call(page, 'recording');
  const connect = calls.find(({ name }) => name === 'connect');
  assert.equal(connect.program, 'client.py');
  assert.match(connect.file, /client\.py$/);
  assert.equal(connect.line, 3);
  assert.deepEqual(connect.call.address, { inet: ['127.0.0.1', server.port] });
  assert.equal(connect.outcome, 'ok');
  assert.ok(connect.endedUs >= connect.startedUs && connect.hostUs <= connect.endedUs - connect.startedUs);
  await server.close();
});
