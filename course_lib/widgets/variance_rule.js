// One layer: its weights' distribution to drag, the sums forward and backward that come of it, and the two fans.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { button, draggable, fill, html, number, rich, show, svg, viewOf } from "./kit.js";
import { deviation, normals, unitWeights } from "./draws.js";

const ROWS = 32, FANS = [16, 256], STDDEVS = [0.01, 0.26];
const CUT = 2 / 0.87962566103423978;                            // where the truncated normal ends, in standard deviations
const DISTRIBUTIONS = {
  truncated_normal: { words: "truncated normal", reach: CUT, grip: (edge) => `cut at ${edge}`, rule: "cut at 2.27 \u03c3" },
  uniform: { words: "uniform", reach: Math.sqrt(3), grip: (edge) => `r = ${edge}`, rule: "edge r = \u221a3 \u03c3" },
  untruncated_normal: { words: "normal", reach: 2, grip: (edge) => `2\u03c3 = ${edge}`, rule: "95 % lie within 2 \u03c3" },
};
const WINDOW = 6, BIN = 0.25, BINS = (2 * WINDOW) / BIN;        // of the histograms
const AXIS = 0.62;                                              // of the weights: from minus this to this
const BASES = { weights: 104, forward: 276, backward: 438 }, HEIGHT = 460;
const MODES = { "1 / fan-in": (n) => n, "1 / average": (n, m) => (n + m) / 2, "1 / fan-out": (n, m) => m };

const given = { forward: normals(0, 0, ROWS * FANS[1]), backward: normals(0, 1000, ROWS * FANS[1]) };
const kernels = {};                                             // of each distribution the longest list of unit weights

// The sums with weights of standard deviation 1: forward (ROWS, fan_out), backward (ROWS, fan_in).
function unitSums({ fan_in: n, fan_out: m, distribution }) {
  const w = kernels[distribution] ??= unitWeights(distribution, 0, 1, FANS[1] ** 2);
  const forward = new Float64Array(ROWS * m), backward = new Float64Array(ROWS * n);
  for (let row = 0; row < ROWS; row += 1) {
    for (let i = 0; i < n; i += 1) {
      const a = given.forward[row * n + i];
      let total = 0;
      for (let j = 0; j < m; j += 1) {
        forward[row * m + j] += a * w[i * m + j];                          // Z = A W
        total += given.backward[row * m + j] * w[i * m + j];               // dJ/dA = dJ/dZ W^T
      }
      backward[row * n + i] = total;
    }
  }
  return { forward, backward };
}

// The density of the values times `stretch`, in bins; what lies outside the window is left out.
function densities(values, stretch) {
  const counts = new Array(BINS).fill(0);
  for (const v of values) {
    const bin = Math.floor((v * stretch + WINDOW) / BIN);
    if (bin >= 0 && bin < BINS) counts[bin] += 1;
  }
  return counts.map((count) => count / (values.length * BIN));
}

const bell = (t) => Math.exp((-t * t) / 2);
const heightOf = (density) => Math.min(110 * density, 96);

function outline(distribution, stddev) {
  if (distribution === "uniform") return [-1, 1].flatMap((s) => [[s, s < 0 ? 0 : 1], [s, s < 0 ? 1 : 0]]).map(([s, h]) => [s * Math.sqrt(3) * stddev, h]);
  const truncated = distribution === "truncated_normal", cut = truncated ? 2 : 3.5, unit = truncated ? (stddev * CUT) / 2 : stddev;
  const inside = Array.from({ length: 61 }, (_, i) => cut * (i / 30 - 1)).map((t) => [unit * t, bell(t)]);
  return [[-cut * unit, 0], ...inside, [cut * unit, 0]];
}

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  let sums = { key: "" }, now = settle(), width = 0;

  function settle() {
    const state = view.read(), key = `${state.fan_in} ${state.fan_out} ${state.distribution}`;
    if (sums.key !== key) {
      const found = unitSums(state);
      sums = { key, ...found, variances: { forward: deviation(found.forward) ** 2, backward: deviation(found.backward) ** 2 } };
    }
    const square = state.stddev ** 2;
    return { state, n: { "forward.rule": state.fan_in * square, "forward.drawn": square * sums.variances.forward,
      "backward.rule": state.fan_out * square, "backward.drawn": square * sums.variances.backward,
      reach: DISTRIBUTIONS[state.distribution].reach * state.stddev } };
  }

  const middle = () => width / 2;
  const ofWeight = () => (width / 2 - 8) / AXIS, ofSum = () => (width / 2 - 8) / WINDOW;       // pixels per unit

  const grip = { element: svg("g", { class: "grip", "data-key": "stddev" }, svg("line", { class: "rail", y1: -64, y2: 0 }),
    svg("circle", { class: "target", r: 18, cy: -32 }), svg("circle", { r: 9, cy: -32 })) };
  grip.speak = draggable(grip.element, {
    label: "width of the weights\u2019 distribution, by its standard deviation", min: STDDEVS[0], max: STDDEVS[1], step: () => 0.0025,
    leap: () => 0.025, finest: () => 0.0005, sideways: true, grain: () => 1 / (ofWeight() * DISTRIBUTIONS[now.state.distribution].reach),
    value: () => model.get("stddev"), change: (v) => view.write({ stddev: v }), grab: (gesture) => gesture && view.mark(gesture),
    text: (v) => `${number(v, 4)}, variance of z ${number(now.n["forward.rule"], 2)}, of the gradients ${number(now.n["backward.rule"], 2)}`,
  });

  function fan(name, words, kind) {
    const text = svg("text", { y: 4.5, class: kind }), box = svg("rect", { x: 0, y: -14, width: 112, height: 28, rx: 14 });
    const element = svg("g", { class: "chip", "data-key": name }, box, text);
    const speak = draggable(element, { label: words, min: FANS[0], max: FANS[1], step: () => 1, leap: () => 16, finest: () => 1,
      grain: () => 1, value: () => model.get(name), change: (v) => view.write({ [name]: v }), grab: (gesture) => gesture && view.mark(gesture),
      text: (v) => `${v}, variance ${number(now.n[`${kind}.rule`], 2)}` });
    return { element, refresh() {
      fill(element, { transform: `translate(8 ${BASES[kind] - 118})` });
      fill(text, { x: 56 });
      show(text, name, now.state[name], `${words} ${now.state[name]}`);
      speak();
    } };
  }
  const fans = [fan("fan_in", "fan-in", "forward"), fan("fan_out", "fan-out", "backward")];

  const parts = Object.fromEntries(["forward", "backward"].map((kind) => [kind, {
    bars: svg("polygon", { class: `amount ${kind}`, "data-histogram": kind }), drawn: svg("text", { class: `${kind} end` }), rule: svg("text", { class: "quiet small end" }) }]));
  const shape = svg("polygon", { class: "amount" }), edge = svg("text", { class: "label start" });

  function scenery() {
    const words = (x, y, kind, text) => svg("text", { x, y, class: `small ${kind}` }, text);
    const found = [words(8, 14, "quiet start", "the weights"), words(130, BASES.forward - 113, "forward start", "sums z, forward"),
      words(130, BASES.backward - 113, "backward start", "sums \u2202J/\u2202a, backward")];
    const curve = Array.from({ length: 57 }, (_, i) => i / 8 - 3.5);
    for (const [kind, base] of Object.entries(BASES)) {
      const [unit, ticks, digits] = kind === "weights" ? [ofWeight(), [-0.5, -0.25, 0, 0.25, 0.5], 2] : [ofSum(), [-5, -3, -1, 0, 1, 3, 5], 0];
      found.push(svg("line", { class: "track", x1: 8, x2: width - 8, y1: base, y2: base }),
        ...ticks.map((t) => words(middle() + unit * t, base + 17, "quiet", t ? number(t, digits) : "0")));
      if (kind !== "weights") {
        found.push(svg("text", { x: width - 8, y: base - 30, class: "small end" }, svg("tspan", { class: "as-true" }, "dashed: 1")),
          svg("polyline", { class: "curve true", points: curve.map((t) =>
          `${middle() + unit * t},${base - heightOf(bell(t) / Math.sqrt(2 * Math.PI))}`).join(" ") }));
      }
    }
    return found;
  }

  function drawSums(kind) {
    const { bars, drawn, rule } = parts[kind], base = BASES[kind];
    const points = densities(sums[kind], now.state.stddev).flatMap((d, i) => [0, 1].map((side) =>
      `${(middle() + ofSum() * (BIN * (i + side) - WINDOW)).toFixed(1)},${(base - heightOf(d)).toFixed(1)}`));
    fill(bars, { points: [`${middle() - ofSum() * WINDOW},${base}`, ...points, `${middle() + ofSum() * WINDOW},${base}`].join(" ") });
    show(fill(drawn, { x: width - 8, y: base - 66 }), `${kind}.drawn`, now.n[`${kind}.drawn`], `variance ${number(now.n[`${kind}.drawn`], 2)}`);
    show(fill(rule, { x: width - 8, y: base - 48 }), `${kind}.rule`, now.n[`${kind}.rule`], `by the rule ${number(now.n[`${kind}.rule`], 2)}`);
  }

  function draw() {
    const { state: { distribution, stddev }, n } = now, { grip: words } = DISTRIBUTIONS[distribution];
    fill(shape, { points: outline(distribution, stddev).map(([w, h]) => `${(middle() + ofWeight() * w).toFixed(1)},${(BASES.weights - 66 * h).toFixed(1)}`).join(" ") });
        const at = middle() + ofWeight() * n.reach, right = at + 110 < width;
    fill(edge, { x: at + (right ? 16 : -2), y: right ? 60 : 32, class: `label ${right ? "start" : "end"}` });
    fill(grip.element, { transform: `translate(${at} ${BASES.weights})` });
    show(edge, "reach", n.reach, words(number(n.reach, 3)));
    grip.speak();
    for (const one of fans) one.refresh();
    for (const kind of ["forward", "backward"]) drawSums(kind);
  }

  function explain() {
    const { state: { fan_in: n, fan_out: m, stddev, distribution }, n: found } = now;
    const line = (kind, formula, numbers) => html("li", {}, html("span", {}, ...rich(`${formula} = ${numbers}`)), " ",
      html("b", { class: kind, "data-number": `${kind}.line`, "data-value": found[`${kind}.rule`] }, `= ${number(found[`${kind}.rule`], 3)}`));
    panel.replaceChildren(html("p", {}, html("b", { class: "plain", "data-number": "stddev", "data-value": stddev }, `\u03c3 = ${stddev}`),
      `, ${DISTRIBUTIONS[distribution].words}: ${DISTRIBUTIONS[distribution].rule}. With inputs and gradients of variance 1:`),
    html("ol", {}, line("forward", "Var z = fan-in \u00b7 \u03c3^2", `${n} \u00b7 ${stddev}^2`),
      line("backward", "Var \u2202J/\u2202a = fan-out \u00b7 \u03c3^2", `${m} \u00b7 ${stddev}^2`)));
  }

  function refresh() {
    now = settle();
    if (!width) return;
    draw();
    explain();
    for (const { element, pressed } of choices) element.setAttribute("aria-pressed", pressed());
    for (const task of tasks) task.update(now.state);
    outer.say(`Variance of z ${number(now.n["forward.rule"], 2)}, of the gradients ${number(now.n["backward.rule"], 2)}.`);
  }

  const choices = [];
  function choice(words, options) {
    const buttons = options.map(([label, change]) => {
      const element = button(label, () => { view.mark(); view.write(change()); });
      choices.push({ element, pressed: () => Object.entries(change()).every(([name, wanted]) => model.get(name) === wanted) });
      return element;
    });
    return html("div", { class: "choice", role: "group", "aria-label": words }, html("span", {}, words), ...buttons);
  }
  const groups = [choice("weights", Object.entries(DISTRIBUTIONS).map(([name, { words }]) => [words, () => ({ distribution: name })])),
    choice("their variance", Object.entries(MODES).map(([words, mode]) => [words, () =>
      ({ stddev: Number(Math.sqrt(1 / mode(model.get("fan_in"), model.get("fan_out"))).toPrecision(4)) })]))];
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const tasks = [
    question(view, {
      text: "Predict: the layer gets four times as many inputs, 256 instead of 64, and the weights keep their \u03c3 = 0.125. What becomes of the standard deviation of z?",
      options: ["It stays: positive and negative terms cancel.", "It doubles.", "It becomes four times as large."],
      right: 1, prepare: {}, ask: asking("fan_in"), task: "Now drag fan-in to 256.",
      done: ({ fan_in: n, stddev }) => n === FANS[1] && Math.abs(stddev - 0.125) < 1e-9,
      because: "The variances of independent terms add up, so the variance of z is four times as large, and its standard deviation, the root, twice.",
    }),
    question(view, {
      text: "Predict: uniform weights on [\u2212r, r] shall give the same variance of z as normal ones with \u03c3 = 0.125. How large must r be?",
      options: ["r = 0.125: nothing lies beyond \u03c3.", "r \u2248 0.217", "r = 0.375: nearly all of a normal distribution lies within 3 \u03c3."],
      right: 1, prepare: { distribution: "uniform", stddev: 0.05 }, ask: asking("stddev"),
      task: "Now drag the edge outwards until the variance of z is 1 by the rule.",
      done: ({ distribution, fan_in: n }) => distribution === "uniform" && n === 64 && Math.abs(now.n["forward.rule"] - 1) < 0.03,
      because: "A uniform distribution on [\u2212r, r] has the variance r^2/3, so r = \u221a3 \u03c3. This is where the 6 in Glorot\u2019s and He\u2019s uniform bounds comes from: 3 times 2.",
    }),
    goal(view, {
      text: "With fan-in 64 and fan-out 16 no \u03c3 makes both variances 1. Find the one with which both miss it by the same factor.",
      checks() {
        const { fan_in: n, fan_out: m } = now.state, { "forward.rule": above, "backward.rule": below } = now.n, here = n === 64 && m === 16;
        return [{ text: "fan-in 64, fan-out 16", met: here }, { text: `z too large by the factor ${number(above, 2)}, the gradients too small by `
          + `${number(1 / below, 2)}: equal within 10 %`, met: here && Math.abs(above * below - 1) <= 0.1 }];
      },
      praise: "\u03c3^2 is now 1/\u221a(fan-in \u00b7 fan-out). Glorot\u2019s compromise, 2/(fan-in + fan-out), is close: 1.6 and 0.4, "
        + "as far above 1 as below. In a stack of equally wide layers all of them are the same.",
    }),
  ];

  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", height: HEIGHT, "aria-label": "The distribution of the weights and those of the sums forward and backward" },
    shape, ...Object.values(parts).map(({ bars }) => bars), backdrop, ...Object.values(parts).flatMap(({ drawn, rule }) => [drawn, rule]), edge,
    grip.element, ...fans.map(({ element }) => element));
  figure.append(picture);
  const outer = frame(el, view, {
    name: "The variance of a sum", choices: groups, figure, panel, tasks, refresh, widest: 620,
    resize(available) {
      width = available;
      fill(picture, { viewBox: `0 0 ${width} ${HEIGHT}`, width });
      backdrop.replaceChildren(...scenery());
    },
  });
  return outer.stop;
}

// What a link to a view may hold.
const accepts = {
  fan_in: (n) => Number.isInteger(n) && n >= FANS[0] && n <= FANS[1],
  fan_out: (n) => Number.isInteger(n) && n >= FANS[0] && n <= FANS[1],
  distribution: (name) => Object.hasOwn(DISTRIBUTIONS, name),
  stddev: (stddev) => stddev >= STDDEVS[0] && stddev <= STDDEVS[1],
};

export default { render, accepts };
