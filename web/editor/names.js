// Completion and documentation of the names of `socket` and its neighbours.
//
// The names come from the page's reference, which is loaded when an editor first has the
// keyboard or the pointer: what a list or a tooltip says, a card of the reference says too.

import { autocompletion, completionStatus } from "@codemirror/autocomplete";
import { globalCompletion, localCompletionSource } from "@codemirror/lang-python";
import { EditorView, hoverTooltip } from "@codemirror/view";

/** What returns a socket; of a tuple, the first part is one. */
const MAKERS = "socket|create_connection|create_server|fromfd";
/** Characters of a program that are read at most: names are looked for at every key. */
const READ_CHARS_MAX = 200_000;
/** Milliseconds that the pointer rests before the documentation appears. */
const HOVER_MS = 350;

/** Where the cards of the reference are; the build lays them beside the editor. */
const REFERENCE = new URL("./reference.json", import.meta.url);
/** Milliseconds after which a reference that could not be loaded is asked for again. */
const ASK_AGAIN_MS = 30_000;
/** The owner of what a socket has, as the signatures of the cards write it. */
const SOCKET = "sock";

/**
 * Returns the names of a reference: `{ owner, name, signature, summary, waits, errors, constant }`,
 * where `owner` is what stands before the dot: `sock`, or a module.
 */
export function namesOf({ chapters }) {
  return chapters.flatMap(({ card: cards }) => cards).flatMap((card) => {
    // What a card is about is written in its signature: `sock.recv(…)`, `socket.AF_INET`.
    const [, owner, name] = card.signature.match(/(\w+)\.(\w+)/) ?? [];
    if (!owner) return [];
    const { signature, summary, waits = "", errors = [], values = [] } = card;
    if (values.length === 0) {
      return [{ owner, name, signature, summary, waits, errors: errors.map(([error]) => error), constant: false }];
    }
    return values.map(([name, summary]) =>
      ({ owner, name, signature: `${owner}.${name}`, summary, waits: "", errors: [], constant: true }));
  });
}

let known = [];
let askedAt = -Infinity;

/**
 * Returns the names that are known, and asks for them if there are none.
 *
 * Only a page that offers the reference has one: a frame in somebody's page stays small.
 */
function names() {
  const now = performance.now();
  const offered = document.querySelector('[data-action="reference"]') !== null;
  if (offered && known.length === 0 && now - askedAt > ASK_AGAIN_MS) {
    askedAt = now;
    // Without them the editor is one that completes less; the reference itself says why.
    fetch(REFERENCE).then((response) => response.json()).then((reference) => (known = namesOf(reference)), () => {});
  }
  return known;
}

/**
 * Finds out what a program calls the modules, and which of its names are sockets.
 *
 * It looks at the text alone, so it is wrong about names that mean two things; a list of
 * methods too many does no harm.
 */
export function readNames(text) {
  const source = text.slice(0, READ_CHARS_MAX);
  const modules = new Map();
  const bare = new Map();
  let everything = false;
  for (const [, list] of source.matchAll(/^[ \t]*import[ \t]+([^\n#]+)/gm)) {
    for (const part of list.split(",")) {
      const [, module, alias] = part.trim().match(/^([\w.]+)(?:\s+as\s+(\w+))?$/) ?? [];
      if (module) modules.set(alias ?? module, module);
    }
  }
  for (const [, module, list] of source.matchAll(/^[ \t]*from[ \t]+(\w+)[ \t]+import[ \t]+\(?([^)#]+?)(?:\)|$)/gm)) {
    for (const part of list.split(",")) {
      const [, name, alias] = part.trim().match(/^(\w+|\*)(?:\s+as\s+(\w+))?$/) ?? [];
      if (name === "*") everything ||= module === "socket";
      else if (name) bare.set(alias ?? name, module);
    }
  }
  return { modules, bare, everything, sockets: readSockets(source, modules, everything || bare.size > 0) };
}

function readSockets(source, modules, bare) {
  const aliases = [...modules].filter(([, module]) => module === "socket").map(([alias]) => alias);
  const module = aliases.length ? `(?:${aliases.join("|")})\\.` : "(?!)";
  const maker = bare ? `(?:${module})?\\b(?:${MAKERS})` : `${module}(?:${MAKERS})`;
  const target = "([A-Za-z_][\\w.]*)";
  const sockets = new Set();
  for (const pattern of [
    // sock = socket.socket(…)
    `${target}[ \\t]*(?::[^=\\n]+)?:?=[ \\t]*${maker}[ \\t]*\\(`,
    // with socket.create_server(…) as server:
    `\\b${maker}[ \\t]*\\(.*\\)[ \\t]+as[ \\t]+${target}`,
    // connection, peer = server.accept()
    `\\(?${target}[ \\t]*,[ \\t]*[\\w.(]+[^=\\n]*=[ \\t]*[\\w.]+\\.accept\\(\\)`,
    // def serve(connection: socket.socket)
    `${target}[ \\t]*:[ \\t]*${module}socket\\b`,
    // one, other = socket.socketpair()
    `${target}[ \\t]*,[ \\t]*${target}[ \\t]*=[ \\t]*${module}socketpair\\(`,
  ]) {
    for (const [, ...names] of source.matchAll(new RegExp(pattern, "g"))) {
      for (const name of names) sockets.add(name);
    }
  }
  return sockets;
}

/** Returns which names can follow `before`, a dotted name without its last part. */
function namesAfter(before, { modules, sockets }, names) {
  const of = (owner) => {
    const found = names.filter((entry) => entry.owner === owner);
    return found.length > 0 ? found : null;
  };
  if (sockets.has(before)) return of(SOCKET);
  if (modules.has(before)) return of(modules.get(before));
  // `socket.socket.recv`, as in the reference.
  const dot = before.lastIndexOf(".");
  const isClass = before.slice(dot + 1) === "socket" && modules.get(before.slice(0, dot)) === "socket";
  return isClass ? of(SOCKET) : null;
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
  add("p", errors.join(", "), "Raises:");
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
  } else {
    const [, module] = before.match(/^\s*from\s+(\w+)\s+import\s+[\w\s,(]*$/) ?? [];
    if (module) offered = names.filter(({ owner }) => owner === module);
  }
  if (!offered?.length) return null;
  // A name that is written out needs no list, and Enter then is Enter.
  if (!context.explicit && offered.some(({ name }) => name === typed)) return null;
  const option = (entry) => ({
    label: entry.name,
    type: entry.constant ? "constant" : "function",
    detail: entry.constant ? "" : entry.signature.slice(entry.signature.indexOf(entry.name) + entry.name.length),
    info: () => about(entry),
    // Constants are many, and come after what does something.
    boost: entry.constant ? -10 : 0,
  });
  return { from, options: offered.map(option) };
}

/** Returns the name under a position and where it stands, if it is one of `socket`'s. */
function nameAt(state, pos, names) {
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
      : names.filter(({ owner }) => owner === (read.bare.get(last) ?? (read.everything ? "socket" : "")));
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

/** The name of `socket` that the caret is at, or nothing. */
export const nameAtCaret = (state) => nameAt(state, state.selection.main.head, names())?.entry.name ?? "";

/** What an editor gets that knows `socket`. */
export function socketNames() {
  const onDemand = (source) => (context) => (context.explicit ? source(context) : null);
  return [
    autocompletion({
      override: [(context) => complete(context, names()), onDemand(localCompletionSource), onDemand(globalCompletion)],
      icons: false,
    }),
    hoverTooltip((view, pos) => {
      const found = nameAt(view.state, pos, names());
      if (!found) return null;
      return { pos: found.from, end: found.to, above: true, create: () => ({ dom: about(found.entry) }) };
    }, { hoverTime: HOVER_MS }),
    EditorView.domEventHandlers({ focus: () => void names() }),
    look,
  ];
}
