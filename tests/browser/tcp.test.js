// TCP: programs in the tab and programs of the host meet over real sockets.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readAll, readExactly, tcpConnect, tcpServer } from './support/peers.js';
import {
  call,
  dedent,
  load,
  pane,
  printedNumber,
  run,
  until,
  untilExited,
} from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

test('the basic client, typed into the editor, talks to a server of the host', async ({ page }) => {
  const body = 'x'.repeat(300);
  let request = '';
  const server = await tcpServer(async (socket) => {
    const [chunk] = await once(socket, 'data');
    request = chunk.toString();
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  await load(page, { 'client.py': '# empty\n' });
  await type(
    page,
    'client.py',
    dedent(`
      import socket
      print('creating socket ...')
      s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
      print('connection with remote host')
      s.connect(('127.0.0.1', ${server.port}))
      print('connection ok')
      s.send(b'GET /index.html HTTP/1.1\\r\\n\\r\\n')
      while True:
          data = s.recv(128)
          print(len(data), data)
          if data == b'':
              break
      print('closing the socket')
      s.close()
    `),
  );
  await pane(page, 'client.py').locator('[data-action="run"]').first().click();
  const { stdout } = await untilExited(page, 'client.py');
  assert.equal(request, 'GET /index.html HTTP/1.1\r\n\r\n');
  assert.match(stdout, /connection ok\n128 b'HTTP\/1\.1 200 OK/);
  const pieces = [...stdout.matchAll(/^(\d+) b'/gm)].map(([, length]) => Number(length));
  assert.equal(pieces.reduce((sum, length) => sum + length, 0), body.length + 40);
  assert.equal(pieces.at(-1), 0);
  assert.ok(pieces.every((length) => length <= 128));
  await server.close();
});

/** Types a program into its editor, in place of what is there, key by key. */
async function type(page, name, code) {
  await pane(page, name).locator('[data-role="editor"] .cm-content, textarea').first().click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Delete');
  for (const line of code.trimEnd().split('\n')) {
    await page.keyboard.type(line);
    await page.keyboard.press('Enter');
    // The editor indents the next line itself; here each line brings its own.
    await page.keyboard.press('Shift+Home');
  }
}

test('a server in the tab is reached from the host', async ({ page }) => {
  await run(page, {
    'server.py': `
      import socket
      with socket.create_server(('127.0.0.1', 0)) as server:
          print('port', server.getsockname()[1])
          connection, peer = server.accept()
          with connection:
              while data := connection.recv(1024):
                  connection.sendall(data.upper())
          print('served', peer[1])
    `,
  });
  const port = await printedNumber(page, 'server.py', 'port');
  const client = await tcpConnect(port);
  client.write('hello');
  assert.equal(await readExactly(client, 5), 'HELLO');
  client.end(' again');
  const { stdout } = await untilExited(page, 'server.py');
  assert.match(stdout, new RegExp(`served ${client.localPort}`));
});

test('bytes arrive whole and in order, however many', async ({ page }) => {
  const size = 3_000_000;
  const server = await tcpServer(async (socket) => {
    socket.end(String((await readAll(socket)).length));
  });
  await run(page, {
    'client.py': `
      import socket
      data = bytes(range(97, 122)) * ${size / 25}
      with socket.create_connection(('127.0.0.1', ${server.port})) as s:
          s.sendall(data)
          s.shutdown(socket.SHUT_WR)
          print('the peer has', s.recv(100).decode())
    `,
  });
  const { stdout } = await untilExited(page, 'client.py');
  assert.match(stdout, new RegExp(`the peer has ${size}`));
  await server.close();
});

test('options, names, recv_into, half-close and socket pairs work as on Linux', async ({ page }) => {
  await run(page, {
    'calls.py': `
      import socket
      server = socket.socket()
      server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
      assert server.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 1
      server.bind(('127.0.0.1', 0))
      server.listen(5)
      client = socket.socket()
      assert client.connect_ex(server.getsockname()) == 0
      peer, address = server.accept()
      assert address == client.getsockname() and client.getpeername() == server.getsockname()
      client.sendall(b'0123456789')
      client.shutdown(socket.SHUT_WR)
      buffer = bytearray(4)
      assert peer.recv_into(buffer) == 4 and buffer == b'0123'
      assert peer.recv(100, socket.MSG_PEEK) == b'456789'
      assert peer.recv(100) == b'456789' and peer.recv(100) == b''
      a, b = socket.socketpair()
      a.send(b'pair')
      assert b.recv(10) == b'pair'
      with socket.create_server(('::1', 0), family=socket.AF_INET6) as six:
          with socket.create_connection(six.getsockname()[:2]) as c:
              assert c.family == socket.AF_INET6
      print('all as expected')
    `,
  });
  assert.match((await untilExited(page, 'calls.py')).stdout, /all as expected/);
});

test('two programs in the tab talk to each other', async ({ page }) => {
  await run(page, {
    'server.py': `
      import socket
      server = socket.create_server(('127.0.0.1', 0))
      print('port', server.getsockname()[1])
      connection, _ = server.accept()
      print('got', connection.recv(100).decode())
      connection.sendall(b'from the server')
      connection.close()
    `,
    'client.py': `
      import socket
      port = int(input('port? '))
      s = socket.create_connection(('127.0.0.1', port))
      s.sendall(b'from the client')
      print('got', s.recv(100).decode())
    `,
  });
  const port = await printedNumber(page, 'server.py', 'port');
  await until(page, 'client.py', ({ state }) => state === 'input', 'asking');
  await call(page, 'input', 'client.py', `${port}\n`);
  assert.match((await untilExited(page, 'client.py')).stdout, /got from the server/);
  assert.match((await untilExited(page, 'server.py')).stdout, /got from the client/);
});

test('Run all starts a client when its server is ready', async ({ page }) => {
  const probe = await tcpServer(() => {});
  const port = probe.port;
  await probe.close();
  await run(page, {
    'server.py': `
      import socket, time
      time.sleep(0.3)
      server = socket.create_server(('127.0.0.1', ${port}))
      connection, _ = server.accept()
      connection.sendall(b'ready')
      connection.close()
    `,
    'client.py': `
      import socket
      print(socket.create_connection(('127.0.0.1', ${port})).recv(10))
    `,
  });
  assert.match((await untilExited(page, 'client.py')).stdout, /b'ready'/);
});
