// A recall question: answer from memory, then compare and say how it went. All of it stays in this browser.
import { element } from "./exercise-card.js";
import { keeper } from "./exercise-notice.js";
import * as store from "./progress.js";

export function mountRecall(cell) {
  const name = cell.dataset.recall;
  const area = cell.querySelector("textarea");
  const reveal = cell.querySelector("[data-do=reveal]");
  const rated = cell.querySelector(".course-rated");
  const status = cell.querySelector(".course-status");
  const model = cell.previousElementSibling; // the folded answer
  let open = false;

  const { save, saveText } = keeper(name, "text", {
    after: area, start: "", get: () => area.value, set: (text) => { area.value = text; },
  });
  area.addEventListener("input", () => saveText(area.value));
  reveal.addEventListener("click", () => {
    open = !open;
    show();
  });

  function show() {
    reveal.textContent = open ? "Hide the answer" : "Show the answer";
    reveal.setAttribute("aria-expanded", String(open));
    status.replaceChildren(...(open ? [answer(), rating()] : []));
  }

  function answer() {
    const fold = model.cloneNode(true);
    fold.querySelector("summary").remove();
    return element("div", "course-card", ...fold.childNodes);
  }

  function rating() {
    const buttons = Object.entries(store.RATINGS).map(([value, label]) => {
      const button = Object.assign(element("button", "", label), { type: "button" });
      button.setAttribute("aria-pressed", String(store.answer(name).rating === value));
      button.addEventListener("click", () => {
        save({ rating: value });
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      });
      return button;
    });
    const group = element("div", "course-rating", element("span", "", "Did you have it?"), ...buttons);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Did you have it?");
    return group;
  }

  function refresh({ restored }) {
    const { text, rating: value } = store.answer(name);
    if (restored) {
      area.value = text ?? "";
      open = false;
      show();
    }
    rated.textContent = value ? store.RATINGS[value] : "";
    rated.dataset.rating = value ?? "";
  }
  store.onChange(refresh);
  refresh({ restored: true });
}
