// The bytes of a call: hex and text light each other up, copies, the conversation.
import assert from 'node:assert/strict';
import { run, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

const HTTP = {
  'pair.py': `
    import socket
    a, b = socket.socketpair()
    a.sendall(b'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')
    b.recv(100)
    b.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\nhi')
    a.recv(10)
    a.recv(100)
    b.sendall(bytes(range(20)))
    a.recv(100)
  `,
};

/** Selects characters of one column of the dump, as a visitor does with the mouse. */
async function select(page, column, from, to) {
  await page.evaluate(
    ([column, from, to]) => {
      const node = document.querySelector(`[data-role="bytes"] [data-bytes="${column}"]`).firstChild;
      getSelection().setBaseAndExtent(node, from, node, to);
    },
    [column, from, to],
  );
}

const lit = (page) =>
  page.evaluate(() => [...(CSS.highlights.get('bytes') ?? [])].map((range) => range.toString()).join('|'));

test('what is selected in one column lights up in the other', async ({ page }) => {
  await run(page, HTTP);
  await untilExited(page, 'pair.py');
  await page.locator('[data-event="sendall"]').first().click();
  await page.locator('[data-role="bytes"] [data-bytes="hex"]', { hasText: '47 45 54 20' }).waitFor();
  await select(page, 'hex', 0, 8);
  await page.locator('[data-role="about-bytes"]', { hasText: 'bytes 0:3 (3 B)' }).waitFor();
  assert.equal(await lit(page), 'GET');
  await select(page, 'text', 4, 5);
  await page.locator('[data-role="about-bytes"]', { hasText: 'bytes 4:5 (1 B)' }).waitFor();
  assert.equal(await lit(page), '2f');
});

test('bytes are copied as hex, as text and as Python', async ({ page }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await run(page, HTTP);
  await untilExited(page, 'pair.py');
  await page.locator('[data-event="sendall"]').nth(1).click();
  const copied = async (how) => {
    await page.locator(`[data-action="copy-${how}"]`).click();
    await page.locator(`[data-action="copy-${how}"]`, { hasText: 'Copied' }).waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  assert.equal(await copied('python'), "b'HTTP/1.1 200 OK\\r\\n\\r\\nhi'");
  assert.equal((await copied('text')).replaceAll('\r', ''), 'HTTP/1.1 200 OK\n\nhi');
  assert.match(await copied('hex'), /^48 54 54 50 2f .* 68 69$/);
  await page.locator('[data-role="bytes"] [data-bytes="text"]').waitFor();
  await select(page, 'text', 0, 4);
  await page.locator('[data-role="about-bytes"]', { hasText: 'bytes 0:4' }).waitFor();
  assert.equal(await copied('python'), "b'HTTP'");
});

test('below the bytes stands which calls took them', async ({ page }) => {
  await run(page, HTTP);
  await untilExited(page, 'pair.py');
  await page.locator('[data-event="sendall"]').nth(1).click();
  const parts = page.locator('[data-role="parts"] .part');
  await parts.nth(1).waitFor();
  assert.deepEqual(await page.locator('[data-role="parts"] code').allInnerTexts(), ['0:10', '10:21']);
  await parts.first().click();
  await page.locator('[data-event="recv"][aria-selected="true"]').waitFor();
});

test('a conversation has both directions, and text protocols are text', async ({ page }) => {
  await run(page, HTTP);
  await untilExited(page, 'pair.py');
  await page.locator('[data-event="sendall"]').first().click();
  await page.locator('[data-action="show-conversation"]').click();
  const turns = page.locator('[data-role="conversation"] [data-turn]');
  await turns.nth(1).waitFor();
  assert.deepEqual(await turns.evaluateAll((all) => all.map((turn) => turn.dataset.turn)), ['own', 'other']);
  assert.match(await turns.nth(0).innerText(), /HTTP request[\s\S]*GET \/ HTTP\/1\.1/);
  // What follows the text is not text, so all of that turn is shown as bytes.
  assert.match(await turns.nth(1).innerText(), /binary/);
  await page.locator('[data-role="conversation"] [data-bytes="hex"]').waitFor();
});
