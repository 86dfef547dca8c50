// Exercises, questions, recall, predictions and cells to try things in: finds them and brings each to life.
import { mountCode } from "./exercise-code.js";
import { mountPrediction } from "./exercise-predict.js";
import { mountQuestion } from "./exercise-question.js";
import { mountRecall } from "./exercise-recall.js";

const MOUNT = { "course-question": mountQuestion, "course-recall": mountRecall, "course-predict": mountPrediction };

const before = []; // the exercises above, whose answers a cell can use
for (const cell of document.querySelectorAll(".course-cell")) {
  const kind = Object.keys(MOUNT).find((name) => cell.classList.contains(name));
  if (kind) {
    MOUNT[kind](cell);
  } else {
    mountCode(cell, [...before]);
    if (cell.dataset.exercise) before.push(cell.dataset.exercise);
  }
}
