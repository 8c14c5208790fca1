// The editor: CodeMirror with Python, behind the few functions that the page needs.
//
// CodeMirror's styles go in as an adopted style sheet (see styles.js); every colour
// is a variable of web/style, so that the theme changes without a word to the editor.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import {
  defaultKeymap, history, historyKeymap, indentLess, indentMore,
} from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting }
  from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, RangeSet, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration, drawSelection, EditorView, gutterLineClass, GutterMarker,
  highlightSpecialChars, keymap, lineNumbers, WidgetType,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { breakpoints as breakpointGutter } from "./breakpoints.js";
import { isChoosing, nameAtCaret, socketNames } from "./names.js";

/** Characters of an error below its line at most; the console has all of it. */
const NOTE_CHARS_MAX = 160;

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--c-key)" },
  { tag: [tags.bool, tags.null, tags.self], color: "var(--c-key)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--c-str)" },
  { tag: [tags.number], color: "var(--c-num)" },
  { tag: [tags.comment], color: "var(--c-com)", fontStyle: "italic" },
  { tag: [tags.definition(tags.function(tags.variableName)), tags.className], color: "var(--text)", fontWeight: "600" },
]);

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "12px", color: "var(--text)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", overflow: "auto" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 12px 0 8px" },
  ".cm-gutters": { backgroundColor: "transparent", border: "none", color: "var(--text-3)", fontSize: "11px" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "36px", padding: "0 4px 0 8px", lineHeight: "20px" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "var(--selection)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-tint)", outline: "1px solid var(--accent-line)" },
  ".cm-selectionMatch": { backgroundColor: "var(--accent-tint)" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panel.cm-search input, .cm-panel.cm-search button": { font: "inherit" },
  ".cm-textfield": { backgroundColor: "var(--surface)", border: "1px solid var(--edge)", color: "var(--text)" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--surface)", border: "1px solid var(--line-2)", color: "var(--text)" },
});

class Sign extends GutterMarker {
  constructor(kind) {
    super();
    this.elementClass = `cm-sign cm-sign-${kind}`;
  }
}
const SIGNS = { selected: new Sign("selected"), blocked: new Sign("blocked"), next: new Sign("next"), error: new Sign("error") };

/** Replaces the lines that stand out: `{ selected, blocked, next, error }`, 0 for none. */
const setMarks = StateEffect.define();

const marks = StateField.define({
  create: () => ({ lines: { selected: 0, blocked: 0, next: 0, error: 0, message: "" }, decorations: Decoration.none, signs: RangeSet.empty }),
  update(value, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) return draw(transaction.state.doc, { ...value.lines, ...effect.value });
    }
    if (!transaction.docChanged) return value;
    return {
      ...value,
      decorations: value.decorations.map(transaction.changes),
      signs: value.signs.map(transaction.changes),
    };
  },
  provide: (field) => [
    EditorView.decorations.from(field, (value) => value.decorations),
    gutterLineClass.from(field, (value) => value.signs),
  ],
});

/** What was raised, below the line that raised it. */
class Note extends WidgetType {
  constructor(text) {
    super();
    this.text = text;
  }
  eq(other) {
    return other.text === this.text;
  }
  toDOM() {
    const note = document.createElement("div");
    note.className = "cm-note";
    note.textContent = `✕ ${this.text}`;
    return note;
  }
}

function draw(doc, lines) {
  // Where two marks meet on a line, the later one in this list wins.
  const kinds = new Map();
  for (const kind of ["selected", "blocked", "next", "error"]) {
    const line = lines[kind];
    if (line >= 1 && line <= doc.lines) kinds.set(line, kind);
  }
  const sorted = [...kinds].sort(([a], [b]) => a - b);
  const decoration = ([line, kind]) => {
    const attributes = kind === "error" && lines.message ? { title: lines.message } : {};
    const mark = Decoration.line({ class: `cm-mark cm-mark-${kind}`, attributes }).range(doc.line(line).from);
    if (kind !== "error" || !lines.message) return [mark];
    const [first] = lines.message.split("\n");
    const text = first.length > NOTE_CHARS_MAX ? `${first.slice(0, NOTE_CHARS_MAX)}…` : first;
    return [mark, underlined(doc.line(line)), Decoration.widget({ widget: new Note(text), side: 1, block: true }).range(doc.line(line).to)].flat();
  };
  return {
    lines,
    decorations: Decoration.set(sorted.flatMap(decoration)),
    signs: RangeSet.of(sorted.map(([line, kind]) => SIGNS[kind].range(doc.line(line).from))),
  };
}

/** Underlines what is written on a line, and not its indentation. */
function underlined(line) {
  const from = line.from + line.text.search(/\S|$/);
  const to = line.from + line.text.trimEnd().length;
  return from < to ? [Decoration.mark({ class: "cm-wrong" }).range(from, to)] : [];
}

/** In an editor Tab indents; after Escape it leaves the editor, as it does everywhere else. */
function tabKeys() {
  let leaves = false;
  return [
    EditorView.domEventHandlers({
      keydown(event, view) {
        if (event.key === "Escape") leaves = !isChoosing(view.state);
        else if (event.key !== "Tab" && event.key !== "Shift") leaves = false;
        return false;
      },
      focus: () => void (leaves = false),
    }),
    keymap.of([
      {
        key: "Tab",
        run: (view) => {
          if (leaves) return false;
          if (view.state.selection.ranges.some((range) => !range.empty)) return indentMore(view);
          view.dispatch(view.state.replaceSelection("    "), { scrollIntoView: true, userEvent: "input" });
          return true;
        },
        shift: (view) => !leaves && indentLess(view),
      },
    ]),
  ];
}

/**
 * Makes an editor in an element.
 *
 * `doc` is its text, `onChange(text)` is called when the visitor changes it, `label` names it
 * for a screen reader.
 * `breakpoints` are the lines that have one, `onBreakpoints(lines)` is called when they are others.
 */
export function createEditor(parent, { doc, onChange, label, breakpoints = [], onBreakpoints = () => {} }) {
  let quiet = false;
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc,
      extensions: [
        breakpointGutter(breakpoints, onBreakpoints),
        lineNumbers(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        EditorState.allowMultipleSelections.of(true),
        EditorState.tabSize.of(4),
        indentUnit.of("    "),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightSelectionMatches(),
        syntaxHighlighting(colours),
        python(),
        marks,
        look,
        tabKeys(),
        socketNames(),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !quiet) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  const mark = (lines) => view.dispatch({ effects: setMarks.of(lines) });
  return {
    getDoc: () => view.state.doc.toString(),
    /** Replaces the text; undo brings the old one back. */
    setDoc(text) {
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      quiet = false;
    },
    /** Makes a line stand out as `selected`, `blocked` or `next`; 0 is none. The next is shown. */
    markLine(kind, line) {
      mark({ [kind]: line });
      if (kind !== "next" || line < 1 || line > view.state.doc.lines) return;
      const at = view.state.doc.line(line).from;
      view.dispatch({ effects: EditorView.scrollIntoView(at, { y: "nearest", yMargin: 40 }) });
    },
    /** Marks the lines with errors: `[[line, message]]`; the first one counts. */
    setErrors([first]) {
      const line = Math.min(first?.[0] ?? 0, view.state.doc.lines);
      mark({ error: line, message: first?.[1] ?? "" });
      if (line < 1) return;
      // Into sight with what is said below it; the caret stays where it is.
      const at = view.state.doc.line(line).from;
      view.dispatch({ effects: EditorView.scrollIntoView(at, { y: "nearest", yMargin: 72 }) });
    },
    /** Scrolls to a line and puts the caret there. */
    reveal(line) {
      const at = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines)).from;
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "nearest", yMargin: 40 }) });
    },
    focus: () => view.focus(),
    /** The name of `socket` that the caret is at, or nothing. */
    nameAtCaret: () => nameAtCaret(view.state),
    /** Themes are variables of the page's style sheet: there is nothing to tell. */
    setTheme() {},
    destroy: () => view.destroy(),
  };
}
