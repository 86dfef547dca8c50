// A question: one chooses, then checks, as the arrow keys choose on their way; every answer gets its feedback.
import { element, showDone } from "./exercise-card.js";
import { mountChoices } from "./exercise-choices.js";
import * as store from "./progress.js";

export function mountQuestion(cell) {
  const { exercise: name, points, title } = cell.dataset;
  const status = cell.querySelector(".course-status");
  let chosen = null; // not yet checked
  let unkept = "";
  const { mistakes, inputs, feedback } = mountChoices(cell, name, (letter) => {
    chosen = letter === store.answer(name).choice ? null : letter;
    refresh();
  });
  cell.querySelector("[data-do=check]").addEventListener("click", () => {
    if (chosen) settle(chosen);
    else if (!(store.answer(name).choice in mistakes)) status.replaceChildren(element("p", "", "Choose an answer first."));
  });

  function settle(letter) {
    chosen = null;
    unkept = store.saveAnswer(name, { choice: letter });
    store.saveVerdict(name, mistakes[letter] ? "failed" : "passed");
    refresh();
  }

  function show(letter) {
    const mistake = mistakes[letter];
    const verdict = mistake ? "failed" : "passed";
    const earned = mistake ? 0 : points;
    const card = element("div", "course-card", element("p", "course-headline",
      `${title}: ${verdict}, ${earned} of ${points} point${points === "1" ? "" : "s"}`), ...feedback(letter));
    card.dataset.verdict = verdict;
    if (mistake) card.dataset.misconception = mistake;
    status.replaceChildren(card, ...(unkept ? [element("p", "", unkept)] : []));
  }

  function refresh({ restored } = {}) {
    if (restored) {
      chosen = null;
      unkept = "";
    }
    const { choice } = store.answer(name);
    for (const [letter, input] of Object.entries(inputs)) input.checked = letter === (chosen ?? choice);
    if (!chosen && choice in mistakes) show(choice);
    else status.replaceChildren();
    showDone(cell, store.verdicts()[name] === "passed", mistakes[choice] ? "this answer is wrong" : "");
  }
  store.onChange(refresh);
  refresh();
}
