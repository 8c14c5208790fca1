// The timeline as a sequence diagram: arrows by byte ranges, connections, datagrams, ends.
import assert from 'node:assert/strict';
import { udpSocket } from './support/peers.js';
import { call, run, until, untilBlockedIn, untilExited, untilPrinted } from './support/playground.js';
import { suite } from './support/suite.js';

const test = suite();

/** What stands on the arrows of a kind, from top to bottom. */
async function arrows(page, kind) {
  const pills = page.locator(`[data-arrow="${kind}"]`);
  const found = await pills.evaluateAll((all) =>
    all.map((pill) => ({ top: parseFloat(pill.style.top), text: pill.textContent })),
  );
  return found.sort((a, b) => a.top - b.top).map(({ text }) => text);
}

/** Waits until the arrows of a kind are these. */
async function untilArrows(page, kind, expected) {
  for (const text of expected) await page.locator(`[data-arrow="${kind}"]`, { hasText: text }).first().waitFor();
  assert.deepEqual((await arrows(page, kind)).toSorted(), [...expected].toSorted());
}

const PAIR = {
  'server.py': `
    import socket
    listener = socket.create_server(('127.0.0.1', 0))
    print('port', listener.getsockname()[1], flush=True)
    conn, _ = listener.accept()
    data = [conn.recv(16, socket.MSG_WAITALL), conn.recv(16, socket.MSG_WAITALL), conn.recv(64)]
    print([len(piece) for piece in data], conn.recv(10), flush=True)
    conn.close()
    listener.close()
  `,
  'client.py': `
    import socket
    port = int(input())
    with socket.create_connection(('127.0.0.1', port)) as s:
        s.sendall(b'x' * 41)
  `,
};

async function runPair(page) {
  await run(page, PAIR);
  const { stdout } = await untilPrinted(page, 'server.py', 'port');
  await until(page, 'client.py', ({ state }) => state === 'input', 'its question');
  await call(page, 'input', 'client.py', `${stdout.match(/port (\d+)/)[1]}\n`);
  await untilExited(page, 'client.py');
  await untilExited(page, 'server.py');
}

test('one send that feeds three receives shows three arrows, and connect meets accept', async ({ page }) => {
  await runPair(page);
  await untilArrows(page, 'bytes', ['0:16', '16:32', '32:41']);
  await untilArrows(page, 'connected', ['connected']);
  await page.locator('[data-arrow="fin"]').first().waitFor();
  await page.locator('[data-ending="server.py"]').waitFor();
});

test('sends that arrive together show an arrow each', async ({ page }) => {
  await run(page, {
    'pair.py': `
      import socket
      a, b = socket.socketpair()
      a.sendall(b'hello')
      a.sendall(b' world!')
      print(b.recv(64))
      a.close()
      print(b.recv(64))
      b.close()
    `,
  });
  const { stdout } = await untilExited(page, 'pair.py');
  assert.equal(stdout, "b'hello world!'\nb''\n");
  await untilArrows(page, 'bytes', ['0:5', '5:12']);
  await untilArrows(page, 'fin', ['FIN']);
});

test('a datagram goes to its receive, and one that nobody takes is lost', async ({ page }) => {
  await run(page, {
    'udp.py': `
      import socket
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      server.bind(('127.0.0.1', 0))
      client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      client.sendto(b'ping', server.getsockname())
      data, address = server.recvfrom(100)
      server.sendto(b'pong!', address)
      client.recvfrom(100)
      client.sendto(b'nobody', server.getsockname())
      server.close()
      client.close()
    `,
  });
  await untilExited(page, 'udp.py');
  await untilArrows(page, 'datagram', ['4 B', '5 B']);
  await untilArrows(page, 'lost', ['6 B lost']);
});

test('a host outside of the page has a lane of its own', async ({ page }) => {
  const host = await udpSocket();
  const received = host.receive();
  await run(page, {
    'client.py': `
      import socket
      s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      s.sendto(b'ping', ('127.0.0.1', ${host.port}))
      s.recvfrom(10)
    `,
  });
  const { port } = await received;
  host.send('pong', port);
  await untilExited(page, 'client.py');
  await page.locator('.heads .host', { hasText: '127.0.0.1' }).waitFor();
  await untilArrows(page, 'datagram', ['4 B', '4 B']);
  host.close();
});

test('a refused connection is red and explained', async ({ page }) => {
  await run(page, {
    'client.py': `
      import socket
      probe = socket.socket()
      probe.bind(('127.0.0.1', 0))
      s = socket.socket()
      print(s.connect_ex(probe.getsockname()))
    `,
  });
  await untilExited(page, 'client.py');
  await untilArrows(page, 'reset', ['refused']);
  await page.locator('[data-role="explanation"]', { hasText: 'nothing listens on that port' }).waitFor();
});

test('a call that waits is an open box that grows until it returns', async ({ page }) => {
  await run(page, {
    'pair.py': `
      import socket, threading
      a, b = socket.socketpair()
      threading.Thread(target=lambda: (input(), a.sendall(b'now'))).start()
      b.recv(10)
    `,
  });
  await page.locator('[data-box="open"]').waitFor();
  await call(page, 'input', 'pair.py', '\n');
  await untilExited(page, 'pair.py');
  await page.locator('[data-box="waited"]').first().waitFor();
  assert.equal(await page.locator('[data-box="open"]').count(), 0);
  // Two threads make calls, so there are two lanes.
  assert.equal(await page.locator('.heads .sub').count(), 1);
});

test('selecting a call marks its line, by mouse and by keys', async ({ page }) => {
  await runPair(page);
  await page.locator('[data-event="sendall"]').first().click();
  await page.locator('[data-event="sendall"][aria-selected="true"]').waitFor();
  await page.locator('.details .link', { hasText: 'client.py, line 4' }).waitFor();
  await page.locator('[data-role="timeline"]').focus();
  await page.keyboard.press('ArrowLeft');
  await page.locator('[aria-selected="true"][data-of="server.py"]').waitFor();
  await page.keyboard.press('Home');
  await page.locator('[data-number="1"][aria-selected="true"]').waitFor();
});

test('the wheel with Ctrl and the keys zoom, and the list is a click away', async ({ page }) => {
  await runPair(page);
  const height = () => page.locator('[data-event="sendall"]').first().evaluate((row) => row.clientHeight);
  const before = await height();
  const timeline = page.locator('[data-role="timeline"]');
  await timeline.hover();
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -200);
  await page.keyboard.up('Control');
  await page.locator(`.ev:not([style*="height: ${before}px"])`).first().waitFor();
  assert.ok((await height()) > before);
  await timeline.focus();
  await page.keyboard.press('0');
  await page.locator(`.ev[style*="height: ${before}px"]`).first().waitFor();
  await page.locator('[data-action="show-calls"]').click();
  await page.locator('.row[data-event="sendall"]').first().waitFor();
});

test('filters keep what they are asked for', async ({ page }) => {
  await runPair(page);
  await page.locator('[data-role="filter"]').fill('recv');
  await page.locator('[data-event="sendall"]').first().waitFor({ state: 'detached' });
  const names = await page.locator('[data-event]').evaluateAll((all) => all.map((row) => row.dataset.event));
  assert.deepEqual([...new Set(names)], ['recv']);
  await page.locator('[data-role="filter"]').fill('');
  await page.locator('.heads .lane', { hasText: 'client.py' }).click();
  await page.locator('[data-of="server.py"][data-event]').first().waitFor({ state: 'detached' });
  await page.locator('[data-event="sendall"]').first().waitFor();
});

test('ten thousand calls scroll and zoom, and only those in sight are drawn', async ({ page }) => {
  await run(page, {
    'flood.py': `
      import socket
      a, b = socket.socketpair()
      for part in range(5):
          for n in range(1000):
              a.sendall(b'0123456789')
              b.recv(10)
          print('part', part, flush=True)
    `,
  });
  // A busy machine may need its patience for each part.
  for (const part of [0, 1, 2, 3, 4]) await untilPrinted(page, 'flood.py', `part ${part}`);
  await untilExited(page, 'flood.py');
  const frames = await page.evaluate(async () => {
    const timeline = document.querySelector('[data-role="timeline"]');
    const box = timeline.getBoundingClientRect();
    const measure = (step) =>
      new Promise((resolve) => {
        const times = [];
        const frame = (now) => {
          times.push(now);
          if (now - times[0] >= 2000) resolve(times.length / ((now - times[0]) / 1000));
          else {
            step(times.length);
            requestAnimationFrame(frame);
          }
        };
        requestAnimationFrame(frame);
      });
    timeline.scrollTop = 0;
    const scroll = await measure(() => {
      timeline.scrollTop += 130;
    });
    const jump = await measure((n) => {
      timeline.scrollTop = ((n * 7919) % 10000) * 20;
    });
    const zoom = await measure((n) => {
      const wheel = { deltaY: n % 60 < 30 ? 40 : -40, ctrlKey: true, bubbles: true, cancelable: true };
      timeline.dispatchEvent(
        new WheelEvent('wheel', { ...wheel, clientX: box.left + 50, clientY: box.top + 90 }),
      );
    });
    return { scroll, jump, zoom, rows: document.querySelectorAll('[data-event]').length };
  });
  console.log('frames a second at 10,001 calls', frames);
  assert.ok(frames.rows < 400, 'only what is in sight is in the document');
});

test('a page that waits goes on drawing now', async ({ page }) => {
  await run(page, {
    'server.py': `
      import socket
      socket.create_server(('127.0.0.1', 0)).accept()
    `,
  });
  await untilBlockedIn(page, 'server.py', 'accept');
  const now = page.locator('.diagram .now');
  const first = await now.innerText();
  await page.locator('.diagram .now', { hasNotText: first }).waitFor();
});
