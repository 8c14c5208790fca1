// The page's start: loads the kernel worker, the editor and the page at the same time.

import init, { start_page } from "./page.js";

const METHODS = [
  "ready", "load", "run", "stop", "input", "eof", "repl", "state", "recording", "grant", "on",
];

// `window.sockpit` is there at once; what is asked of it before the page stands waits for it.
let started;
const page = new Promise((resolve) => (started = resolve));
const call = (name) => async (...args) => (await page)[name](...args);
window.sockpit = Object.freeze(Object.fromEntries(METHODS.map((name) => [name, call(name)])));

// Without shared memory no program can run, and the page says so.
const kernel = globalThis.crossOriginIsolated
  ? new Worker(new URL("./kernel.js", import.meta.url), { type: "module", name: "kernel" })
  : null;

// A page that was built without npm has no editor of its own, and uses a plain one.
const wanted = document.querySelector('meta[name="sockpit-editor"]')?.content !== "plain";
const editor = wanted ? import("./editor.js").catch(() => null) : Promise.resolve(null);

try {
  await init({ module_or_path: new URL("./page_bg.wasm", import.meta.url) });
  started(start_page({ kernel, editor }));
} catch (error) {
  console.error(error);
  const text = `Sockpit could not start: ${error.message ?? error}. Reload the page, or try a current browser.`;
  document.getElementById("app").textContent = text;
}
