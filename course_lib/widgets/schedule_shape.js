// The learning rate as a curve to be drawn, and what a small network's loss makes of it.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { choice, clamp, draggable, fill, html, number, scale, show, svg, viewOf } from "./kit.js";
import { LOST, STEPS, trained } from "./small_network.js";

const WORDS = { constant: "constant", power: "power", exponential: "exponential", piecewise: "piecewise", performance: "performance",
  one_cycle: "1cycle", cosine: "cosine", step: "step decay", own: "your own" };
const BATCH = 4, EPOCH = 16, EVERY = 30, CORNERS = STEPS / EVERY + 1, LOWEST = 1e-5, HIGHEST = 0.5, PEAKS = [0.003, 0.5], SEEDS = [0, 1, 2];
const RATES = [1e-5, 1], LOSSES = [10 ** -0.9, 10], PATIENCE = 2, FACTOR = 0.5, MIN_DELTA = 1e-4;
const TOP = { rates: [28, 188], losses: [232, 372] }, LEFT = 46, CHIP = 426, HEIGHT = 446;

// Those of course_lib.schedules; p: the largest rate.
const PLANS = {
  constant: (p) => () => p,
  power: (p) => (t) => p / (1 + (10 * t) / STEPS),
  exponential: (p) => (t) => p * 0.1 ** ((2 * t) / STEPS),
  piecewise: (p) => (t) => (t <= STEPS / 2 ? p : t <= (3 * STEPS) / 4 ? p / 10 : p / 100),
  cosine: (p) => (t) => p * (0.99 * (1 + Math.cos((Math.PI * t) / STEPS)) / 2 + 0.01),
  step: (p) => (t) => p * 0.5 ** Math.floor(t / (4 * EPOCH)),
  one_cycle(p) {
    const h = Math.floor(0.45 * STEPS), first = p / 10, last = p / 1e4;
    return (t) => (t <= 2 * h ? first + (p - first) * Math.max(0, 1 - Math.abs(t / h - 1)) : first + ((last - first) * (t - 2 * h)) / (STEPS - 2 * h));
  },
};

const ABOUT = {
  constant: "The same rate throughout.",
  power: "Power, c = 1, s = 24 steps: half after 24 steps, an eleventh at the end.",
  exponential: "Exponential, s = 120 steps: a tenth after each 120, a hundredth at the end.",
  piecewise: "Piecewise constant: a tenth after 120 steps, a hundredth after 180.",
  performance: "Performance: halved after two epochs (of 16 steps) without a better validation loss.",
  one_cycle: "1cycle: from a tenth up to the largest rate in 108 steps, back in 108, then down to a ten-thousandth.",
  cosine: "Half a cosine, down to a hundredth.",
  step: "Step decay: halved every four epochs of 16 steps.",
  own: "Your own: from control point to control point the rate changes by equal factors.",
};

const through = (points) => (t) => {
  const i = Math.min(Math.floor(t / EVERY), CORNERS - 2);
  return points[i] * (points[i + 1] / points[i]) ** (t / EVERY - i);
};

// Performance scheduling: the rate, and what it does after each step.
function plateau(peak) {
  let rate = peak, best = Infinity, wait = 0;
  return { rate: () => rate, watch(step, loss) {
    if (step % EPOCH) return;
    if (loss + MIN_DELTA < best) { best = loss; wait = 0; } else if ((wait += 1) >= PATIENCE) { rate *= FACTOR; wait = 0; }
  } };
}

function training({ schedule, peak, points, seed }) {
  if (schedule === "performance") {
    const { rate, watch } = plateau(peak);
    return trained(rate, seed, BATCH, watch);
  }
  return trained(schedule === "own" ? through(points) : PLANS[schedule](peak), seed, BATCH);
}

const largestOf = ({ schedule, peak, points }) => (schedule === "own" ? Math.max(...points) : peak);

function settle(state) {
  const { rates, found } = training(state), largest = largestOf(state);
  const constant = trained(() => largest, state.seed, BATCH).found;
  return { state, rates, found, constant, n: { loss: found.at(-1), constant: constant.at(-1), largest, last: rates.at(-1),
    sum: rates.reduce((total, rate) => total + rate, 0) } };
}

// The rates at the control points of any schedule: what a reader starts from who drags one of them.
function corners({ state, rates }) {
  if (state.schedule === "own") return state.points;
  const plan = PLANS[state.schedule]?.(state.peak) ?? ((t) => rates[Math.min(t, rates.length - 1)]);
  return Array.from({ length: CORNERS }, (_, i) => clamp(Number(plan(i * EVERY).toPrecision(3)), LOWEST, HIGHEST));
}

const tidy = (v) => String(Number(v.toPrecision(2)));
const worded = (loss) => (loss >= LOST ? "diverged" : number(loss, 3));

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  const found = new Set();
  let now = settle(view.read()), width = 0;

  const x = () => scale([0, STEPS], [LEFT, width - 18]);
  const place = (range, [top, bottom]) => { const to = scale(range, [bottom, top], { log: true }); return (v) => to(clamp(v, range[0] / 1.05, range[1] * 1.05)); };
  const y = { rate: place(RATES, TOP.rates), loss: place(LOSSES, TOP.losses) };
  const perPixel = Math.log10(RATES[1] / RATES[0]) / (TOP.rates[1] - TOP.rates[0]);
  const marked = { grab: (gesture) => gesture && view.mark(gesture) };
  const said = () => (now.n.loss >= LOST ? "the training diverges" : `the loss ends at ${number(now.n.loss, 3)}`);

  const grips = Array.from({ length: CORNERS }, (_, i) => {
    const element = svg("g", { class: "grip", "data-key": `point${i}` }, svg("rect", { class: "target", x: -13, y: -18, width: 26, height: 36 }), svg("circle", { r: 8 }));
    const speak = draggable(element, { ...marked, label: `rate at step ${i * EVERY}, as a power of ten`, min: Math.log10(LOWEST), max: Math.log10(HIGHEST),
      step: () => 0.05, leap: () => 0.5, finest: () => 0.01, upright: true, grain: () => perPixel, value: () => Math.log10(corners(now)[i]),
      change(v) {
        const points = corners(now).slice();
        points[i] = clamp(Number((10 ** v).toPrecision(3)), LOWEST, HIGHEST);
        view.write({ schedule: "own", points });
      }, text: () => `rate ${tidy(corners(now)[i])}; ${said()}` });
    return { element, speak };
  });
  const chipText = svg("text", { y: 4.5, x: 82, class: "forward" });
  const chip = svg("g", { class: "chip", "data-key": "peak", transform: `translate(8 ${CHIP})` }, svg("rect", { x: 0, y: -14, width: 164, height: 28, rx: 14 }), chipText);
  const speakChip = draggable(chip, { ...marked, label: "largest rate, as a power of ten", min: Math.log10(PEAKS[0]), max: Math.log10(PEAKS[1]), step: () => 0.02, leap: () => 0.2,
    finest: () => 0.01, grain: () => 0.01, value: () => Math.log10(now.n.largest), change(v) {
      const wanted = clamp(Number((10 ** v).toPrecision(3)), ...PEAKS);
      if (now.state.schedule !== "own") { view.write({ peak: wanted }); return; }
      const factor = wanted / now.n.largest;
      view.write({ points: now.state.points.map((p) => clamp(Number((p * factor).toPrecision(3)), LOWEST, HIGHEST)) });
    }, text: () => `${tidy(now.n.largest)}; ${said()}` });

  const curves = { rate: svg("polyline", { class: "curve forward chosen", "data-curve": "rate" }), constant: svg("polyline", { class: "curve true", "data-curve": "constant" }),
    loss: svg("polyline", { class: "curve backward chosen", "data-curve": "loss" }) };
  const ending = svg("text", { y: TOP.losses[0] - 14, class: "label end" });

  function scenery() {
    const words = (at, height, kind, text) => svg("text", { x: at, y: height, class: `small ${kind}` }, text);
    const level = (to, v, text) => [svg("line", { class: "grid", x1: LEFT, x2: width - 18, y1: to(v), y2: to(v) }), words(LEFT - 12, to(v) + 4, "quiet end", text)];
    return [words(4, 14, "forward start", "learning rate"), words(4, TOP.losses[0] - 14, "backward start", "validation loss"),
      ...[1, 0.1, 0.01, 0.001, 0.0001, 0.00001].flatMap((v, k) => level(y.rate, v, ["1", "0.1", "0.01", "0.001", "1e\u22124", "1e\u22125"][k])),
      ...[0.2, 0.5, 1, 2, 5, 10].flatMap((v) => level(y.loss, v, String(v))),
      ...[0, 60, 120, 180, 240].map((step) => words(x()(step), TOP.losses[1] + 18, "quiet", String(step))), words(4, TOP.losses[1] + 18, "quiet start", "step")];
  }

  function draw() {
    const { state, n } = now, path = (values, to) => values.map((v, k) => `${x()(k).toFixed(1)},${to(v).toFixed(1)}`).join(" ");
    fill(curves.rate, { points: path(now.rates, y.rate) });
    fill(curves.loss, { points: path(now.found, y.loss) });
    fill(curves.constant, { points: path(now.constant, y.loss) });
    for (const [i, rate] of corners(now).entries()) {
      fill(grips[i].element, { transform: `translate(${x()(i * EVERY)} ${y.rate(rate)})` });
      grips[i].speak();
    }
    speakChip();
    show(fill(ending, { x: width - 18 }), "loss", n.loss, n.loss >= LOST ? "diverged" : `ends at ${worded(n.loss)}`);
    show(chipText, "largest", n.largest, `largest rate ${tidy(n.largest)}`);
    fill(picture, { "data-seed": state.seed });
  }

  function explain() {
    const { state, n } = now, value = (name, v, text) => html("b", { class: "plain", "data-number": name, "data-value": v }, text);
    panel.replaceChildren(html("p", {}, ABOUT[state.schedule]), html("ol", {},
      html("li", {}, "dashed: a constant rate of ", tidy(n.largest), ", ", n.constant >= LOST ? "" : "ends at ", value("constant", n.constant, worded(n.constant))),
      html("li", {}, "rate of the last step: ", value("last", n.last, tidy(n.last)), "; all rates together: ", value("sum", n.sum, number(n.sum, 2)))));
  }

  const everySeed = (state, limit) => SEEDS.every((seed) => training({ ...state, seed }).found.at(-1) < limit);
  function refresh() {
    now = settle(view.read());
    const { state, n } = now;
    if (!found.has("low") && n.loss < 0.235 && everySeed(state, 0.235)) found.add("low");
    if (!found.has("high") && n.largest >= 0.15 && n.loss < 0.3 && everySeed(state, 0.3)) found.add("high");
    if (!width) return;
    draw();
    explain();
    for (const group of groups) group.refresh(state);
    for (const task of tasks) task.update(state);
    outer.say(`${said()}.`.replace(/^t/, "T"));
  }

  const groups = [choice(view, "schedule", Object.keys(WORDS).filter((name) => name !== "own").map((name) => [WORDS[name], { schedule: name }])),
    choice(view, "seed", SEEDS.map((seed) => [String(seed), { seed }]))];
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const tasks = [
    question(view, {
      text: "Predict: the rate is 0.03 throughout. Now let it fall in the last 30 steps only, to a hundredth. What becomes of the final loss, 0.293?",
      options: ["Hardly anything: 30 steps at low rates are too few to learn.", "It falls by about a third.", "It rises: the network stops short of the minimum."],
      right: 1, prepare: {}, ask: asking("point8"), task: "Now drag the last control point down to 0.0003 or below.",
      done: ({ schedule, points, seed }) => schedule === "own" && seed === 0 && points[8] <= 3.2e-4 && points.slice(0, 8).every((p) => p === 0.03),
      because: "The network had long been where it should be; what kept the loss up was the noise of its last steps. Smaller steps carry less noise, and a few of them are enough.",
    }),
    question(view, {
      text: "Predict: a constant rate of 0.2 diverges within a few steps. What does 1cycle do whose largest rate is 0.2?",
      options: ["It diverges as well, near its peak.", "It does not diverge, but the high rates spoil the loss: it ends above 1.", "It does not diverge, and ends below 0.3."],
      right: 2, prepare: { schedule: "one_cycle" }, ask: asking("peak"), task: "Now drag the largest rate up to 0.2.",
      done: ({ schedule, peak, seed }) => schedule === "one_cycle" && seed === 0 && peak >= 0.199 && peak <= 0.21,
      because: "The first steps meet steep slopes, on which a rate of 0.2 overshoots. 1cycle comes to that rate later, in a region that bears it, and leaves it again. It is not the best peak, though: try 0.05.",
    }),
    goal(view, {
      text: "Two finds, each for all three seeds: a schedule that ends below 0.235; and one whose largest rate is at least 0.15 and which ends below 0.3.",
      checks: () => [{ text: "below 0.235 with the seeds 0, 1 and 2", met: found.has("low") },
        { text: "largest rate 0.15 or more, below 0.3 with the seeds 0, 1 and 2", met: found.has("high") }],
      praise: "No constant rate does either. A good schedule is one for the three seeds together: a result with one seed may be luck.",
    }),
  ];

  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", height: HEIGHT, "aria-label": "Learning rate and loss against the steps" }, backdrop, curves.constant, curves.loss, curves.rate, ending,
    ...grips.map(({ element }) => element), chip);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "The shape of a schedule", choices: groups.map(({ element }) => element), figure, panel, tasks, refresh, widest: 660,
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
  schedule: (name) => Object.hasOwn(WORDS, name),
  peak: (peak) => peak >= PEAKS[0] && peak <= PEAKS[1],
  points: (points) => points.length === CORNERS && points.every((p) => p >= LOWEST && p <= HIGHEST),
  seed: (seed) => SEEDS.includes(seed),
};

export default { render, accepts };
