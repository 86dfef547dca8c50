// A layer's cloud of sums z to drag below 0, which units die there, and what training makes of them.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { choice, clamp, draggable, fill, html, number, scale, show, svg, viewOf } from "./kit.js";
import { normals } from "./draws.js";

const ROWS = 32, UNITS = 12, INPUTS = 2;
const OUTPUT = 0.3;                                             // the size of the output weights, every second one negative
const RATE = 2, LAST = 200, BIASES = [-12, 2], SLOPES = [0.2, 0.01];
const KINDS = { relu: "ReLU", leaky_relu: "leaky ReLU", elu: "ELU" };
const AXIS = [-16, 6], TICKS = [-15, -10, -5, 0, 5];            // of the sums z
const TOP = 46, PITCH = 13, BOTTOM = TOP + PITCH * UNITS, GRIP = BOTTOM + 40;
const STEPS = GRIP + 62, TITLES = STEPS + 42, SMALL = TITLES + 18, THIN = 9, BELOW = SMALL + THIN * UNITS, HEIGHT = BELOW + 44;

const x = normals(0, 0, ROWS * INPUTS), kernel = normals(0, 1, INPUTS * UNITS);
const y = Array.from({ length: ROWS }, (_, i) => (x[INPUTS * i] + x[INPUTS * i + 1] > 0 ? 1 : 0));

// A layer's parameters: the kernel row by row, then the biases.
const SIZE = (INPUTS + 1) * UNITS;
function startOf(bias) {
  const start = new Float64Array(SIZE).fill(bias);
  start.set(kernel);
  return start;
}

function sums(theta) {
  const z = new Float64Array(ROWS * UNITS);
  for (let i = 0; i < ROWS; i += 1) {
    for (let j = 0; j < UNITS; j += 1) {
      z[i * UNITS + j] = x[INPUTS * i] * theta[j] + x[INPUTS * i + 1] * theta[UNITS + j] + theta[2 * UNITS + j];  // Z = X W + b
    }
  }
  return z;
}

const outputWeights = Float64Array.from({ length: UNITS }, (_, j) => (j % 2 ? -OUTPUT : OUTPUT));

// Above 0 all three are z; below, leak z, or, where leak is null, e^z - 1.
const leakOf = (kind, slope) => ({ relu: 0, leaky_relu: slope, elu: null })[kind];
const valueOf = (z, leak) => (z > 0 ? z : leak === null ? Math.expm1(z) : leak * z);
const slopeOf = (z, leak) => (z > 0 ? 1 : leak === null ? Math.exp(z) : leak);

// Gradient descent on the layer: its parameters before each step, and after the last. All of it runs in each step of a
// drag, so value and slope are computed together, without calls.
function train(leak, bias) {
  const path = [startOf(bias)], slopes = new Float64Array(UNITS);
  for (let t = 0; t < LAST; t += 1) {
    const theta = path[t], next = theta.slice();
    for (let i = 0; i < ROWS; i += 1) {
      const x0 = x[INPUTS * i], x1 = x[INPUTS * i + 1];
      let s = 0;
      for (let j = 0; j < UNITS; j += 1) {
        const z = x0 * theta[j] + x1 * theta[UNITS + j] + theta[2 * UNITS + j];
        let value = z, slope = 1;
        if (z <= 0) {
          slope = leak === null ? Math.exp(z) : leak;
          value = leak === null ? slope - 1 : leak * z;
        }
        s += value * outputWeights[j];
        slopes[j] = slope;
      }
      const step = (RATE * (1 / (1 + Math.exp(-s)) - y[i])) / ROWS;                     // eta dJ/dlogit = eta (p - y) / m
      for (let j = 0; j < UNITS; j += 1) {
        if (slopes[j] === 0) continue;
        const dz = step * outputWeights[j] * slopes[j];                                 // eta dJ/dz
        next[j] -= dz * x0;
        next[UNITS + j] -= dz * x1;
        next[2 * UNITS + j] -= dz;
      }
    }
    path.push(next);
  }
  return path;
}

// The mean cross-entropy.
function lossOf(z, leak) {
  let total = 0;
  for (let i = 0; i < ROWS; i += 1) {
    let s = 0;
    for (let j = 0; j < UNITS; j += 1) s += valueOf(z[i * UNITS + j], leak) * outputWeights[j];
    total += Math.max(s, 0) - s * y[i] + Math.log1p(Math.exp(-Math.abs(s)));
  }
  return total / ROWS;
}

const column = (z, j) => Array.from({ length: ROWS }, (_, i) => z[i * UNITS + j]);
const deadUnits = (z) => Array.from({ length: UNITS }, (_, j) => column(z, j).every((v) => v <= 0));
const counted = (dead) => dead.filter(Boolean).length;

const furthest = Array.from({ length: UNITS }, (_, j) => Math.max(...column(sums(startOf(0)), j)));
const order = furthest.map((_, j) => j).sort((one, other) => furthest[other] - furthest[one]);

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  const paths = {};                                             // the last training of each activation
  let now = settle(), width = 0;

  function settle() {
    const state = view.read(), z = sums(startOf(state.bias)), dead = deadUnits(z);
    const n = { start: counted(dead) }, after = {};
    for (const kind of Object.keys(KINDS)) {
      const leak = leakOf(kind, state.negative_slope), key = `${state.bias} ${leak}`;
      if (paths[kind]?.key !== key) paths[kind] = { key, path: train(leak, state.bias) };
      const then = sums(paths[kind].path[state.steps]), gone = deadUnits(then);
      after[kind] = { z: then, dead: gone };
      n[`${kind}.dead`] = counted(gone);
      n[`${kind}.loss`] = lossOf(then, leak);
      n[`${kind}.slope`] = z.reduce((total, v) => total + slopeOf(v, leak), 0) / z.length;
    }
    return { state, z, dead, after, n };
  }

  const across = () => scale(AXIS, [8, width - 8]);
  const pixel = () => (AXIS[1] - AXIS[0]) / (width - 16);
  const stepAt = () => scale([0, LAST], [24, width - 24]);

  const dots = { forward: svg("path", { class: "dots forward" }), backward: svg("path", { class: "dots backward" }) };
  const target = svg("rect", { class: "target", y: TOP - 12, height: BOTTOM - TOP + 12 });
  const rail = svg("g", {}, svg("line", { class: "rail", y1: BOTTOM + 2, y2: GRIP }), svg("circle", { class: "target", r: 18, cy: GRIP }),
    svg("circle", { r: 9, cy: GRIP }));
  const sliding = { sideways: true, grab: (gesture) => gesture && view.mark(gesture) };
  const cloud = svg("g", { class: "grip", "data-key": "bias" }, target, dots.forward, dots.backward, rail);
  const speakCloud = draggable(cloud, { ...sliding, label: "bias of all units: the cloud of their sums z", min: BIASES[0], max: BIASES[1],
    step: () => 0.1, leap: () => 1, finest: () => 0.05, grain: pixel, value: () => model.get("bias"), change: (v) => view.write({ bias: v }),
    text: (v) => `${number(v, 2)}, dead ${now.n.start} of ${UNITS}` });
  const grip = svg("g", { class: "grip", "data-key": "steps" }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 9 }));
  const speakSteps = draggable(grip, { ...sliding, label: "training steps", min: 0, max: LAST, step: () => 1, leap: () => 20,
    grain: () => LAST / (width - 48), value: () => model.get("steps"), change: (v) => view.write({ steps: v }),
    text: (v) => `${v}; dead ${Object.entries(KINDS).map(([kind, words]) => `${words} ${now.n[`${kind}.dead`]}`).join(", ")}` });

  const count = svg("text", { y: 16, class: "backward end" }), biasText = svg("text", { y: GRIP + 5 }), stepsText = svg("text", { y: STEPS - 20, class: "start", x: 8 });
  const panes = Object.keys(KINDS).map((kind) => ({ kind, bars: { forward: svg("path", { class: "violin forward" }),
    backward: svg("path", { class: "violin backward" }) }, dead: svg("text", { y: BELOW + 16, class: "backward" }),
  loss: svg("text", { y: BELOW + 34, class: "quiet" }) }));
  const paneWidth = () => (width - 32) / 3, paneStart = (i) => 8 + i * (paneWidth() + 8);

  function scenery() {
    const words = (at, height, kind, text) => svg("text", { x: at, y: height, class: `small ${kind}` }, text);
    const zero = (at, from, to) => svg("line", { class: "unity", x1: at, x2: at, y1: from, y2: to });
    return [words(8, 16, "quiet start", `sums z of ${UNITS} units, before training`), words(across()(0) + 5, 32, "quiet start", "z = 0"),
      zero(across()(0), 24, BOTTOM), ...TICKS.map((v) => words(across()(v), BOTTOM + 18, "quiet", number(v, 0))),
      svg("line", { class: "track", x1: stepAt()(0), x2: stepAt()(LAST), y1: STEPS, y2: STEPS }),
      ...Object.values(KINDS).flatMap((name, i) => [svg("text", { x: paneStart(i) + paneWidth() / 2, y: TITLES }, name),
        zero(scale(AXIS, [paneStart(i), paneStart(i) + paneWidth()])(0), SMALL - 8, BELOW - 2)])];
  }

  function draw() {
    const { state, z, dead, after, n } = now, at = across(), all = [...z].map(at);
    for (const [kind, wanted] of [["forward", false], ["backward", true]]) {
      fill(dots[kind], { d: order.flatMap((j, row) => (dead[j] === wanted
        ? column(z, j).map((v) => `M${at(v).toFixed(1)} ${TOP + PITCH * row}h0`) : [])).join("") });
    }
    const ends = [Math.min(...all, at(state.bias) - 18), Math.max(...all, at(state.bias) + 18)];
    fill(target, { x: ends[0] - 6, width: ends[1] - ends[0] + 12 });
    fill(rail, { transform: `translate(${at(state.bias)} 0)` });
    const beside = at(state.bias) + 90 < width;
    fill(biasText, { x: at(state.bias) + (beside ? 16 : -16), class: `label ${beside ? "start" : "end"}` });
    show(biasText, "bias", state.bias, `b = ${number(state.bias, 2)}`);
    show(fill(count, { x: width - 8 }), "start", n.start, `all z \u2264 0: ${n.start}`);
    fill(grip, { transform: `translate(${stepAt()(state.steps)} ${STEPS})` });
    show(stepsText, "steps", state.steps, `training steps: ${state.steps}`);
    for (const [i, { kind, bars, dead: deadText, loss }] of panes.entries()) {
      const place = scale(AXIS, [paneStart(i), paneStart(i) + paneWidth()]), middle = paneStart(i) + paneWidth() / 2;
      for (const [tone, wanted] of [["forward", false], ["backward", true]]) {
        fill(bars[tone], { d: order.flatMap((j, row) => {
          if (after[kind].dead[j] !== wanted) return [];
          const values = column(after[kind].z, j).map((v) => clamp(v, ...AXIS));
          return [`M${place(Math.min(...values)).toFixed(1)} ${SMALL + THIN * row}H${place(Math.max(...values)).toFixed(1)}`];
        }).join("") });
      }
      show(fill(deadText, { x: middle }), `${kind}.dead`, n[`${kind}.dead`], `${kind === "relu" ? "dead" : "z \u2264 0"}: ${n[`${kind}.dead`]}`);
      show(fill(loss, { x: middle }), `${kind}.loss`, n[`${kind}.loss`], `loss: ${number(n[`${kind}.loss`], 3)}`);
    }
    speakCloud();
    speakSteps();
  }

  function explain() {
    const { state, n } = now, slopes = { relu: "0", leaky_relu: String(state.negative_slope), elu: "e^z" };
    panel.replaceChildren(html("p", {}, n.start === UNITS ? "Every unit has z \u2264 0 on all 32 rows." : n.start
      ? `${n.start} of ${UNITS} units have z \u2264 0 on all 32 rows: orange.` : "Every unit has z > 0 on some row.",
    " What a unit gets from a row is multiplied by the slope \u03c6\u2032(z); its mean over the layer at the start:"),
    html("ol", {}, ...Object.entries(KINDS).map(([kind, words]) => html("li", {}, html("span", {}, `${words}, `,
      ...(kind === "elu" ? ["e", html("sup", {}, "z")] : [slopes[kind]]), " where z \u2264 0:"), " ",
    html("b", { class: "plain", "data-number": `${kind}.slope`, "data-value": n[`${kind}.slope`] }, number(n[`${kind}.slope`], 6))))));
  }

  function refresh() {
    now = settle();
    if (!width) return;
    draw();
    explain();
    slopes.refresh(now.state);
    for (const task of tasks) task.update(now.state);
    outer.say(`Dead at the start ${now.n.start}; after ${now.state.steps} steps ${Object.entries(KINDS)
      .map(([kind, words]) => `${words} ${now.n[`${kind}.dead`]}`).join(", ")}.`);
  }

  const slopes = choice(view, "slope of the leaky ReLU", SLOPES.map((slope) => [String(slope), { negative_slope: slope }]));
  const asking = (on) => cloud.classList.toggle("asked", on);
  const whole = ({ steps, negative_slope: slope }) => steps === LAST && slope === SLOPES[0];
  const tasks = [
    question(view, {
      text: "Predict: the biases go from \u22123 down to \u22128, and all 12 units are below 0. How many ReLU units do 200 training steps bring back?",
      options: ["All: the loss is large, so the gradient is, too.", "About half of them.", "None: not one weight changes."],
      right: 2, prepare: {}, ask: asking, task: "Now drag the cloud to the left until b = \u22128.",
      done: (state) => whole(state) && state.bias <= -8 + 1e-9,
      because: "Where z \u2264 0 the slope of ReLU is exactly 0, and it multiplies every gradient that reaches the unit\u2019s weights. "
        + "A unit that is dead on all rows stays as it is, whatever the loss.",
    }),
    question(view, {
      text: "Predict: the slope of ELU below 0 is e^z, which is never 0. The biases start at \u221210. Which networks learn something in 200 steps?",
      options: ["Leaky ReLU and ELU: both have a slope below 0.", "Leaky ReLU alone.", "ELU alone: its slope is the exact one."],
      right: 1, prepare: { bias: -2 }, ask: asking, task: "Now drag the cloud to the left until b = \u221210, and compare the losses.",
      done: (state) => whole(state) && state.bias <= -10 + 1e-9,
      because: "e^\u221210 is 0.00005. For a unit so far below 0, ELU is as good as flat, and its network stands still like that of ReLU. "
        + "The slope 0.2 does not depend on z: the leaky layer learns, even while most of its units still stand below 0.",
    }),
    goal(view, {
      text: "Find a start from which 200 steps wake at least one of the leaky units (slope 0.2), but no ELU unit, although all 12 begin below 0.",
      checks() {
        const { state, n } = now, here = whole(state) && n.start === UNITS;
        return [{ text: "all 12 units below 0 at the start; 200 steps, slope 0.2", met: here },
          { text: `leaky ReLU, below 0 after training: ${n["leaky_relu.dead"]}, fewer than 12`, met: here && n["leaky_relu.dead"] < UNITS },
          { text: `ELU, below 0 after training: ${n["elu.dead"]}, all 12`, met: here && n["elu.dead"] === UNITS }];
      },
      praise: "A little further up, a few ELU units wake, too; a little further down, the way is too long even for the leaky ones. "
        + "And with the slope 0.01 they need far longer: try it.",
    }),
  ];

  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", height: HEIGHT, "aria-label": "The sums z of all units before and after training" }, backdrop,
    ...panes.flatMap(({ bars, dead, loss }) => [bars.forward, bars.backward, dead, loss]), count, cloud, biasText, stepsText, grip);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "Dead units", choices: [slopes.element], figure, panel, tasks, refresh, widest: 640,
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
  bias: (bias) => bias >= BIASES[0] && bias <= BIASES[1],
  steps: (steps) => Number.isInteger(steps) && steps >= 0 && steps <= LAST,
  negative_slope: (slope) => SLOPES.includes(slope),
};

export default { render, accepts };
