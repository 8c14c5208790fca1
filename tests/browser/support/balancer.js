// nginx and Caddy, each with the configuration that is recommended to operators, before two
// backends.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PATIENCE_MS } from './browser.js';
import { end, leaveRunning, start } from './processes.js';

const DEPLOY = fileURLToPath(new URL('../../../deploy/', import.meta.url));

/** Replaces what differs between an operator's machine and a test; each must be there. */
function adapt(text, changes) {
  for (const [from, to] of changes) {
    assert.ok(text.match(from), `the configuration has no ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** Returns a port that nobody listens on. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts `command` and waits until it listens on `port`. */
async function startBalancer(command, args, options, port, folder) {
  const child = start(command, args, options);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (said += text));
  }
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    const [there] = await Promise.race([
      once(socket, 'connect').then(() => [true]),
      once(socket, 'error').then(() => [false], () => [false]),
    ]).catch(() => [false]);
    socket.destroy();
    if (there) break;
    assert.equal(child.exitCode, null, `${command} ended: ${said}`);
    assert.ok(Date.now() < deadline, `${command} does not listen: ${said}`);
    await pause(20);
  }
  leaveRunning(child);
  return {
    port,
    folder,
    async stop() {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** nginx with `deploy/nginx/sockpit.conf`. */
export async function startNginx(backends) {
  const folder = await mkdtemp(join(tmpdir(), 'sockpit-nginx-'));
  const port = await freePort();
  const [first, second] = backends;
  const sockpit = adapt(await readFile(join(DEPLOY, 'nginx/sockpit.conf'), 'utf8'), [
    [/server 127\.0\.0\.1:8001;/g, `server 127.0.0.1:${first.port};`],
    [/server 127\.0\.0\.1:8002;/g, `server 127.0.0.1:${second.port};`],
    [/listen 443 ssl;/g, `listen 127.0.0.1:${port};`],
    [/ssl_certificate(_key)? .*;/g, ''],
    [/\/var\/log\/nginx\/sockpit\.log/g, `${folder}/access.log`],
  ]);
  // A worker of root's would be nobody, who cannot write into the folder.
  const user = userInfo().uid === 0 ? 'user root;' : '';
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; ${user} pid ${folder}/pid; error_log stderr warn; worker_processes 2;
     events {}
     http {
       ${places.map((place) => `${place}_temp_path ${folder}/${place};`).join(' ')}
       ${sockpit}
     }`,
  );
  const command = process.env.NGINX ?? 'nginx';
  return startBalancer(command, ['-c', join(folder, 'nginx.conf'), '-p', folder], {}, port, folder);
}

/** Caddy with `deploy/caddy/Caddyfile`. */
export async function startCaddy(backends) {
  const folder = await mkdtemp(join(tmpdir(), 'sockpit-caddy-'));
  const port = await freePort();
  const [first, second] = backends;
  const sockpit = adapt(await readFile(join(DEPLOY, 'caddy/Caddyfile'), 'utf8'), [
    [/127\.0\.0\.1:8001/g, `127.0.0.1:${first.port}`],
    [/127\.0\.0\.1:8002/g, `127.0.0.1:${second.port}`],
    [/^play\.example\.org \{/gm, `http://127.0.0.1:${port} {`],
  ]);
  const file = join(folder, 'Caddyfile');
  await writeFile(file, `{\n\tadmin off\n\tauto_https off\n}\n${sockpit}`);
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const args = ['run', '--config', file, '--adapter', 'caddyfile'];
  return startBalancer(process.env.CADDY ?? 'caddy', args, { env }, port, folder);
}
