// The choices of a question or a prediction: the card's list becomes radio buttons, its folds are the feedback.
import { element } from "./exercise-card.js";

export function mountChoices(cell, name, chosen) {
  const mistakes = JSON.parse(cell.dataset.choices); // by letter; the right choice has none
  const output = cell.parentElement;
  const list = output.querySelector(":scope > ul");
  const folds = [...output.querySelectorAll(":scope > details")];
  const inputs = {};
  const labels = Object.keys(mistakes).map((letter, i) => {
    const input = Object.assign(element("input"), { type: "radio", name, value: letter });
    inputs[letter] = input;
    input.addEventListener("change", () => chosen(letter));
    return element("label", "course-choice", input, element("span", "", ...list.children[i].cloneNode(true).childNodes));
  });
  const legend = element("legend", "visually-hidden", cell.getAttribute("aria-label"));
  cell.prepend(element("fieldset", "course-choices", legend, ...labels));

  /** What to say to those who choose a letter. */
  function feedback(letter) {
    const fold = folds[Object.keys(mistakes).indexOf(letter)].cloneNode(true);
    fold.querySelector("summary").remove();
    return [...fold.childNodes];
  }
  return { mistakes, inputs, feedback };
}
