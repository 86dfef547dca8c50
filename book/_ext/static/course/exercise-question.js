// A question: the list of choices becomes radio buttons, and the folded feedback answers the choice.
import { element } from "./exercise-card.js";
import * as store from "./progress.js";

export function mountQuestion(cell) {
  const { exercise: name, points, choices } = cell.dataset;
  const mistakes = JSON.parse(choices);
  const output = cell.parentElement;
  const list = output.querySelector(":scope > ul");
  const feedback = [...output.querySelectorAll(":scope > details")];
  const status = cell.querySelector(".course-status");
  const mark = cell.querySelector(".course-verdict");

  const inputs = {};
  const labels = Object.keys(mistakes).map((letter, i) => {
    const input = Object.assign(element("input"), { type: "radio", name, value: letter });
    inputs[letter] = input;
    input.addEventListener("change", () => choose(letter));
    return element("label", "course-choice", input, element("span", "", ...list.children[i].cloneNode(true).childNodes));
  });
  const legend = element("legend", "visually-hidden", cell.getAttribute("aria-label"));
  cell.prepend(element("fieldset", "course-choices", legend, ...labels));

  function choose(letter) {
    show(letter);
    store.saveAnswer(name, { choice: letter });
    store.saveVerdict(name, mistakes[letter] ? "failed" : "passed");
  }

  function show(letter) {
    const mistake = mistakes[letter];
    const verdict = mistake ? "failed" : "passed";
    const earned = mistake ? 0 : points;
    const folded = feedback[Object.keys(mistakes).indexOf(letter)].cloneNode(true);
    folded.querySelector("summary").remove();
    const card = element("div", "course-card", element("p", "course-headline",
      `${name}: ${verdict}, ${earned} of ${points} point${points === "1" ? "" : "s"}`), ...folded.childNodes);
    card.dataset.verdict = verdict;
    if (mistake) card.querySelectorAll("p")[1].prepend(element("strong", "", mistake), ": ");
    status.replaceChildren(card);
  }

  function refresh() {
    const { choice } = store.answer(name);
    for (const [letter, input] of Object.entries(inputs)) input.checked = letter === choice;
    if (choice in mistakes) show(choice);
    else status.replaceChildren();
    mark.textContent = store.verdicts()[name] === "passed" ? "Done" : "";
  }
  store.onChange(refresh);
  refresh();
}
