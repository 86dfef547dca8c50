// A batch normalization and the dense layer beside it, every number to drag, and the one layer that both fold into.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { choice, clamp, draggable, fill, html, number, rich, show, svg, viewOf } from "./kit.js";

const ORDERS = { dense: "Dense, normalization", normalization: "normalization, Dense", relu: "Dense, ReLU, normalization" };
const EPSILON = 1e-3, LIMIT = 5, LARGEST_VARIANCE = 9;
const WORDS = { x: "input", kernel: "weight", bias: "bias", mean: "moving mean", variance: "moving variance", gamma: "gamma", beta: "beta" };
const TOP = 52, PITCH = 34;
// What stands in a row on the left: the trait to drag, its two numbers in it, and its letter; on the right: what is folded.
const ROWS = [["x", 0, "x"], ["kernel", 0, "W", "kernel", 0, "W\u2032"], ["kernel", 2, "", "kernel", 2, ""], ["bias", 0, "b", "bias", 0, "b\u2032"],
  ["mean", 0, "\u03bc"], ["variance", 0, "v"], ["gamma", 0, "\u03b3", "s", 0, "s"], ["beta", 0, "\u03b2", "t", 0, "t"],
  ["inner", 0, ""], ["y", 0, "out", "outcome", 0, "out"]];
const HEIGHT = TOP + PITCH * ROWS.length;

const INDEX = ["\u2081", "\u2082"];
const short = (v) => number(v, Math.abs(v) >= 100 ? 1 : 3);
const relu = (v) => Math.max(v, 0);
const dense = ([x0, x1], w, b) => [0, 1].map((j) => x0 * w[j] + x1 * w[2 + j] + b[j]);       // x W + b

function settle(state) {
  const { order, x, kernel: w, bias: b } = state, both = (f) => [0, 1].map(f);
  const s = both((j) => state.gamma[j] / Math.sqrt(state.variance[j] + EPSILON));
  const t = both((j) => state.beta[j] - s[j] * state.mean[j]);
  const normalize = (v) => both((j) => s[j] * v[j] + t[j]);
  let n;
  if (order === "normalization") {
    const inner = normalize(x), kernel = w.map((v, i) => s[i < 2 ? 0 : 1] * v);              // W' = diag(s) W
    const bias = both((j) => b[j] + t[0] * w[j] + t[1] * w[2 + j]);                          // b' = b + t W
    n = { inner, y: dense(inner, w, b), kernel, bias, outcome: dense(x, kernel, bias) };
  } else {
    const phi = order === "relu" ? relu : (v) => v, inner = dense(x, w, b).map(phi);
    const kernel = w.map((v, i) => v * s[i % 2]), bias = both((j) => b[j] * s[j] + t[j]);    // W' = W diag(s), b' = b s + t
    n = { inner, y: normalize(inner), kernel, bias, outcome: dense(x, kernel, bias).map(phi) };
  }
  return { state, n: { ...n, s, t, difference: Math.max(...both((j) => Math.abs(n.y[j] - n.outcome[j]))) } };
}

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  let now = settle(view.read()), width = 0;

  const chips = ROWS.slice(0, 8).flatMap(([trait, from], row) => [0, 1].map((j) => {
    const index = from + j, positive = trait === "variance";
    const text = svg("text", { y: 4.5, class: "forward" });
    const element = svg("g", { class: "chip", "data-key": `${trait}${index}` }, svg("rect", { y: -13, height: 26, rx: 13 }), text);
    const place = trait === "kernel" ? ` from input ${from / 2 + 1} to unit ${j + 1}` : ` ${j + 1}`;
    const speak = draggable(element, { label: WORDS[trait] + place, min: positive ? 0 : -LIMIT, max: positive ? LARGEST_VARIANCE : LIMIT,
      step: () => 0.05, leap: () => 1, finest: () => (positive ? 0.001 : 0.01), grain: () => 0.02, value: () => model.get(trait)[index],
      change: (v) => view.write({ [trait]: model.get(trait).map((old, i) => (i === index ? v : old)) }),
      grab: (gesture) => { if (gesture) view.mark(gesture); },
      text: (v) => `${number(v, 3)}; outputs ${now.n.y.map(short).join(", ")}, folded ${now.n.outcome.map(short).join(", ")}` });
    return { trait, index, row, j, element, text, speak };
  }));
  const cells = ROWS.flatMap(([left, from, , right, start], row) => [...(row > 7 ? [[left, from, "left"]] : []), ...(right ? [[right, start, "right"]] : [])]
    .flatMap(([name, first, side]) => [0, 1].map((j) => ({ name, index: first + j, row, j, side, text: svg("text", { class: side === "left" ? "forward" : "backward" }) }))));

  const column = (side, j) => { const gap = (width - 8) / 10; return (side === "left" ? 1.85 : 6.8) * gap + j * 2 * gap; };
  const labelAt = (side) => column(side, 0) - (width - 8) / 10 - 12;
  const height = (row) => TOP + PITCH * row;
  const between = svg("text", { class: "quiet", y: height(8) + 4.5 });

  function scenery() {
    const words = (x, y, kind, text) => svg("text", { x, y, class: kind }, text);
    return [words((column("left", 0) + column("left", 1)) / 2, 18, "forward", "two layers"), words((column("right", 0) + column("right", 1)) / 2, 18, "backward", "folded"),
      svg("line", { class: "grid", x1: 4, x2: width - 4, y1: height(8) - 19, y2: height(8) - 19 }),
      ...ROWS.flatMap(([, , left, right, , name], row) => [...(row === 8 ? [] : [words(labelAt("left") + 4, height(row) + 4.5, "quiet", left)]),
        ...(right ? [words(labelAt("right"), height(row) + 4.5, "quiet", name)] : [])])];
  }

  function draw() {
    const { state, n } = now;
    for (const { trait, index, row, j, element, text, speak } of chips) {
      fill(element, { transform: `translate(${column("left", j)} ${height(row)})` });
      show(text, `${trait}.${index}`, state[trait][index], number(state[trait][index], trait === "variance" ? 3 : 2));
      speak();
    }
    for (const { name, index, row, j, side, text } of cells) {
      const key = `${side === "right" && ["kernel", "bias"].includes(name) ? "folded." : ""}${name}.${index}`;
      show(fill(text, { x: column(side, j), y: height(row) + 4.5 }), key, n[name][index], short(n[name][index]));
    }
    fill(between, { x: labelAt("left") + 4 }).textContent = { dense: "z", normalization: "x\u0302", relu: "a" }[state.order];
  }

  function explain() {
    const { state, n } = now, { order, column: j } = state, k = INDEX[j], sign = (v) => (v < 0 ? `(${short(v)})` : short(v));
    const line = (name, v, formula, numbers) => html("li", {}, html("span", {}, ...rich(formula)), " ", html("span", {}, ...rich(`= ${numbers}`)), " ",
      html("b", { "data-number": name, "data-value": v }, `= ${short(v)}`));
    const scaled = (i) => line(`line.s${i}`, n.s[i], `s${INDEX[i]} = \u03b3${INDEX[i]} / \u221a(v${INDEX[i]} + \u03b5)`, `${short(state.gamma[i])} / \u221a${short(state.variance[i] + EPSILON)}`);
    const shifted = (i) => line(`line.t${i}`, n.t[i], `t${INDEX[i]} = \u03b2${INDEX[i]} \u2212 s${INDEX[i]} \u03bc${INDEX[i]}`, `${short(state.beta[i])} \u2212 ${short(n.s[i])} \u00b7 ${sign(state.mean[i])}`);
    const weight = (i) => { const at = 2 * i + j, by = order === "normalization" ? i : j;
      return line(`line.w${i}`, n.kernel[at], `W\u2032${INDEX[i]}${k} = s${INDEX[by]} W${INDEX[i]}${k}`, `${short(n.s[by])} \u00b7 ${sign(state.kernel[at])}`); };
    const steps = order === "normalization"
      ? [scaled(0), scaled(1), shifted(0), shifted(1), weight(0), weight(1), line("line.b", n.bias[j], `b\u2032${k} = b${k} + t\u2081 W\u2081${k} + t\u2082 W\u2082${k}`,
        `${short(state.bias[j])} + ${short(n.t[0])} \u00b7 ${sign(state.kernel[j])} + ${sign(n.t[1])} \u00b7 ${sign(state.kernel[2 + j])}`)]
      : [scaled(j), shifted(j), weight(0), weight(1), line("line.b", n.bias[j], `b\u2032${k} = s${k} b${k} + t${k}`, `${short(n.s[j])} \u00b7 ${sign(state.bias[j])} + ${sign(n.t[j])}`)];
    const equal = n.difference < 1e-9;
    panel.replaceChildren(html("p", {}, `Unit ${j + 1}, step by step (\u03b5 = 0.001):`), html("ol", {}, ...steps,
      line("line.out", n.outcome[j], `out${k} = ${order === "relu" ? "ReLU(" : ""}x\u2081 W\u2032\u2081${k} + x\u2082 W\u2032\u2082${k} + b\u2032${k}${order === "relu" ? ")" : ""}`,
        `${order === "relu" ? "ReLU(" : ""}${short(state.x[0])} \u00b7 ${sign(n.kernel[j])} + ${sign(state.x[1])} \u00b7 ${sign(n.kernel[2 + j])} + ${sign(n.bias[j])}${order === "relu" ? ")" : ""}`)),
    html("p", {}, equal ? "The outputs of both ways are equal; largest difference " : "The outputs differ: shift and scale do not pass through a ReLU. Largest difference ",
      html("b", { class: equal ? "forward" : "", "data-number": "difference", "data-value": n.difference }, equal ? "0" : short(n.difference)), "."));
  }

  function refresh() {
    now = settle(view.read());
    if (!width) return;
    draw();
    explain();
    for (const group of groups) group.refresh(now.state);
    for (const task of tasks) task.update(now.state);
    const told = (values) => values.map(short).join(" and ");
    outer.say(`Outputs ${told(now.n.y)}; folded ${told(now.n.outcome)}.`);
  }

  const groups = [choice(view, "order", Object.entries(ORDERS).map(([order, words]) => [words, { order }])),
    choice(view, "steps of unit", [["1", { column: 0 }], ["2", { column: 1 }]])];
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const tasks = [
    question(view, {
      text: "Predict: the moving variance of unit 1 falls from 4 to 1. What becomes of the folded weights of this unit, its column of W\u2032?",
      options: ["They stay: the variance only moves the bias.", "They are halved.", "They double."],
      right: 2, prepare: {}, ask: asking("variance0"), task: "Now drag the first v down to 0.999.",
      done: ({ order, variance: [v] }) => order === "dense" && v <= 1 + 1e-9,
      because: "The column is multiplied by s = \u03b3/\u221a(v + \u03b5). A variance of a quarter is half a deviation, so s is twice as large. "
        + "The other column does not change: each unit has its own s.",
    }),
    question(view, {
      text: "Predict: a ReLU stands between Dense and normalization, and both are folded into the Dense all the same. For this input the outputs are equal. "
        + "Are they for x\u2081 = 4, too?",
      options: ["Yes: the folded numbers do not depend on the input.", "No: somewhere on the way the ReLU cuts off something that it did not cut before.",
        "No: with a ReLU the outputs are equal only for x = 0."],
      right: 1, prepare: { order: "relu", column: 1 }, ask: asking("x0"), task: "Now drag x\u2081 up to 4.",
      done: ({ order, x: [x1] }) => order === "relu" && x1 >= 4 - 1e-9,
      because: "While nothing is negative, the ReLU does nothing, and everything is as without it. Here z of unit 2 falls below 0. "
        + "s and t belong behind the ReLU; what comes behind it folds into the next Dense.",
    }),
    goal(view, {
      text: "With Dense before the normalization: choose \u03b3 and \u03b2 so that the normalization undoes itself and the folded layer is the Dense as it was.",
      checks() {
        const { state, n } = now, here = state.order === "dense" && state.variance.every((v) => v > 0.1);
        const near = (one, other) => one.every((v, i) => Math.abs(v - other[i]) <= 0.01);
        return [{ text: "Dense, then normalization; both v above 0.1", met: here }, { text: "W\u2032 = W, within 0.01", met: here && near(n.kernel, state.kernel) && near(n.s, [1, 1]) },
          { text: "b\u2032 = b, within 0.01", met: here && near(n.bias, state.bias) }];
      },
      praise: "\u03b3 = \u221a(v + \u03b5) and \u03b2 = \u03bc: the network can learn to do without the normalization, where that is better.",
    }),
  ];

  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", height: HEIGHT, "aria-label": "The numbers of both layers, and those of the folded one" }, backdrop, between,
    ...cells.map(({ text }) => text), ...chips.map(({ element }) => element));
  figure.append(picture);
  const outer = frame(el, view, {
    name: "Folding a batch normalization", choices: groups.map(({ element }) => element), figure, panel, tasks, refresh, widest: 560,
    resize(available) {
      width = available;
      fill(picture, { viewBox: `0 0 ${width} ${HEIGHT}`, width });
      const half = clamp(((width - 8) / 10) - 1, 24, 40);
      for (const { element } of chips) fill(element.firstChild, { x: -half, width: 2 * half });
      backdrop.replaceChildren(...scenery());
    },
  });
  return outer.stop;
}

// What a link to a view may hold.
const within = (values) => values.every((v) => Math.abs(v) <= LIMIT);
const accepts = {
  order: (order) => Object.hasOwn(ORDERS, order),
  x: within, kernel: within, bias: within, mean: within, gamma: within, beta: within,
  variance: (values) => values.every((v) => v >= 0 && v <= LARGEST_VARIANCE),
  column: (column) => column === 0 || column === 1,
};

export default { render, accepts };
