// A question: choosing an answer is answering it, and every answer gets its feedback.
import { element, showDone } from "./exercise-card.js";
import { mountChoices } from "./exercise-choices.js";
import * as store from "./progress.js";

export function mountQuestion(cell) {
  const { exercise: name, points, title } = cell.dataset;
  const status = cell.querySelector(".course-status");
  const { mistakes, inputs, feedback } = mountChoices(cell, name, choose);

  function choose(letter) {
    show(letter);
    store.saveAnswer(name, { choice: letter });
    store.saveVerdict(name, mistakes[letter] ? "failed" : "passed");
  }

  function show(letter) {
    const mistake = mistakes[letter];
    const verdict = mistake ? "failed" : "passed";
    const earned = mistake ? 0 : points;
    const card = element("div", "course-card", element("p", "course-headline",
      `${title}: ${verdict}, ${earned} of ${points} point${points === "1" ? "" : "s"}`), ...feedback(letter));
    card.dataset.verdict = verdict;
    if (mistake) card.dataset.misconception = mistake;
    status.replaceChildren(card);
  }

  function refresh() {
    const { choice } = store.answer(name);
    for (const [letter, input] of Object.entries(inputs)) input.checked = letter === choice;
    if (choice in mistakes) show(choice);
    else status.replaceChildren();
    showDone(cell, store.verdicts()[name] === "passed", mistakes[choice] ? "this answer is wrong" : "");
  }
  store.onChange(refresh);
  refresh();
}
