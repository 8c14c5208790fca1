// A headless Chromium, and pages in it that report what went wrong behind the scenes.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Milliseconds a condition may take: a slow machine runs several programs at once. */
export const PATIENCE_MS = 30_000;

/** Starts a browser with a profile of its own. */
export function launchBrowser(more = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...ARGUMENTS, ...more],
    headless: true,
  });
}

/**
 * Opens the page as a new visitor would, and waits until it is ready.
 *
 * `faults()` lists what no visit may cause: console errors, uncaught exceptions, violations of
 * the content security policy, and requests that leave the machine.
 */
export async function visit(browser, url, { ready = true, context: options = {} } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const faults = [];
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  context.on('request', (request) => {
    const target = new URL(request.url());
    const here = ['127.0.0.1', 'localhost', '[::1]', ''];
    if (!here.includes(target.hostname)) faults.push(`request beyond loopback: ${target}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`CSP: ${event.violatedDirective} blocked ${event.blockedURI}`);
    });
  });
  await page.goto(url);
  if (ready) await page.evaluate(() => window.sockpit.ready());
  return {
    page,
    context,
    faults: () => faults,
    /** Ends the visit; fails if something went wrong behind the scenes. */
    async leave({ expected = () => false } = {}) {
      await context.close();
      assert.deepEqual(faults.filter((fault) => !expected(fault)), []);
    },
  };
}
