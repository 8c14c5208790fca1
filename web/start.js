// The page's start: looks whether this browser can run it, and then loads the kernel worker,
// the editor and the page at the same time.
//
// It is written so that an older browser can read it: what it lacks is said and not thrown.

import { missing, UNSUPPORTED } from "./support.js";
import { showNotice } from "./notice.js";

const METHODS = [
  "ready", "load", "run", "stop", "input", "eof", "repl", "state", "recording", "grant", "on",
  "step", "pace", "trace",
];

// `window.sockpit` is there at once; what is asked of it before the page stands waits for it.
let started;
let failed;
const page = new Promise((resolve, reject) => {
  started = resolve;
  failed = reject;
});
// Whoever asks something of the page hears that it could not start.
page.catch(() => {});
const call = (name) => async (...args) => (await page)[name](...args);
const methods = {};
for (const name of METHODS) methods[name] = call(name);
window.sockpit = Object.freeze(methods);

async function start() {
  // Without shared memory no program can run, and the page says so.
  const none = document.querySelector('meta[name="sockpit-backend"][content="none"]');
  const kernel = globalThis.crossOriginIsolated && !none
    ? new Worker(new URL("./kernel.js", import.meta.url), { type: "module", name: "kernel" })
    : null;
  // A page that was built without npm has no editor of its own, and uses a plain one.
  const meta = document.querySelector('meta[name="sockpit-editor"]');
  const wanted = !meta || meta.content !== "plain";
  const editor = wanted ? import("./editor.js").catch(() => null) : Promise.resolve(null);
  try {
    const { default: init, start_page } = await import("./page.js");
    await init({ module_or_path: new URL("./page_bg.wasm", import.meta.url) });
    const folder = new URL("./", import.meta.url).href;
    started(start_page({ kernel, editor, folder }));
  } catch (error) {
    console.error(error);
    failed(error);
    const text = `Sockpit could not start: ${(error && error.message) || error}. Perhaps the network went away while it loaded.`;
    showNotice(text, [["Load it again", () => location.reload()]]);
  }
}

const lacks = missing();
if (lacks.length === 0) {
  start();
} else {
  const text = `Sockpit cannot run in this browser, which has no ${lacks.join(" and no ")}. ${UNSUPPORTED}`;
  failed(new Error(text));
  showNotice(text, [
    ["Copy the address", () => navigator.clipboard.writeText(location.href)],
    ["Try all the same", start],
  ]);
}
