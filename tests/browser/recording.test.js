// The recording's bounds: what a visitor is told when there is more than a tab keeps.
import assert from 'node:assert/strict';
import { call, run, untilExited } from './support/playground.js';
import { suite } from './support/suite.js';

/** Milliseconds for more bytes than the recording keeps. */
const MANY_BYTES_MS = 120_000;
/** Calls of 256 KiB; with both directions they are a good deal more than 64 MiB. */
const PIECES = 160;

const test = suite({ patience: MANY_BYTES_MS });

test('a recording that gives up bytes says so, and keeps every call', async ({ page }) => {
  await run(page, {
    'pair.py': `
      import socket, threading

      def send():
          for number in range(${PIECES}):
              a.sendall(number.to_bytes(1) * PIECE)
          a.close()

      PIECE = 256 * 1024
      a, b = socket.socketpair()
      sender = threading.Thread(target=send)
      sender.start()
      received = 0
      while data := b.recv(PIECE, socket.MSG_WAITALL):
          received += len(data)
      sender.join()
      print(received)
    `,
  });
  const { stdout } = await untilExited(page, 'pair.py');
  assert.equal(stdout, `${PIECES * 256 * 1024}\n`);

  const said = page.locator('.details', { hasText: 'The bytes of older calls are no longer kept' });
  await said.waitFor();
  const { calls, forgotten } = await call(page, 'recording');
  assert.match(forgotten, /^The bytes of older calls are no longer kept \(\d+\.\d MB\); the calls are\.$/);
  await said.filter({ hasText: forgotten }).waitFor();
  const sent = calls.filter(({ name }) => name === 'sendall');
  assert.equal(sent.length, PIECES);

  await page.locator('[data-role="timeline"]').evaluate((timeline) => (timeline.scrollTop = 0));
  await page.locator(`[data-number="${sent[0].number}"]`).first().click();
  await page.locator('[data-role="bytes"]', { hasText: 'These bytes are no longer kept.' }).waitFor();
});
