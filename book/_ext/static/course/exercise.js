// Exercises, questions and cells to try things in: finds them in the page and brings each to life.
import { mountCode } from "./exercise-code.js";
import { mountQuestion } from "./exercise-question.js";

const before = []; // the exercises above, whose answers a cell can use
for (const cell of document.querySelectorAll(".course-cell")) {
  if (cell.classList.contains("course-question")) {
    mountQuestion(cell);
  } else {
    mountCode(cell, [...before]);
    if (cell.dataset.exercise) before.push(cell.dataset.exercise);
  }
}
