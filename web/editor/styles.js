// In the place of CodeMirror's `style-mod` (by an alias of the bundler): it puts its rules into
// a `<style>` element, which the page's policy forbids. Ours adopts a style sheet instead.

import { StyleModule as Base } from "./node_modules/style-mod/src/style-mod.js";

/** For each document or shadow root: its sheet, and the modules in it, later ones winning. */
const mounted = new WeakMap();

export class StyleModule extends Base {
  static mount(root, modules) {
    let there = mounted.get(root);
    if (!there) {
      there = { sheet: new CSSStyleSheet(), modules: [] };
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, there.sheet];
      mounted.set(root, there);
    }
    let at = 0;
    let changed = false;
    for (const module of [modules].flat()) {
      const index = there.modules.indexOf(module);
      if (index >= 0) {
        at = index + 1;
      } else {
        there.modules.splice(at++, 0, module);
        changed = true;
      }
    }
    if (changed) there.sheet.replaceSync(there.modules.map((module) => module.getRules()).join("\n"));
  }
}
