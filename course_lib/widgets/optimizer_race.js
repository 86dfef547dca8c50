// All optimizers at once from one start, on a surface to choose.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { button, choice, clamp, draggable, fill, html, number, power, scale, show, svg, viewOf } from "./kit.js";
import { RULES, WRONG, stateOf } from "./rules.js";
import { STEPS, X, Y, contours, lowestOf, noiseAt, slopeAt, valueAt } from "./surfaces.js";

const NAMES = { sgd: "SGD", momentum: "momentum", nesterov: "Nesterov", adagrad: "Adagrad", rmsprop: "RMSprop", adadelta: "Adadelta",
  adam: "Adam", adamax: "Adamax", nadam: "Nadam", adamw: "AdamW" };
const RATES = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const CHOICES = { beta: [0, 0.5, 0.9, 0.99], rho: [0.5, 0.9, 0.99], beta_1: [0, 0.5, 0.9, 0.99], beta_2: [0.9, 0.99, 0.999],
  epsilon: [1e-7, 1e-3, 0.1], epsilon_mode: ["keras", "paper", "inside"], correction: ["on", "off"], decay: [0, 0.01, 0.1] };
const WORDS = { beta: "\u03b2 (momentum, Nesterov)", rho: "\u03c1 (RMSprop, Adadelta)", beta_1: "\u03b21 (Adam\u2026)", beta_2: "\u03b22 (Adam\u2026)",
  epsilon: "\u03b5", epsilon_mode: "\u03b5 of Adam, AdamW", correction: "bias correction of Adam, AdamW", decay: "\u03bb (AdamW)" };
// A start and rates (places in RATES) with which most optimizers have something to show.
const SURFACES = { ravine: ["Ravine", { x: -3, y: 2, rates: [7, 7, 7, 11, 8, 12, 9, 9, 9, 9], step: 60 }],
  beale: ["Beale", { x: 1, y: 1.5, rates: [5, 4, 4, 11, 8, 12, 9, 9, 9, 9], step: 100 }],
  saddle: ["Saddle", { x: -3, y: 0.02, rates: [9, 9, 9, 9, 8, 12, 8, 8, 8, 8], step: 60 }],
  noisy: ["Noisy ravine", { x: -3, y: 2, rates: [7, 5, 5, 11, 8, 12, 9, 9, 9, 9], step: 100 }] };
const VARIANTS = { none: "none: all as they should be", adam_climbs: "Adam, + in m and + in the step", rmsprop_minus: "RMSprop, minus in s",
  adagrad_plus: "Adagrad, plus in the step", adagrad_decayed: "Adagrad, s \u00d7 0.9", momentum_two_gradients: "momentum of two gradients",
  nesterov_uphill: "Nesterov, looks uphill", adadelta_gradients: "Adadelta, mean of gradients", adamax_signed: "Adamax without | |",
  adamax_root: "Adamax with a root" };
const CONDITIONS = [1, 200], GONE = 1000;
const LEFT = 42, RIGHT = 12, TOP = 8, CHART = 120, LOW = 1e-6, HIGH = 1e4;

function pathOf(name, state) {
  const eta = RATES[state.rates[Object.keys(NAMES).indexOf(name)]], [replaced, wrong] = WRONG[state.variant] ?? [];
  const rule = replaced === name ? wrong : RULES[name], ahead = state.variant === "nesterov_uphill" ? eta : state.beta;
  const memory = [stateOf(name), stateOf(name)], points = [[state.x, state.y]];
  for (let t = 1; t <= STEPS; t += 1) {
    const at = points.at(-1), seen = name === "nesterov" ? at.map((v, i) => v + ahead * memory[i].m) : at;
    const slope = slopeAt(state.surface, state.condition, ...seen), noise = noiseAt(state.surface, t - 1);
    const next = at.map((v, i) => {
      const kept = name === "adamw" && state.decay ? v - v * (eta * state.decay) : v;
      return kept + rule(memory[i], slope[i] + noise[i], eta, t, state);
    });
    if (!next.every((v) => Math.abs(v) <= GONE)) break;
    points.push(next);
  }
  return points;
}

// Three digits, or two with a power of ten.
function brieflyWritten(value) {
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e4) return number(value, Math.max(0, 2 - Math.floor(Math.log10(size))));
  if (size < 1e-300) return "0";
  const [digits, exponent] = value.toExponential(1).split("e");
  const raised = String(Number(exponent)).replace("-", "\u207b").replace(/\d/g, (d) => "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"[d]);
  return `${digits.replace("-", "\u2212")} \u00b7 10${raised}`;
}

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  const names = Object.keys(NAMES);
  let now = settle(), width = 0, playing = null;
  let behind = "";                                                // what the backdrop shows

  function settle() {
    const state = view.read(), paths = {}, losses = {};
    for (const [i, name] of names.entries()) {
      if (!state.shown[i]) continue;
      paths[name] = pathOf(name, state);
      losses[name] = paths[name].map(([x, y]) => valueAt(state.surface, state.condition, x, y));
    }
    return { state, paths, losses };
  }

  const inner = () => width - LEFT - RIGHT, mapHeight = () => (inner() * (Y[1] - Y[0])) / (X[1] - X[0]);
  const across = () => scale(X, [LEFT, LEFT + inner()]), down = () => scale(Y, [TOP + mapHeight(), TOP]);
  const place = (x, y) => [across()(clamp(x, ...X)), down()(clamp(y, ...Y))];
  const condition = () => TOP + mapHeight() + 30, chartTop = () => condition() + 46, chartEnd = () => chartTop() + CHART, stepRail = () => chartEnd() + 24;
  const along = () => scale([0, STEPS], [LEFT, LEFT + inner()]);
  const conditionAt = () => scale([0, Math.log10(CONDITIONS[1])], [LEFT + 130, LEFT + inner() - 8]);
  const height = (loss) => scale([Math.log10(LOW), Math.log10(HIGH)], [chartEnd(), chartTop()])(
    Math.log10(clamp(loss - lowestOf(now.state.surface), LOW, HIGH)));

  const marked = { grab: (gesture) => { pause(); if (gesture) view.mark(gesture); } };
  const lossAt = (name) => now.losses[name]?.[now.state.step];
  const said = () => names.filter((name) => now.paths[name]).map((name) => `${NAMES[name]} ${lossAt(name) === undefined ? "diverged"
    : lossAt(name).toPrecision(2)}`).join(", ");
  function knob(key, options) {
    const element = svg("g", { class: "grip", "data-key": key }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 9 }));
    return { element, speak: draggable(element, { ...marked, ...options }) };
  }
  const pixel = () => (X[1] - X[0]) / inner();
  let ordinate = null;                                          // where the pointer has the start, while it drags
  const start = knob("x", { label: "start; the arrow keys move it sideways", min: X[0], max: X[1], step: () => 0.1, leap: () => 0.5,
    finest: () => 0.01, value: () => model.get("x"),
    follow() {
      const from = [model.get("x"), model.get("y")], by = pixel();
      return (dx, dy) => { ordinate = clamp(Math.round((from[1] - dy * by) * 100) / 100, ...Y); return from[0] + dx * by; };
    },
    change(x) { view.write(ordinate === null ? { x } : { x, y: ordinate }); ordinate = null; },
    text: (v) => `x = ${number(v, 2)}, y = ${number(now.state.y, 2)}; ${said()}` });
  const upright = knob("y", { label: "height of the start", min: Y[0], max: Y[1], step: () => 0.1, leap: () => 0.5, finest: () => 0.01, upright: true,
    grain: pixel, value: () => model.get("y"), change: (y) => view.write({ y }), text: (v) => `y = ${number(v, 2)}; ${said()}` });
  const bend = knob("condition", { label: "condition number, as a power of ten", min: 0, max: Math.log10(CONDITIONS[1]), step: () => 0.05,
    leap: () => 0.25, finest: () => 0.01, sideways: true, grain: () => Math.log10(CONDITIONS[1]) / (inner() - 138),
    value: () => Math.log10(model.get("condition")), change: (v) => view.write({ condition: clamp(Number((10 ** v).toPrecision(3)), ...CONDITIONS) }),
    text: () => `${model.get("condition")}; ${said()}` });
  const time = knob("step", { label: "steps", min: 0, max: STEPS, step: () => 1, leap: () => 20, sideways: true, grain: () => STEPS / inner(),
    value: () => model.get("step"), change: (step) => view.write({ step }), text: (v) => `${v}; ${said()}` });

  const lines = Object.fromEntries(names.map((name, i) => [name, { path: svg("polyline", { class: `curve line-${i}`, "data-path": name }),
    loss: svg("polyline", { class: `curve line-${i}`, "data-losses": name }), tip: svg("circle", { class: `tip line-${i}`, r: 4.5 }) }]));
  const lever = svg("line", { class: "lever" }), startText = svg("text", { class: "small end" }), heightText = svg("text", { class: "small end" });
  const bendText = svg("text", { class: "small start" }), stepText = svg("text", { class: "small" });
  const inside = svg("clipPath", { id: "optimizer-race-map" }, svg("rect", {}));

  const rows = names.map((name, i) => {
    const swatch = svg("svg", { width: 26, height: 12, "aria-hidden": "true" }, svg("line", { class: `curve line-${i}`, x1: 1, x2: 25, y1: 6, y2: 6 }));
    const toggle = button(NAMES[name], () => {
      view.mark();
      view.write({ shown: model.get("shown").map((on, j) => (j === i ? 1 - on : on)) });
    });
    toggle.prepend(swatch);
    const rate = html("span", { class: "inline-handle", "data-key": `${name}.rate` });
    const speak = draggable(rate, { ...marked, label: `learning rate of ${NAMES[name]}`, min: 0, max: RATES.length - 1, step: () => 1, leap: () => 3,
      grain: () => 1 / 14, value: () => model.get("rates")[i], text: (v) => `${RATES[v]}; ${said()}`,
      change: (v) => view.write({ rates: model.get("rates").map((old, j) => (j === i ? v : old)) }) });
    const loss = html("b", { class: "plain" });
    return { name, i, toggle, rate, speak, loss, element: html("div", { class: "racer" }, toggle, rate, loss) };
  });

  function scenery() {
    const { surface, condition: kappa } = now.state, levels = Array.from({ length: 17 }, (_, k) => 0.03125 * 2.5 ** k + lowestOf(surface));
    const words = (x, y, kind, text) => svg("text", { x, y, class: `small ${kind}` }, text);
    const fine = inner() > 400 ? [90, 60] : [60, 40];
    return [svg("rect", { class: "window", x: LEFT, y: TOP, width: inner(), height: mapHeight() }),
      svg("path", { class: "grid", fill: "none", d: contours(surface, kappa, levels, fine, place) }),
      ...(surface === "beale" ? [svg("circle", { class: "goal-point", cx: place(3, 0.5)[0], cy: place(3, 0.5)[1], r: 3.5 })]
        : [svg("circle", { class: "goal-point", cx: place(0, 0)[0], cy: place(0, 0)[1], r: 3.5 })]),
      svg("line", { class: "track", x1: 12, x2: 12, y1: TOP, y2: TOP + mapHeight() }),
      ...[-6, -3, 0, 3].flatMap((exponent) => {
        const at = height(10 ** exponent + lowestOf(surface));
        return [svg("line", { class: "grid", x1: LEFT, x2: LEFT + inner(), y1: at, y2: at }), power(LEFT - 3, at + 4, exponent, "end")];
      }),
      words(LEFT, chartTop() - 8, "quiet start", surface === "saddle" ? "height above the map's lowest point" : "loss, after each step"),
      svg("line", { class: "track", x1: along()(0), x2: along()(STEPS), y1: stepRail(), y2: stepRail() }),
      ...(surface === "ravine" || surface === "noisy" ? [svg("line", { class: "track", x1: conditionAt()(0), x2: conditionAt()(Math.log10(CONDITIONS[1])),
        y1: condition(), y2: condition() })] : [])];
  }

  function draw() {
    const { state, paths, losses } = now, x = along(), end = stepRail() + 34;
    fill(picture, { viewBox: `0 0 ${width} ${end}`, width, height: end });
    fill(inside.firstChild, { x: LEFT, y: TOP, width: inner(), height: mapHeight() });
    const seen = [state.surface, state.condition, width].join();
    if (seen !== behind) backdrop.replaceChildren(...scenery());
    behind = seen;
    for (const [name, { path, loss, tip }] of Object.entries(lines)) {
      const points = paths[name]?.slice(0, state.step + 1) ?? [], here = paths[name]?.[state.step];
      fill(path, { points: points.map((point) => place(...point).map((v) => v.toFixed(1)).join(",")).join(" ") });
      fill(loss, { points: (losses[name] ?? []).map((v, t) => `${x(t).toFixed(1)},${height(v).toFixed(1)}`).join(" ") });
      fill(tip, here ? { cx: place(...here)[0], cy: place(...here)[1], visibility: "visible" } : { visibility: "hidden" });
    }
    fill(start.element, { transform: `translate(${place(state.x, state.y)})` });
    fill(upright.element, { transform: `translate(12 ${down()(state.y)})` });
    fill(time.element, { transform: `translate(${x(state.step)} ${stepRail()})` });
    fill(lever, { x1: x(state.step), x2: x(state.step), y1: chartTop() - 4, y2: stepRail() - 9 });
    fill(bend.element, { transform: `translate(${conditionAt()(Math.log10(state.condition))} ${condition()})` });
    show(fill(startText, { x: width - RIGHT - 66, y: TOP + 15 }), "x", state.x, `x ${number(state.x, 2)}`);
    show(fill(heightText, { x: width - RIGHT - 8, y: TOP + 15 }), "y", state.y, `y ${number(state.y, 2)}`);
    show(fill(bendText, { x: LEFT, y: condition() + 4 }), "condition", state.condition, `condition ${number(state.condition, 2)}`);
    show(fill(stepText, { x: clamp(x(state.step), LEFT + 20, width - 36), y: stepRail() + 28 }), "step", state.step, `step ${state.step}`);
    const bent = state.surface === "ravine" || state.surface === "noisy";
    for (const part of [bend.element, bendText]) part.classList.toggle("idle", !bent);
    for (const { name, i, toggle, rate, loss, speak } of rows) {
      toggle.setAttribute("aria-pressed", Boolean(state.shown[i]));
      show(rate, `${name}.rate`, RATES[state.rates[i]], `\u03b7 ${RATES[state.rates[i]]}`);
      speak();
      const value = lossAt(name);
      show(loss, `${name}.loss`, value ?? "", value === undefined ? (state.shown[i] ? "diverged" : "") : brieflyWritten(value));
    }
    for (const { speak } of [start, upright, bend, time]) speak();
  }

  function refresh() {
    now = settle();
    if (!width) return;
    draw();
    for (const group of groups) group.refresh(now.state);
    for (const [name, key] of surfaceButtons) key.setAttribute("aria-pressed", name === now.state.surface);
    for (const task of tasks) task.update(now.state);
    if (!playing) outer.say(`After ${now.state.step} steps: ${said()}.`);
  }

  function pause() {
    clearInterval(playing);
    playing = null;
    play.textContent = "Play";
  }
  const play = button("Play", () => {
    if (playing) { pause(); return; }
    view.mark();
    if (model.get("step") >= STEPS) view.write({ step: 0 });
    play.textContent = "Pause";
    playing = setInterval(() => {
      view.write({ step: Math.min(model.get("step") + 2, STEPS) });
      if (model.get("step") >= STEPS) pause();
    }, 80);
  });
  const once = button("Step", () => { pause(); view.mark(); view.write({ step: Math.min(model.get("step") + 1, STEPS) }); });
  const surfaceButtons = Object.entries(SURFACES).map(([name, [words, state]]) => [name, button(words, () => {
    pause();
    view.mark();
    view.write({ surface: name, ...state });
  })]);
  const surfaceGroup = html("div", { class: "choice", role: "group", "aria-label": "surface" }, html("span", {}, "surface"), ...surfaceButtons.map(([, key]) => key));
  const settings = Object.entries(CHOICES).map(([key, values]) => choice(view, WORDS[key], values.map((v) => [v === 1e-7 ? "0.0000001" : String(v), { [key]: v }])));
  const whatIf = choice(view, "", Object.entries(VARIANTS).map(([variant, words]) => [words, { variant }]));
  const groups = [...settings, whatIf];
  const fold = (words, ...parts) => html("details", {}, html("summary", {}, words), ...parts);
  panel.append(html("div", { class: "racers" }, ...rows.map(({ element }) => element)),
    fold("Hyperparameters of the rules", ...settings.map(({ element }) => element)),
    fold("What if? Rules as the sources print them, and wrong", whatIf.element));

  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const good = (name) => (lossAt(name) ?? Infinity) < 0.01;
  const tasks = [
    question(view, {
      text: "Predict: SGD runs down the ravine of condition number 25 with \u03b7 = 0.02. The walls become steeper, up to 150. What does SGD do, at the same \u03b7?",
      options: ["It arrives sooner: the slope is larger.", "It jumps between the walls and diverges.", "It takes the same way, more slowly."],
      right: 1, prepare: { shown: [1, 0, 0, 0, 0, 0, 1, 0, 0, 0] }, ask: asking("condition"), task: "Now drag the condition number up to 130 or more.",
      done: ({ surface, condition: kappa }) => surface === "ravine" && kappa >= 130,
      because: "Across the ravine each step multiplies y by 1 \u2212 0.02 \u03ba, and beyond \u03ba = 100 this is less than \u22121. Adam, whose step in each "
        + "direction is about as long as its learning rate, hardly notices the steeper wall.",
    }),
    question(view, {
      text: "Predict: all start almost on the ridge of a saddle, at y = 0.02, where the way down is hardly sloped. Which of the six leaves first?",
      options: ["Momentum: it gathers speed.", "SGD: it follows the slope without detours.", "RMSprop: it divides by the small slope."],
      right: 2, prepare: { surface: "saddle", ...SURFACES.saddle[1], step: 0 }, ask: asking("step"), task: "Now drag the step from 0 to 60.",
      done: ({ surface, step: t }) => surface === "saddle" && t >= 60,
      because: "A slope of 0.0004 moves SGD by 0.00004. RMSprop divides each coordinate\u2019s gradient by its own recent size, so that its steps in y are as "
        + "long as those in x. Adam does so, too; Adagrad\u2019s accumulator starts at 0.1, which is far more than these squares.",
    }),
    goal(view, {
      text: "On Beale\u2019s surface, from a start with x \u2264 0, bring SGD, momentum and Adam to a loss below 0.01 within 200 steps, all three. Learning rates and "
        + "hyperparameters are yours.",
      checks() {
        const { state } = now, here = state.surface === "beale" && state.x <= 1e-9 && state.variant === "none";
        return [{ text: "Beale, x \u2264 0, no wrong rule", met: here },
          ...["sgd", "momentum", "adam"].map((name) => ({ text: `${NAMES[name]} ${lossAt(name) === undefined ? "diverged or hidden" : brieflyWritten(lossAt(name))}, `
            + "below 0.01", met: here && good(name) }))];
      },
      praise: "Each needs a rate of its own, and the best one changes with the start. That is why a comparison at one rate for all says little.",
    }),
  ];

  const backdrop = svg("g");
  const paths = svg("g", { "clip-path": "url(#optimizer-race-map)" }, ...Object.values(lines).flatMap(({ path, tip }) => [path, tip]));
  const picture = svg("svg", { role: "group", "aria-label": "A map with the paths of the optimizers, and their loss after each step" }, inside, backdrop, paths,
    ...Object.values(lines).map(({ loss }) => loss), lever, start.element, upright.element, startText, heightText, bendText, bend.element, time.element, stepText);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "Optimizers on a surface", choices: [surfaceGroup, play, once], figure, panel, tasks, pause, refresh, widest: 720,
    resize(available) { width = available; },
  });
  return outer.stop;
}

// What a link to a view may hold.
const whole = (low, high) => (v) => Number.isInteger(v) && v >= low && v <= high;
const tenOf = (test) => (values) => values.length === 10 && values.every(test);
const accepts = {
  surface: (surface) => Object.hasOwn(SURFACES, surface),
  x: (x) => x >= X[0] && x <= X[1],
  y: (y) => y >= Y[0] && y <= Y[1],
  condition: (kappa) => kappa >= CONDITIONS[0] && kappa <= CONDITIONS[1],
  step: whole(0, STEPS),
  rates: tenOf(whole(0, RATES.length - 1)),
  shown: tenOf(whole(0, 1)),
  ...Object.fromEntries(Object.entries(CHOICES).map(([key, values]) => [key, (v) => values.includes(v)])),
  variant: (variant) => Object.hasOwn(VARIANTS, variant),
};

export default { render, accepts };
