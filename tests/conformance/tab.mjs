// Runs one of CPython's suites as a program in the tab, and prints what it prints.
//
//   node tab.mjs URL SUITE.ZIP [ssl]
//
// The program reads the suite from its standard input, as anybody's program could. The tab has an
// interpreter with `ssl` and one without, and chooses by what a program's text says: with a third
// argument this one's says that it imports `ssl`, as the suite does.
import { readFileSync } from 'node:fs';
import { launchBrowser } from '../browser/support/browser.js';

const [url, archive, needs] = process.argv.slice(2);

// Characters of one piece of input.
const PIECE_CHARS = 60_000;

const PROGRAM = `${needs === 'ssl' ? 'import ssl' : ''}
import base64, io, json, sys, zipfile
text = []
while (line := sys.stdin.readline().strip()) != ".":
    text.append(line)
zipfile.ZipFile(io.BytesIO(base64.b64decode("".join(text)))).extractall("/tmp/suites")
sys.path.insert(0, "/tmp/suites")
with open("/tmp/suites/suite.json") as file:
    wanted = json.load(file)
import harness
harness.main(**wanted)
`;

const browser = await launchBrowser();
const end = async (code) => {
  await browser.close();
  process.exit(code);
};
process.on('SIGTERM', () => end(1));

const page = await browser.newPage();
page.on('console', (message) => process.stderr.write(`console: ${message.text()}\n`));
page.on('pageerror', (error) => process.stderr.write(`exception: ${error.message}\n`));
await page.exposeFunction('heard', ({ stream, text }) => process[stream].write(text));
await page.goto(url);
await page.evaluate(async (code) => {
  await window.sockpit.ready();
  window.sockpit.on('output', (output) => window.heard(output));
  await window.sockpit.load({ v: 1, title: 'conformance', programs: [{ name: 'suite.py', code }] });
  await window.sockpit.grant('*');
  await window.sockpit.run('suite.py');
}, PROGRAM);

const text = readFileSync(archive).toString('base64') + '\n.\n';
for (let at = 0; at < text.length; at += PIECE_CHARS) {
  const piece = text.slice(at, at + PIECE_CHARS).trimEnd() + '\n';
  await page.evaluate((piece) => window.sockpit.input('suite.py', piece), piece);
}
const code = await page.evaluate(
  () =>
    new Promise((resolve) => {
      const look = (program) => {
        if (['exited', 'failed', 'stopped'].includes(program.state)) resolve(program.exitCode ?? 1);
      };
      window.sockpit.on('state', look);
      window.sockpit.state().then(({ programs }) => programs.forEach(look));
    }),
);
await end(code);
