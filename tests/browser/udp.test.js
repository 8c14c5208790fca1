// UDP: datagrams between the tab and the host, both ways.
import assert from 'node:assert/strict';
import { udpSocket } from './support/peers.js';
import { printedNumber, run, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

test('a program in the tab sends a datagram to the host and gets its answer', async ({ page }) => {
  const host = await udpSocket();
  const received = host.receive();
  await run(page, {
    'client.py': `
      import socket
      s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      s.sendto(b'ping', ('127.0.0.1', ${host.port}))
      data, address = s.recvfrom(1024)
      print(data, address[1])
      buffer = bytearray(10)
      count, address = s.recvfrom_into(buffer)
      print(count, bytes(buffer[:count]))
    `,
  });
  const { text, port } = await received;
  assert.equal(text, 'ping');
  host.send('pong', port);
  host.send('second', port);
  const { stdout } = await untilExited(page, 'client.py');
  assert.equal(stdout, `b'pong' ${host.port}\n6 b'second'\n`);
  host.close();
});

test('a UDP server in the tab answers the host', async ({ page }) => {
  await run(page, {
    'server.py': `
      import socket
      s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      s.bind(('127.0.0.1', 0))
      print('port', s.getsockname()[1])
      for _ in range(2):
          data, address = s.recvfrom(1024)
          s.sendto(data[::-1], address)
    `,
  });
  const port = await printedNumber(page, 'server.py', 'port');
  const host = await udpSocket();
  for (const [sent, answer] of [['abc', 'cba'], ['', '']]) {
    const received = host.receive();
    host.send(sent, port);
    assert.deepEqual(await received, { text: answer, port });
  }
  await untilExited(page, 'server.py');
  host.close();
});
