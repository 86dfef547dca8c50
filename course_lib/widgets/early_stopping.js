// A training seen epoch by epoch, to be stopped by hand, and the rule of early stopping beside it.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { choice, clamp, draggable, fill, html, number, scale, show, svg, viewOf } from "./kit.js";
import { normals } from "./draws.js";

const EPOCHS = 60, RUNS = 3, PATIENCE = 20, TALLEST = 2, NOISE = { calm: 0.008, noisy: 0.04 };
const CHART = { top: 30, bottom: 226 }, LEFT = 40, RAILS = { epoch: CHART.bottom + 38, patience: CHART.bottom + 96 }, HEIGHT = RAILS.patience + 40;
const wobbles = {};

function lossesOf({ run, noise }) {
  const z = wobbles[run] ??= normals(0, 60 + run, EPOCHS);
  const at = Array.from({ length: EPOCHS }, (_, i) => i + 1), falling = at.map((t) => 1 / (1 + 0.4 * t));
  return { train: falling.map((f) => 2.2 * f), val: falling.map((f, i) => 0.3 + 1.9 * f + 0.4 * (at[i] / EPOCHS) ** 2 + NOISE[noise] * z[i]) };
}

// As EarlyStopping: the epoch after which it ends the training, if it does, and the best epoch until then.
function ruleOf(losses, patience, epochs) {
  let best = Infinity, bestEpoch = 1, wait = 0;
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    wait += 1;
    if (losses[epoch - 1] < best) [best, bestEpoch, wait] = [losses[epoch - 1], epoch, 0];
    else if (wait >= patience && epoch > 1) return { stopped: epoch, bestEpoch };
  }
  return { stopped: null, bestEpoch };
}

function settle(state) {
  const losses = lossesOf(state), rule = ruleOf(losses.val, state.patience, state.epoch);
  return { state, losses, rule, n: { train: losses.train[state.epoch - 1], val: losses.val[state.epoch - 1], best: losses.val[rule.bestEpoch - 1] } };
}

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  let now = settle(view.read()), width = 0;
  const ends = () => [LEFT, width - 14];
  const along = () => scale([1, EPOCHS], ends()), patient = () => scale([1, PATIENCE], [LEFT + 10, width - 24]);
  const high = (v) => CHART.bottom - (Math.min(Math.max(v, 0), TALLEST) / TALLEST) * (CHART.bottom - CHART.top);
  const said = () => (now.rule.stopped ? `the rule has stopped after epoch ${now.rule.stopped} with the weights of epoch ${now.rule.bestEpoch}`
    : `the rule goes on; best so far epoch ${now.rule.bestEpoch}`);

  function knob(key, most, grain, label) {
    const element = svg("g", { class: "grip", "data-key": key }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 9 }));
    return { element, text: svg("text", { class: "quiet" }), speak: draggable(element, { label, min: 1, max: most, step: () => 1, leap: () => 10, sideways: true, grain,
      value: () => model.get(key), change: (v) => view.write({ [key]: v }), grab: (gesture) => gesture && view.mark(gesture), text: (v) => `${v}; ${said()}` }) };
  }
  const knobs = {
    epoch: knob("epoch", EPOCHS, () => (EPOCHS - 1) / (ends()[1] - ends()[0]), "epoch to which the training has gone"),
    patience: knob("patience", PATIENCE, () => (PATIENCE - 1) / (width - LEFT - 34), "patience of the rule"),
  };
  const train = svg("polyline", { class: "curve forward" }), val = svg("polyline", { class: "curve backward chosen", "data-curve": "val" });
  const best = svg("circle", { class: "end-point", r: 5.5 }), here = svg("line", { class: "lever", y1: CHART.top - 6, y2: RAILS.epoch - 9 });
  const stop = svg("line", { class: "wanted", y1: CHART.top, y2: CHART.bottom }), stopText = svg("text", { class: "small", y: CHART.top - 4 });

  function scenery() {
    const words = (x, y, kind, ...text) => svg("text", { x, y, class: `small quiet ${kind}` }, ...text);
    const level = (v) => svg("line", { class: "grid", x1: LEFT, x2: width - 14, y1: high(v), y2: high(v) });
    return [words(4, 14, "start", "loss"), svg("text", { x: width - 8, y: 14, class: "small end" }, svg("tspan", { class: "as-forward" }, "training"), ", ",
      svg("tspan", { class: "as-secant" }, "validation")),
    ...[0, 0.5, 1, 1.5, 2].flatMap((v) => [level(v), words(LEFT - 8, high(v) + 4, "end", String(v))]),
    svg("line", { class: "rail", x1: ends()[0], x2: ends()[1], y1: RAILS.epoch, y2: RAILS.epoch }),
    svg("line", { class: "rail", x1: patient()(1), x2: patient()(PATIENCE), y1: RAILS.patience, y2: RAILS.patience })];
  }

  function draw() {
    const { state, losses, rule, n } = now, x = along();
    const points = (values) => values.slice(0, state.epoch).map((v, i) => `${x(i + 1).toFixed(1)},${high(v).toFixed(1)}`).join(" ");
    fill(train, { points: points(losses.train) });
    fill(val, { points: points(losses.val) });
    fill(best, { cx: x(rule.bestEpoch), cy: high(n.best) });
    fill(here, { x1: x(state.epoch), x2: x(state.epoch) });
    const end = rule.stopped ?? -9;
    fill(stop, { x1: x(Math.max(end, 1)), x2: x(Math.max(end, 1)), visibility: rule.stopped ? "visible" : "hidden" });
    fill(stopText, { x: clamp(x(Math.max(end, 1)), LEFT + 40, width - 130), visibility: rule.stopped ? "visible" : "hidden" }).textContent = "the rule stops";
    fill(knobs.epoch.element, { transform: `translate(${x(state.epoch)} ${RAILS.epoch})` });
    fill(knobs.patience.element, { transform: `translate(${patient()(state.patience)} ${RAILS.patience})` });
    fill(knobs.epoch.text, { x: clamp(x(state.epoch), LEFT + 30, width - 44), y: RAILS.epoch + 26 });
    fill(knobs.patience.text, { x: clamp(patient()(state.patience), LEFT + 40, width - 54), y: RAILS.patience + 26 });
    show(knobs.epoch.text, "epoch", state.epoch, `epoch ${state.epoch}`);
    show(knobs.patience.text, "patience", state.patience, `patience ${state.patience}`);
    for (const { speak } of Object.values(knobs)) speak();
  }

  function explain() {
    const { state, rule, n } = now;
    const value = (name, v, kind, digits = 3) => html("b", { class: kind, "data-number": name, "data-value": v }, number(v, digits));
    const ended = rule.stopped ? ["The rule ended it after epoch ", value("stopped", rule.stopped, "plain", 0), " and brings home epoch "]
      : [`The rule would go on: fewer than ${state.patience} in a row without improvement. Best so far: epoch `];
    panel.replaceChildren(html("p", {}, "If you stop here: training loss ", value("train", n.train, "forward"), ", validation loss ", value("val", n.val, ""), "."),
      html("p", {}, ...ended, value("best_epoch", rule.bestEpoch, "plain", 0), ", validation loss ", value("best", n.best, ""), "."));
  }

  function refresh() {
    now = settle(view.read());
    if (!width) return;
    draw();
    explain();
    for (const group of groups) group.refresh(now.state);
    for (const task of tasks) task.update(now.state);
    outer.say(`Epoch ${now.state.epoch}: validation loss ${number(now.n.val, 3)}; ${said()}.`);
  }

  const groups = [choice(view, "training", Array.from({ length: RUNS }, (_, run) => [String(run + 1), { run }])),
    choice(view, "loss", Object.keys(NOISE).map((noise) => [noise, { noise }]))];
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const tasks = [
    question(view, {
      text: "Predict: the loss is noisy and lowest near epoch 25. Where does the rule with patience 1 end this training?",
      options: ["A little after epoch 25: it sees the loss rise.", "Within the first ten epochs.", "Nowhere: noise always brings a new best value."],
      right: 1, prepare: { epoch: 1, patience: 1 }, ask: asking("epoch"), task: "Now drag the epoch up to 30.",
      done: ({ epoch, patience, noise, run }) => epoch >= 30 && patience === 1 && noise === "noisy" && run === 0,
      because: "One epoch that is worse than the best is enough, and with noise that comes soon, while the loss is still falling steeply. Patience is there to sit through it.",
    }),
    question(view, {
      text: "Predict: a calm loss, patience 10, and the best weights are restored. What does the rule cost and bring?",
      options: ["It ends at the minimum and brings its weights.", "It ends ten epochs after the best one, and brings the weights of the best.", "It ends ten epochs after the best one, and brings those of the last."],
      right: 1, prepare: { noise: "calm", epoch: 20, patience: 10 }, ask: asking("epoch"), task: "Now drag the epoch up to 60.",
      done: ({ epoch, patience, noise }) => epoch >= EPOCHS && patience === 10 && noise === "calm",
      because: "That an epoch was the best can be known only afterwards, so the rule pays ten epochs for certainty. Without restored weights it would bring home the last ones.",
    }),
    goal(view, {
      text: "With the noisy loss, find a patience of at most 6 that loses at most 0.02 against the lowest loss, on each of the three trainings.",
      checks() {
        const { patience, noise } = now.state, here = noise === "noisy" && patience <= 6;
        return [{ text: "noisy, patience at most 6", met: here }, ...Array.from({ length: RUNS }, (_, run) => {
          const { val } = lossesOf({ run, noise }), lost = val[ruleOf(val, patience, EPOCHS).bestEpoch - 1] - Math.min(...val);
          return { text: `training ${run + 1}: ${number(lost, 3)} lost`, met: here && lost <= 0.02 };
        })];
      },
      praise: "One training would not have been enough to choose it: what suits one noise is too short for another. More patience costs epochs, less costs the minimum.",
    }),
  ];

  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", height: HEIGHT, "aria-label": "Training and validation loss up to an epoch, and where the rule stops" }, backdrop, stop, stopText, train, val,
    best, here, ...Object.values(knobs).flatMap(({ text, element }) => [text, element]));
  figure.append(picture);
  const outer = frame(el, view, {
    name: "Early stopping", choices: groups.map(({ element }) => element), figure, panel, tasks, refresh, widest: 620,
    resize(available) {
      width = available;
      fill(picture, { viewBox: `0 0 ${width} ${HEIGHT}`, width });
      backdrop.replaceChildren(...scenery());
    },
  });
  return outer.stop;
}

// What a link to a view may hold.
const whole = (v, most, least = 1) => Number.isInteger(v) && v >= least && v <= most;
const accepts = {
  run: (run) => whole(run, RUNS - 1, 0),
  noise: (noise) => Object.hasOwn(NOISE, noise),
  epoch: (epoch) => whole(epoch, EPOCHS),
  patience: (patience) => whole(patience, PATIENCE),
};

export default { render, accepts };
