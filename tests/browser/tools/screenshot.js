// Makes docs/screenshot.png: the page after the first example has run.
import { fileURLToPath } from 'node:url';
import { startBackend } from '../support/backend.js';
import { launchBrowser, visit } from '../support/browser.js';
import { call, untilExited } from '../support/playground.js';

const PICTURE = fileURLToPath(new URL('../../../docs/screenshot.png', import.meta.url));

const backend = await startBackend();
const browser = await launchBrowser();
try {
  const { page } = await visit(browser, backend.url, {
    context: { colorScheme: 'light', reducedMotion: 'reduce', deviceScaleFactor: 1 },
  });
  await call(page, 'run');
  const { programs } = await call(page, 'state');
  for (const { name } of programs) await untilExited(page, name);
  const events = page.locator('[data-event="recv"]');
  await events.first().click();
  await page.screenshot({ path: PICTURE });
  console.log(PICTURE);
} finally {
  await browser.close();
  await backend.stop();
}
