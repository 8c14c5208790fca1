// The packet capture: what Wireshark's own dissectors say of it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { saved } from './support/files.js';
import { freePort } from './support/peers.js';
import { run, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();
const tshark = async (...args) =>
  (await promisify(execFile)(process.env.TSHARK ?? 'tshark', args, { maxBuffer: 64 << 20 })).stdout;

/** Checksums are looked at too, which Wireshark leaves out by itself. */
const STRICT = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum'].flatMap((name) => [
  '-o',
  `${name}:TRUE`,
]);

/** Runs programs to their end; hands over the capture's path. */
async function captured(page, programs, look) {
  await run(page, programs);
  for (const name of Object.keys(programs)) await untilExited(page, name);
  const folder = await mkdtemp(join(tmpdir(), 'sockpit-capture-'));
  try {
    const file = join(folder, 'run.pcapng');
    await writeFile(file, await saved(page, 'save-capture'));
    await look(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The sections "Errors" and "Warns" of Wireshark's expert, without their heads. */
async function complaints(file) {
  const text = await tshark('-r', file, ...STRICT, '-q', '-z', 'expert');
  const found = [];
  let section = '';
  for (const line of text.split('\n')) {
    const head = line.match(/^(Errors|Warns|Notes|Chats) \(/);
    if (head) section = head[1];
    else if (/^\s+\d+ /.test(line) && ['Errors', 'Warns'].includes(section)) found.push(line.trim());
  }
  return found;
}

const fields = async (file, filter, ...names) =>
  (await tshark('-r', file, ...STRICT, '-Y', filter, '-T', 'fields', ...names.flatMap((name) => ['-e', name])))
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));

/** Both directions of a stream, as Wireshark follows it. */
async function followed(file, stream) {
  const text = await tshark('-r', file, '-q', '-z', `follow,tcp,raw,${stream}`);
  const lines = text.split('\n').filter((line) => /^\t?[0-9a-f]+$/.test(line));
  const side = (tab) =>
    Buffer.from(lines.filter((line) => line.startsWith('\t') === tab).map((line) => line.trim()).join(''), 'hex');
  return { client: side(false), server: side(true) };
}


test('a TCP echo is one conversation with nothing to complain of', async ({ page }) => {
  const port = await freePort();
  const programs = {
    'server.py': `
      import socket
      with socket.create_server(("127.0.0.1", ${port})) as server:
          conn, peer = server.accept()
          with conn:
              while data := conn.recv(7):
                  conn.sendall(data.upper())
    `,
    'client.py': `
      import socket
      with socket.create_connection(("127.0.0.1", ${port})) as sock:
          sock.sendall(b"one " * 40)
          sock.shutdown(socket.SHUT_WR)
          got = b""
          while data := sock.recv(4096):
              got += data
          assert got == b"ONE " * 40
    `,
  };
  await captured(page, programs, async (file) => {
    assert.deepEqual(await complaints(file), []);
    assert.deepEqual(await followed(file, 0), {
      client: Buffer.from('one '.repeat(40)),
      server: Buffer.from('ONE '.repeat(40)),
    });
    const streams = new Set((await fields(file, 'tcp', 'tcp.stream')).flat());
    assert.deepEqual([...streams], ['0'], 'both ends in the tab make one conversation');
    const comments = (await fields(file, 'frame.comment', 'frame.comment')).flat().join('\n');
    assert.match(comments, /client\.py line 3: sendall\(160 B\)/);
    assert.match(comments, /server\.py line 5: recv\(7\) returned 7 bytes/);
    const sums = (await fields(file, 'tcp', 'tcp.checksum.status', 'ip.checksum.status')).flat();
    assert.deepEqual([...new Set(sums)], ['1']);
  });
});

test('HTTP over IPv6 is recognised and follows to the same bytes', async ({ page }) => {
  const port = await freePort();
  const programs = {
    'server.py': `
      import http.server, socket
      class Server(http.server.HTTPServer):
          address_family = socket.AF_INET6
      class Page(http.server.BaseHTTPRequestHandler):
          def do_GET(self):
              body = b"<p>hello</p>"
              self.send_response(200)
              self.send_header("Content-Length", str(len(body)))
              self.end_headers()
              self.wfile.write(body)
      Server(("::1", ${port}), Page).handle_request()
    `,
    'client.py': `
      import http.client
      connection = http.client.HTTPConnection("::1", ${port})
      connection.request("GET", "/")
      assert connection.getresponse().read() == b"<p>hello</p>"
      connection.close()
    `,
  };
  await captured(page, programs, async (file) => {
    assert.deepEqual(await complaints(file), []);
    const { client, server } = await followed(file, 0);
    assert.match(client.toString(), /^GET \/ HTTP\/1\.1\r\n/);
    assert.match(server.toString(), /<p>hello<\/p>$/);
    const ends = await fields(file, 'tcp.flags.syn == 1 && tcp.flags.ack == 0', 'ipv6.src', 'ipv6.dst', 'tcp.dstport');
    assert.deepEqual(ends, [['::1', '::1', String(port)]]);
  });
});

test('datagrams are there once, with the ports they had', async ({ page }) => {
  const meeting = await freePort();
  const nobody = await freePort();
  const programs = {
    'receiver.py': `
      import socket
      with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
          sock.bind(("127.0.0.1", ${meeting}))
          data, peer = sock.recvfrom(100)
          sock.sendto(data[::-1], peer)
    `,
    'sender.py': `
      import socket
      with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
          sock.sendto(b"forwards", ("127.0.0.1", ${meeting}))
          data, _ = sock.recvfrom(100)
          assert data == b"sdrawrof"
          sock.sendto(b"lost", ("127.0.0.1", ${nobody}))
    `,
  };
  await captured(page, programs, async (file) => {
    assert.deepEqual(await complaints(file), []);
    const seen = await fields(file, 'udp', 'udp.srcport', 'udp.dstport', 'udp.payload', 'udp.checksum.status');
    const port = seen[0][0];
    const hex = (text) => Buffer.from(text).toString('hex');
    assert.notEqual(port, '0');
    assert.deepEqual(seen, [
      [port, String(meeting), hex('forwards'), '1'],
      [String(meeting), port, hex('sdrawrof'), '1'],
      [port, String(nobody), hex('lost'), '1'],
    ]);
  });
});

test('a refused connect is a reset, and nothing else is out of the ordinary', async ({ page }) => {
  const port = await freePort();
  const programs = {
    'client.py': `
      import socket
      try:
          socket.create_connection(("127.0.0.1", ${port}))
      except ConnectionRefusedError:
          print("refused")
    `,
  };
  await captured(page, programs, async (file) => {
    const found = await complaints(file);
    assert.equal(found.length, 1);
    assert.match(found[0], /Connection reset \(RST\)/);
    assert.deepEqual(await fields(file, 'tcp', 'tcp.flags.str'), [['··········S·'], ['·······A·R··']]);
  });
});

test('more bytes than are kept are shown as missing', async ({ page }) => {
  const port = await freePort();
  const programs = {
    'server.py': `
      import socket
      with socket.create_server(("127.0.0.1", ${port})) as server:
          conn, peer = server.accept()
          with conn:
              while conn.recv(1 << 20):
                  pass
    `,
    'client.py': `
      import socket
      with socket.create_connection(("127.0.0.1", ${port})) as sock:
          sock.sendall(bytes(range(256)) * 8192)
    `,
  };
  await captured(page, programs, async (file) => {
    assert.deepEqual(await complaints(file), []);
    const lengths = await fields(file, 'tcp.len > 0', 'tcp.len', 'frame.len', 'frame.cap_len');
    const sum = (at) => lengths.reduce((total, row) => total + Number(row[at]), 0);
    assert.equal(sum(0), 2 << 20, 'as many bytes as were sent');
    assert.ok(sum(2) < sum(1), 'some of them are not in the file');
  });
});
