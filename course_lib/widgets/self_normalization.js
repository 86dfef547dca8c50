// Mean and deviation through a hundred layers of SELU, and each condition of self-normalization to break.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { brief, choice, clamp, draggable, fill, html, number, scale, show, spoken, svg, viewOf } from "./kit.js";
import { PHI } from "./activations.js";
import { product } from "./dense_stack.js";
import { deviation, mean, normals, uniforms, unitWeights } from "./draws.js";

const UNITS = 64, ROWS = 16, DEPTH = 100;
const NAMES = ["selu", "elu", "relu", "tanh"];
const INITIALIZERS = { lecun_normal: ["truncated_normal", 1], lecun_uniform: ["uniform", 1], he_normal: ["truncated_normal", 2] };
const DROPOUTS = ["dropout", "alpha_dropout"];
const MEANS = [-2, 2], DEVIATIONS = [0.1, 3], LARGEST_RATE = 0.5;
const DECADES = [-2, 3];                                        // of the deviations' axis, powers of ten
const CHARTS = { deviation: [32, 182], mean: [216, 296] }, GRIP = 338, CHIP = GRIP + 40, BASE = CHIP + 138, HEIGHT = BASE + 26;
const LEFT = 48, WINDOW = 6, BIN = 0.5, BINS = (2 * WINDOW) / BIN;
const DROPPED = PHI.selu.value(-Infinity);                      // alpha', what alpha dropout puts for a dropped value

const kernels = {}, masks = [];                                 // drawn once, scaled in each step of a drag
const unitInputs = normals(0, 0, ROWS * UNITS);

// The kernel of a layer, transposed, with deviation 1.
function unitKernel(distribution, layer) {
  const all = kernels[distribution] ??= [];
  if (!all[layer]) {
    const w = unitWeights(distribution, 0, layer, UNITS ** 2);
    all[layer] = w.map((_, at) => w[(at % UNITS) * UNITS + Math.floor(at / UNITS)]);
  }
  return all[layer];
}

// Dropout of a layer's outputs, in place.
function drop(a, layer, { dropout, rate }) {
  const u = masks[layer] ??= uniforms(0, 1000 + layer, ROWS * UNITS);
  const alpha = dropout === "alpha_dropout", low = alpha ? DROPPED : 0;
  const factor = alpha ? ((1 - rate) * (1 + rate * DROPPED ** 2)) ** -0.5 : 1 / (1 - rate), offset = -factor * low * rate;
  for (let i = 0; i < a.length; i += 1) a[i] = factor * (u[i] >= rate ? a[i] : low) + offset;
}

function settle(state) {
  const [distribution, factor] = INITIALIZERS[state.initializer], { value } = PHI[state.activation];
  const a = [unitInputs.map((v) => state.input_mean + state.input_deviation * v)];
  for (let layer = 1; layer <= DEPTH; layer += 1) {
    const z = product(a[layer - 1], unitKernel(distribution, layer), UNITS, Math.sqrt(factor / UNITS));      // Z = A W
    for (let i = 0; i < z.length; i += 1) z[i] = value(z[i]);
    if (state.rate > 0) drop(z, layer, state);
    a.push(z);
  }
  const means = a.map(mean), deviations = a.map(deviation);
  return { state, shown: a[state.layer], curves: { mean: means, deviation: deviations }, n: { mean: means[state.layer], deviation: deviations[state.layer],
    lowest: Math.min(...deviations.slice(1)), highest: Math.max(...deviations.slice(1)) } };
}

function densities(values) {
  const counts = new Array(BINS).fill(0);
  for (const v of values) {
    const bin = Math.floor((v + WINDOW) / BIN);
    if (bin >= 0 && bin < BINS) counts[bin] += 1;
  }
  return counts.map((count) => count / (values.length * BIN));
}

// A number of any size: fixed decimals, or a power of ten.
function sized(v, digits) {
  if (Math.abs(v) < 1e4) return number(v, digits);
  const [leading, exponent] = v.toExponential(1).split("e+");
  return `${leading.replace("-", "\u2212")} \u00b7 10${exponent.replace(/\d/g, (d) => "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"[d])}`;
}

const heightOf = (density) => Math.min(180 * density, 84);
const normalOf = (t) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  const found = new Set();
  let now = settle(view.read()), width = 0;

  const x = () => scale([0, DEPTH], [LEFT, width - 16]), across = () => scale([-WINDOW, WINDOW], [8, width - 8]);
  const far = ([low, high]) => [low - 50, high + 50];            // a drawing takes no 10^13; the window ends earlier
  const heights = { deviation: (v) => scale(DECADES, CHARTS.deviation.toReversed())(clamp(Math.log10(Math.max(v, 1e-99)), ...far(DECADES))),
    mean: (v) => scale(MEANS, CHARTS.mean.toReversed())(clamp(v, ...far(MEANS))) };
  const perPixel = (axis, [top, bottom]) => (axis[1] - axis[0]) / (bottom - top);

  const marked = { grab: (gesture) => gesture && view.mark(gesture) };
  const said = () => `layer ${now.state.layer} has mean ${Math.abs(now.n.mean) < 1e4 ? number(now.n.mean, 2) : spoken(brief(now.n.mean))}, deviation ${spoken(brief(now.n.deviation))}`;
  function knob(key, options) {
    const element = svg("g", { class: "grip", "data-key": key }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 9 }));
    return { element, speak: draggable(element, { ...marked, ...options }) };
  }
  const spread = knob("input_deviation", { label: "deviation of the inputs, as a power of ten", min: Math.log10(DEVIATIONS[0]), max: Math.log10(DEVIATIONS[1]),
    step: () => 0.02, leap: () => 0.2, finest: () => 0.01, upright: true, grain: () => perPixel(DECADES, CHARTS.deviation),
    value: () => Math.log10(model.get("input_deviation")), change: (v) => view.write({ input_deviation: clamp(Number((10 ** v).toPrecision(3)), ...DEVIATIONS) }),
    text: () => `${model.get("input_deviation")}; ${said()}` });
  const middle = knob("input_mean", { label: "mean of the inputs", min: MEANS[0], max: MEANS[1], step: () => 0.05, leap: () => 0.5, finest: () => 0.05,
    upright: true, grain: () => perPixel(MEANS, CHARTS.mean), value: () => model.get("input_mean"), change: (v) => view.write({ input_mean: v }),
    text: (v) => `${number(v, 2)}; ${said()}` });
  const looked = knob("layer", { label: "layer that is looked at", min: 1, max: DEPTH, step: () => 1, leap: () => 10, sideways: true,
    grain: () => DEPTH / (width - 16 - LEFT), value: () => model.get("layer"), change: (v) => view.write({ layer: v }), text: said });
  const rail = svg("line", { class: "lever", y1: CHARTS.deviation[0] - 6, y2: GRIP - 9 });
  const chipText = svg("text", { y: 4.5, x: 62, class: "forward" });
  const chip = svg("g", { class: "chip", "data-key": "rate", transform: `translate(8 ${CHIP})` },
    svg("rect", { x: 0, y: -14, width: 124, height: 28, rx: 14 }), chipText);
  const speakChip = draggable(chip, { ...marked, label: "rate of the dropout after each layer", min: 0, max: LARGEST_RATE, step: () => 0.01, leap: () => 0.1,
    finest: () => 0.01, grain: () => 0.005, value: () => model.get("rate"), change: (v) => view.write({ rate: v }), text: (v) => `${number(v, 2)}; ${said()}` });

  const curves = { deviation: svg("polyline", { class: "curve forward chosen", "data-curve": "deviation" }), mean: svg("polyline", { class: "curve backward chosen", "data-curve": "mean" }) };
  const clips = Object.entries(CHARTS).map(([name, [top, bottom]]) => svg("svg", { x: 0, y: top - 3, height: bottom - top + 6, overflow: "hidden" },
    svg("g", { transform: `translate(0 ${3 - top})` }, curves[name])));
  const bars = svg("polygon", { class: "amount", "data-histogram": "layer" });
  const texts = { layer: svg("text", { y: GRIP + 5 }), mean: svg("text", { y: CHIP + 36, class: "end" }), deviation: svg("text", { y: CHIP + 36, class: "end" }) };

  function scenery() {
    const words = (at, y, kind, text) => svg("text", { x: at, y, class: `small ${kind}` }, text);
    const level = (name, v, wanted) => [svg("line", { class: v === wanted ? "unity" : "grid", x1: LEFT, x2: width - 16, y1: heights[name](v), y2: heights[name](v) }),
      words(LEFT - 16, heights[name](v) + 4, "quiet end", String(v).replace("-", "\u2212"))];
    const curve = Array.from({ length: 57 }, (_, i) => i / 8 - 3.5).map((t) => `${across()(t)},${BASE - heightOf(normalOf(t))}`);
    return [words(4, 14, "forward start", "standard deviation"), words(4, CHARTS.mean[0] - 16, "backward start", "mean"),
      ...[0.01, 0.1, 1, 10, 100, 1000].flatMap((v) => level("deviation", v, 1)), ...[-2, -1, 0, 1, 2].flatMap((v) => level("mean", v, 0)),
      ...[0, 20, 40, 60, 80].map((layer) => words(x()(layer), CHARTS.mean[1] + 18, "quiet", String(layer))), words(4, CHARTS.mean[1] + 18, "quiet start", "layer"),
      svg("line", { class: "track", x1: 8, x2: width - 8, y1: BASE, y2: BASE }), ...[-4, -2, 0, 2, 4].map((v) => words(across()(v), BASE + 17, "quiet", number(v, 0))),
      svg("polyline", { class: "curve true", points: curve.join(" ") })];
  }

  function draw() {
    const { state, n } = now;
    for (const [name, line] of Object.entries(curves)) {
      fill(line, { points: now.curves[name].map((v, layer) => `${x()(layer).toFixed(1)},${heights[name](v).toFixed(1)}`).join(" ") });
    }
    fill(spread.element, { transform: `translate(${x()(0)} ${heights.deviation(state.input_deviation)})` });
    fill(middle.element, { transform: `translate(${x()(0)} ${heights.mean(state.input_mean)})` });
    fill(rail, { x1: x()(state.layer), x2: x()(state.layer) });
    fill(looked.element, { transform: `translate(${x()(state.layer)} ${GRIP})` });
    const beside = x()(state.layer) + 90 < width;
    fill(texts.layer, { x: x()(state.layer) + (beside ? 16 : -16), class: `label ${beside ? "start" : "end"}` });
    show(texts.layer, "layer", state.layer, `layer ${state.layer}`);
    show(fill(texts.mean, { x: width - 112 }), "mean", n.mean, `mean ${sized(n.mean, 2)}`);
    show(fill(texts.deviation, { x: width - 8 }), "deviation", n.deviation, `deviation ${sized(n.deviation, 2)}`);
    show(chipText, "rate", state.rate, `rate ${number(state.rate, 2)}`);
    const points = densities(now.shown).flatMap((d, i) => [0, 1].map((side) => `${across()(BIN * (i + side) - WINDOW).toFixed(1)},${(BASE - heightOf(d)).toFixed(1)}`));
    fill(bars, { points: [`${across()(-WINDOW)},${BASE}`, ...points, `${across()(WINDOW)},${BASE}`].join(" ") });
    for (const speak of [spread.speak, middle.speak, looked.speak, speakChip]) speak();
  }

  function broken({ activation, initializer, input_mean: m, input_deviation: s, dropout, rate }) {
    return [[activation !== "selu", "the activation is not SELU"], [initializer === "he_normal", "the initializer is not LeCun\u2019s"],
      [Math.abs(m) > 0.1 || Math.abs(s - 1) > 0.1, "the inputs are not standardized"], [rate > 0 && dropout === "dropout", "plain dropout instead of alpha dropout"]]
      .filter(([is]) => is).map(([, words]) => words);
  }

  function explain() {
    const { state, n } = now, faults = broken(state);
    const value = (name, v, digits) => html("b", { class: "plain", "data-number": name, "data-value": v }, sized(v, digits));
    panel.replaceChildren(html("p", {}, faults.length ? `Broken: ${faults.join("; ")}.` : "All conditions are met."), html("ol", {},
      html("li", {}, "inputs: mean ", value("input_mean", state.input_mean, 2), ", deviation ", value("input_deviation", state.input_deviation, 3)),
      html("li", {}, "deviations of layers 1 to 100: from ", value("lowest", n.lowest, 3), " to ", value("highest", n.highest, 3))));
  }

  const within = (values, from) => values.slice(from).every((v) => v >= 0.8 && v <= 1.25);
  function refresh() {
    now = settle(view.read());
    const { state, n } = now;
    if (state.activation === "selu" && n.highest > 100) found.add("explodes");
    if (state.activation !== "selu" && state.initializer !== "he_normal" && now.curves.deviation[DEPTH] < 0.1) found.add("vanishes");
    if (state.activation === "selu" && state.rate >= 0.2 - 1e-9 && within(now.curves.deviation, 10)) found.add("keeps");
    if (!width) return;
    draw();
    explain();
    for (const group of groups) group.refresh(state);
    for (const task of tasks) task.update(state);
    outer.say(`${said()}.`.replace(/^l/, "L"));
  }

  const groups = [choice(view, "activation", NAMES.map((activation) => [activation, { activation }])),
    choice(view, "initializer", Object.keys(INITIALIZERS).map((initializer) => [initializer, { initializer }])),
    choice(view, "dropout", DROPOUTS.map((dropout) => [dropout === "dropout" ? "plain" : "alpha", { dropout }]))];
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const normal = ({ activation, initializer }) => activation === "selu" && initializer === "lecun_normal";
  const tasks = [
    question(view, {
      text: "Predict: the inputs are not standardized. Their deviation is 0.3 instead of 1. What do the layers make of it?",
      options: ["It shrinks further from layer to layer: a condition is broken.", "It stays near 0.3.", "It comes back to about 1 within some ten layers."],
      right: 2, prepare: {}, ask: asking("input_deviation"), task: "Now drag the deviation of the inputs, at the left edge, down to 0.3.",
      done: (state) => normal(state) && state.input_deviation <= 0.305 && state.rate === 0,
      because: "Mean 0 and deviation 1 are a fixed point that attracts: small values meet the steep part of SELU around 0 and grow. "
        + "Standardized inputs spare the first layers this way; the guarantee for the others does not hang on them.",
    }),
    question(view, {
      text: "Predict: plain dropout with rate 0.1 after each layer. Inverted dropout keeps the mean. What becomes of the deviations?",
      options: ["They stay near 1: each value is divided by 0.9 to make up for the lost ones.", "They settle above 1, at about 1.2 to 1.4.",
        "They grow without bound, by some percent in each layer."],
      right: 1, prepare: {}, ask: asking("rate"), task: "Now drag the rate up to 0.1.",
      done: (state) => normal(state) && state.dropout === "dropout" && state.rate >= 0.1 - 1e-9,
      because: "Plain dropout keeps the mean, but not the variance: E[a^2] becomes 1/0.9 times as large in each layer, and SELU pulls it back. "
        + "The balance of the two lies above 1. Alpha dropout keeps both moments: try it.",
    }),
    goal(view, {
      text: "Three finds: make the deviations of SELU explode (above 100); let another activation with a LeCun initializer fade to below 0.1 in layer 100; "
        + "and keep SELU\u2019s deviations between 0.8 and 1.25 from layer 10 on, in spite of a dropout rate of at least 0.2.",
      checks: () => [{ text: "SELU, a deviation above 100", met: found.has("explodes") },
        { text: "another activation, LeCun, deviation of layer 100 below 0.1", met: found.has("vanishes") },
        { text: "SELU, rate 0.2 or more, layers 10 to 100 between 0.8 and 1.25", met: found.has("keeps") }],
      praise: "He\u2019s variance is twice too large for SELU; ELU, ReLU and tanh pass less than they get; and alpha dropout, unlike plain dropout, "
        + "leaves mean and variance as they are.",
    }),
  ];

  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", height: HEIGHT, "aria-label": "Standard deviation and mean of 100 layers, and the histogram of one" }, bars, backdrop,
    ...clips, texts.mean, texts.deviation, rail,
    spread.element, middle.element, looked.element, texts.layer, chip);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "Self-normalization", choices: groups.map(({ element }) => element), figure, panel, tasks, refresh, widest: 660,
    resize(available) {
      width = available;
      fill(picture, { viewBox: `0 0 ${width} ${HEIGHT}`, width });
      for (const clip of clips) fill(clip, { width });
      backdrop.replaceChildren(...scenery());
    },
  });
  return outer.stop;
}

// What a link to a view may hold.
const accepts = {
  activation: (name) => NAMES.includes(name),
  initializer: (name) => Object.hasOwn(INITIALIZERS, name),
  input_mean: (mean) => mean >= MEANS[0] && mean <= MEANS[1],
  input_deviation: (spread) => spread >= DEVIATIONS[0] && spread <= DEVIATIONS[1],
  dropout: (name) => DROPOUTS.includes(name),
  rate: (rate) => rate >= 0 && rate <= LARGEST_RATE,
  layer: (layer) => Number.isInteger(layer) && layer >= 1 && layer <= DEPTH,
};

export default { render, accepts };
