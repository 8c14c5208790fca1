// What a visitor does with the playground, through the automation contract.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { PATIENCE_MS } from './browser.js';

/** Milliseconds between two looks at a condition. */
const LOOK_AGAIN_MS = 20;

/** A session document with these programs: `{ 'server.py': '…', … }`. */
export function session(programs) {
  return {
    v: 1,
    title: 'test',
    programs: Object.entries(programs).map(([name, code]) => ({ name, code: dedent(code) })),
  };
}

/** Removes the indentation that a text has from standing in this file. */
export function dedent(text) {
  const lines = text.replace(/^\n/, '').trimEnd().split('\n');
  const margins = lines.filter((line) => line.trim()).map((line) => line.match(/^ */)[0].length);
  const margin = Math.min(...margins);
  return lines.map((line) => line.slice(margin)).join('\n') + '\n';
}

/** Loads programs into the page. */
export async function load(page, programs) {
  await page.evaluate((document) => window.sockpit.load(document), session(programs));
}

/** Loads programs and runs them all. */
export async function run(page, programs) {
  await load(page, programs);
  await page.evaluate(() => window.sockpit.run());
}

export function call(page, method, ...args) {
  return page.evaluate(([method, args]) => window.sockpit[method](...args), [method, args]);
}

/** What a program is doing, as `window.sockpit.state()` has it. */
export async function stateOf(page, name) {
  const { programs } = await call(page, 'state');
  const program = programs.find((program) => program.name === name);
  assert.ok(program, `no program ${name} in ${programs.map((program) => program.name)}`);
  return program;
}

/**
 * Waits until what `look` finds satisfies `condition`; returns it.
 *
 * Looks again and again from here: the page's content security policy closes the `eval` that
 * `page.waitForFunction` needs.
 */
async function lookUntil(look, condition, what, describe) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (condition(found)) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}: ${describe(found)}`);
    await pause(LOOK_AGAIN_MS);
  }
}

/** Waits until a program satisfies `condition`; returns it. */
export function until(page, name, condition, what) {
  return lookUntil(() => stateOf(page, name), condition, what, describe);
}

/** Waits until the page's connection is `wanted`: `open`, `full`, `closed`, … */
export function untilLink(page, wanted) {
  return lookUntil(
    () => call(page, 'state'),
    ({ link }) => link === wanted,
    `the link being ${wanted}`,
    ({ link }) => link,
  );
}

/** Waits until a program ended by itself without an error. */
export async function untilExited(page, name, code = 0) {
  const program = await until(
    page,
    name,
    (program) => ['exited', 'failed', 'stopped'].includes(program.state),
    'its end',
  );
  assert.deepEqual([program.state, program.exitCode], ['exited', code], describe(program));
  return program;
}

/** Waits until a program is blocked in a call. */
export function untilBlockedIn(page, name, method) {
  return until(
    page,
    name,
    (program) => program.state === 'blocked' && blockedIn(program) === method,
    `being blocked in ${method}()`,
  );
}

/** Waits until a program's standard output contains a text. */
export function untilPrinted(page, name, text) {
  return until(
    page,
    name,
    (program) => program.stdout.includes(text),
    `printing ${JSON.stringify(text)}`,
  );
}

/** A number that a program printed behind a word: `port 40112`. */
export async function printedNumber(page, name, word) {
  const pattern = new RegExp(`${word} (\\d+)\\s`);
  const program = await until(
    page,
    name,
    (program) => pattern.test(program.stdout),
    `printing ${word} and a number`,
  );
  return Number(program.stdout.match(pattern)[1]);
}

/** The call a program is blocked in. */
export function blockedIn(program) {
  return program.blockedIn?.method ?? program.blockedIn;
}

/** The pane of a program. */
export function pane(page, name) {
  return page.locator(`[data-program="${name}"]`).first();
}

export function describe(program) {
  return `${program.name} is ${program.state} ${program.exitCode ?? ''}\n${program.stdout}\n${program.stderr}`;
}
