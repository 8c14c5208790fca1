// The programs of frontend/python/tests/programs, which print the same under CPython, in the tab.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { visit } from './support/browser.js';
import { call } from './support/playground.js';
import { suite } from './support/suite.js';

/** Milliseconds for all of them. */
const ALL_MS = 240_000;
/** Milliseconds for one of them, beside others. */
const ONE_MS = 60_000;
/** Pages that run programs at once: a program waits more than it computes. */
const PAGES = 3;
/** Milliseconds between two looks at a program. */
const LOOK_AGAIN_MS = 20;
/** Programs that the tab does not run as CPython does, and where they part. */
const DIFFERENT = {
  recursion: 'a sort that compares by sorting can reach the end of the stack before the limit',
};
const PROGRAMS = new URL('../../frontend/python/tests/programs/', import.meta.url);

const test = suite({ patience: ALL_MS });

/** Reads a file that a program may have. */
const optional = (name) => readFile(new URL(name, PROGRAMS), 'utf8').catch(() => '');

/** Reads a program and what it must do: README.md beside them says what is in which file. */
async function read(name) {
  const [code, out, args, input] = await Promise.all([
    readFile(new URL(`${name}.py`, PROGRAMS), 'utf8'),
    readFile(new URL(`${name}.out`, PROGRAMS), 'utf8'),
    optional(`${name}.args`),
    optional(`${name}.in`),
  ]);
  const wanted = { state: 'exited', exitCode: 0, stdout: '', lastError: undefined };
  for (const line of out.split(/(?<=\n)/)) {
    if (line.startsWith('#exit ')) wanted.exitCode = Number(line.slice(6));
    else if (line.startsWith('#stderr ')) wanted.lastError = line.slice(8, -1);
    else wanted.stdout += line;
  }
  return { file: `${name}.py`, code, args: args.split('\n').slice(0, -1), input, wanted };
}

/** Runs a program alone on a page, and returns what it did. */
async function runIn(page, { file, code, args, input }) {
  await call(page, 'load', { v: 1, title: file, programs: [{ name: file, code, args }] });
  await call(page, 'run', file);
  if (input) await call(page, 'input', file, input);
  await call(page, 'eof', file);
  const deadline = Date.now() + ONE_MS;
  for (;;) {
    const { programs } = await call(page, 'state');
    const { state, exitCode, stdout, stderr, blockedIn } = programs[0];
    if (['exited', 'failed', 'stopped'].includes(state)) {
      return { state, exitCode, stdout, lastError: stderr.split('\n').at(-2), stderr };
    }
    if (Date.now() > deadline) {
      throw new Error(`is ${state} ${JSON.stringify(blockedIn)}\n${stdout}\n${stderr}`);
    }
    await pause(LOOK_AGAIN_MS);
  }
}

test('every program does in the tab what it does under CPython', async ({ browser, url }) => {
  const files = await readdir(PROGRAMS);
  const only = process.env.SOCKPIT_PROGRAM;
  const names = files.filter((file) => file.endsWith('.py')).map((file) => file.slice(0, -3));
  const wanted = (name) => (only ? only.split(',').includes(name) : !(name in DIFFERENT));
  const left = names.filter(wanted).sort();
  assert.ok(left.length > 0);
  const wrong = [];
  const work = async () => {
    const { page, leave } = await visit(browser, url);
    await call(page, 'grant', '*');
    for (let name; (name = left.shift()); ) {
      const begun = Date.now();
      try {
        const program = await read(name);
        const { stderr, ...did } = await runIn(page, program);
        assert.deepEqual(did, program.wanted, `${name}\n${stderr}`);
      } catch (error) {
        wrong.push(`${name}: ${error.message}`);
      }
      if (process.env.SOCKPIT_TIMES) console.error(name, Date.now() - begun);
    }
    await leave().catch((error) => wrong.push(error.message));
  };
  await Promise.all(Array.from({ length: PAGES }, work));
  assert.equal(wrong.join('\n\n'), '');
});
