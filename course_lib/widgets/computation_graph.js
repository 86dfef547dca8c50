// The 2-3-1 network of chapter 2: drag any input, weight or bias and see every number of both passes.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { button, clamp, draggable, html, number, show, svg, viewOf } from "./kit.js";

const HIDDEN = [0, 1, 2];
const LARGEST = 100;                                            // of a number that a step or a link brings
const DIGITS = "\u2080\u2081\u2082\u2083";
const sigmoid = (z) => 1 / (1 + Math.exp(-z));

// All numbers of one forward and one backward pass. theta: W1 row by row, b1, W2, b2.
function passes({ x, y, theta }) {
  const z1 = HIDDEN.map((j) => x[0] * theta[j] + x[1] * theta[3 + j] + theta[6 + j]);
  const a1 = z1.map(sigmoid);
  const z2 = a1.reduce((sum, a, j) => sum + a * theta[9 + j], theta[12]);
  const a2 = sigmoid(z2);
  const loss = Math.log1p(Math.exp(-Math.abs(z2))) + Math.max(z2, 0) - y * z2;
  const delta2 = a2 - y;
  const delta1 = HIDDEN.map((j) => delta2 * theta[9 + j] * a1[j] * (1 - a1[j]));
  const dtheta = [...x.flatMap((xi) => delta1.map((d) => xi * d)), ...delta1, ...a1.map((a) => a * delta2), delta2];
  const dx = [0, 1].map((i) => HIDDEN.reduce((sum, j) => sum + theta[3 * i + j] * delta1[j], 0));
  return { z1, a1, z2, a2, loss, delta2, delta1, dtheta, dx };
}

// Everything that can be dragged: its key, where it lives in the state, its name in words.
const WORDS = [...[1, 2].flatMap((i) => HIDDEN.map((j) => `weight from input ${i} to hidden unit ${j + 1}`)),
  ...HIDDEN.map((j) => `bias of hidden unit ${j + 1}`),
  ...HIDDEN.map((j) => `weight from hidden unit ${j + 1} to the output`), "bias of the output"];
const PLACES = [...[0, 1].map((i) => ({ key: `x${i}`, list: "x", index: i, words: `input ${i + 1}`, limit: 5 })),
  ...WORDS.map((words, index) => ({ key: `t${index}`, list: "theta", index, words,
    limit: words.startsWith("bias") ? 8 : 4 }))];

// The connections on the way from a number to the loss; "i-j" is one into the hidden layer, "j" one out of it.
function wayToLoss(key) {
  const index = Number(key.slice(1));
  if (key[0] === "x") return [...HIDDEN.map((j) => `${index}-${j}`), "0", "1", "2", "J"];
  if (index < 6) return [`${Math.floor(index / 3)}-${index % 3}`, `${index % 3}`, "J"];
  if (index < 9) return [`${index - 6}`, "J"];
  return index < 12 ? [`${index - 9}`, "J"] : ["J"];
}

const name = (letter, layer, subscript = "") => `<i>${letter}</i><sup>(${layer})</sup><sub>${subscript}</sub>`;
const value = (v) => number(v, 4);
const factor = (v) => (v < 0 ? `(${value(v)})` : value(v));
const rate = (what) => `\u2202<i>J</i>/\u2202${what}`;

// The chain rule in lines [what, formula, numbers, result], from the selected number up to the loss.
function chain({ x, y, theta, selected }, n) {
  const index = Number(selected.slice(1));
  const output = [name("\u03b4", 2), `${name("a", 2)} \u2212 <i>y</i>`, `${value(n.a2)} \u2212 ${y}`, n.delta2];
  const hidden = (j) => [name("\u03b4", 1, j + 1),
    `${name("\u03b4", 2)} \u00b7 ${name("w", 2, j + 1)} \u00b7 ${name("a", 1, j + 1)}(1 \u2212 ${name("a", 1, j + 1)})`,
    `${factor(n.delta2)} \u00b7 ${factor(theta[9 + j])} \u00b7 ${value(n.a1[j] * (1 - n.a1[j]))}`, n.delta1[j]];
  if (selected[0] === "x") {
    return [[rate(`<i>x</i><sub>${index + 1}</sub>`),
      HIDDEN.map((j) => `${name("w", 1, `${index + 1}${j + 1}`)} ${name("\u03b4", 1, j + 1)}`).join(" + "),
      HIDDEN.map((j) => `${factor(theta[3 * index + j])} \u00b7 ${factor(n.delta1[j])}`).join(" + "), n.dx[index]],
    ...HIDDEN.map(hidden), output];
  }
  if (index < 6) {
    const i = Math.floor(index / 3), j = index % 3;
    return [[rate(name("w", 1, `${i + 1}${j + 1}`)), `<i>x</i><sub>${i + 1}</sub> \u00b7 ${name("\u03b4", 1, j + 1)}`,
      `${factor(x[i])} \u00b7 ${factor(n.delta1[j])}`, n.dtheta[index]], hidden(j), output];
  }
  if (index < 9) {
    return [[rate(name("b", 1, index - 5)), `1 \u00b7 ${name("\u03b4", 1, index - 5)}`,
      `1 \u00b7 ${factor(n.delta1[index - 6])}`, n.dtheta[index]], hidden(index - 6), output];
  }
  if (index < 12) {
    return [[rate(name("w", 2, index - 8)), `${name("a", 1, index - 8)} \u00b7 ${name("\u03b4", 2)}`,
      `${value(n.a1[index - 9])} \u00b7 ${factor(n.delta2)}`, n.dtheta[index]], output];
  }
  return [[rate(name("b", 2)), `1 \u00b7 ${name("\u03b4", 2)}`, `1 \u00b7 ${factor(n.delta2)}`, n.dtheta[12]], output];
}

function pathsInWords(key) {
  const index = Number(key.slice(1));
  if (key[0] === "x") return "Three paths lead from this input to the loss, one through each hidden unit. Their products are added.";
  if (index < 9) return `One path leads to the loss, through hidden unit ${index % 3 + 1} and the output. Its links are multiplied.`;
  return "One path leads to the loss, through the output. Its links are multiplied.";
}

// Places and sizes for a width; one unit is one pixel, so that text keeps its size on a phone.
function layout(width) {
  const W = clamp(width, 260, 680), k = W >= 560 ? 1.16 : 1, narrow = W < 330;
  const left = 28 * k, right = W - 33 * k, middle = left + (right - left) * 0.59, rise = 138 * k;
  const rows = [84 * k, 84 * k + rise, 84 * k + 2 * rise];
  const input = [rows[1] - rise / 2, rows[1] + rise / 2].map((y) => [left, y]);
  const hidden = rows.map((y) => [middle, y]);
  return { W, k, H: rows[2] + 68 * k, r: 25 * k, input, hidden, output: [right, rows[1]], loss: [right, rows[2]],
    chips: narrow ? { weight: 44, bias: 52, at: 0.64 } : { weight: 50 * k, bias: 62 * k, at: 0.66 } };
}

function arrow(from, to, r, key) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const [ux, uy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const [x, y] = [to[0] - ux * (r + 2), to[1] - uy * (r + 2)];
  const corner = (side) => `${x - 8 * ux - side * 4 * uy},${y - 8 * uy + side * 4 * ux}`;
  return svg("g", { class: "edge", "data-edge": key },
    svg("line", { x1: from[0], y1: from[1], x2: x - 6 * ux, y2: y - 6 * uy }),
    svg("polygon", { points: `${x},${y} ${corner(1)} ${corner(-1)}` }));
}

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  const now = { state: view.read(), numbers: passes(view.read()) };
  let parts = { numbers: [], handles: [], edges: [] };

  const set = ({ list, index }, v) => view.write({ [list]: now.state[list].map((old, i) => (i === index ? v : old)) });
  const current = ({ list, index }) => model.get(list)[index];

  function handle(element, place) {
    const derivative = () => (place.list === "x" ? now.numbers.dx : now.numbers.dtheta)[place.index];
    const refresh = draggable(element, {
      label: place.words, min: -place.limit, max: place.limit, step: () => 0.05, leap: () => 0.5, grain: () => 0.02,
      value: () => current(place), change: (v) => set(place, v),
      text: (v) => `${number(v, 2)}, derivative ${number(derivative(), 3)}`,
      grab(gesture) {
        if (gesture) view.mark(gesture);
        if (model.get("selected") !== place.key) view.write({ selected: place.key });
      },
    });
    element.dataset.key = place.key;
    parts.handles.push({ element, place, refresh });
    return element;
  }

  function line(x, y, kind, of) {
    const element = svg("text", { x, y, class: kind });
    parts.numbers.push(() => show(element, ...of()));
    return element;
  }

  // A number that a handle or a unit says with a name.
  function unspoken(element) {
    element.setAttribute("aria-hidden", "true");
    return element;
  }

  function chip([x, y], place, k, w, letter = "") {
    const h = (letter ? 26 : 37) * k;
    const written = () => [`${place.list}.${place.index}`, current(place), letter + number(current(place), 2)];
    return handle(svg("g", { class: "chip" }, svg("rect", { x: x - w / 2, y: y - h / 2, width: w, height: h, rx: 6 * k }),
      line(x, y + (letter ? 4.5 : -3) * k, "forward", written),
      ...(letter ? [] : [line(x, y + 12 * k, "backward small",
        () => [`dtheta.${place.index}`, now.numbers.dtheta[place.index], number(now.numbers.dtheta[place.index], 3)])])),
    place);
  }

  function unit([x, y], r, k, above, below, words) {
    const element = svg("g", { class: "unit", role: "img" }, svg("circle", { cx: x, cy: y, r }),
      line(x, y - 6 * k, "quiet small", above), line(x, y + 11 * k, "forward", below));
    parts.numbers.push(() => element.setAttribute("aria-label", words()));
    return element;
  }

  function draw(width) {
    const { W, k, H, r, input, hidden, output, loss, chips } = layout(width);
    const focused = figure.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const place = (key) => PLACES.find((p) => p.key === key);
    parts = { numbers: [], handles: [], edges: [] };
    // In the order in which the keyboard goes through them, and the numbers come about.
    const edges = [], inputs = [], weights = [], units = [], outer = [], last = [];
    const between = (a, b, t) => [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
    input.forEach((from, i) => hidden.forEach((to, j) => {
      edges.push(arrow(from, to, r, `${i}-${j}`));
      weights.push(chip(between(from, to, chips.at), place(`t${3 * i + j}`), k, chips.weight));
    }));
    hidden.forEach((from, j) => {
      edges.push(arrow(from, output, r, `${j}`));
      outer.push(chip(between(from, output, 0.5), place(`t${9 + j}`), k, chips.weight));
    });
    edges.push(arrow([output[0], output[1] + r + 24 * k], loss, r, "J"));
    input.forEach(([x, y], i) => {
      const at = place(`x${i}`), letter = `x${DIGITS[i + 1]}`;
      inputs.push(handle(svg("g", { class: "chip" }, svg("circle", { cx: x, cy: y, r }),
        line(x, y - 6 * k, "quiet small", () => ["", "", letter]),
        line(x, y + 11 * k, "forward", () => [`x.${i}`, current(at), number(current(at), 2)])), at),
      unspoken(line(x, y + r + 15 * k, "backward small",
        () => [`dx.${i}`, now.numbers.dx[i], number(now.numbers.dx[i], 3)])));
    });
    [...hidden, output].forEach((at, j) => {
      const isOutput = j === 3, id = isOutput ? "2.0" : `1.${j}`;
      const get = (key) => (isOutput ? now.numbers[`${key}2`] : now.numbers[`${key}1`][j]);
      const words = () => `${isOutput ? "output" : `hidden unit ${j + 1}`}: weighted sum ${number(get("z"), 2)}, `
        + `activation ${number(get("a"), 3)}, error term ${number(get("delta"), 3)}`;
      (isOutput ? last : units).push(unit(at, r, k, () => [`z${id}`, get("z"), `z ${number(get("z"), 2)}`],
        () => [`a${id}`, get("a"), number(get("a"), 3)], words),
      unspoken(line(at[0], at[1] + r + 17 * k, "backward",
        () => [`delta${id}`, get("delta"), `\u03b4 ${number(get("delta"), 3)}`])),
      chip([at[0], at[1] - r - 21 * k], place(`t${isOutput ? 12 : 6 + j}`), k, chips.bias, "b "));
    });
    last.push(unit(loss, r, k, () => ["", "", "loss J"], () => ["loss", now.numbers.loss, number(now.numbers.loss, 3)],
      () => `loss ${number(now.numbers.loss, 3)}`),
      label(loss, r, k));
    parts.edges = edges;
    const captions = [[input[0][0], "inputs"], [hidden[0][0], "hidden"], [output[0], "output"]].map(([x, words]) =>
      svg("text", { x, y: 13, class: "quiet small" }, words));
    figure.replaceChildren(svg("svg", { viewBox: `0 0 ${W} ${H}`, width: W, height: H, role: "group",
      "aria-label": "The network: drag a number, or focus it and use the arrow keys",
      style: `--size: ${k}` }, ...edges, ...captions, ...inputs, ...weights, ...units, ...outer, ...last));
    if (focused) figure.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
  }

  function label([x, y], r, k) {
    const element = svg("g", { class: "chip", role: "switch", tabindex: "0", "aria-label": "label y", "data-key": "y" },
      svg("rect", { x: x - 31 * k, y: y + r + 9 * k, width: 62 * k, height: 26 * k, rx: 13 * k }),
      line(x, y + r + 26.5 * k, "forward", () => ["y", model.get("y"), `label ${model.get("y")}`]));
    const turn = () => { view.mark(); view.write({ y: 1 - model.get("y") }); };
    element.addEventListener("click", turn);
    element.addEventListener("keydown", (event) => {
      if (event.key === " " || event.key === "Enter") { event.preventDefault(); turn(); }
    });
    parts.numbers.push(() => element.setAttribute("aria-checked", model.get("y") === 1));
    return element;
  }

  function explain() {
    const place = PLACES.find(({ key }) => key === now.state.selected);
    const lines = chain(now.state, now.numbers).map(([what, formula, numbers, result], i) =>
      `<li><span>${what} = ${formula}</span> <span>= ${numbers}</span> <b data-number="chain.${i}" data-value="${result}">= ${value(result)}</b></li>`);
    const atEnd = now.state.theta.some((t) => Math.abs(t) === LARGEST)
      ? ` A parameter stands at \u2212${LARGEST} or ${LARGEST}, where this figure ends: smaller steps stay inside.` : "";
    panel.innerHTML = `<p><b>Selected: ${place.words}.</b> ${pathsInWords(place.key)}${atEnd}</p><ol>${lines.join("")}</ol>`;
  }

  function refresh() {
    now.state = view.read();
    now.numbers = passes(now.state);
    for (const write of parts.numbers) write();
    for (const { element, place, refresh: speak } of parts.handles) {
      speak();
      element.classList.toggle("selected", place.key === now.state.selected);
    }
    const way = wayToLoss(now.state.selected);
    for (const edge of parts.edges) edge.classList.toggle("onway", way.includes(edge.dataset.edge));
    explain();
    eta.refresh();
    for (const task of tasks) task.update(now.state);
    outer.say(`Output ${number(now.numbers.a2, 3)}, loss ${number(now.numbers.loss, 3)}.`);
  }

  function rateHandle() {
    const element = html("span", { class: "inline-handle", "data-key": "learning_rate" });
    const refresh = draggable(element, {
      label: "learning rate", min: 0, max: 10, step: () => 0.05, leap: () => 0.5, grain: () => 0.02,
      value: () => model.get("learning_rate"), change: (v) => view.write({ learning_rate: v }),
      text: (v) => number(v, 2), grab: (gesture) => gesture && view.mark(gesture),
    });
    return { element, refresh() {
      refresh();
      show(element, "learning_rate", model.get("learning_rate"), `\u03b7 = ${number(model.get("learning_rate"), 2)}`);
    } };
  }

  function step() {
    const rate = model.get("learning_rate");
    view.mark();
    view.write({ theta: now.state.theta.map((t, i) => clamp(t - rate * now.numbers.dtheta[i], -LARGEST, LARGEST)) });
  }

  const asking = (...keys) => (on) => {
    for (const key of keys) figure.querySelector(`[data-key="${key}"]`)?.classList.toggle("asked", on);
  };
  const same = (a, b) => Math.abs(a - b) < 1e-9;
  const tasks = [
    question(view, {
      text: "Predict: input 1 is dragged to 0. Which derivatives become 0?",
      options: ["Those of the three weights that start at input 1, and no others.",
        "The error terms of all hidden units, and so everything to their left.",
        "None: a derivative does not depend on the input."],
      right: 0, prepare: { selected: "t1" }, ask: asking("x0"),
      task: "Now drag input 1 to 0 (or focus it and use the arrow keys).",
      done: ({ x }) => same(x[0], 0),
      because: "A weight's derivative is the value that enters it times the error term of the unit it feeds. "
        + "The value is 0, so these three weights learn nothing from this example; the error terms are still there.",
    }),
    question(view, {
      text: "Predict: the weight from hidden unit 2 to the output goes from \u22121 up to +1. What happens to that unit\u2019s error term, now 0.123?",
      options: ["It stays positive: the unit\u2019s own inputs have not changed.",
        "It shrinks, is 0 where the weight is 0, and turns negative.",
        "It grows, because the weight grows."],
      right: 1, prepare: { selected: "t1" }, ask: asking("t10"),
      task: "Now drag that weight to +1 and watch \u03b4 below hidden unit 2.",
      done: ({ theta }) => theta[10] >= 1 - 1e-9,
      because: "The error of the output comes back through this very weight: \u03b4 of the unit is \u03b4 of the output "
        + "times the weight times the slope. A weight of 0 lets nothing through, in either direction.",
    }),
    goal(view, {
      text: "Hidden unit 2 stops learning although the network is still wrong: bring its error term below 0.005 in size, "
        + "keep the loss above 0.5, and leave its weight to the output at \u22121.",
      checks: () => [
        { text: `error term ${number(now.numbers.delta1[1], 4)} below 0.005 in size`, met: Math.abs(now.numbers.delta1[1]) < 0.005 },
        { text: `loss ${number(now.numbers.loss, 3)} above 0.5`, met: now.numbers.loss > 0.5 },
        { text: `weight to the output ${number(now.state.theta[10], 2)} left at \u22121`, met: same(now.state.theta[10], -1) },
      ],
      praise: "The unit is saturated: its output is so close to 0 or 1 that its slope a(1 \u2212 a) is almost 0, and the "
        + "error cannot get back through it. Chapters 4 and 5 are about keeping units out of this state.",
    }),
  ];
  const eta = rateHandle();
  const outer = frame(el, view, {
    name: "Computation graph of the 2-3-1 network", figure, panel,
    controls: [button("Take one step", step), eta.element], tasks, refresh, resize: draw,
  });
  return outer.stop;
}

const moderate = (v) => Math.abs(v) <= LARGEST;

// What a link to a view may hold.
const accepts = {
  x: (x) => x.every(moderate),
  y: (y) => y === 0 || y === 1,
  theta: (theta) => theta.every(moderate),
  learning_rate: (rate) => rate >= 0 && moderate(rate),
  selected: (key) => PLACES.some((place) => place.key === key),
};

export default { render, accepts };
