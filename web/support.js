// What the page needs of a browser.

// (module (memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0)))))
const THREADS = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 3, 1, 1, 10, 11, 1, 9, 0,
  65, 0, 254, 16, 2, 0, 26, 11,
];

// The first versions that have all of it.
export const UNSUPPORTED =
  "Open it in Chrome or Edge 123, Firefox 120, Safari 17.5, or anything later.";

/** Returns what this browser lacks, in words. */
export function missing() {
  const lacks = [];
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(new Uint8Array(THREADS))) {
    lacks.push("WebAssembly with threads");
  }
  // Where the page is not isolated there is none either, which is not the browser's fault.
  if (!("crossOriginIsolated" in globalThis)
    || (globalThis.crossOriginIsolated && typeof SharedArrayBuffer === "undefined")) {
    lacks.push("memory that threads share");
  }
  if (typeof Worker === "undefined" || !("adoptedStyleSheets" in document)
    || !CSS.supports("color", "light-dark(red, blue)")) {
    lacks.push("workers and styles of today");
  }
  return lacks;
}
