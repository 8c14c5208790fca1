// The tour: offered once, never in the way, at hand again under ?.
import assert from 'node:assert/strict';
import { visit } from './support/browser.js';
import { suite } from './support/suite.js';

const test = suite();

test('a first visit is offered the tour, which goes through its stops and is over', async ({ page }) => {
  await page.locator('[data-action="tour-start"]').click();
  const titles = [];
  for (let step = 1; step <= 6; step++) {
    await page.locator('.tour .num').filter({ hasText: `${step} of 6` }).waitFor();
    titles.push(await page.locator('.tour h2').innerText());
    await page.keyboard.press('Enter'); // Next has the keyboard
  }
  assert.equal(new Set(titles).size, 6);
  await page.waitForSelector('.tour', { state: 'detached' });

  await page.reload();
  await page.evaluate(() => window.sockpit.ready());
  assert.equal(await page.locator('.tour').count(), 0, 'it is not offered again');
  await page.keyboard.press('?');
  await page.locator('[role="dialog"] [data-action="tour-start"]').click();
  await page.locator('.tour .num').filter({ hasText: '1 of 6' }).waitFor();
  await page.keyboard.press('Escape');
  await page.waitForSelector('.tour', { state: 'detached' });
});

test('no offer to those who opened a link or an embedded page', async ({ browser, url }) => {
  for (const address of [`${url}#example=udp-pair`, `${url}?embed=1`]) {
    const other = await visit(browser, address);
    assert.equal(await other.page.locator('.tour').count(), 0, address);
    await other.leave();
  }
});
