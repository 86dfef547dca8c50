// The range test as a tool: smooth its losses, read a rate off the curve, and see a training at that rate.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { choice, clamp, draggable, fill, html, number, scale, show, svg, viewOf } from "./kit.js";
import { LOST, STEPS, trained } from "./small_network.js";

const BATCH = 16, TRIED = 200, RATES = [1e-4, 1], SMOOTHINGS = [0, 0.98], SEEDS = [0, 1, 2], STOP = 4, LOSSES = [0.1, 10 ** 1.2];
const TEST = [46, 206], GRIP = 226, TRAINING = [326, 436], LEFT = 46, CHIP = 282, HEIGHT = 466;

const growing = (k) => RATES[0] * (RATES[1] / RATES[0]) ** Math.min(1, k / (TRIED - 1));

function tested(state) {
  const { rates, losses } = trained(growing, state.seed, BATCH), smoothed = [];
  let average = 0, lowest = 0;
  for (let k = 0; k < Math.min(TRIED, losses.length); k += 1) {
    average = state.smoothing * average + (1 - state.smoothing) * losses[k];
    smoothed.push(average / (1 - state.smoothing ** (k + 1)));
    if (smoothed[k] < smoothed[lowest]) lowest = k;
    if (smoothed[k] > STOP * smoothed[lowest]) break;
  }
  return { rates, losses, smoothed, turning: rates[lowest], low: smoothed[lowest] };
}

function settle(state) {
  const test = tested(state), { found } = trained(() => state.rate, state.seed, BATCH);
  return { state, test, found, n: { turning: test.turning, suggestion: test.turning / 10, lowest: test.low, loss: found.at(-1) } };
}

const tidy = (v) => String(Number(v.toPrecision(2)));

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  const good = new Set();
  let now = settle(view.read()), width = 0;

  const x = () => scale(RATES, [LEFT, width - 18], { log: true }), along = () => scale([0, STEPS], [LEFT, width - 18]);
  const place = ([top, bottom]) => { const to = scale(LOSSES, [bottom, top], { log: true }); return (v) => to(clamp(v, LOSSES[0], LOSSES[1] * 1.05)); };
  const y = { test: place(TEST), training: place(TRAINING) };
  const marked = { grab: (gesture) => gesture && view.mark(gesture) };
  const said = () => (now.n.loss >= LOST ? "the training diverges" : `the training ends at ${number(now.n.loss, 3)}`);

  const grip = svg("g", { class: "grip", "data-key": "rate" }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 9 }));
  const speakGrip = draggable(grip, { ...marked, label: "rate to train at, as a power of ten", min: Math.log10(RATES[0]), max: Math.log10(RATES[1]), step: () => 0.05,
    leap: () => 0.5, finest: () => 0.01, sideways: true, grain: () => Math.log10(RATES[1] / RATES[0]) / (width - 18 - LEFT), value: () => Math.log10(model.get("rate")),
    change: (v) => view.write({ rate: clamp(Number((10 ** v).toPrecision(3)), ...RATES) }), text: () => `${tidy(model.get("rate"))}; ${said()}` });
  const lever = svg("line", { class: "lever", y1: TEST[0] - 6, y2: GRIP - 9 });
  const chipText = svg("text", { y: 4.5, x: 72, class: "forward" });
  const chip = svg("g", { class: "chip", "data-key": "smoothing", transform: `translate(8 ${CHIP})` }, svg("rect", { x: 0, y: -14, width: 144, height: 28, rx: 14 }), chipText);
  const speakChip = draggable(chip, { ...marked, label: "smoothing of the losses", min: SMOOTHINGS[0], max: SMOOTHINGS[1], step: () => 0.02, leap: () => 0.2, finest: () => 0.01,
    grain: () => 0.005, value: () => model.get("smoothing"), change: (v) => view.write({ smoothing: v }), text: (v) => `${number(v, 2)}; the curve is lowest at ${tidy(now.n.turning)}` });

  const curves = { smoothed: svg("polyline", { class: "curve forward chosen", "data-curve": "smoothed" }), training: svg("polyline", { class: "curve backward chosen", "data-curve": "training" }) };
  const dots = svg("path", { class: "points" }), turn = svg("line", { class: "unity", y1: TEST[0], y2: TEST[1] });
  const texts = { turning: svg("text", { y: TEST[0] - 4 }), title: svg("text", { x: 4, y: TRAINING[0] - 8, class: "backward small start" }), loss: svg("text", { y: TRAINING[0] - 8, class: "label end" }) };

  function scenery() {
    const words = (at, height, kind, text) => svg("text", { x: at, y: height, class: `small ${kind}` }, text);
    const level = (to, v) => [svg("line", { class: "grid", x1: LEFT, x2: width - 18, y1: to(v), y2: to(v) }), words(LEFT - 12, to(v) + 4, "quiet end", String(v))];
    return [words(4, 14, "quiet start", "range test: loss of each batch, and its average"), ...[0.1, 1, 10].flatMap((v) => [...level(y.test, v), ...level(y.training, v)]),
      ...[1e-4, 1e-3, 1e-2, 1e-1, 1].map((v) => words(x()(v), GRIP + 30, "quiet", v === 1e-4 ? "1e\u22124" : String(v))), words(4, GRIP + 30, "quiet start", "rate"),
      ...[0, 60, 120, 180, 240].map((step) => words(along()(step), TRAINING[1] + 18, "quiet", String(step))), words(4, TRAINING[1] + 18, "quiet start", "step")];
  }

  function draw() {
    const { state, test, n } = now, at = x()(state.rate), turning = x()(n.turning);
    const placed = (values, to) => values.map((v, k) => `${x()(test.rates[k]).toFixed(1)},${to(v).toFixed(1)}`);
    fill(curves.smoothed, { points: placed(test.smoothed, y.test).join(" ") });
    fill(dots, { d: placed(test.losses.slice(0, test.smoothed.length), y.test).map((p) => `M${p.replace(",", " ")}h.1`).join("") });
    fill(curves.training, { points: now.found.map((v, k) => `${along()(k).toFixed(1)},${y.training(v).toFixed(1)}`).join(" ") });
    fill(turn, { x1: turning, x2: turning });
    fill(lever, { x1: at, x2: at });
    fill(grip, { transform: `translate(${at} ${GRIP})` });
    const right = turning < width / 2;
    show(fill(texts.turning, { x: turning + (right ? 6 : -6), class: `small label ${right ? "start" : "end"}` }), "turning", n.turning, `lowest at ${tidy(n.turning)}`);
    show(texts.title, "rate", state.rate, `training at ${tidy(state.rate)}: validation loss`);
    show(fill(texts.loss, { x: width - 18 }), "loss", n.loss, n.loss >= LOST ? "diverged" : `ends at ${number(n.loss, 3)}`);
    show(chipText, "smoothing", state.smoothing, `smoothing ${number(state.smoothing, 2)}`);
    speakGrip();
    speakChip();
  }

  function explain() {
    const { n } = now, value = (name, v, text) => html("b", { class: "plain", "data-number": name, "data-value": v }, text);
    panel.replaceChildren(html("ol", {}, html("li", {}, "lowest smoothed loss ", value("lowest", n.lowest, number(n.lowest, 3)), ", at the rate ", html("b", { class: "plain" }, tidy(n.turning))),
      html("li", {}, "a tenth of that rate: ", value("suggestion", n.suggestion, tidy(n.suggestion)))));
  }

  function refresh() {
    now = settle(view.read());
    const { state, n } = now;
    if (n.loss < 0.25) good.add(state.seed);
    if (!width) return;
    draw();
    explain();
    for (const group of groups) group.refresh(state);
    for (const task of tasks) task.update(state);
    outer.say(`${said()}.`.replace(/^t/, "T"));
  }

  const groups = [choice(view, "seed", SEEDS.map((seed) => [String(seed), { seed }]))];
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const tasks = [
    question(view, {
      text: "Predict: the test breaks off at the rate 0.13, its average loss 2.5, which is less than the 4.5 it began with. What does a training do whose rate is 0.3 from its first step?",
      options: ["It is noisy, and ends at about 2.", "It is fast, and ends lower than one at 0.03.", "It diverges."],
      right: 2, prepare: {}, ask: asking("rate"), task: "Now drag the line to the right, to 0.3.", done: ({ rate, seed }) => seed === 0 && rate >= 0.25,
      because: "The test came to its rates through smaller ones, stayed at each for one step, and its average shows the rise late. A training meets a rate with fresh weights and keeps it. So one goes well below the turn.",
    }),
    question(view, {
      text: "Predict: the average is made slower, smoothing 0.98 instead of 0.5. Where is its lowest place then?",
      options: ["At the same rate: smoothing takes away noise, nothing else.", "At a larger rate.", "At a smaller rate."],
      right: 1, prepare: { smoothing: 0.5 }, ask: asking("smoothing"), task: "Now drag the smoothing up to 0.98.", done: ({ smoothing, seed }) => seed === 0 && smoothing >= 0.98 - 1e-9,
      because: "An average looks back. While the losses already rise, it still forgets the high ones of the beginning and goes on falling. A rate read off a slow average is too large.",
    }),
    goal(view, {
      text: "Read off a rate whose training ends below 0.25, for each of the three seeds. The rates may differ.",
      checks: () => SEEDS.map((seed) => ({ text: `seed ${seed}, below 0.25`, met: good.has(seed) })),
      praise: "They lie at a third to a half of the rate at which the curve turns up; a tenth is cautious here. And with seed 2 the first batch is the luckiest of all, so that the lowest place is the first: look at the curve, not at a number alone.",
    }),
  ];

  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", height: HEIGHT, "aria-label": "The range test, and a training at the rate that was read off" }, backdrop, turn, dots, curves.smoothed,
    curves.training, texts.turning, texts.title, texts.loss, lever, grip, chip);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "Reading a range test", choices: groups.map(({ element }) => element), figure, panel, tasks, refresh, widest: 660,
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
  rate: (rate) => rate >= RATES[0] && rate <= RATES[1],
  smoothing: (share) => share >= SMOOTHINGS[0] && share <= SMOOTHINGS[1],
  seed: (seed) => SEEDS.includes(seed),
};

export default { render, accepts };
