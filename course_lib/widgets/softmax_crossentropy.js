// Three logits to drag: their softmax, the cross-entropy of the true class, and where a step moves each logit.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { button, clamp, draggable, fill, html, number, pressable, show, svg, viewOf } from "./kit.js";

const CLASSES = [0, 1, 2];
const DIGITS = ["\u2081", "\u2082", "\u2083"];
const EXAMPLE = { z: [1.9459, 0.6931, 0], y: 1 };              // the probabilities 0.7, 0.2, 0.1 of the chapter
const LIMIT = 6;
const LEARNING_RATE = 2;
const UNIT = 20;                                                // pixels per unit of a logit, and of the loss
const TOP = 40, MIDDLE = TOP + LIMIT * UNIT, BOTTOM = MIDDLE + LIMIT * UNIT;
const ONE = BOTTOM + 46, ZERO = ONE + 90;                       // the probabilities 1 and 0
const CAPTION = BOTTOM + 24;
const ROWS = [ZERO + 25, ZERO + 51, ZERO + 79];
const HEIGHT = ROWS[2] + 12;

function passes({ z, y }) {
  const largest = Math.max(...z);
  const e = z.map((v) => Math.exp(v - largest));
  const sum = e.reduce((total, v) => total + v);
  const a = e.map((v) => v / sum);
  return { a, S: sum * Math.exp(largest), loss: Math.log(sum) + largest - z[y],
    delta: a.map((p, j) => p - (j === y ? 1 : 0)) };
}

const stepped = (z, delta) => clamp(z - LEARNING_RATE * delta, -LIMIT, LIMIT);
const mean = (z) => z.reduce((total, v) => total + v) / z.length;
const digits = (v) => number(v, clamp(2 - Math.floor(Math.log10(v)), 3, 9));   // three that count, or three decimals
const height = (v) => MIDDLE - UNIT * v;

// The outline of an arrow upwards or downwards; its head is never longer than itself.
function arrow(x, start, end) {
  const head = clamp(end - start, -8, 8), wide = 0.6 * Math.abs(head), neck = end - head;
  return [[-1.5, start], [-1.5, neck], [-wide, neck], [0, end], [wide, neck], [1.5, neck], [1.5, start]]
    .map(([dx, y]) => `${x + dx},${y}`).join(" ");
}

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  const found = new Set();
  let now = { state: view.read(), numbers: passes(view.read()) };
  let places = [];                                              // where "all", the three classes and the loss stand

  function chip(key, rx, words = "") {
    const text = svg("text", { y: 4.5, class: "forward" }, words);
    const element = svg("g", { class: "chip", "data-key": key }, svg("rect", { y: -13, height: 26, rx }), text);
    return { element, text };
  }

  const slides = (element, options) => draggable(element, { min: -LIMIT, max: LIMIT, step: () => 0.05, leap: () => 1,
    grain: () => 1 / UNIT, upright: true, grab: (gesture) => gesture && view.mark(gesture), ...options });

  // What belongs to a class: its logit and its label, to move; the rest, to look at.
  const parts = CLASSES.map((j) => {
    const logit = chip(`z${j}`, 13), label = chip(`y${j}`, 6);
    const speak = slides(logit.element, {
      label: `logit of class ${j + 1}`, value: () => model.get("z")[j],
      change: (v) => view.write({ z: model.get("z").map((old, i) => (i === j ? v : old)) }),
      text: (v) => `${number(v, 2)}, probability ${number(now.numbers.a[j], 3)}, `
        + `delta ${number(now.numbers.delta[j], 3)}`,
    });
    pressable(label.element, `class ${j + 1} is the true one`, () => { view.mark(); view.write({ y: j }); });
    return { logit, label, speak, push: svg("polygon", { class: "push" }), gap: svg("polygon", { class: "push" }),
      bar: svg("rect", { class: "amount" }), target: svg("line", { class: "wanted" }),
      a: svg("text", { y: ROWS[0], class: "forward" }), delta: svg("text", { y: ROWS[2], class: "backward" }) };
  });
  const loss = { bar: svg("rect", { class: "amount", width: 28 }),
    text: svg("text", { y: CAPTION, class: "forward" }) };
  const all = chip("all", 13, "all");
  const speakAll = slides(all.element, {
    label: "all three logits, by their mean", finest: () => 0.01, value: () => mean(model.get("z")), change: shiftTo,
    text: (v) => `${number(v, 2)}, loss ${number(now.numbers.loss, 3)}`,
  });

  // By whole pixels, so that the logits stay short numbers.
  function shiftTo(wanted) {
    const z = model.get("z");
    const by = clamp(Math.round((wanted - mean(z)) * UNIT) / UNIT, -LIMIT - Math.min(...z), LIMIT - Math.max(...z));
    view.write({ z: z.map((v) => Number((v + by).toPrecision(12))) });
  }

  function scenery() {
    const [first, one, two, three, last] = places;
    const words = (x, y, text) => svg("text", { x, y, class: "quiet small" }, text);
    const level = (y, x1 = one - 34, x2 = three + 34) => svg("line", { class: "grid", x1, x2, y1: y, y2: y });
    return [level(MIDDLE), level(ONE), level(ZERO), level(BOTTOM, last - 24, last + 24),
      ...places.map((x) => svg("line", { class: "track", x1: x, x2: x, y1: TOP, y2: BOTTOM })),
      ...["logits z", "class 1", "class 2", "class 3", "loss"].map((text, i) => words(places[i], 14, text)),
      ...["a", "y", "\u03b4 = a \u2212 y"].map((text, i) => words(first, ROWS[i], text)),
      words(first, ONE + 4, "1"), words(first, ZERO + 4, "0"),
      words(two, CAPTION, `arrows: one step with \u03b7 = ${LEARNING_RATE}`)];
  }

  function drawClass(j, x, half) {
    const { state: { z, y }, numbers: { a, delta } } = now, part = parts[j];
    const level = ZERO - (ZERO - ONE) * a[j], target = j === y ? ONE : ZERO;
    const edge = height(z[j]) + (delta[j] < 0 ? -13 : 13);
    fill(part.logit.element, { transform: `translate(${x} ${height(z[j])})` });
    fill(part.push, { points: arrow(x, edge, edge + height(stepped(z[j], delta[j])) - height(z[j])) });
    fill(part.bar, { x: x - half, width: 2 * half, y: level, height: ZERO - level });
    fill(part.target, { x1: x - half - 6, x2: x + half + 6, y1: target, y2: target });
    fill(part.gap, { points: arrow(x, level, target) });
    fill(part.label.element, { transform: `translate(${x} ${ROWS[1] - 4.5})`, "aria-pressed": j === y });
    show(part.logit.text, `z.${j}`, z[j], number(z[j], 2));
    show(part.label.text, `y.${j}`, Number(j === y), String(Number(j === y)));
    show(fill(part.a, { x }), `a.${j}`, a[j], number(a[j], 3));
    show(fill(part.delta, { x }), `delta.${j}`, delta[j], number(delta[j], 3));
    part.speak();
  }

  function draw() {
    if (!places.length) return;
    const { state: { z }, numbers: n } = now;
    const half = clamp((places[1] - places[0]) / 4, 12, 26);
    for (const j of CLASSES) drawClass(j, places[j + 1], half);
    fill(all.element, { transform: `translate(${places[0]} ${height(mean(z))})` });
    speakAll();
    fill(loss.bar, { x: places[4] - 14, y: BOTTOM - UNIT * n.loss, height: UNIT * n.loss });
    show(fill(loss.text, { x: places[4] }), "loss", n.loss, number(n.loss, 3));
  }

  const leads = ({ z, y }) => CLASSES.every((j) => j === y || z[j] < z[y]);
  const trails = ({ z, y }) => CLASSES.some((j) => z[j] > z[y]);

  // The four equations, for the true class.
  function explain() {
    const { state, numbers: n } = now;
    const verdict = leads(state) ? "leads: the prediction is right."
      : trails(state) ? "does not lead: the prediction is wrong." : "shares the lead.";
    const e = state.z.map((v) => digits(Math.exp(v))), a = n.a[state.y];
    const the = (letter) => `<i>${letter}</i><sub>${state.y + 1}</sub>`;
    const power = (index) => `<i>e</i><sup><i>z</i>${DIGITS[index]}</sup>`;
    const line = (name, kind, formula, numbers, v, text) => `<li><span>${formula}</span> <span>= ${numbers}</span> `
      + `<b class="${kind}" data-number="${name}" data-value="${v}">= ${text}</b></li>`;
    panel.innerHTML = `<p>Class ${state.y + 1} is the true one. It ${verdict}</p><ol>${[
      line("sum", "forward", `<i>S</i> = ${CLASSES.map(power).join(" + ")}`, e.join(" + "), n.S, digits(n.S)),
      line("true-a", "forward", `${the("a")} = ${power(state.y)} / <i>S</i>`, `${e[state.y]} / ${digits(n.S)}`, a,
        digits(a)),
      line("minus-log", "forward", `\u2113 = \u2212log ${the("a")}`, `\u2212log ${digits(a)}`, n.loss,
        number(n.loss, 3)),
      line("true-delta", "backward", `${the("\u03b4")} = ${the("a")} \u2212 ${the("y")}`, `${digits(a)} \u2212 1`,
        n.delta[state.y], number(n.delta[state.y], 3))].join("")}</ol>`;
  }

  function refresh() {
    now = { state: view.read(), numbers: passes(view.read()) };
    if (leads(now.state) && now.numbers.loss > 1) found.add("right");
    if (trails(now.state) && now.numbers.loss < 0.75) found.add("wrong");
    draw();
    explain();
    for (const task of tasks) task.update(now.state);
    const { a, loss: ell } = now.numbers;
    outer.say(`Probabilities ${a.map((p) => number(p, 3)).join(", ")}; loss ${number(ell, 3)}.`);
  }

  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const near = (a, b) => Math.abs(a - b) < 1e-9;
  const tasks = [
    question(view, {
      text: "Predict: 3 is added to all three logits. What becomes of the probabilities?",
      options: ["The largest one comes closer to 1: where z is larger, e^z grows faster.",
        "They come closer to each other: beside larger numbers, the same distance counts less.",
        "Nothing: they stay exactly as they are."],
      right: 2, prepare: EXAMPLE, ask: asking("all"),
      task: "Now drag \u201call\u201d up until the logit of class 3 stands at 3.",
      done: ({ z }) => z[2] >= 3 - 1e-9 && CLASSES.every((j) => near(z[j] - z[2], EXAMPLE.z[j])),
      because: "Every e^z is multiplied by the same factor, about 20, and so is their sum S. It cancels. Only the "
        + "differences of the logits count, so the loss and the error terms stay, too.",
    }),
    question(view, {
      text: "Predict: class 2 is the true one, and the logit of class 1 goes from 1.95 up to 6. What becomes of the "
        + "loss and of \u03b4 of class 1?",
      options: ["Both level off: a probability cannot grow beyond 1.",
        "The loss grows by about as much as the logit; \u03b4 levels off at 1.",
        "Both grow faster and faster, as e^z does."],
      right: 1, prepare: EXAMPLE, ask: asking("z0"),
      task: "Now drag the logit of class 1 up to 6 and watch the bar of the loss.",
      done: ({ z, y }) => y === 1 && z[0] >= LIMIT - 1e-9,
      because: "\u03b4 is the slope of the loss: while it is nearly 1, each unit of the logit costs nearly one unit of "
        + "loss. However wrong the network is, it is pushed back with no more than 1, and, unlike with the squared "
        + "error, with hardly less.",
    }),
    goal(view, {
      text: "Make a prediction that is right and yet has a loss above 1. Then one that is wrong, with a loss below "
        + "0.75.",
      checks: () => [
        { text: "right, loss above 1", met: found.has("right") },
        { text: "wrong, loss below 0.75", met: found.has("wrong") },
      ],
      praise: "The prediction is right if the true class leads, by however little. The loss asks for its probability: "
        + "barely ahead of two others it has little more than 1/3, and barely behind a single one almost 1/2.",
    }),
  ];

  function step() {
    view.mark();
    view.write({ z: now.state.z.map((v, j) => stepped(v, now.numbers.delta[j])) });
  }

  const chips = [all, ...parts.map(({ logit }) => logit), ...parts.map(({ label }) => label)]
    .map(({ element }) => element);
  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", height: HEIGHT,
    "aria-label": "Logits, probabilities, loss and error terms of three classes" }, backdrop, loss.bar, loss.text,
  ...parts.flatMap(({ bar, target, gap, a, delta, push }) => [bar, target, gap, a, delta, push]), ...chips);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "Softmax with cross-entropy", figure, panel,
    controls: [button("Take one step", step)], tasks, refresh, widest: 500,
    resize(width) {
      const size = width > 450 ? 1.16 : 1;
      fill(picture, { viewBox: `0 0 ${width} ${HEIGHT}`, width, style: `--size: ${size}` });
      for (const chip of chips) fill(chip.firstChild, { x: -23 * size, width: 46 * size });
      places = [0, 1, 2, 3, 4].map((i) => 30 + (i * (width - 58)) / 4);
      backdrop.replaceChildren(...scenery());
    },
  });
  return outer.stop;
}

// What a link to a view may hold.
const accepts = {
  z: (z) => z.every((v) => Math.abs(v) <= LIMIT),
  y: (y) => CLASSES.includes(y),
};

export default { render, accepts };
