// What the interactive figures share. On the site this is a file; for a kernel Python writes it into each module.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

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
    // On the page: where the answer to the widget's next question is kept, and whether its goal was reached. A kernel's
    // model keeps none.
    nextAnswer: () => model.answerTo?.(++questions),
    goalAnswer: () => model.answerTo?.("goal"),
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

// A finger on a handle may want to scroll the page. It means the handle if the handle has the focus or is asked for, if it
// moves sideways (unless the handle only goes up and down), or if it rested on it first (unless it only goes sideways).
const REST = 150, SLOP = 4;                                     // milliseconds; pixels

function meansHandle({ sideways, upright, since }, dx, dy) {
  if (!upright && Math.abs(dx) >= Math.abs(dy)) return true;
  return !sideways && performance.now() - since >= REST;
}

// Makes an element, HTML or SVG, a slider: drag it (right and up are more; sideways or upright: only one of them),
// or focus it and use the keys. Its range grows to hold a value that came from elsewhere, until the value is back in it.
// value() and change(value): the number. step(), leap(): what a key changes. grain(): what one pixel is worth.
// follow(), instead of grain: called when it is grabbed, gives the number for a pointer moved by (dx, dy) since.
// text(value): how it is read aloud. grab(gesture): it got the focus; with a gesture, it is about to change.
export function draggable(element, { label, min, max, step, leap, grain, follow, value, change, text, grab = () => {},
  sideways = false, upright = false, finest = step }) {
  let held = null, ends = [min, max];
  const tidy = (wanted, unit) => clamp(Number((Math.round(wanted / unit()) * unit()).toPrecision(12)), ...ends);
  fill(element, { role: "slider", tabindex: "0", "aria-label": label });
  element.classList.add("handle");
  element.addEventListener("focus", () => grab());

  function take() {
    held.taken = true;
    element.focus({ preventScroll: true });
    grab(Symbol("drag"));
    const from = value();
    held.at = follow?.() ?? ((dx, dy) => from + ((upright ? 0 : dx) - (sideways ? 0 : dy)) * grain());
  }
  element.addEventListener("pointerdown", (event) => {
    if (event.button || held) return;
    held = { x: event.clientX, y: event.clientY, id: event.pointerId, sideways, upright, since: performance.now() };
    element.setPointerCapture(event.pointerId);
    if (event.pointerType === "mouse") event.preventDefault();
    if (event.pointerType === "mouse" || element.matches(":focus, .asked")) take();
  });
  element.addEventListener("pointermove", (event) => {
    if (held?.id !== event.pointerId) return;
    const dx = event.clientX - held.x, dy = event.clientY - held.y;
    if (!held.taken) {
      if (Math.hypot(dx, dy) < SLOP) return;
      if (!meansHandle(held, dx, dy)) { held = null; return; }
      take();
    }
    change(tidy(held.at(dx, dy), finest));
  });
  // Browsers heed touch-action on boxes, not on the parts of a drawing: without this a finger scrolls the page.
  for (const kind of ["touchstart", "touchmove"]) {
    element.addEventListener(kind, (event) => held?.taken && event.cancelable && event.preventDefault(), { passive: false });
  }
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    element.addEventListener(end, (event) => {
      if (held?.id !== event.pointerId) return;
      if (end === "pointerup" && !held.taken) element.focus({ preventScroll: true });     // a tap: the next drag is meant
      held = null;
    });
  }
  element.addEventListener("keydown", (event) => {
    const by = event.shiftKey ? leap() : step();
    const moves = { ArrowUp: by, ArrowRight: by, ArrowDown: -by, ArrowLeft: -by, PageUp: leap(), PageDown: -leap() };
    const wanted = { Home: ends[0], End: ends[1] }[event.key] ?? (event.key in moves ? value() + moves[event.key] : null);
    if (wanted === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    grab(element);
    change(tidy(wanted, finest));
  });
  return () => {
    const now = value(), inside = now >= min && now <= max;
    ends = inside && !held ? [min, max] : [Math.min(ends[0], now), Math.max(ends[1], now)];
    fill(element, { "aria-valuemin": ends[0], "aria-valuemax": ends[1], "aria-valuenow": now, "aria-valuetext": text(now) });
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
