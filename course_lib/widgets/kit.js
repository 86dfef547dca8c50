// What the interactive figures share. On the site this is a file; for a kernel Python writes it into each module.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";
let questionsAsked = 0;

export function fill(element, attributes, children = []) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG_NAMESPACE, tag), attributes, children);
}

export function html(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export const clamp = (value, min, max) => Math.min(Math.max(value, min), max);

// Fixed decimals, a real minus, no negative zero.
export function number(value, digits) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

// A number on the figure; its full precision stays beside it, for people who copy it and for the tests.
export function show(element, name, value, text) {
  element.textContent = text;
  element.dataset.number = name;
  element.dataset.value = String(value);
}

// Text in which ^ raises the number or letter after it.
export function rich(text) {
  return text.split(/\^(\u2212?\d+|[a-z])/).map((part, i) => (i % 2 ? html("sup", {}, part) : part));
}

// A number in two digits, for rich: 0.35, 3.6 · 10^−8, 2.1 · 10^15.
export function brief(value) {
  if (value === 0 || (Math.abs(value) >= 0.01 && Math.abs(value) < 1e4)) return String(Number(value.toPrecision(2))).replace("-", "\u2212");
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${digits.replace(/\.0$/, "")} \u00b7 10^${Number(exponent)}`.replaceAll("-", "\u2212").replace(/^1 \u00b7 /, "");
}

export const spoken = (text) => text.replace("\u00b7 10^", "times 10 to the ").replace("10^", "10 to the ");

// The part of the state that the reader changes, with reset and undo.
export function viewOf(model) {
  const start = model.get("start");
  const names = Object.keys(start);
  const past = [];
  let questions = 0;
  const view = {
    start,
    // On the page: where the answer to the widget's next question is kept. A kernel's model keeps none.
    nextAnswer: () => model.answerTo?.(questions++),
    read: () => Object.fromEntries(names.map((name) => [name, model.get(name)])),
    write(changes) {
      for (const [name, value] of Object.entries(changes)) model.set(name, value);
      model.save_changes();
    },
    // Remember the state before a change; `of` tells one long gesture from the next.
    mark(of) {
      const last = past.at(-1);
      if (of && last?.of === of) return;
      past.push({ of, state: view.read() });
      if (past.length > 100) past.shift();
    },
    undo() {
      const last = past.pop();
      if (last) view.write(last.state);
    },
    reset() {
      view.mark();
      view.write(start);
    },
    // Calls draw once after each round of changes.
    watch(draw) {
      let planned = false;
      const plan = () => {
        if (planned) return;
        planned = true;
        queueMicrotask(() => { planned = false; draw(); });
      };
      for (const name of names) model.on(`change:${name}`, plan);
      return () => { for (const name of names) model.off(`change:${name}`, plan); };
    },
  };
  return view;
}

// Calls draw with the element's width, now and whenever it changes.
export function onWidth(element, draw) {
  let known = 0;
  const observer = new ResizeObserver(() => {
    const width = Math.round(element.clientWidth);
    if (width && width !== known) draw(known = width);
  });
  observer.observe(element);
  return () => observer.disconnect();
}

// Makes an element, HTML or SVG, a slider: drag it (right and up are more; sideways or upright: only one of them),
// or focus it and use the keys.
// value() and change(value): the number. step(), leap(): what a key changes. grain(): what one pixel is worth.
// follow(), instead of grain: called when it is grabbed, gives the number for a pointer moved by (dx, dy) since.
// text(value): how it is read aloud. grab(gesture): it got the focus; with a gesture, it is about to change.
export function draggable(element, { label, min, max, step, leap, grain, follow, value, change, text, grab = () => {},
  sideways = false, upright = false, finest = step }) {
  const tidy = (wanted, unit) => clamp(Number((Math.round(wanted / unit()) * unit()).toPrecision(12)), min, max);
  let held = null;
  fill(element, { role: "slider", tabindex: "0", "aria-label": label, "aria-valuemin": min, "aria-valuemax": max });
  element.classList.add("handle");
  element.addEventListener("focus", () => grab());
  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    element.focus({ preventScroll: true });
    grab(Symbol("drag"));
    const from = value();
    held = { x: event.clientX, y: event.clientY,
      at: follow?.() ?? ((dx, dy) => from + ((upright ? 0 : dx) - (sideways ? 0 : dy)) * grain()) };
  });
  // Browsers heed touch-action on boxes, not on the parts of a drawing: without this a finger scrolls the page.
  element.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  element.addEventListener("pointermove", (event) => {
    if (!held) return;
    change(tidy(held.at(event.clientX - held.x, event.clientY - held.y), finest));
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    element.addEventListener(end, () => { held = null; });
  }
  element.addEventListener("keydown", (event) => {
    const by = event.shiftKey ? leap() : step();
    const moves = { ArrowUp: by, ArrowRight: by, ArrowDown: -by, ArrowLeft: -by, PageUp: leap(), PageDown: -leap() };
    const wanted = { Home: min, End: max }[event.key] ?? (event.key in moves ? value() + moves[event.key] : null);
    if (wanted === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    grab(element);
    change(tidy(wanted, finest));
  });
  return () => {
    element.setAttribute("aria-valuenow", value());
    element.setAttribute("aria-valuetext", text(value()));
  };
}

export function button(label, act) {
  const element = html("button", { type: "button" }, label);
  element.addEventListener("click", act);
  return element;
}

// A group of buttons. options: [its words, the changes it makes]; refresh() marks those that hold.
export function choice(view, words, options) {
  const buttons = options.map(([label, changes]) => button(label, () => { view.mark(); view.write(changes); }));
  return {
    element: html("div", { class: "choice", role: "group", "aria-label": words }, html("span", {}, words), ...buttons),
    refresh(state) {
      for (const [i, [, changes]] of options.entries()) {
        buttons[i].setAttribute("aria-pressed", Object.entries(changes).every(([name, wanted]) => state[name] === wanted));
      }
    },
  };
}

// Makes a part of a drawing a button.
export function pressable(element, label, act) {
  fill(element, { role: "button", tabindex: "0", "aria-label": label });
  element.addEventListener("click", act);
  element.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    act();
  });
}

// A line that only screen readers notice; it waits until the reader pauses.
export function announcer() {
  const element = html("p", { class: "spoken", role: "status" });
  let waiting;
  return {
    element,
    say(text) {
      clearTimeout(waiting);
      waiting = setTimeout(() => { element.textContent = text; }, 600);
    },
  };
}

// Predict, then drag. The answer comes from the figure: `done(state)` says that the reader has made the move.
// prepare: the state the question starts from. ask(true) marks what is to be dragged.
export function question(view, { text, options, right, prepare, task, done, because, ask }) {
  const group = `course-question-${++questionsAsked}`;
  const todo = html("p", { class: "task" });
  const feedback = html("p", { class: "feedback" });
  const inputs = options.map((_, index) => html("input", { type: "radio", name: group, value: index }));
  const element = html("fieldset", { class: "predict" }, html("legend", {}, ...rich(text)),
    ...options.map((option, index) => html("label", {}, inputs[index], html("span", {}, ...rich(option)))),
    html("div", { role: "status" }, todo, feedback));
  const answer = view.nextAnswer();
  let chosen = null; // while the figure waits for the move
  element.addEventListener("change", (event) => begin(Number(event.target.value)));

  function begin(index) {
    chosen = index;
    answer?.save({ choice: String(index), shown: "" });
    view.mark();
    view.write({ ...view.start, ...prepare });
    todo.replaceChildren(...rich(`${task} (The figure is set up for it; Undo brings back what you had.)`));
    ask(true);
  }

  function settle(index) {
    const verdict = index === right ? "You were right. " : "It turned out differently. ";
    element.dataset.answer = index === right ? "right" : "wrong";
    feedback.append(html("b", {}, verdict), ...rich(because));
    for (const input of inputs) input.disabled = true;
  }

  // As the reader left it. The figure stands elsewhere by now, so it is set up again on request.
  function restore() {
    const { choice, shown } = answer.read();
    const index = inputs.findIndex(({ value }) => value === choice);
    if (chosen !== null) ask(false);
    chosen = null;
    delete element.dataset.answer;
    for (const part of [todo, feedback]) part.replaceChildren();
    for (const [i, input] of inputs.entries()) Object.assign(input, { checked: i === index, disabled: false });
    if (index < 0) return;
    if (shown) settle(index);
    else todo.append("You have chosen, and not yet looked. ", button("Set the figure up", () => {
      begin(index);
      inputs[index].focus();
    }));
  }
  if (answer) {
    answer.onRestored(restore);
    restore();
  }

  return {
    element,
    update(state) {
      if (chosen === null || !done(state)) return;
      settle(chosen);
      answer?.save({ choice: String(chosen), shown: "yes" });
      ask(false);
      chosen = null;
    },
  };
}

// Something to reach. checks(): a list of { text, met }.
export function goal({ text, checks, praise }) {
  const list = html("ul");
  const feedback = html("p", { class: "feedback", role: "status" });
  const element = html("div", { class: "goal" }, html("p", {}, html("b", {}, "Goal. "), ...rich(text)), list, feedback);
  return {
    element,
    update() {
      const found = checks();
      list.replaceChildren(...found.map(({ text: what, met }) => html("li", { "data-met": met },
        ...rich(`${what}: `), html("b", {}, met ? "yes" : "not yet"))));
      if (!feedback.textContent && found.every(({ met }) => met)) {
        feedback.append(html("b", {}, "Reached. "), ...rich(praise));
        element.dataset.reached = "true";
      }
    },
  };
}

// On the page the loader gives the element `linkToView()`: a control copies the address of the view as it is now.
function linkControl(linkToView) {
  const said = html("span", { class: "said", role: "status" });
  let waiting;
  async function copy() {
    const link = linkToView();
    clearTimeout(waiting);
    try {
      await navigator.clipboard.writeText(link);
      said.replaceChildren("Link copied");
      waiting = setTimeout(() => said.replaceChildren(), 5000);
    } catch { // without permission, or on a site without https
      const field = html("input", { readonly: "", "aria-label": "Link to this view: copy it from here", value: link });
      said.replaceChildren(field);
      field.focus();
      field.select();
    }
  }
  return html("div", { class: "share" }, said, button("Copy link to this view", copy));
}

// The frame of every widget: choices, figure, explanation, buttons, tasks. Keys do not reach JupyterLab, which would take them.
export function frame(el, { name, choices = [], figure, panel, controls, tasks }) {
  const speaker = announcer();
  const root = html("section", { class: "course-widget-live", "aria-label": name },
    ...(choices.length ? [html("div", { class: "controls" }, ...choices)] : []), figure, panel,
    html("div", { class: "controls" }, ...controls, ...(el.linkToView ? [linkControl(el.linkToView)] : [])), html("div", { class: "tasks" }, ...tasks), speaker.element);
  root.addEventListener("keydown", (event) => event.stopPropagation());
  el.append(root);
  // Only to the reader who is at this figure: not while the page loads, nor for changes made in Python.
  return { root, say: (text) => { if (root.contains(document.activeElement)) speaker.say(text); } };
}

// A scale from the data to pixels and back; `log` for both ends above 0.
export function scale([from, to], [start, end], { log = false } = {}) {
  const turn = log ? Math.log10 : (v) => v;
  const ratio = (end - start) / (turn(to) - turn(from));
  return (v) => start + (turn(v) - turn(from)) * ratio;
}

// 10 to a power, as a label.
export function power(x, y, exponent, kind) {
  return svg("text", { x, y, class: `quiet small ${kind}` }, "10",
    svg("tspan", { dy: "-0.45em", class: "raised" }, String(exponent).replace("-", "\u2212")));
}

// exp and log from correctly rounded operations, to the bit those of arithmetic.py; r rounds to the precision.
export const ROUND = { float64: (v) => v, float32: Math.fround };
const LN2 = 0.6931471805599453, LN2_HIGH = 0.693145751953125, LN2_LOW = 1.4286068203094173e-06;
const EXP_TERMS = 14, LOG_TERMS = 12, SQRT2 = 1.4142135623730951;

export function exp(x, r) {
  const n = Math.floor(x / LN2 + 0.5);
  const s = r(r(x - r(n * r(LN2_HIGH))) - r(n * r(LN2_LOW)));
  let total = 1;
  for (let k = EXP_TERMS; k > 0; k -= 1) total = r(1 + r(r(s * total) / k));
  return r(total * 2 ** n);
}

export function log(u, r) {
  let n = 0, m = u;
  while (m >= SQRT2) { m /= 2; n += 1; }
  const s = r(r(m - 1) / r(m + 1));
  const square = r(s * s);
  let total = 0;
  for (let k = LOG_TERMS; k >= 0; k -= 1) total = r(r(total * square) + r(1 / (2 * k + 1)));
  return r(r(n * r(LN2_HIGH)) + r(r(n * r(LN2_LOW)) + r(2 * r(s * total))));
}
