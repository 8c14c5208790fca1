// Python itself in the tab, against CPython on the host, and Pyodide in the same browser where
// `PYODIDE` names its folder (`npm install pyodide` somewhere).
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { visit } from '../../support/browser.js';
import { run, untilExited } from '../../support/playground.js';
import { median, ms } from './rows.js';

const PART = 'Python in the tab';
const CONTENT_TYPES = { '.mjs': 'text/javascript', '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };

/** A small set in the manner of pyperformance; each line it prints is a name and milliseconds. */
const PROGRAM = `
import hashlib, json, socket, struct, time

def loops():
    total = 0
    for i in range(200_000):
        total += i & 7
    return total

def calls():
    def add(a, b):
        return a + b
    total = 0
    for i in range(50_000):
        total = add(total, i)

class Point:
    def __init__(self, x):
        self.x = x
    def moved(self):
        return Point(self.x + 1)

def objects():
    point = Point(0)
    for _ in range(30_000):
        point = point.moved()

def dict_and_str():
    words = {}
    for i in range(20_000):
        key = f'key{i % 997}'
        words[key] = words.get(key, 0) + 1
    return ' '.join(sorted(words)).upper().split()

def list_and_sort():
    numbers = [(i * 7919) % 10_007 for i in range(20_000)]
    numbers.sort()
    return [a for a in numbers if a % 3]

def bytes_work():
    buffer = bytearray()
    for i in range(5_000):
        buffer += b'line %d\\r\\n' % i
    return buffer.find(b'line 4999'), buffer.split(b'\\r\\n'), bytes(buffer[::2])

def struct_work():
    for i in range(10_000):
        struct.unpack('!HHIBx', struct.pack('!HHIBx', 1, 2, i, 4))

def hashing():
    return hashlib.sha256(b'x' * 1_000_000).digest()

def json_work():
    document = {'items': [{'id': i, 'name': f'name {i}', 'tags': ['a', 'b']} for i in range(1_000)]}
    return json.loads(json.dumps(document))

def exceptions():
    for _ in range(10_000):
        try:
            raise ValueError('x')
        except ValueError:
            pass

def socket_module():
    for _ in range(10_000):
        sock.family, sock.type, sock.gettimeout()

sock = socket.socket()
for work in loops, calls, objects, dict_and_str, list_and_sort, bytes_work, struct_work, hashing, json_work, exceptions, socket_module:
    best = None
    for _ in range(3):
        began = time.perf_counter()
        work()
        took = time.perf_counter() - began
        best = took if best is None else min(best, took)
    print(work.__name__, best * 1000)
`;

export async function measure({ browser, url, rows, rounds }) {
  const folder = process.env.PYODIDE;
  const all = { tab: [], host: [], pyodide: [] };
  const { page, context } = await visit(browser, url);
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    all.host.push(await onHost());
    all.tab.push(await inTab(page));
    if (folder) all.pyodide.push(await inPyodide(browser, folder));
  }
  await context.close();
  for (const name of Object.keys(all.tab[0])) {
    const of = (results) => median(results.map((result) => result[name]));
    const [tab, host] = [of(all.tab), of(all.host)];
    const beside = folder ? `${ms(host)}; Pyodide ${ms(of(all.pyodide))}` : ms(host);
    rows.add(PART, name.replaceAll('_', ' '), ms(tab), { floor: `CPython ${beside}`, ratio: tab / host });
  }
}

function read(stdout) {
  const lines = stdout.trim().split('\n').map((line) => line.split(' '));
  return Object.fromEntries(lines.map(([name, value]) => [name, Number(value)]));
}

async function onHost() {
  const { stdout } = await promisify(execFile)('python3', ['-c', PROGRAM]);
  return read(stdout);
}

async function inTab(page) {
  await run(page, { 'bench.py': PROGRAM });
  const { stdout } = await untilExited(page, 'bench.py');
  return read(stdout);
}

/** Runs the set in Pyodide, in a worker of a page that a server of our own serves. */
async function inPyodide(browser, folder) {
  const server = http.createServer(async (request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const body = path === '/' ? '<!doctype html><title>Pyodide</title>' : await readFile(join(folder, path)).catch(() => null);
    response.writeHead(body === null ? 404 : 200, { 'content-type': CONTENT_TYPES[extname(path)] ?? 'text/html' });
    response.end(body ?? '');
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const stdout = await page.evaluate(
    (program) =>
      new Promise((resolve, reject) => {
        const body = `
          import { loadPyodide } from '${location.origin}/pyodide.mjs';
          let said = '';
          try {
            const pyodide = await loadPyodide({ indexURL: '${location.origin}/', stdout: (line) => (said += line + '\\n') });
            await pyodide.loadPackage([]).catch(() => {});
            pyodide.runPython(${JSON.stringify(program)});
          } catch (error) {
            said += 'ERROR ' + error;
          }
          postMessage(said);`;
        const script = URL.createObjectURL(new Blob([body], { type: 'text/javascript' }));
        const worker = new Worker(script, { type: 'module' });
        worker.onmessage = ({ data }) => (data.includes('ERROR') ? reject(new Error(data)) : resolve(data));
        worker.onerror = (event) => reject(new Error(event.message));
      }),
    PROGRAM,
  );
  await page.close();
  server.close();
  return read(stdout);
}
