// The kernel worker: the page's WebAssembly module, entered where the programs are looked after.

import init, { start_kernel } from "./page.js";

// What the page says before the module is there waits here.
const early = [];
onmessage = (event) => early.push(event);

await init({ module_or_path: new URL("page_bg.wasm", import.meta.url) });
start_kernel();
for (const event of early) self.onmessage(event);
