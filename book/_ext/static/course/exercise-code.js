// A cell with code: editor, Run, Check, Stop, Hint, Solution, Reset.
import { element, showDone, verdictCard } from "./exercise-card.js";
import { keeper } from "./exercise-notice.js";
import { editable } from "./exercise-text.js";
import { BUSY, Ended, ask, busy, stop, warm } from "./exercise-python.js";
import * as store from "./progress.js";

const WRONG = ["failed", "error"]; // verdicts
const QUIET = "It ran, and printed nothing. To see a value, print it or make it the last line.";

export function mountCode(cell, before) {
  const name = cell.dataset.exercise ?? ""; // empty: a cell to try things in, which shows the chapter's own output
  const key = name || cell.dataset.try;
  const stored = name ? null : cell.parentElement.querySelector(":scope > .cell_output");
  const area = cell.querySelector("textarea");
  const reset = element("p"); // whose Undo outlives what a run has to say
  const status = element("div");
  cell.querySelector(".course-status").append(reset, status);
  const output = cell.querySelector(".course-output");
  const start = area.value;
  const text = editable(area, (code, { byReader }) => {
    if (byReader) {
      warm();
      saveText(code);
    }
    showVerdict();
  });
  const buttons = Object.fromEntries([...cell.querySelectorAll("[data-do]")].map((b) => [b.dataset.do, b]));
  const on = (action, run) => buttons[action]?.addEventListener("click", run);

  const scope = cell.querySelector(".course-scope");
  const { save, saveText } = keeper(key, "code", { after: scope, start, ...text });

  /** The answers above that have run, in the order of the page. */
  const earlier = () => before.map((other) => [other, store.answer(other).ran]).filter(([, code]) => code);

  function showScope() {
    const usable = earlier().map(([other]) => other);
    scope.replaceChildren(...(usable.length ? ["You can use what you have run above: ", ...listed(usable), "."] : []));
  }

  async function work(action) {
    const code = text.get();
    if (cell.hasAttribute("aria-busy")) return; // the keys, pressed again
    if (busy()) return say(BUSY);
    setRunning(true);
    if (!reset.querySelector("button")) reset.replaceChildren();
    output.replaceChildren();
    stored?.remove();
    const printed = element("pre", "course-printed");
    try {
      const answer = await ask({ do: action, name, code, before: earlier() }, {
        loading: (stage, done) => status.replaceChildren(loading(stage, done)),
        running: () => say(action === "check" ? "Checking …" : "Running …"),
        printed(part) {
          if (!printed.isConnected) output.prepend(labelled(printed, "Printed"));
          printed.append(part);
        },
      });
      show(action, code, answer);
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      say("");
      status.replaceChildren(verdictCard({
        verdict: error.verdict, headline: error.message, paragraphs: [error.advice], details: [], notes: [] }));
    } finally {
      setRunning(false);
    }
  }

  function show(action, code, answer) {
    if (answer.ran) save({ ran: code });
    if (answer.headline) status.replaceChildren(verdictCard(answer));
    else say(answer.printed ? "It ran." : QUIET);
    if (action !== "check") return;
    if (WRONG.includes(answer.verdict)) save({ failed: code });
    else if (answer.verdict === "passed" && store.answer(name).failed === code) save({ failed: "" });
    store.saveVerdict(name, answer.verdict);
  }

  /** The exercise stays done; that the text is a version whose check failed is said beside it. */
  function showVerdict() {
    if (!name) return;
    const done = store.verdicts()[name] === "passed";
    const { failed } = store.answer(name);
    showDone(cell, done, failed && failed === text.get() ? "this version fails" : "");
  }

  let pressed = null; // the button that has the focus again when the run is over

  function setRunning(running) {
    const focused = document.activeElement;
    for (const action of ["check", "run"]) if (buttons[action]) buttons[action].hidden = running;
    // Their sentences would be lost to what the run has to say.
    for (const action of ["solution", "reset"]) if (buttons[action]) buttons[action].disabled = running;
    buttons.stop.hidden = !running;
    if (running) {
      cell.setAttribute("aria-busy", "true");
      pressed = [buttons.check, buttons.run].includes(focused) ? focused : null;
      if (pressed) buttons.stop.focus();
    } else {
      cell.removeAttribute("aria-busy");
      if (focused === buttons.stop) (pressed ?? buttons.check ?? buttons.run).focus();
    }
  }

  function say(sentence, actions = {}) {
    status.replaceChildren(...(sentence ? [withActions(element("p"), sentence, actions)] : []));
  }

  function showSolution() {
    const solution = element("div", "course-solution", element("p", "course-label", "A solution:"),
      cell.querySelector("template").content.cloneNode(true));
    solution.tabIndex = -1;
    cell.append(solution);
    labelSolution();
    solution.focus();
  }

  function labelSolution() {
    const passed = store.verdicts()[name] === "passed";
    buttons.solution.textContent = cell.querySelector(".course-solution") ? "Hide the solution"
      : passed ? "Compare with a solution" : "Solution";
  }

  /** Put another text there, with what is known of it. A text of the reader's that stood there can be had back. */
  function exchange(code, answer, said) {
    const previous = [text.get(), store.answer(key)];
    text.set(code);
    save({ ran: "", ...answer, reset: undefined });
    if (previous[0] !== start) save({ reset: previous[0] });
    saveText(code);
    status.replaceChildren();
    offerBack(said, previous);
  }

  function offerBack(said, [code, answer]) {
    withActions(reset, said, code === start ? {} : { Undo: () => {
      exchange(code, answer, "Your text is back.");
      (buttons.check ?? buttons.run).focus();
    } });
  }

  on("check", () => work("check"));
  on("run", () => work("run"));
  on("stop", stop);
  // As in a notebook. Caught before the editor would break the line.
  cell.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    if (!event.target.closest("textarea, .cm-editor")) return;
    event.preventDefault();
    event.stopPropagation();
    work(buttons.check ? "check" : "run");
  }, { capture: true });
  on("reset", () => {
    output.replaceChildren();
    exchange(start, {}, "Back at the beginning.");
  });
  on("solution", () => {
    const solution = cell.querySelector(".course-solution");
    if (solution) {
      solution.remove();
      labelSolution();
      return;
    }
    const shown = [...status.childNodes];
    const back = () => status.replaceChildren(...shown);
    if (store.verdicts()[name] === "passed") showSolution();
    else say("See a solution before yours is right? A hint may be enough.", {
      "Show it": () => { back(); showSolution(); },
      "Not yet": () => { back(); buttons.solution.focus(); },
    });
  });
  if (buttons.hint) mountHints(cell, buttons.hint);

  function refresh({ restored }) {
    if (restored) {
      const { code, reset: taken } = store.answer(key);
      text.set(code ?? start);
      if (taken) offerBack("What you had before is kept.", [taken, {}]);
      else reset.replaceChildren();
    }
    showScope();
    if (!name) return;
    showVerdict();
    labelSolution();
  }
  store.onChange(refresh);
  refresh({ restored: true });
}

/** The card's folded hints come out one by one. */
function mountHints(cell, button) {
  const hints = [...cell.parentElement.querySelectorAll(":scope > details")];
  const list = element("ol", "course-hints");
  const label = () => {
    const left = hints.length - list.children.length;
    button.textContent = left === hints.length ? "Hint" : left ? `Next hint (${left} left)` : "No more hints";
    button.setAttribute("aria-disabled", String(left === 0));
  };
  if (!hints.length) {
    button.remove();
    return;
  }
  list.setAttribute("aria-live", "polite");
  cell.querySelector(".course-buttons").after(list);
  button.addEventListener("click", () => {
    const next = hints[list.children.length]?.cloneNode(true);
    if (!next) return;
    next.querySelector("summary").remove();
    list.append(element("li", "", ...next.childNodes));
    label();
  });
  label();
}

/** Puts a sentence into a paragraph, and a button for each action. */
function withActions(paragraph, sentence, actions) {
  paragraph.replaceChildren(sentence);
  for (const [label, action] of Object.entries(actions)) {
    const button = Object.assign(element("button", "", label), { type: "button" });
    button.addEventListener("click", action);
    paragraph.append(" ", button);
  }
  return paragraph;
}

function loading(stage, done) {
  const bar = Object.assign(element("progress"), { max: 1 });
  if (done !== null) bar.value = done; // else it moves to and fro
  bar.setAttribute("aria-label", "Loading Python");
  return element("p", "course-loading", bar, ` ${stage} …`);
}

function labelled(block, label) {
  block.tabIndex = 0;
  block.setAttribute("role", "group");
  block.setAttribute("aria-label", label);
  return block;
}

/** `a`, `b` and `c`. */
function listed(names) {
  return names.flatMap((name, i) => [
    ...(i === 0 ? [] : [i === names.length - 1 ? " and " : ", "]), element("code", "", name)]);
}
