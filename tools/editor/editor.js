// The code editor of the page. `npm ci && npm run build` here makes book/_ext/static/course/exercise-editor.js of it.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

const EXTENSIONS = [
  lineNumbers(), highlightSpecialChars(), history(), drawSelection(), bracketMatching(), indentOnInput(),
  indentUnit.of("    "), EditorState.tabSize.of(4), python(), syntaxHighlighting(classHighlighter),
  EditorView.lineWrapping, keymap.of([indentWithTab, ...defaultKeymap, ...historyKeymap]),
];

/** Put an editor in the place of a textarea, with its text, its selection and the focus if it has it. */
export function edit(area, { label, changed }) {
  const attributes = { "aria-label": `${label}. Tab indents; Escape, then Tab, leaves the editor.` };
  const view = new EditorView({
    doc: area.value,
    selection: { anchor: area.selectionStart, head: area.selectionEnd },
    extensions: [
      ...EXTENSIONS,
      EditorView.contentAttributes.of(attributes),
      EditorView.updateListener.of(({ docChanged, state }) => docChanged && changed(state.doc.toString())),
    ],
  });
  const hadFocus = document.activeElement === area;
  view.dom.style.minHeight = `${area.offsetHeight}px`; // nothing below moves
  area.hidden = true;
  area.after(view.dom);
  if (hadFocus) view.focus();
  return view;
}
