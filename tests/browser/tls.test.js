// TLS: it ends in the tab, and everything outside of it is ciphertext.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { CERTIFICATES } from './support/certificates.js';
import { call, run, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite({ patience: 120_000 });

/** What the programs of the gallery's example say, each under its name. */
async function example() {
  const folder = fileURLToPath(new URL('../../web/examples/tls/', import.meta.url));
  const read = (name) => readFile(folder + name, 'utf8');
  return { 'server.py': await read('server.py'), 'client.py': await read('client.py') };
}

/** A part of a program between two lines that PEM has. */
function pem(program, kind) {
  return program.match(new RegExp(`-----BEGIN ${kind}-----[^]*?-----END ${kind}-----\\n`))[0];
}

test('two programs of the tab talk TLS; what leaves the tab is ciphertext', async ({ page }) => {
  await run(page, await example());
  const client = await untilExited(page, 'client.py');
  assert.match(client.stdout, /TLSv1\.3 with a key of 256 bits[^]*answer b'THE SECRET'/);
  const server = await untilExited(page, 'server.py');
  assert.match(server.stdout, /agreed on TLSv1\.3\nread b'the secret'/);
  const { calls } = await call(page, 'recording');
  const sent = Buffer.concat(calls.map((made) => Buffer.from(made.sent.base64, 'base64')));
  assert.ok(sent.length > 1000, `${sent.length} bytes are too few for a handshake`);
  // The name asked for is in the first message; nothing after that can be read.
  assert.ok(sent.includes('localhost'));
  for (const secret of ['the secret', 'THE SECRET']) assert.ok(!sent.includes(secret), secret);
});

test('https:// in urllib reaches a server of the host, over a wire that shows nothing', async ({ page }) => {
  const programs = await example();
  const server = https.createServer(
    { key: pem(programs['server.py'], 'PRIVATE KEY'), cert: pem(programs['server.py'], 'CERTIFICATE') },
    (request, response) => response.end(`hidden ${request.url} `.repeat(5000)),
  );
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const wire = await tap(server.address().port);
  await run(page, {
    'client.py': `
      import ssl
      import urllib.error
      import urllib.request
      CERTIFICATE = """${pem(programs['server.py'], 'CERTIFICATE').replaceAll('\n', '\n      ')}"""
      context = ssl.create_default_context(cadata=CERTIFICATE.replace(" " * 6, ""))
      url = 'https://localhost:${wire.port}/page'
      with urllib.request.urlopen(url, context=context) as answer:
          print(answer.status, answer.read().count(b'hidden /page'))
      try:
          urllib.request.urlopen(url)
      except urllib.error.URLError as error:
          print(error.reason)
    `,
  });
  const { stdout } = await untilExited(page, 'client.py');
  assert.equal(
    stdout,
    '200 5000\n[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate\n',
  );
  const seen = Buffer.concat(wire.seen);
  assert.equal(seen[0], 0x16, 'the first record is a handshake');
  assert.ok(seen.length > 60_000 && !seen.includes('hidden') && !seen.includes('/page'));
  wire.close();
  server.close();
});

test('the interpreter without TLS says how to get the one with it', async ({ page }) => {
  await run(page, {
    'program.py': `
      import http.client
      name = 's' + 'sl'
      try:
          __import__(name)
      except ImportError as error:
          print(hasattr(http.client, 'HTTP' + 'SConnection'), error.name, error)
    `,
  });
  const { stdout } = await untilExited(page, 'program.py');
  assert.match(stdout, /^False ssl TLS comes with another interpreter.*put `import ssl` into the program/);
});

test('East Asian encodings come with the interpreter that has TLS; the other says so', async ({ page }) => {
  await run(page, {
    'named.py': `
      text = '套接字 소켓'
      for name in 'gb18030', 'utf-8':
          print(name, text.encode(name).decode(name) == text)
      print('日本'.encode('shift_jis'), b'\\xa4\\xa4'.decode('big5'))
    `,
    'unnamed.py': `
      try:
          'x'.encode('g' + 'bk')
      except LookupError as error:
          print(error)
    `,
  });
  const named = await untilExited(page, 'named.py');
  assert.equal(named.stdout, "gb18030 True\nutf-8 True\nb'\\x93\\xfa\\x96{' 中\n");
  const unnamed = await untilExited(page, 'unnamed.py');
  assert.match(unnamed.stdout, /^the encoding gbk comes with another interpreter.*put 'gbk' into the program/);
});

for (const name of ['libraries', 'mail_and_files']) {
  test(`${name}: the standard library over TLS does in the tab what it does under CPython`, async ({ page }) => {
    const folder = new URL('../../frontend/python/tests/tls/', import.meta.url);
    const [code, wanted] = await Promise.all(
      [`${name}.py`, `${name}.out`].map((file) => readFile(new URL(file, folder), 'utf8')),
    );
    const certificates = `import os
os.mkdir("certificates")
for name, text in ${JSON.stringify(CERTIFICATES)}.items():
    with open(f"certificates/{name}", "w") as file:
        file.write(text)
`;
    const program = { name: `${name}.py`, code: certificates + code, args: ['certificates'] };
    await call(page, 'load', { v: 1, title: name, programs: [program] });
    await call(page, 'run', program.name);
    const { stdout } = await untilExited(page, program.name);
    assert.equal(stdout, wanted);
  });
}

test('a URL that turns out to be https only when the program runs finds TLS', async ({ page }) => {
  await run(page, {
    'program.py': `
      import urllib.error, urllib.request
      try:
          urllib.request.urlopen('htt' + 'ps://127.0.0.1:1/')
      except urllib.error.URLError as error:
          print(error.reason)
    `,
    'plain.py': `
      import urllib.request
      LOCAL = 'http://127.0.0.1:1/'
      urllib.request.urlopen(LOCAL.replace('http', 'https'))
    `,
  });
  const { stdout } = await untilExited(page, 'program.py');
  assert.match(stdout, /Connection refused/);
  await untilExited(page, 'plain.py', 1);
  const console_ = page.locator('[data-program="plain.py"] [data-role="console"]');
  await console_.getByText('put `import ssl` into the program and run it again').waitFor();
});

/** Passes bytes on to a port of this machine, both ways, and keeps a copy of them. */
async function tap(port) {
  const seen = [];
  const listener = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    for (const [from, to] of [[near, far], [far, near]]) {
      from.on('data', (chunk) => seen.push(chunk));
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise((listening) => listener.listen(0, '127.0.0.1', listening));
  return { port: listener.address().port, seen, close: () => listener.close() };
}
