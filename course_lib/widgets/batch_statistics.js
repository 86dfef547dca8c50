// The statistics of each batch, the moving ones that follow them, and what both make of one batch.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { brief, choice, clamp, draggable, fill, html, number, rich, scale, show, spoken, svg, viewOf } from "./kit.js";
import { deviation, mean, normals } from "./draws.js";

const UPDATES = 120, CHANGE = 60, MEAN = 1;                     // the mean is another one after update 60
const LARGEST = 7;                                              // log2 of the batch size
const MOMENTA = [0.5, 0.9, 0.99, 0.999], EPSILONS = [1e-5, 1e-3];
const STDDEVS = [0.01, 1], SHIFTS = [-3, 3];
const MEANS = [-3, 5], DECADES = [-2.5, 0.5], REACH = 6;        // of the axes
const LEFT = 40, CHARTS = { mean: [30, 150], deviation: [186, 286] }, GRIP = 312;
const CHIP = GRIP + 44, STRIPS = CHIP + 56, ROW = 50, HEIGHT = STRIPS + 2 * ROW + 36;
const KINDS = { raw: "the batch as it is", training: "in training", inference: "in inference" };

const kept = {};                                                // of each batch size: draws, their means and deviations

function drawsOf(size) {
  if (!kept[size]) {
    const all = normals(0, size, UPDATES * size);
    const unit = Array.from({ length: UPDATES }, (_, t) => all.subarray(t * size, (t + 1) * size));
    kept[size] = { unit, means: unit.map(mean), deviations: unit.map(deviation) };
  }
  return kept[size];
}

function settle(state) {
  const { batch_size: size, momentum, epsilon, stddev, shift, step } = state, { unit, means, deviations } = drawsOf(size);
  const truth = (t) => MEAN + (t >= CHANGE ? shift : 0);
  const found = { "batch.mean": means.map((v, t) => stddev * (v + truth(t))), "batch.deviation": deviations.map((v) => stddev * v),
    "moving.mean": [], "moving.deviation": [] };
  let middle = 0, variance = 1;
  for (let t = 0; t < UPDATES; t += 1) {
    middle = momentum * middle + (1 - momentum) * found["batch.mean"][t];
    variance = momentum * variance + (1 - momentum) * found["batch.deviation"][t] ** 2;
    found["moving.mean"].push(middle);
    found["moving.deviation"].push(Math.sqrt(variance));
  }
  const n = Object.fromEntries(Object.entries(found).map(([name, values]) => [name, values[step - 1]]));
  const normalized = (v, by) => (v - n[`${by}.mean`]) / Math.sqrt(n[`${by}.deviation`] ** 2 + epsilon);
  const raw = Array.from(unit[step - 1], (z) => stddev * (z + truth(step - 1)));
  const outputs = { raw, training: raw.map((v) => normalized(v, "batch")), inference: raw.map((v) => normalized(v, "moving")) };
  for (const name of ["training", "inference"]) {
    n[`${name}.mean`] = mean(outputs[name]);
    n[`${name}.deviation`] = deviation(outputs[name]);
  }
  return { state, found, outputs, n: { ...n, left: momentum ** step } };
}

const scatter = (i) => ((7 * i) % 15) - 7;                      // dots of equal values can be told apart

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  let now = settle(view.read()), width = 0;

  const at = () => scale([0, UPDATES], [LEFT, width - 12]), across = () => scale([-REACH, REACH], [8, width - 8]);
  const heights = {
    mean: (v) => scale(MEANS, CHARTS.mean.toReversed())(clamp(v / now.state.stddev, ...MEANS)),
    deviation: (v) => scale(DECADES, CHARTS.deviation.toReversed())(clamp(Math.log10(Math.max(v, 1e-9)), ...DECADES)),
  };

  const marked = { grab: (gesture) => gesture && view.mark(gesture) };
  const said = () => `moving mean ${number(now.n["moving.mean"], 2)}, deviation ${number(now.n["moving.deviation"], 2)}; in inference mean `
    + `${number(now.n["inference.mean"], 2)}, deviation ${number(now.n["inference.deviation"], 2)}`;
  function knob(key, options) {
    const element = svg("g", { class: "grip", "data-key": key }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 9 }));
    return { element, speak: draggable(element, { ...marked, ...options }) };
  }
  const shift = knob("shift", { label: "shift of the mean after update 60, in deviations", min: SHIFTS[0], max: SHIFTS[1], step: () => 0.1,
    leap: () => 0.5, finest: () => 0.05, upright: true, grain: () => (MEANS[1] - MEANS[0]) / (CHARTS.mean[1] - CHARTS.mean[0]),
    value: () => model.get("shift"), change: (v) => view.write({ shift: v }), text: (v) => `${number(v, 2)}; ${said()}` });
  const stddev = knob("stddev", { label: "deviation of the feature, as a power of ten", min: Math.log10(STDDEVS[0]), max: Math.log10(STDDEVS[1]),
    step: () => 0.05, leap: () => 0.5, finest: () => 0.01, upright: true,
    grain: () => (DECADES[1] - DECADES[0]) / (CHARTS.deviation[1] - CHARTS.deviation[0]), value: () => Math.log10(model.get("stddev")),
    change: (v) => view.write({ stddev: clamp(Number((10 ** v).toPrecision(3)), ...STDDEVS) }),
    text: () => `${model.get("stddev")}; ${said()}` });
  const step = knob("step", { label: "update that is looked at", min: 1, max: UPDATES, step: () => 1, leap: () => 10, sideways: true,
    grain: () => UPDATES / (width - 12 - LEFT), value: () => model.get("step"), change: (v) => view.write({ step: v }),
    text: (v) => `${v}; ${said()}` });
  const rail = svg("line", { class: "lever", y1: CHARTS.mean[0] - 4, y2: GRIP - 9 });

  const chipText = svg("text", { y: 4.5, x: 62, class: "forward" });
  const chip = svg("g", { class: "chip", "data-key": "batch_size" }, svg("rect", { x: 0, y: -14, width: 124, height: 28, rx: 14 }), chipText);
  const speakChip = draggable(chip, { ...marked, label: "batch size, as a power of two", min: 0, max: LARGEST, step: () => 1, leap: () => 2,
    grain: () => 1 / 14, value: () => Math.log2(model.get("batch_size")), change: (v) => view.write({ batch_size: 2 ** v }),
    text: () => `${model.get("batch_size")}; ${said()}` });

  const charts = Object.fromEntries(Object.keys(CHARTS).map((name) => [name, { truth: svg("polyline", { class: "curve true" }),
    dots: svg("path", { class: "points", "data-dots": name }), moving: svg("polyline", { class: "curve backward chosen", "data-moving": name }) }]));
  const strips = Object.fromEntries(Object.keys(KINDS).map((name, row) => [name, { y: STRIPS + ROW * row,
    dots: svg("path", { class: `points ${name === "raw" ? "" : "backward"}`, "data-strip": name }),
    mean: svg("text", { y: STRIPS + ROW * row - 18, class: "small end" }), deviation: svg("text", { y: STRIPS + ROW * row - 18, class: "small end" }) }]));
  const stepText = svg("text", { y: GRIP + 5 });

  function scenery() {
    const words = (x, y, kind, ...text) => svg("text", { x, y, class: `small ${kind}` }, ...text);
    const level = (y) => svg("line", { class: "grid", x1: LEFT, x2: width - 12, y1: y, y2: y });
    const legend = words(width - 8, 14, "end", svg("tspan", { class: "as-true" }, "true"), ", ", svg("tspan", { class: "as-forward" }, "batches"), ", ",
      svg("tspan", { class: "as-secant" }, "moving"));
    const bottom = STRIPS + 2 * ROW + 12;
    return [words(4, 14, "quiet start", width > 420 ? "mean, in deviations of the feature" : "mean, in \u03c3"), legend,
      words(4, CHARTS.deviation[0] - 14, "quiet start", "deviation"),
      ...[-2, 0, 2, 4].flatMap((v) => { const y = scale(MEANS, CHARTS.mean.toReversed())(v); return [level(y), words(LEFT - 8, y + 4, "quiet end", number(v, 0))]; }),
      ...[0.01, 0.1, 1].flatMap((v) => { const y = heights.deviation(v); return [level(y), words(LEFT - 8, y + 4, "quiet end", String(v))]; }),
      ...Object.entries(KINDS).map(([name, text]) => words(8, strips[name].y - 18, "quiet start", text)),
      svg("line", { class: "unity", x1: across()(0), x2: across()(0), y1: STRIPS - 12, y2: bottom }),
      ...[-4, -2, 0, 2, 4].map((v) => words(across()(v), bottom + 16, "quiet", number(v, 0)))];
  }

  function draw() {
    const { state, found, outputs, n } = now, x = at();
    const truth = { mean: [[0, MEAN], [CHANGE, MEAN], [CHANGE, MEAN + state.shift], [UPDATES, MEAN + state.shift]], deviation: [[0, 1], [UPDATES, 1]] };
    for (const [name, { truth: line, dots, moving }] of Object.entries(charts)) {
      const place = (v, t) => [x(t + 1).toFixed(1), heights[name](v).toFixed(1)];
      fill(line, { points: truth[name].map(([t, v]) => `${x(t)},${heights[name](v * state.stddev)}`).join(" ") });
      fill(dots, { d: found[`batch.${name}`].map((v, t) => `M${place(v, t).join(" ")}h0`).join("") });
      fill(moving, { points: found[`moving.${name}`].map((v, t) => place(v, t).join(",")).join(" ") });
    }
    fill(shift.element, { transform: `translate(${x(0.75 * UPDATES)} ${heights.mean((MEAN + state.shift) * state.stddev)})` });
    fill(stddev.element, { transform: `translate(${x(0.25 * UPDATES)} ${heights.deviation(state.stddev)})` });
    fill(rail, { x1: x(state.step), x2: x(state.step) });
    fill(step.element, { transform: `translate(${x(state.step)} ${GRIP})` });
    const beside = x(state.step) + 100 < width;
    fill(stepText, { x: x(state.step) + (beside ? 16 : -16), class: `label ${beside ? "start" : "end"}` });
    show(stepText, "step", state.step, `update ${state.step}`);
    fill(chip, { transform: `translate(8 ${CHIP})` });
    show(chipText, "batch_size", state.batch_size, `batch size ${state.batch_size}`);
    for (const [name, strip] of Object.entries(strips)) {
      const kind = name === "raw" ? "batch" : name;
      fill(strip.dots, { d: outputs[name].map((v, i) => `M${across()(clamp(v, -REACH, REACH)).toFixed(1)} ${strip.y + scatter(i)}h0`).join("") });
      show(fill(strip.mean, { x: width - 112 }), `${kind}.mean`, n[`${kind}.mean`], `mean ${number(n[`${kind}.mean`], 2)}`);
      show(fill(strip.deviation, { x: width - 8 }), `${kind}.deviation`, n[`${kind}.deviation`], `deviation ${number(n[`${kind}.deviation`], 2)}`);
    }
    for (const speak of [shift.speak, stddev.speak, step.speak, speakChip]) speak();
  }

  function explain() {
    const { state: { momentum, step: t, stddev: sigma, epsilon }, n } = now;
    const value = (name, kind, digits = 3) => html("b", { class: kind, "data-number": name, "data-value": n[name] ?? now.state[name] },
      number(n[name] ?? now.state[name], digits));
    const line = (...parts) => html("li", {}, ...parts.flatMap((part) => (typeof part === "string" ? rich(part) : [part])));
    panel.replaceChildren(html("p", {}, ...rich(`Moving statistics begin with mean 0 and variance 1. After ${t} updates ${momentum}^${t} of that is left: `),
      value("left", "plain")),
    html("ol", {}, line("moving mean ", value("moving.mean", ""), ", moving deviation ", value("moving.deviation", "")),
      line("feature: deviation ", value("stddev", "plain", 4), `, shift `, value("shift", "plain", 2), " of them"),
      line(`with \u03b5 = ${brief(epsilon)} nothing is divided by less than \u221a\u03b5 = ${brief(Math.sqrt(epsilon))}`
        + (sigma ** 2 < 3 * epsilon ? ", and this feature is not much larger" : ""))));
  }

  function refresh() {
    now = settle(view.read());
    if (!width) return;
    draw();
    explain();
    for (const group of groups) group.refresh(now.state);
    for (const task of tasks) task.update(now.state);
    outer.say(spoken(`Update ${now.state.step}: ${said()}.`));
  }

  const groups = [choice(view, "momentum", MOMENTA.map((momentum) => [String(momentum), { momentum }])),
    choice(view, "\u03b5", EPSILONS.map((epsilon) => [epsilon === 1e-5 ? "0.00001" : "0.001", { epsilon }]))];
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const tasks = [
    question(view, {
      text: "Predict: the batch shrinks from 32 rows to 2. What becomes of the outputs in training?",
      options: ["They spread as before: the batch is a random sample of the same feature.", "They shrink towards 0.",
        "One is \u22121 and one is 1, whatever the two rows are."],
      right: 2, prepare: {}, ask: asking("batch_size"), task: "Now drag the batch size down to 2, and then the update to and fro.",
      done: ({ batch_size: size }) => size <= 2,
      because: "Of two numbers one is as far above their mean as the other is below, and this distance is their deviation. "
        + "All that is left of them is which one was larger. With one row nothing is left at all: its output is 0, then \u03b2.",
    }),
    question(view, {
      text: "Predict: an epoch has 45 batches, and the momentum is 0.99, Keras\u2019s default. How much of the initial 0 and 1 is "
        + "left in the moving statistics after the first epoch?",
      options: ["About a hundredth.", "About a third.", "Almost two thirds."],
      right: 2, prepare: { step: 1 }, ask: asking("step"), task: "Now drag the update from 1 to 45.",
      done: ({ step: t, momentum }) => t >= 45 && momentum === 0.99,
      because: "0.99^45 is 0.636. Early validation scores are computed with statistics that are mostly the initial ones; "
        + "a momentum of 0.9 would have forgotten them.",
    }),
    goal(view, {
      text: "A feature of deviation 0.01 (drag it down) shifts by at least 2 deviations. Make the outputs in inference at update 120 "
        + "almost standardized: mean between \u22120.2 and 0.2, deviation between 0.9 and 1.1.",
      checks() {
        const { state, n } = now, here = state.stddev < 0.0105 && Math.abs(state.shift) >= 2 - 1e-9 && state.step === UPDATES;
        return [{ text: "deviation 0.01, shift at least 2, update 120", met: here },
          { text: `mean in inference ${number(n["inference.mean"], 2)}, between \u22120.2 and 0.2`, met: here && Math.abs(n["inference.mean"]) <= 0.2 },
          { text: `deviation in inference ${number(n["inference.deviation"], 2)}, between 0.9 and 1.1`,
            met: here && Math.abs(n["inference.deviation"] - 1) <= 0.1 }];
      },
      praise: "It took both: a momentum that forgets the variance 1 of the beginning, which is 10,000 times that of the feature, "
        + "and an \u03b5 below the feature\u2019s variance.",
    }),
  ];

  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", height: HEIGHT, "aria-label": "Statistics of the batches, moving statistics, and one batch normalized with each" },
    backdrop, ...Object.values(charts).flatMap(({ truth, dots, moving }) => [truth, dots, moving]),
    ...Object.values(strips).flatMap(({ dots, mean, deviation: text }) => [dots, mean, text]), rail,
    shift.element, stddev.element, step.element, stepText, chip);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "Batch statistics and moving statistics", choices: groups.map(({ element }) => element), figure, panel, tasks, refresh, widest: 660,
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
  batch_size: (size) => size >= 1 && size <= 2 ** LARGEST && Number.isInteger(Math.log2(size)),
  momentum: (momentum) => MOMENTA.includes(momentum),
  epsilon: (epsilon) => EPSILONS.includes(epsilon),
  stddev: (stddev) => stddev >= STDDEVS[0] && stddev <= STDDEVS[1],
  shift: (shift) => shift >= SHIFTS[0] && shift <= SHIFTS[1],
  step: (step) => Number.isInteger(step) && step >= 1 && step <= UPDATES,
};

export default { render, accepts };
