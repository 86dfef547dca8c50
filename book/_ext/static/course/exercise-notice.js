// What a reader must hear of a text: that it is not kept, or that another tab of the page has changed it.
import { element } from "./exercise-card.js";
import * as store from "./progress.js";

const CHANGED = "Another tab has changed this text, and its version stands here now.";

/** Keeps the text of an answer in one of its fields, and follows other tabs. The text that stands in the page is read by
 *  `get` and replaced by `set`, which must not save it; `start` is the text of a reader who has written nothing. */
export function keeper(key, field, { after, get, set, start }) {
  const unkept = element("p");
  const changed = element("p");
  const notice = element("div", "course-notice", unkept, changed);
  notice.setAttribute("role", "status");
  after.after(notice);
  let own = null; // the text of this tab, from before another one changed it

  function save(fields) {
    unkept.textContent = store.saveAnswer(key, fields);
  }

  function saveText(text) {
    own = null;
    save({ [field]: text === start ? undefined : text });
  }

  store.onChange(({ restored, elsewhere }) => {
    if (restored) {
      unkept.replaceChildren();
      changed.replaceChildren();
      own = null;
    }
    const text = store.answer(key)[field] ?? start;
    if (elsewhere !== key || text === get()) return;
    const mine = own ??= get();
    set(text);
    const button = Object.assign(element("button", "", "Undo"), { type: "button" });
    button.addEventListener("click", () => {
      changed.replaceChildren("Your text is back.");
      set(mine);
      saveText(mine);
    });
    changed.replaceChildren(CHANGED, " ", button);
  });
  return { save, saveText };
}
