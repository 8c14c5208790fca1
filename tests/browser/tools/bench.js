// Measures the tab against its budgets.
//
//   node bench.js [--quick] [--only PART]... [--json FILE]
//
// Parts are start, calls, bulk, flood and python; others are the backend's and left to it.
// `scripts/bench` builds what this needs and runs it: the backend (`SOCKPIT_BACKEND`) and the
// floors (`SOCKPIT_BENCH`).
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startBackend } from '../support/backend.js';
import { launchBrowser } from '../support/browser.js';
import * as bulk from './bench/bulk.js';
import * as calls from './bench/calls.js';
import * as flood from './bench/flood.js';
import * as python from './bench/python.js';
import { Rows } from './bench/rows.js';
import * as start from './bench/start.js';

const PARTS = { start, calls, bulk, flood, python };
/** Rounds of which a row is the median; each measures everything and its floor. */
const ROUNDS = 5;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: Object.keys(PARTS) },
    json: { type: 'string' },
  },
});

const rows = new Rows();
const backend = await startBackend();
const browser = await launchBrowser();
try {
  const bench = { browser, url: backend.url, rows, rounds: options.quick ? 1 : ROUNDS };
  for (const name of options.only) await PARTS[name]?.measure(bench);
} finally {
  await browser.close();
  await backend.stop();
}
if (options.json) await writeFile(options.json, JSON.stringify(rows.all, null, 2));
else console.table(rows.all);
