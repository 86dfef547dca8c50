// A prediction: what follows stays covered until the reader has chosen, or asks to see it anyway.
import { element } from "./exercise-card.js";
import { mountChoices } from "./exercise-choices.js";
import * as store from "./progress.js";

export function mountPrediction(cell) {
  const name = cell.dataset.predict;
  const status = cell.querySelector(".course-status");
  const button = Object.fromEntries([...cell.querySelectorAll("[data-do]")].map((b) => [b.dataset.do, b]));
  const outputs = coveredBelow(cell.closest("div.cell"));
  const { mistakes, inputs, feedback } = mountChoices(cell, name, () => { button.commit.disabled = false; });

  button.commit.addEventListener("click", () => {
    const [letter] = Object.keys(inputs).filter((key) => inputs[key].checked);
    settle({ choice: letter, shown: "yes" }, button.again);
  });
  button.show.addEventListener("click", () => settle({ choice: "", shown: "yes" }, button.again));
  button.again.addEventListener("click", () => settle({ choice: "", shown: "" }, button.show));

  let unkept = "";

  function settle(fields, next) {
    unkept = store.saveAnswer(name, fields);
    refresh();
    next.focus(); // the button that was pressed is gone
  }

  function refresh({ restored } = {}) {
    if (restored) unkept = "";
    const { choice, shown } = store.answer(name);
    const letter = choice in mistakes ? choice : null;
    const open = Boolean(letter || shown);
    for (const output of outputs) output.classList.toggle("course-covered", !open);
    for (const [key, input] of Object.entries(inputs)) {
      if (open || input.disabled) input.checked = key === letter;
      input.disabled = open;
    }
    button.commit.hidden = button.show.hidden = open;
    button.commit.disabled = !Object.values(inputs).some((input) => input.checked);
    button.again.hidden = !open;
    status.replaceChildren(...(letter ? [card(letter)] : []), ...(open ? [others(letter)] : []),
      ...(unkept ? [element("p", "", unkept)] : []));
  }

  function card(letter) {
    const came = !mistakes[letter];
    const made = element("div", "course-card", element("p", "course-headline",
      came ? `You predicted ${letter}), and so it is` : `You predicted ${letter}), and it turns out otherwise`),
      ...feedback(letter));
    made.dataset.verdict = came ? "passed" : "otherwise";
    return made;
  }

  function others(letter) {
    const rest = Object.keys(mistakes).filter((key) => key !== letter);
    return element("details", "course-others",
      element("summary", "", letter ? "What the other answers would have meant" : "What each answer means"),
      ...rest.map((key) => element("div", "", element("p", "course-label", `${key})`), ...feedback(key))));
  }

  store.onChange(refresh);
  refresh();
}

/** The covered outputs of the code cells that follow. */
function coveredBelow(cell) {
  const found = [];
  for (let next = cell.nextElementSibling; next?.matches("div.cell"); next = next.nextElementSibling) {
    found.push(...next.querySelectorAll(".course-covered"));
  }
  return found;
}
