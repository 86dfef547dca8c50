// The text of a cell: a plain textarea until it is used, then the editor.
import { element } from "./exercise-card.js";

let byKeyboard = false; // how the reader moves
addEventListener("keydown", () => { byKeyboard = true; }, { capture: true });
addEventListener("pointerdown", () => { byKeyboard = false; }, { capture: true });

/** `changed(code, { byReader })`: the text is another one, typed or put there by `set`. */
export function editable(area, changed) {
  let view = null;
  let byReader = true;
  const heard = (code) => changed(code, { byReader });
  area.addEventListener("input", () => heard(area.value));
  area.addEventListener("focus", async () => {
    const { edit } = await import("./exercise-editor.js").catch(() => ({}));
    if (!edit || view) return; // without the editor the textarea does
    view = edit(area, { label: area.getAttribute("aria-label"), changed: heard });
    showWayOut(view);
  });
  return {
    get: () => (view ? view.state.doc.toString() : area.value),
    set(text) {
      byReader = false;
      if (view) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      else area.value = text;
      byReader = true;
    },
  };
}

/** Tab indents: readers who come by keyboard see how to leave. Screen readers are told by the editor's label. */
function showWayOut({ dom, hasFocus }) {
  const line = element("p", "course-way-out", element("span", "", "Esc, then Tab, leaves the editor"));
  line.setAttribute("aria-hidden", "true");
  line.hidden = !(hasFocus && byKeyboard);
  dom.addEventListener("focusin", () => { line.hidden = !byKeyboard; });
  dom.addEventListener("focusout", () => { line.hidden = true; });
  dom.after(line);
}
