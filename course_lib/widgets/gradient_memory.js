// What momentum, Adagrad, RMSprop and Adam remember of a gradient that the reader draws.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { button, choice, clamp, draggable, fill, html, number, scale, show, svg, viewOf } from "./kit.js";
import { RULES, raised } from "./rules.js";

const PARTS = 8, HELD = 8, STEPS = PARTS * HELD, LIMIT = 2;
const NAMES = { momentum: ["momentum", 1], adagrad: ["Adagrad", 3], rmsprop: ["RMSprop", 4], adam: ["Adam", 6] };
const CHOICES = { beta: [0, 0.5, 0.9, 0.99], rho: [0.5, 0.9, 0.99], beta_1: [0, 0.5, 0.9, 0.99], beta_2: [0.9, 0.99, 0.999], correction: ["on", "off"] };
const WORDS = { beta: "\u03b2 (momentum)", rho: "\u03c1 (RMSprop)", beta_1: "\u03b21 (Adam)", beta_2: "\u03b22 (Adam)", correction: "Adam\u2019s bias correction" };
const LEFT = 40, CHARTS = { gradient: [26, 146, -LIMIT, LIMIT], momentum: [212, 292, -20, 20], step: [322, 422, -4, 4], root: [452, 532, 0, 6] };
const RAIL = 176, HEIGHT = 542;
const TITLES = { gradient: "gradient: drag it", momentum: "step of momentum, in learning rates", step: "steps of Adagrad, RMSprop, Adam", root: "what these divide by" };

function settle(state) {
  const found = {};
  for (const name of Object.keys(NAMES)) {
    const kept = { m: 0, s: 0, u: 0, product: 1 }, steps = (found[`${name}.step`] = []);
    for (let t = 1; t <= STEPS; t += 1) {
      const g = state.signal[Math.floor((t - 1) / HELD)];
      steps.push(-RULES[name](kept, g, 1, t, { ...state, epsilon: 1e-7, epsilon_mode: "paper" }));
      if (name === "momentum") continue;
      const square = name === "adam" && state.correction === "on" ? kept.s / (1 - raised(state.beta_2, t)) : kept.s;
      (found[`${name}.root`] ??= []).push(Math.sqrt(square));
    }
  }
  const n = Object.fromEntries(Object.entries(found).map(([name, values]) => [name, values[state.step - 1]]));
  return { state, found, n: { ...n, gradient: state.signal[Math.floor((state.step - 1) / HELD)] } };
}

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  let now = settle(view.read()), width = 0;

  const x = () => scale([0, STEPS], [LEFT, width - 12]);
  const y = (chart, v) => {
    const [top, bottom, low, high] = CHARTS[chart];
    return scale([low, high], [bottom, top])(clamp(v, low, high));
  };
  const marked = { grab: (gesture) => gesture && view.mark(gesture) };
  const said = () => `steps: ${Object.keys(NAMES).map((name) => `${NAMES[name][0]} ${number(now.n[`${name}.step`], 2)}`).join(", ")}`;
  function knob(key, r, options) {
    const wide = r > 8 ? 17 : 12;                               // neighbours stand no more than 26 pixels apart
    const element = svg("g", { class: "grip", "data-key": key },
      svg("rect", { class: "target", x: -wide, y: -16, width: 2 * wide, height: 32 }), svg("circle", { r }));
    return { element, speak: draggable(element, { ...marked, ...options }) };
  }
  const knobs = Array.from({ length: PARTS }, (_, i) => knob(`part-${i}`, 7, {
    label: `gradient in steps ${HELD * i + 1} to ${HELD * (i + 1)}`, min: -LIMIT, max: LIMIT, step: () => 0.1, leap: () => 0.5, finest: () => 0.05,
    upright: true, grain: () => (2 * LIMIT) / (CHARTS.gradient[1] - CHARTS.gradient[0]), value: () => model.get("signal")[i],
    change: (v) => view.write({ signal: model.get("signal").map((old, j) => (j === i ? v : old)) }), text: (v) => `${number(v, 2)}; ${said()}` }));
  const time = knob("step", 9, { label: "step", min: 1, max: STEPS, step: () => 1, leap: () => 10, sideways: true, grain: () => STEPS / (width - 12 - LEFT),
    value: () => model.get("step"), change: (step) => view.write({ step }), text: (v) => `${v}; ${said()}` });
  const lever = svg("line", { class: "lever", y1: RAIL + 9, y2: HEIGHT - 8 }), stepText = svg("text", { y: RAIL + 5 });
  const signal = svg("polyline", { class: "curve ink", "data-signal": "" });
  const lines = Object.fromEntries(Object.keys(now.found).map((key) => [key, svg("polyline", { class: `curve line-${NAMES[key.split(".")[0]][1]}`, "data-line": key })]));
  const chartOf = (key) => (key === "momentum.step" ? "momentum" : key.split(".")[1]);

  function scenery() {
    const words = (at, height, kind, text) => svg("text", { x: at, y: height, class: `small ${kind}` }, text);
    return [svg("line", { class: "track", x1: x()(1), x2: x()(STEPS), y1: RAIL, y2: RAIL }),
      ...Object.entries(CHARTS).flatMap(([chart, [top, bottom, low, high]]) => [words(4, top - 10, "quiet start", TITLES[chart]),
        ...[low, (low + high) / 2, high].flatMap((v) => [svg("line", { class: "grid", x1: LEFT, x2: width - 12, y1: y(chart, v), y2: y(chart, v) }),
          words(LEFT - 6, clamp(y(chart, v) + 4, top + 8, bottom + 2), "quiet end", number(v, 0))])])];
  }

  function draw() {
    const { state, found } = now, at = x();
    fill(signal, { points: state.signal.flatMap((v, i) => [HELD * i, HELD * (i + 1)].map((t) => `${at(t).toFixed(1)},${y("gradient", v).toFixed(1)}`)).join(" ") });
    for (const [key, line] of Object.entries(lines)) {
      fill(line, { points: found[key].slice(0, state.step).map((v, t) => `${at(t + 1).toFixed(1)},${y(chartOf(key), v).toFixed(1)}`).join(" ") });
    }
    for (const [i, { element }] of knobs.entries()) fill(element, { transform: `translate(${at(HELD * (i + 0.5))} ${y("gradient", state.signal[i])})` });
    fill(time.element, { transform: `translate(${at(state.step)} ${RAIL})` });
    fill(lever, { x1: at(state.step), x2: at(state.step) });
    const left = at(state.step) > width / 2;
    show(fill(stepText, { x: at(state.step) + (left ? -18 : 18), class: `label ${left ? "end" : "start"}` }), "step", state.step, `step ${state.step}`);
    for (const { speak } of [...knobs, time]) speak();
  }

  function explain() {
    const { state, n } = now;
    const value = (name) => html("b", { class: "plain", "data-number": name, "data-value": n[name] }, number(n[name], 3));
    panel.replaceChildren(html("p", {}, `At step ${state.step} the gradient is `, value("gradient"), ". Steps are in learning rates:"),
      html("ol", {}, ...Object.entries(NAMES).map(([name, [words, row]]) => html("li", {},
        svg("svg", { width: 26, height: 12, "aria-hidden": "true" }, svg("line", { class: `curve line-${row}`, x1: 1, x2: 25, y1: 6, y2: 6 })),
        ` ${words}: step `, value(`${name}.step`), ...(name === "momentum" ? [] : [", divides by ", value(`${name}.root`)])))));
  }

  function refresh() {
    now = settle(view.read());
    if (!width) return;
    draw();
    explain();
    for (const group of groups) group.refresh(now.state);
    for (const task of tasks) task.update(now.state);
    outer.say(`Step ${now.state.step}: ${said()}.`);
  }

  const shape = (words, signalOf) => button(words, () => {
    view.mark();
    view.write({ signal: Array.from({ length: PARTS }, (_, i) => signalOf(i)) });
  });
  const presets = html("div", { class: "choice", role: "group", "aria-label": "signal" }, html("span", {}, "signal"), shape("constant", () => 1),
    shape("to and fro", (i) => (i % 2 ? -1 : 1)), shape("large, then small", (i) => (i < 4 ? 1 : 0.1)), shape("one outlier", (i) => (i === 1 ? 2 : 0.1)),
    shape("rare", (i) => (i % 4 === 3 ? 1 : 0)));
  const groups = Object.entries(CHOICES).map(([key, values]) => choice(view, WORDS[key], values.map((v) => [String(v), { [key]: v }])));
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const tasks = [
    question(view, {
      text: "Predict: the gradient is 0.25 in all 64 steps. Now its first eight values become 2. Which of the three, Adam with \u03b22 = 0.9, still takes much shorter steps at step 64 than before?",
      options: ["RMSprop.", "Adagrad.", "All three: each divides by past squares."],
      right: 1, prepare: { signal: Array(PARTS).fill(0.25), beta_2: 0.9 }, ask: asking("part-0"), task: "Now drag the first part of the gradient up to 2.",
      done: ({ signal: values, step: t }) => values[0] >= 1.95 && t === STEPS,
      because: "Adagrad\u2019s sum keeps the eight squares for ever: its step falls from 0.125 to 0.042. In a mean with the factor 0.9 a share of 0.9^56, three "
        + "thousandths, is left of them. Try Adam\u2019s usual \u03b22 = 0.999, too: it forgets as well, but over thousands of steps.",
    }),
    question(view, {
      text: "Predict: the gradient is 1 throughout, and Adam\u2019s bias correction is off. When is Adam\u2019s step longest?",
      options: ["In the first step.", "After about a dozen steps.", "At the end: the means go on filling up."],
      right: 1, prepare: { signal: Array(PARTS).fill(1), correction: "off", step: 1 }, ask: asking("step"), task: "Now drag the step from 1 to 30.",
      done: ({ step: t, correction }) => t >= 30 && correction === "off",
      because: "The first step is 0.1 over the root of 0.001, 3.16 learning rates. Then m fills up within some ten steps, s needs a thousand: at step 12 the "
        + "quotient is 6.57. With the correction every step is 1.",
    }),
    goal(view, {
      text: "Draw a gradient with which, at step 64, RMSprop takes a step of 0.9 or more and Adagrad one of 0.08 or less.",
      checks() {
        const { state, n } = now, here = state.step === STEPS;
        return [{ text: "step 64", met: here }, { text: `RMSprop ${number(n["rmsprop.step"], 3)}, at least 0.9`, met: here && n["rmsprop.step"] >= 0.9 },
          { text: `Adagrad ${number(n["adagrad.step"], 3)}, between 0 and 0.08`, met: here && n["adagrad.step"] > 0 && n["adagrad.step"] <= 0.08 }];
      },
      praise: "Large gradients early, small ones later: Adagrad still divides by the large ones, RMSprop has forgotten them.",
    }),
  ];

  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", height: HEIGHT, "aria-label": "A gradient, the steps that four optimizers make of it, and what three of them divide by" },
    backdrop, signal, ...Object.values(lines), lever, ...knobs.map(({ element }) => element), time.element, stepText);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "What optimizers remember of a gradient", choices: [presets, ...groups.map(({ element }) => element)], figure, panel, tasks, refresh, widest: 680,
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
  signal: (values) => values.length === PARTS && values.every((v) => v >= -LIMIT && v <= LIMIT),
  step: (step) => Number.isInteger(step) && step >= 1 && step <= STEPS,
  ...Object.fromEntries(Object.entries(CHOICES).map(([key, values]) => [key, (v) => values.includes(v)])),
};

export default { render, accepts };
