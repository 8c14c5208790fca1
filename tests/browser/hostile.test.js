// Somebody else's page that would like to run, to allow, or to answer for the visitor: in a frame,
// as the opener, and by messages.
import assert from 'node:assert/strict';
import { visit } from './support/browser.js';
import { call, dedent, load, pane, stateOf, untilExited } from './support/playground.js';
import { tcpServer } from './support/peers.js';
import { otherSite } from './support/site.js';
import { suite } from './support/suite.js';

const test = suite();

const CONNECTS = {
  'client.py': dedent(`
    import socket
    try:
        socket.create_connection(('198.51.100.1', 80))
    except PermissionError as error:
        print(error.errno)
  `),
};

/** What a page may try to say to another one. */
const MESSAGES = [
  'run',
  { type: 'run' },
  { type: 'grant', rule: '*' },
  { sockpit: 'grant', args: ['*'] },
  { method: 'grant', args: ['*'] },
  { event: 'Grant', rule: '*' },
  { command: { Grant: '*' } },
  { Grant: '*' },
  { grant: '*' },
  { Consent: { ticket: 1, consent: 'Session' } },
  { consent: { ticket: 1, consent: 'session' } },
  JSON.stringify({ Consent: { ticket: 1, consent: 'once' } }),
];

/** A link to the programs. */
async function linkTo(page, programs) {
  await load(page, programs);
  await page.locator('[data-action="share"]').first().click();
  const link = await page.locator('[data-role="share-link"]').inputValue();
  await page.keyboard.press('Escape');
  return link;
}

/** Says everything to a window, and lets it hear that. */
async function shout(from, target, at) {
  await from.evaluate(([target, messages]) => {
    const other = target === 'frame' ? frames[0] : window.opened;
    for (const message of messages) other.postMessage(message, '*');
  }, [target, MESSAGES]);
  // Messages come in order: what is sent last from inside has come after all of them.
  await at.evaluate(
    () =>
      new Promise((heard) => {
        window.addEventListener('message', ({ data }) => data === 'last' && heard());
        window.postMessage('last', '*');
      }),
  );
}

const allowed = (page) => page.locator('[data-action="consent-once"], [data-action="consent-session"]').count();

test('a page around the playground cannot run, grant or answer', async ({ page, browser }) => {
  const [link, second] = [await linkTo(page, CONNECTS), await linkTo(page, { 'other.py': 'print(1)\n' })].map(
    (text) => Object.assign(new URL(text), { search: '?embed=1' }),
  );
  const site = await otherSite(
    `<iframe src="${link.href}" width="1000" height="600" allow="cross-origin-isolated"></iframe>`,
  );
  const other = await visit(browser, site.url, { ready: false });
  try {
    const outer = other.page;
    await outer.frameLocator('iframe').locator('.shell[data-embed="true"]').waitFor();
    const inside = outer.frames()[1];
    await inside.evaluate(() => window.sockpit.ready());
    assert.equal(await inside.evaluate(() => crossOriginIsolated), true);
    assert.equal((await stateOf(inside, 'client.py')).state, 'idle', 'a link never runs by itself');

    for (const attempt of ['frames[0].sockpit', 'frames[0].document', 'frames[0].eval']) {
      const met = await outer.evaluate((attempt) => {
        try {
          return `got ${new Function(`return ${attempt}`)()}`;
        } catch (error) {
          return error.name;
        }
      }, attempt);
      assert.equal(met, 'SecurityError', attempt);
    }
    await shout(outer, 'frame', inside);
    assert.equal((await stateOf(inside, 'client.py')).state, 'idle');

    // The visitor runs it; the question is the visitor's, and only No can be said in a frame.
    await pane(inside, 'client.py').locator('[data-action="run"]').click();
    const question = inside.locator('[data-role="consent"]');
    await question.waitFor();
    await shout(outer, 'frame', inside);
    await assert.rejects(inside.evaluate(() => window.sockpit.grant('*')), /not a frame/);
    assert.equal(await allowed(inside), 0);
    assert.equal((await stateOf(inside, 'client.py')).held[0].why, 'consent');

    // Another link in the frame takes its place, and does not run either.
    await outer.evaluate((link) => document.querySelector('iframe').setAttribute('src', link), second.href);
    await inside.locator('[data-program="other.py"]').waitFor();
    await question.waitFor({ state: 'detached' });
    assert.deepEqual(
      (await call(inside, 'state')).programs.map(({ name, state }) => [name, state]),
      [['other.py', 'idle']],
    );
  } finally {
    await site.close();
  }
  await other.leave();
});

test('a page that opened the playground has no hold of it', async ({ page, browser }) => {
  const link = await linkTo(page, CONNECTS);
  const site = await otherSite('<button>a lesson</button>');
  const other = await visit(browser, site.url, { ready: false });
  try {
    const opener = other.page;
    await opener.evaluate((link) => {
      document.querySelector('button').onclick = () => (window.opened = window.open(link, 'lesson'));
    }, link);
    const [opened] = await Promise.all([
      opener.context().waitForEvent('page'),
      opener.locator('button').click(),
    ]);
    await opened.waitForFunction(() => 'sockpit' in window).catch(() => {});
    await opened.evaluate(() => window.sockpit.ready());
    assert.equal(await opened.evaluate(() => window.opener), null);
    assert.equal(await opener.evaluate(() => window.opened.closed), true, 'they are strangers');
    await shout(opener, 'opened', opened);
    assert.equal((await stateOf(opened, 'client.py')).state, 'idle');

    await pane(opened, 'client.py').locator('[data-action="run"]').click();
    const question = opened.locator('[data-role="consent"]');
    await question.locator('[data-action="consent-once"]:enabled').waitFor();
    await shout(opener, 'opened', opened);
    assert.equal((await stateOf(opened, 'client.py')).held[0].why, 'consent');
    await question.locator('[data-action="consent-no"]').click();
    assert.equal((await untilExited(opened, 'client.py')).stdout, '13\n');

    // Its name leads nowhere: another window comes.
    const [second] = await Promise.all([
      opener.context().waitForEvent('page'),
      opener.evaluate(() => void window.open('about:blank', 'lesson')),
    ]);
    assert.notEqual(second, opened);
    assert.match(opened.url(), /#session=/);
  } finally {
    await site.close();
  }
  await other.leave();
});

test('what a frame may be tricked into running reaches nothing else on this machine', async ({ page, browser }) => {
  let visitors = 0;
  const service = await tcpServer(() => (visitors += 1));
  const link = new URL(
    await linkTo(page, {
      'prying.py': dedent(`
        import socket
        for host in ['127.0.0.1', 'localhost', '0.0.0.0']:
            try:
                socket.socket().connect((host, ${service.port}))
            except PermissionError as error:
                print(error.errno)
        server = socket.create_server(('127.0.0.1', 0))
        client = socket.create_connection(server.getsockname())
        print('each other:', server.accept()[1] == client.getsockname())
      `),
    }),
  );
  link.search = '?embed=1';
  const site = await otherSite(`<iframe src="${link.href}" width="1000" height="600" allow="cross-origin-isolated"></iframe>`);
  const other = await visit(browser, site.url, { ready: false });
  try {
    await other.page.frameLocator('iframe').locator('.shell[data-embed="true"]').waitFor();
    const inside = other.page.frames()[1];
    await inside.evaluate(() => window.sockpit.ready());
    await pane(inside, 'prying.py').locator('[data-action="run"]').click();
    const question = inside.locator('[data-role="consent"]');
    await question.locator('[data-role="inside"]', { hasText: 'this machine itself' }).waitFor();
    assert.equal(await question.getAttribute('data-port'), `${service.port}`);
    for (const host of ['127.0.0.1', 'localhost', '0.0.0.0']) {
      await inside.locator(`[data-role="consent"][data-host="${host}"] [data-action="consent-no"]`).click();
    }
    const { stdout } = await untilExited(inside, 'prying.py');
    assert.equal(stdout, '13\n13\n13\neach other: True\n');
    assert.equal(visitors, 0);
  } finally {
    await site.close();
  }
  await other.leave();
});
