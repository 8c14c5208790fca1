// Threads: a program in the tab serves several clients at once.
import assert from 'node:assert/strict';
import { readExactly, tcpConnect } from './support/peers.js';
import { call, printedNumber, run, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

test('a threaded echo server serves five clients at once', async ({ page }) => {
  await run(page, {
    'server.py': `
      import socket, threading

      def serve(connection):
          with connection:
              while data := connection.recv(1024):
                  connection.sendall(data)

      with socket.create_server(('127.0.0.1', 0)) as server:
          print('port', server.getsockname()[1])
          threads = []
          for _ in range(5):
              connection, _ = server.accept()
              thread = threading.Thread(target=serve, args=(connection,))
              thread.start()
              threads.append(thread)
          for thread in threads:
              thread.join()
      print('served', len(threads))
    `,
  });
  const port = await printedNumber(page, 'server.py', 'port');
  const clients = await Promise.all(Array.from({ length: 5 }, () => tcpConnect(port)));
  // The last one first: all five are open, and none waits for another.
  for (const [index, client] of [...clients.entries()].reverse()) {
    client.write(`client ${index}`);
    assert.equal(await readExactly(client, 8), `client ${index}`);
  }
  for (const client of clients) client.end();
  assert.match((await untilExited(page, 'server.py')).stdout, /served 5/);
});

test('socketserver and http.server run unmodified', async ({ page }) => {
  await run(page, {
    'server.py': `
      import http.client, http.server, threading

      class Handler(http.server.BaseHTTPRequestHandler):
          def do_GET(self):
              body = f'you asked for {self.path}'.encode()
              self.send_response(200)
              self.send_header('Content-Length', str(len(body)))
              self.end_headers()
              self.wfile.write(body)
          def log_message(self, *args):
              pass

      with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler) as server:
          threading.Thread(target=server.serve_forever).start()
          connection = http.client.HTTPConnection(*server.server_address)
          connection.request('GET', '/page')
          print(connection.getresponse().read().decode())
          connection.close()
          server.shutdown()
    `,
  });
  assert.match((await untilExited(page, 'server.py')).stdout, /you asked for \/page/);
});

test('asyncio streams run unmodified', async ({ page }) => {
  await run(page, {
    'streams.py': `
      import asyncio

      async def serve(reader, writer):
          writer.write((await reader.readline()).upper())
          await writer.drain()
          writer.close()

      async def main():
          server = await asyncio.start_server(serve, '127.0.0.1', 0)
          async with server:
              reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
              writer.write(b'hello\\n')
              print((await reader.read()).decode())
              writer.close()

      asyncio.run(main())
    `,
  });
  assert.match((await untilExited(page, 'streams.py')).stdout, /HELLO/);
});

test('several programs run side by side, each a process of its own', async ({ page }) => {
  const code = (name) => `
    import sys, threading
    assert not hasattr(sys, 'mark'), 'another program is in here'
    sys.mark = '${name}'
    print('${name}', len(threading.enumerate()))
  `;
  await run(page, { 'a.py': code('a'), 'b.py': code('b'), 'c.py': code('c') });
  for (const name of ['a', 'b', 'c']) {
    assert.equal((await untilExited(page, `${name}.py`)).stdout, `${name} 1\n`);
  }
  await call(page, 'run', 'b.py');
  assert.equal((await untilExited(page, 'b.py')).stdout.includes('b 1'), true);
});
