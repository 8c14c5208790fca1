// One backend and one browser for a file of tests, and a fresh visit for each test.
import { mkdir } from 'node:fs/promises';
import { after, before, test as nodeTest } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBackend } from './backend.js';
import { launchBrowser, visit } from './browser.js';
import { closePeers } from './peers.js';

/** Milliseconds for one test. */
const TEST_MS = 90_000;
/** Where a failed test leaves a picture of the page. */
const FAILURES = fileURLToPath(new URL('../../../target/browser-failures/', import.meta.url));

/**
 * Returns `test(name, body)` for a file. The body gets `{ page, backend, browser, url }`, and
 * `expect(pattern)` to name a fault that belongs to what is tested. `patience` is the milliseconds
 * that each may take.
 */
export function suite({ path = '', patience = TEST_MS } = {}) {
  const shared = {};
  before(async () => {
    shared.backend = await startBackend();
    shared.browser = await launchBrowser();
  });
  after(async () => {
    await closePeers();
    await shared.browser?.close();
    await shared.backend?.stop();
  });
  return (name, body) =>
    nodeTest(name, { timeout: patience }, async () => {
      const url = shared.backend.url + path;
      const visiting = await visit(shared.browser, url);
      const expected = [];
      const expect = (pattern) => expected.push(pattern);
      try {
        await body({ ...shared, page: visiting.page, url, expect });
      } catch (error) {
        await mkdir(FAILURES, { recursive: true });
        const picture = FAILURES + name.replaceAll(/\W+/g, '-') + '.png';
        await visiting.page.screenshot({ path: picture });
        console.error(`a picture of the page is in ${picture}`, visiting.faults());
        await visiting.context.close();
        throw error;
      }
      await visiting.leave({ expected: (fault) => expected.some((pattern) => pattern.test(fault)) });
    });
}
