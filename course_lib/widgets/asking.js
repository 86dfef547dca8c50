// The tasks of a widget: two predictions and a goal, and the bar that tells them beside the figure.
import { button, fill, html, rich } from "./kit.js";

let questionsAsked = 0;

// What a task has to say now, for the bar at the figure; nothing: it has no more to say. ask: the figure waits for a move.
function tell(element, words = [], { ask = false } = {}) {
  element.dispatchEvent(new CustomEvent("course-task", { bubbles: true, detail: { words, ask } }));
}

// Saves what a reader has answered, where the page keeps answers, and holds the page's word if it can't be kept.
function keeping(answer) {
  const note = html("p", { class: "unkept", role: "status" });
  return { note, save(fields) { note.textContent = answer?.save(fields) ?? ""; } };
}

// Predict, then drag. The answer comes from the figure: `done(state)` says that the reader has made the move.
// prepare: the state the question starts from. ask(true) marks what is to be dragged.
export function question(view, { text, options, right, prepare, task, done, because, ask }) {
  const group = `course-question-${++questionsAsked}`;
  const answer = view.nextAnswer(), kept = keeping(answer);
  const todo = html("p", { class: "task" });
  const feedback = html("p", { class: "feedback" });
  const inputs = options.map((_, index) => html("input", { type: "radio", name: group, value: index }));
  const truth = html("b", { class: "truth" }, "\u2713 right");
  const labels = options.map((option, index) => html("label", {}, inputs[index], html("span", {}, ...rich(option))));
  const again = button("Predict again", () => {
    kept.save({ choice: "", shown: "" });
    restore({});
    tell(element);
    inputs[0].focus();
  });
  const element = html("fieldset", { class: "predict" }, html("legend", {}, ...rich(text)), ...labels, todo, feedback, kept.note, again);
  let chosen = null; // while the figure waits for the move
  element.addEventListener("change", (event) => begin(Number(event.target.value)));

  function begin(index) {
    chosen = index;
    kept.save({ choice: String(index), shown: "" });
    view.mark();
    view.write({ ...view.start, ...prepare });
    todo.replaceChildren(...rich(`${task} (The figure is set up for it; Undo brings back what you had.)`));
    ask(true);
    tell(element, rich(task), { ask: true });
  }

  const verdict = (index) => [html("b", {}, index === right ? "You were right. " : "It turned out differently. "), ...rich(because)];

  function settle(index) {
    element.dataset.answer = index === right ? "right" : "wrong";
    labels[right].append(truth);
    feedback.append(...verdict(index));
    for (const input of inputs) input.disabled = true;
    again.hidden = false;
  }

  // As the reader left it. The figure stands elsewhere by now, so it is set up again on request.
  function restore({ choice, shown }) {
    const index = inputs.findIndex(({ value }) => value === choice);
    if (chosen !== null) ask(false);
    chosen = null;
    delete element.dataset.answer;
    truth.remove();
    again.hidden = true;
    for (const part of [todo, feedback, kept.note]) part.replaceChildren();
    for (const [i, input] of inputs.entries()) Object.assign(input, { checked: i === index, disabled: false });
    if (index < 0) return;
    if (shown) settle(index);
    else todo.append("You have chosen, and not yet looked. ", button("Set the figure up", () => {
      begin(index);
      inputs[index].focus({ preventScroll: true });
    }));
  }
  answer?.onRestored(() => { restore(answer.read()); tell(element); });
  restore(answer?.read() ?? {});

  return {
    element,
    update(state) {
      if (chosen === null || !done(state)) return;
      settle(chosen);
      tell(element, verdict(chosen));
      kept.save({ choice: String(chosen), shown: "yes" });
      ask(false);
      chosen = null;
    },
  };
}

// Something to reach; once reached it stays so. checks(): a list of { text, met }, about the figure as it stands.
export function goal(view, { text, checks, praise }) {
  const list = html("ul");
  const feedback = html("p", { class: "feedback" });
  const answer = view.goalAnswer(), kept = keeping(answer);
  const element = html("div", { class: "goal" }, html("p", {}, html("b", {}, "Goal. "), ...rich(text)), list, feedback, kept.note);
  let reached = Boolean(answer?.read().shown), met = null;

  function mark() {
    if (reached) element.dataset.reached = "true";
    else delete element.dataset.reached;
    feedback.replaceChildren(...(reached ? [html("b", {}, met ? "Reached. " : "Reached before. "), ...rich(praise)] : []));
  }
  answer?.onRestored(() => { reached = Boolean(answer.read().shown); tell(element); mark(); });

  return {
    element,
    update() {
      const found = checks(), opened = met === null;
      met = found.every((check) => check.met);
      list.replaceChildren(...found.map((check) => html("li", { "data-met": check.met },
        ...rich(`${check.text}: `), html("b", {}, check.met ? "yes" : reached ? "not now" : "not yet"))));
      const now = met && !reached;
      reached ||= met;
      mark();
      if (!now || opened) return;                               // a link that leads there is no merit
      kept.save({ shown: "yes" });
      tell(element, [...feedback.childNodes]);
    },
  };
}

// A line at the lower edge of the window while the figure is in it: what is to be dragged, then the answer.
export function taskBar(root, figure) {
  const line = html("p", { role: "status" });
  const more = button("More", () => more.setAttribute("aria-expanded", line.classList.toggle("whole")));
  const close = button("\u00d7", () => {
    write([]);
    figure.querySelector(".asked, .handle")?.focus({ preventScroll: true }); // the button that was pressed is gone
  });
  const element = html("div", { class: "bar" }, line, more, fill(close, { "aria-label": "Dismiss" }));
  let from = null, together = false, browsing = false;

  function write(words) {
    line.className = "";
    line.replaceChildren(...words);
    close.hidden = !words.length;
    more.setAttribute("aria-expanded", "false");
    measure();
  }
  function measure() {
    if (line.classList.contains("whole")) return;
    more.hidden = true;
    more.hidden = line.scrollHeight <= line.clientHeight + 1;
  }
  // Once the figure has been drawn anew.
  function reveal() {
    const { left, top, width, height } = (figure.querySelector(".asked") ?? figure).getBoundingClientRect();
    if (figure.contains(document.elementFromPoint(left + width / 2, top + height / 2))) return;
    const seen = figure.clientHeight < 0.8 * innerHeight ? figure : figure.querySelector(".asked") ?? figure;
    seen.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
  }
  root.addEventListener("course-task", ({ target, detail: { words, ask } }) => {
    if (!words.length && target !== from) return;
    const before = together ? [...line.childNodes, " "] : [];   // one move can settle a question and reach the goal
    from = target;
    together = true;
    queueMicrotask(() => { together = false; });
    write([...before, ...words.map((word) => word.cloneNode?.(true) ?? word)]);
    if (ask && !browsing) requestAnimationFrame(reveal);
  });
  // Who walks through the options with the arrow keys stays at them.
  root.addEventListener("keydown", ({ key }) => { browsing = key.startsWith("Arrow"); });
  root.addEventListener("pointerdown", () => { browsing = false; });
  write([]);
  return { element, measure };
}
