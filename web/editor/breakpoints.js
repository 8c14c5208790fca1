// Breakpoints: a click left of a line number, or F9, has the calls of a line halt. They move
// with their line when the text changes.

import { RangeSet, StateEffect, StateField } from "@codemirror/state";
import { EditorView, gutter, GutterMarker, keymap } from "@codemirror/view";

class Dot extends GutterMarker {
  toDOM() {
    const dot = document.createElement("span");
    dot.className = "cm-break";
    dot.title = "Calls from this line halt (F9)";
    return dot;
  }
}
const DOT = new Dot();

/** Sets a breakpoint at the line that begins at a position, or takes it away. */
const toggle = StateEffect.define({ map: (at, changes) => changes.mapPos(at) });

const dots = StateField.define({
  create: () => RangeSet.empty,
  update(set, transaction) {
    let next = set.map(transaction.changes);
    if (transaction.docChanged) next = onePerLine(next, transaction.state.doc);
    for (const effect of transaction.effects) {
      if (!effect.is(toggle)) continue;
      const at = effect.value;
      let there = false;
      next.between(at, at, () => void (there = true));
      next = there
        ? next.update({ filter: (from) => from !== at })
        : next.update({ add: [DOT.range(at)] });
    }
    return next;
  },
});

/** An edit can push a dot into a line, or two of them onto one. */
function onePerLine(set, doc) {
  const starts = new Set();
  for (let cursor = set.iter(); cursor.value; cursor.next()) starts.add(doc.lineAt(cursor.from).from);
  return RangeSet.of([...starts].sort((a, b) => a - b).map((at) => DOT.range(at)));
}

function lines(state) {
  const found = [];
  for (let cursor = state.field(dots).iter(); cursor.value; cursor.next()) {
    found.push(state.doc.lineAt(cursor.from).number);
  }
  return found;
}

function toggleAt(view, at) {
  view.dispatch({ effects: toggle.of(view.state.doc.lineAt(at).from) });
  return true;
}

/** The extension; `onChange(lines)` is called with every line that has a breakpoint. */
export function breakpoints(initial, onChange) {
  return [
    dots.init((state) => {
      const known = initial.filter((line) => line >= 1 && line <= state.doc.lines);
      return RangeSet.of(known.map((line) => DOT.range(state.doc.line(line).from)), true);
    }),
    gutter({
      class: "cm-breaks",
      markers: (view) => view.state.field(dots),
      initialSpacer: () => DOT,
      // Every line can be clicked.
      renderEmptyElements: true,
      domEventHandlers: { mousedown: (view, line) => toggleAt(view, line.from) },
    }),
    keymap.of([{ key: "F9", run: (view) => toggleAt(view, view.state.selection.main.head) }]),
    EditorView.updateListener.of((update) => {
      const now = lines(update.state);
      if (now.join() !== lines(update.startState).join()) onChange(now);
    }),
  ];
}
