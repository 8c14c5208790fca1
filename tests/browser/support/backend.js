// A backend of the test's own, on a port the host chose.
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { end, leaveRunning, start } from './processes.js';

const EXECUTABLE =
  process.env.SOCKPIT_BACKEND ??
  fileURLToPath(new URL('../../../target/debug/backend', import.meta.url));

/** Starts a backend; resolves once it has printed where it listens. */
export async function startBackend(port = 0, args = []) {
  const child = start(EXECUTABLE, ['--listen', `127.0.0.1:${port}`, ...args]);
  let said = '';
  let heardMetrics;
  const metrics = new Promise((resolve) => {
    heardMetrics = resolve;
  });
  const url = await new Promise((resolve, reject) => {
    const hear = (text) => {
      said += text;
      const found = said.match(/https?:\/\/[^\s]+/);
      if (found) resolve(new URL(found[0]));
      const measured = said.match(/Metrics are at (\S+)\n/);
      if (measured) heardMetrics(measured[1]);
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`the backend ended with ${code}: ${said}`)));
  });
  leaveRunning(child);
  return {
    url: url.origin + '/',
    port: Number(url.port),
    pid: child.pid,
    /** What is counted under a name, its labels included; 0 where nothing was. Wants `--metrics`. */
    async count(name) {
      const text = await (await fetch(await metrics)).text();
      const line = text.split('\n').find((line) => line.startsWith(`${name} `));
      return line ? Number(line.slice(name.length)) : 0;
    },
    stop(signal) {
      return end(child, signal);
    },
  };
}

/** Writes the page into a new folder, for a host of files. */
export async function exportPage() {
  const folder = await mkdtemp(join(tmpdir(), 'sockpit-export-'));
  const child = start(EXECUTABLE, ['--export', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the export ended with ${code}`);
  return folder;
}
