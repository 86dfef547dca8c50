// What a reader must hear of a text: that it is not kept, or that another tab of the page has changed it.
import { element } from "./exercise-card.js";
import * as store from "./progress.js";

const BACK = "Your text is back.";
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
    unkept.replaceChildren();
    set(text);
    offer(CHANGED, mine, text);
  });

  /** A way back to a text of the reader's; and from there to what was written before it was taken. */
  function offer(sentence, mine, other) {
    const button = Object.assign(element("button", "", "Undo"), { type: "button" });
    button.addEventListener("click", () => {
      const now = get();
      set(mine);
      saveText(mine);
      if (now === other) changed.replaceChildren(BACK);
      else offer(BACK, now, mine);
    });
    changed.replaceChildren(sentence, " ", button);
  }

  return { save, saveText };
}
