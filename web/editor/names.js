// Completion and documentation of `socket`'s names.
//
// The names themselves come from the page: `{ name, kind, signature, summary, waits, errors }`,
// where `kind` is `method` for what a socket has, and `function`, `class`, `exception` or
// `constant` for what the module has. The page's reference shows the same ones.

import { autocompletion, completionStatus } from "@codemirror/autocomplete";
import { globalCompletion, localCompletionSource } from "@codemirror/lang-python";
import { EditorView, hoverTooltip } from "@codemirror/view";

/** What returns a socket; of a tuple, the first part is one. */
const MAKERS = "socket|create_connection|create_server|fromfd";
/** Characters of a program that are read at most: names are looked for at every key. */
const READ_CHARS_MAX = 200_000;
/** Milliseconds that the pointer rests before the documentation appears. */
const HOVER_MS = 350;

const KINDS = { method: "method", function: "function", class: "class", exception: "class", constant: "constant" };

/** Finds out what a program calls the module, and which of its names are sockets. */
export function readNames(text) {
  const source = text.slice(0, READ_CHARS_MAX);
  const modules = new Set();
  const sockets = new Set();
  const bare = new Set();
  for (const [, list] of source.matchAll(/^[ \t]*import[ \t]+([^\n#]+)/gm)) {
    for (const part of list.split(",")) {
      const [, module, alias] = part.trim().match(/^([\w.]+)(?:\s+as\s+(\w+))?$/) ?? [];
      if (module === "socket") modules.add(alias ?? "socket");
    }
  }
  let everything = false;
  for (const [, list] of source.matchAll(/^[ \t]*from[ \t]+socket[ \t]+import[ \t]+\(?([^)#]+?)(?:\)|$)/gm)) {
    for (const part of list.split(",")) {
      const [, name, alias] = part.trim().match(/^(\w+|\*)(?:\s+as\s+(\w+))?$/) ?? [];
      if (name === "*") everything = true;
      else if (name) bare.add(alias ?? name);
    }
  }
  const module = [...modules].map((name) => `${name}\\.`).join("|");
  const maker = module ? `(?:${module})(?:${MAKERS})` : "(?!)";
  const makers = everything || bare.size ? `(?:${maker}|\\b(?:${MAKERS}))` : maker;
  const target = "([A-Za-z_][\\w.]*)";
  const found = [
    new RegExp(`${target}[ \\t]*(?::[^=\\n]+)?:?=[ \\t]*${makers}[ \\t]*\\(`, "g"),
    new RegExp(`\\bwith[ \\t]+${makers}[ \\t]*\\(.*\\)[ \\t]+as[ \\t]+${target}`, "g"),
    new RegExp(`\\(?${target}[ \\t]*,[ \\t]*[\\w.(]+[^=\\n]*=[ \\t]*[\\w.]+\\.accept\\(\\)`, "g"),
    new RegExp(`${target}[ \\t]*:[ \\t]*${module ? `(?:${module})socket` : "(?!)"}\\b`, "g"),
  ];
  for (const pattern of found) for (const [, name] of source.matchAll(pattern)) sockets.add(name);
  const pairs = new RegExp(`${target}[ \\t]*,[ \\t]*${target}[ \\t]*=[ \\t]*(?:${module || "(?!)"})socketpair\\(`, "g");
  for (const [, one, other] of source.matchAll(pairs)) sockets.add(one).add(other);
  return { modules, sockets, bare, everything };
}

/** Returns which names can follow `before`, a dotted name without its last part. */
function namesAfter(before, read, names) {
  const { modules, sockets } = read;
  const of = (wanted) => names.filter(({ kind }) => (kind === "method") === wanted);
  if (modules.has(before)) return of(false);
  if (sockets.has(before)) return of(true);
  // `socket.socket.recv`, as in the reference.
  const [head, tail] = [before.slice(0, before.lastIndexOf(".")), before.slice(before.lastIndexOf(".") + 1)];
  if (tail === "socket" && modules.has(head)) return of(true);
  return null;
}

/** Makes the paragraph about a name. */
function about({ signature, name, summary, waits, errors }) {
  const box = document.createElement("div");
  box.className = "cm-doc";
  const add = (tag, text, label) => {
    if (!text) return;
    const element = document.createElement(tag);
    if (label) {
      const strong = document.createElement("b");
      strong.textContent = `${label} `;
      element.append(strong);
    }
    element.append(text);
    box.append(element);
  };
  add("code", signature || name);
  add("p", summary);
  add("p", waits, "Waits:");
  add("p", errors, "Errors:");
  return box;
}

function complete(context, names) {
  const word = context.matchBefore(/[\w.]*/);
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const text = word?.text ?? "";
  const dot = text.lastIndexOf(".");
  const typed = text.slice(dot + 1);
  const from = context.pos - typed.length;
  let offered = null;
  if (dot > 0) {
    offered = namesAfter(text.slice(0, dot), readNames(context.state.doc.toString()), names);
  } else if (/^\s*from\s+socket\s+import\s+[\w\s,(]*$/.test(before)) {
    offered = names.filter(({ kind }) => kind !== "method");
  }
  if (!offered) return null;
  // A name that is written out needs no list, and Enter then is Enter.
  if (!context.explicit && offered.some(({ name }) => name === typed)) return null;
  const option = (entry) => ({
    label: entry.name,
    type: KINDS[entry.kind] ?? "variable",
    detail: (entry.signature ?? "").startsWith(entry.name) ? entry.signature.slice(entry.name.length) : "",
    info: () => about(entry),
    // Constants are many, and come after what does something.
    boost: entry.kind === "constant" ? -10 : 0,
  });
  return { from, options: offered.map(option) };
}

/** Returns the name under a position and where it stands, if it is one of `socket`'s. */
export function nameAt(state, pos, names) {
  const line = state.doc.lineAt(pos);
  const at = pos - line.from;
  for (const match of line.text.matchAll(/[A-Za-z_][\w.]*/g)) {
    const [start, end] = [match.index, match.index + match[0].length];
    if (at < start || at > end) continue;
    // Only the part up to the one that is pointed at.
    const stop = line.text.slice(at, end).search(/\./);
    const upTo = line.text.slice(start, stop < 0 ? end : at + stop);
    const dot = upTo.lastIndexOf(".");
    const last = upTo.slice(dot + 1);
    const read = readNames(state.doc.toString());
    const offered = dot > 0
      ? namesAfter(upTo.slice(0, dot), read, names)
      : read.everything || read.bare.has(last) ? names.filter(({ kind }) => kind !== "method") : null;
    const entry = offered?.find(({ name }) => name === last);
    if (!entry) return null;
    return { entry, from: line.from + start + dot + 1, to: line.from + start + upTo.length };
  }
  return null;
}

/** Whether a list of completions is open: Escape closes it, and means nothing else then. */
export const isChoosing = (state) => completionStatus(state) === "active";

const look = EditorView.theme({
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--line-2)", borderRadius: "6px", boxShadow: "var(--e2)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12px", maxHeight: "216px", minWidth: "200px", padding: "4px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px", lineHeight: "20px", borderRadius: "4px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--accent-ink)" },
  ".cm-completionDetail": { marginLeft: "0", fontStyle: "normal", color: "var(--text-3)" },
  "li[aria-selected] .cm-completionDetail": { color: "var(--accent-ink)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "600" },
  ".cm-tooltip.cm-completionInfo": { padding: "8px 12px", maxWidth: "360px" },
  ".cm-tooltip.cm-tooltip-hover": { padding: "8px 12px", maxWidth: "min(440px, 90vw)" },
  ".cm-doc": { font: "12px/18px var(--sans)", display: "grid", gap: "4px" },
  ".cm-doc code": { font: "600 12px/18px var(--mono)", overflowWrap: "anywhere" },
  ".cm-doc p": { margin: "0", color: "var(--text-2)" },
});

/** What an editor gets that knows `socket`. */
export function socketNames(names) {
  const onDemand = (source) => (context) => (context.explicit ? source(context) : null);
  return [
    autocompletion({
      override: [(context) => complete(context, names), onDemand(localCompletionSource), onDemand(globalCompletion)],
      icons: false,
    }),
    hoverTooltip((view, pos) => {
      const found = nameAt(view.state, pos, names);
      if (!found) return null;
      return { pos: found.from, end: found.to, above: true, create: () => ({ dom: about(found.entry) }) };
    }, { hoverTime: HOVER_MS }),
    look,
  ];
}
