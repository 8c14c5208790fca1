// The gallery and the reference as the page loads them, and what their programs must print.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { PATIENCE_MS } from './browser.js';
import { call, describe } from './playground.js';

/** Milliseconds between two looks at the programs. */
const LOOK_AGAIN_MS = 20;
const EXAMPLES = new URL('../../../web/examples/', import.meta.url);

/** Reads `examples.json` or `reference.json` from beside the page's other files. */
export async function book(page, name) {
  const style = await page.locator('link[rel="stylesheet"]').getAttribute('href');
  const response = await page.request.get(new URL(name, new URL(style, page.url())).href);
  assert.equal(response.status(), 200, name);
  return response.json();
}

/** What a program of an example must print. */
export function expected(example, program) {
  return readFile(new URL(`${example.id}/${program.replace(/\.py$/, '.out')}`, EXAMPLES), 'utf8');
}

/** Runs what is on the page and waits until every program has ended by itself, without a word. */
export async function runAll(page) {
  await call(page, 'run');
  const deadline = Date.now() + PATIENCE_MS;
  const over = ({ state }) => ['exited', 'failed', 'stopped'].includes(state);
  for (;;) {
    const { programs } = await call(page, 'state');
    if (programs.every(over)) {
      for (const program of programs) {
        const { state, exitCode, stderr } = program;
        assert.deepEqual([state, exitCode, stderr], ['exited', 0, ''], describe(program));
      }
      return programs;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited in vain for the end:\n${programs.map(describe).join('\n')}`);
    }
    await pause(LOOK_AGAIN_MS);
  }
}

/** Opens a fragment of the page's address and waits until `title` is on the page. */
export async function open(page, fragment, title) {
  await page.evaluate((fragment) => void (location.hash = fragment), fragment);
  const deadline = Date.now() + PATIENCE_MS;
  while ((await call(page, 'state')).title !== title) {
    if (Date.now() > deadline) throw new Error(`${fragment} did not bring ${title}`);
    await pause(LOOK_AGAIN_MS);
  }
}
