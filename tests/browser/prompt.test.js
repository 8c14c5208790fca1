// The prompt: Python line by line, in the program's own interpreter.
import assert from 'node:assert/strict';
import { tcpServer } from './support/peers.js';
import { call, load, run, until, untilExited, untilPrinted } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

const said = (text) => (program) => (program.stdout + program.stderr).includes(text);

test('lines share their state, and an expression shows its value', async ({ page }) => {
  await load(page, { 'main.py': 'pass\n' });
  await call(page, 'repl', 'main.py', 'import socket');
  await call(page, 'repl', 'main.py', 'family = socket.AF_INET');
  await call(page, 'repl', 'main.py', 'family');
  await until(page, 'main.py', said('AddressFamily.AF_INET'), 'the value of family');
  await call(page, 'repl', 'main.py', "'recv_into' in dir(socket.socket), 'AF_INET' in dir(socket)");
  await until(page, 'main.py', said('(True, True)'), 'what dir() has');
});

test('help() shows the docstring', async ({ page }) => {
  await load(page, { 'main.py': 'pass\n' });
  await call(page, 'repl', 'main.py', 'import socket');
  await call(page, 'repl', 'main.py', 'help(socket.socket.recv)');
  const program = await until(page, 'main.py', said('recv('), 'the help for recv');
  assert.match(program.stdout, /bytes/);
});

test('live calls, one by one', async ({ page }) => {
  const server = await tcpServer((socket) => socket.end('from the host'));
  await load(page, { 'main.py': 'pass\n' });
  for (const line of [
    'import socket',
    's = socket.socket()',
    `s.connect(('127.0.0.1', ${server.port}))`,
    's.recv(100)',
  ]) {
    await call(page, 'repl', 'main.py', line);
  }
  await until(page, 'main.py', said("b'from the host'"), 'what recv returned');
  await server.close();
});

test('after a run the prompt has the variables of the program', async ({ page }) => {
  await run(page, { 'main.py': 'answer = 41\n' });
  await untilExited(page, 'main.py');
  await call(page, 'repl', 'main.py', 'answer + 1');
  await untilPrinted(page, 'main.py', '42');
});

test('an error shows its traceback and the prompt goes on', async ({ page }) => {
  await load(page, { 'main.py': 'pass\n' });
  await call(page, 'repl', 'main.py', '1 / 0');
  await until(page, 'main.py', said('ZeroDivisionError'), 'the error');
  await call(page, 'repl', 'main.py', '6 * 7');
  await until(page, 'main.py', said('42'), 'the next value');
});
