// The page over TLS, and pages of other origins.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startBackend } from './support/backend.js';
import { launchBrowser, visit } from './support/browser.js';
import { run, untilExited } from './support/playground.js';

/** Takes a certificate that nobody signed but itself. */
const context = { ignoreHTTPSErrors: true };

let folder;
let backend;
let browser;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sockpit-tls-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'],
    ...['-keyout', key, '-out', cert],
  ]);
  const flags = ['--tls-cert', cert, '--tls-key', key, '--allowed-hosts', 'localhost', '--public'];
  backend = await startBackend(0, flags);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await backend?.stop();
  if (folder) await rm(folder, { recursive: true });
});

test('a browser that speaks plain HTTP is led to TLS, and programs run there', async () => {
  assert.equal(backend.url, `https://localhost:${backend.port}/`);
  const visiting = await visit(browser, `http://localhost:${backend.port}/`, { context });
  const { page } = visiting;
  assert.equal(page.url(), backend.url);
  assert.ok(await page.evaluate(() => crossOriginIsolated));
  await run(page, {
    'both.py': `
      import socket
      with socket.create_server(('127.0.0.1', 0)) as server:
          client = socket.create_connection(server.getsockname())
          peer, _ = server.accept()
      client.sendall(b'over TLS')
      print(peer.recv(100).decode())
    `,
  });
  const { stdout } = await untilExited(page, 'both.py');
  assert.equal(stdout, 'over TLS\n');
  await visiting.leave();
});

test('a page of another origin opens no session, be it in plain or over TLS', async () => {
  const site = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>another site</title>');
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  const plain = await startBackend();
  const stranger = await browser.newContext(context);
  const page = await stranger.newPage();
  // What a page may do to its own origin, so that a refusal below means something.
  const open = (url) =>
    page.evaluate(async (url) => {
      const socket = new WebSocket(url);
      return new Promise((resolve) => {
        socket.onopen = () => resolve('open');
        socket.onerror = () => resolve('refused');
      });
    }, url);
  try {
    const wss = `wss://localhost:${backend.port}/ws`;
    const ws = `ws://localhost:${plain.port}/ws`;
    await page.goto(`http://localhost:${plain.port}/`);
    assert.equal(await open(ws), 'open');
    await page.goto(`http://localhost:${site.address().port}/`);
    assert.equal(await open(ws), 'refused');
    assert.equal(await open(wss), 'refused');
  } finally {
    await stranger.close();
    await plain.stop();
    site.close();
  }
});
