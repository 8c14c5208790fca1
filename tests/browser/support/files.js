// Files that go out of the page and into it.
import { readFile } from 'node:fs/promises';

/** Saves what a button of the share dialog saves; returns its bytes. */
export async function saved(page, action) {
  await page.locator('[data-action="share"]').first().click();
  const coming = page.waitForEvent('download');
  await page.locator(`[data-action="${action}"]`).click();
  const bytes = await readFile(await (await coming).path());
  await page.keyboard.press('Escape');
  return bytes;
}

/** Drops a file on the page, as from the desktop. */
export async function drop(page, name, bytes) {
  await page.evaluate(
    ({ name, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], name));
      document.body.dispatchEvent(
        new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
      );
    },
    { name, base64: Buffer.from(bytes).toString('base64') },
  );
}
