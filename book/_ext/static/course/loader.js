// Brings the stored widgets of a page to life. Each gets a stand-in for the model that a kernel would give it; the
// part of its state that the reader changes is kept in the page's address: #section&widget:name=value;name=value
import * as store from "./progress.js";

const SEPARATOR = "&";
const FAILED = "A picture of an interactive figure, which could not be started. Load the page again to drag what is in it.";

function addressParts() {
  let hash = location.hash.slice(1);
  try { hash = decodeURIComponent(hash); } catch { /* not ours: a stray percent sign */ }
  return hash.split(SEPARATOR).filter(Boolean);
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// A value from the address, if it is of the kind of the value that it replaces.
function parsed(text, like) {
  if (typeof like === "string") return /^[\w-]+$/.test(text) ? text : like;
  const numbers = text.split(",").map(Number);
  const good = text.trim() !== "" && numbers.every(Number.isFinite);
  if (Array.isArray(like)) return good && numbers.length === like.length ? numbers : like;
  return good && numbers.length === 1 ? numbers[0] : like;
}

function stored(name, start, accepts) {
  const found = addressParts().find((part) => part.startsWith(`${name}:`));
  const state = structuredClone(start);
  for (const entry of found ? found.slice(name.length + 1).split(";") : []) {
    const [key, text = ""] = entry.split("=");
    if (!Object.hasOwn(start, key)) continue;
    const value = parsed(text, start[key]);
    if (accepts[key](value)) state[key] = value;
  }
  return found ? state : null;
}

/** The view as the address holds it. */
function written(name, state) {
  const changed = Object.keys(state.start).filter((key) => !same(state[key], state.start[key]));
  return `${name}:${changed.map((key) => `${key}=${state[key]}`).join(";")}`;
}

function remember(name, state) {
  const mine = written(name, state);
  const others = addressParts().filter((part) => !part.startsWith(`${name}:`));
  const parts = mine === `${name}:` ? others : [...others, mine];
  const address = location.pathname + location.search + (parts.length ? `#${parts.join(SEPARATOR)}` : "");
  history.replaceState(history.state, "", address);
}

function standIn(name, state) {
  const listeners = new Map();
  let waiting;
  const model = {
    get: (key) => state[key],
    set(key, value) {
      if (same(state[key], value)) return;
      state[key] = value;
      for (const event of [`change:${key}`, "change"]) for (const call of listeners.get(event) ?? []) call(model, value);
    },
    save_changes() {
      clearTimeout(waiting);
      waiting = setTimeout(() => remember(name, state), 250);
    },
    on(event, call) {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event).add(call);
    },
    off: (event, call) => listeners.get(event)?.delete(call),
    // The reader's answer to a question of the figure, or its goal, kept as the page's other answers are.
    answerTo(which) {
      const key = `${name}.${which}`;
      return {
        read: () => store.answer(key),
        save: (answer) => store.saveAnswer(key, answer),
        onRestored: (call) => store.onChange(({ restored }) => restored && call()),
      };
    },
  };
  return model;
}

async function mount(element) {
  const name = element.dataset.widget;
  try {
    const state = JSON.parse(element.querySelector(':scope > script[type="application/json"]').textContent);
    const { default: widget } = await import(new URL(`../widgets/${name}.js`, import.meta.url));
    const model = standIn(name, Object.assign(state, stored(name, state.start, widget.accepts)));
    element.linkToView = () => `${location.origin}${location.pathname}#${written(name, state)}`;
    await widget.render({ model, el: element });
    element.dataset.state = "ready";
    addEventListener("hashchange", () => {
      for (const [key, value] of Object.entries(stored(name, state.start, widget.accepts) ?? {})) model.set(key, value);
    });
  } catch (error) {
    element.dataset.state = "failed";
    element.querySelector(":scope > .course-widget-still > p").textContent = FAILED;
    console.error(error);
  }
}

const near = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) {
      near.unobserve(target);
      mount(target);
    }
  }
}, { rootMargin: "800px" });

const widgets = [...document.querySelectorAll(".course-widget[data-widget]")];
for (const element of widgets) near.observe(element);

// A link to a view leads to it; with a section in front of it, to that section.
const [first = ""] = addressParts();
const target = widgets.find((element) => first.startsWith(`${element.dataset.widget}:`))
  ?? (addressParts().length > 1 ? document.getElementById(first) : null);
target?.scrollIntoView();
