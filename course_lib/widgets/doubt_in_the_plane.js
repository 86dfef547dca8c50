// A network with dropout at a point of the plane: what each of its passes says, and how far they disagree everywhere.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { choice, clamp, fill, html, number, svg, viewOf } from "./kit.js";
import { deviation, mean, uniforms } from "./draws.js";
import { pointInPlane } from "./plane.js";

const UNITS = 16, PASSES = 50, REACH = [4, 3], RATES = [0.1, 0.3, 0.5];
const EDGE = 14, RIGHT = 30, CELLS = [32, 24];                  // around the plane; of the background
const drawn = uniforms(0, 70, PASSES * UNITS);
const scatter = (i) => (7 * i) % 15 - 7;
const sigmoid = (z) => 1 / (1 + Math.exp(-z));

// The probability of class 1 at (x1, x2) without dropout, and in each pass with it.
function answers({ hidden, hidden_bias: bias, output, output_bias: [last] }, rate, [x1, x2]) {
  const parts = bias.map((b, j) => Math.max(x1 * hidden[j] + x2 * hidden[UNITS + j] + b, 0) * output[j]);
  const passes = Array.from({ length: PASSES }, (_, t) => {
    let z = 0;
    for (let j = 0; j < UNITS; j += 1) if (drawn[t * UNITS + j] >= rate) z += parts[j];
    return sigmoid(z / (1 - rate) + last);
  });
  return { plain: sigmoid(parts.reduce((sum, v) => sum + v, 0) + last), passes };
}

function render({ model, el }) {
  const view = viewOf(model);
  const network = Object.fromEntries(["hidden", "hidden_bias", "output", "output_bias"].map((name) => [name, model.get(name)]));
  const examples = model.get("examples");
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  let width = 0, unit = 1, heated = null, now = settle();

  function settle() {
    const state = view.read(), { plain, passes } = answers(network, state.rate, state.point);
    return { state, passes, n: { plain, mean: mean(passes), spread: deviation(passes), low: Math.min(...passes), high: Math.max(...passes) } };
  }
  const x = (v) => EDGE + (v + REACH[0]) * unit, y = (v) => EDGE + (REACH[1] - v) * unit;
  const strip = () => EDGE + 2 * REACH[1] * unit + 52;
  const across = (p) => EDGE + p * (width - EDGE - RIGHT);
  const said = () => `probability ${number(now.n.mean, 3)} with the deviation ${number(now.n.spread, 3)}`;
  const { point, ring } = pointInPlane(view, model, { trait: "point", reach: REACH, unit: () => unit, words: "point", text: said });

  const cells = Array.from({ length: CELLS[0] * CELLS[1] }, () => svg("rect", { class: "heat" }));
  const background = svg("g", { "data-heat": "", "shape-rendering": "crispEdges" }, ...cells);
  const classes = [svg("path", { class: "dots forward" }), svg("path", { class: "dots backward" })];
  const dots = svg("path", { class: "points", "data-passes": "" }), middle = svg("line", { class: "wanted" }), level = svg("line", { class: "lever" });

  // The centre of a cell of the background.
  const centre = (k) => [((k % CELLS[0]) + 0.5) * ((2 * REACH[0]) / CELLS[0]) - REACH[0], REACH[1] - (Math.floor(k / CELLS[0]) + 0.5) * ((2 * REACH[1]) / CELLS[1])];

  function heat(rate) {
    if (heated === rate) return;
    heated = rate;
    for (const [k, cell] of cells.entries()) fill(cell, { "fill-opacity": (1.4 * deviation(answers(network, rate, centre(k)).passes)).toFixed(3) });
  }

  function scenery() {
    const words = (at1, at2, kind, text) => svg("text", { x: at1, y: at2, class: `small quiet ${kind}` }, text);
    const [w, h] = [(2 * REACH[0] * unit) / CELLS[0], (2 * REACH[1] * unit) / CELLS[1]];
    for (const [k, cell] of cells.entries()) fill(cell, { x: EDGE + (k % CELLS[0]) * w, y: EDGE + Math.floor(k / CELLS[0]) * h, width: w, height: h });
    for (const [c, path] of classes.entries()) {
      const half = examples.slice((c * examples.length) / 2, ((c + 1) * examples.length) / 2);
      fill(path, { d: half.filter((_, i) => i % 2 === 0).map((v, i) => `M${x(v).toFixed(1)} ${y(half[2 * i + 1]).toFixed(1)}h0`).join("") });
    }
    const bottom = strip() + 24;
    return [svg("rect", { class: "window", x: EDGE, y: EDGE, width: 2 * REACH[0] * unit, height: 2 * REACH[1] * unit }),
      words(EDGE, strip() - 22, "start", width > 420 ? "probability of the second class, a dot for each pass; line: their mean" : "a dot for each pass; line: mean"),
      ...[0, 0.5, 1].map((p) => words(clamp(across(p), 18, width), bottom, "", String(p))),
      svg("line", { class: "track", x1: across(0), x2: across(1), y1: strip() + 10, y2: strip() + 10 })];
  }

  function draw() {
    const { state: { point: [x1, x2], rate }, passes, n } = now;
    heat(rate);
    fill(point.element, { transform: `translate(${x(x1)} ${y(x2)})` });
    fill(ring.element, { transform: `translate(${x(REACH[0]) + 14} ${y(x2)})` });
    fill(level, { x1: x(x1), x2: x(REACH[0]) + 5, y1: y(x2), y2: y(x2) });
    fill(dots, { d: passes.map((p, i) => `M${across(p).toFixed(1)} ${strip() + scatter(i)}h0`).join("") });
    fill(middle, { x1: across(n.mean), x2: across(n.mean), y1: strip() - 12, y2: strip() + 12 });
    point.speak();
    ring.speak();
  }

  function explain() {
    const { state, n } = now;
    const value = (name, v, kind, digits = 3) => html("b", { class: kind, "data-number": name, "data-value": v }, number(v, digits));
    panel.replaceChildren(html("p", {}, "At the point ", value("point.0", state.point[0], "plain", 2), ", ", value("point.1", state.point[1], "plain", 2),
      ": without dropout the second class has the probability ", value("plain", n.plain, "forward"), "."),
    html("p", {}, `The ${PASSES} passes give it from `, value("low", n.low, "plain"), " to ", value("high", n.high, "plain"), ", in the mean ", value("mean", n.mean, ""),
      " with the deviation ", value("spread", n.spread, ""), "."));
  }

  function refresh() {
    now = settle();
    if (!width) return;
    draw();
    explain();
    group.refresh(now.state);
    for (const task of tasks) task.update(now.state);
    outer.say(`Point ${now.state.point.map((v) => number(v, 2)).join(", ")}: ${said()}.`);
  }

  const group = choice(view, "rate of dropout", RATES.map((rate) => [String(rate), { rate }]));
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const tasks = [
    question(view, {
      text: "Predict: the point moves from the midst of the second class to the gap between the classes. What becomes of the deviation of the passes?",
      options: ["It stays: the network is the same.", "It grows.", "It shrinks: both classes are equally far."],
      right: 1, prepare: {}, ask: asking("point0"), task: "Now drag the point to the left, to 0 on the first axis.",
      done: ({ point: [x1] }) => Math.abs(x1) <= 0.105,
      because: "In the gap the answer hangs on the balance of a few units, and each mask takes others away. In the midst of a class nearly all units say the same.",
    }),
    question(view, {
      text: "Predict: the point moves to the right, far beyond all points that the network has ever seen. What becomes of the deviation?",
      options: ["It grows: there are no data there.", "It stays next to 0: the passes agree.", "It grows, and the mean goes to one half."],
      right: 1, prepare: {}, ask: asking("point0"), task: "Now drag the point to the right edge, to 4.",
      done: ({ point: [x1] }) => x1 >= REACH[0] - 1e-9,
      because: "Far out the sums grow in proportion to the distance, in each pass, and the sigmoid turns large sums into certainty. The passes disagree where the classes meet, "
        + "not where data are missing.",
    }),
    goal(view, {
      text: "Find a point at which the network without dropout is sure, above 0.95 or below 0.05, and the passes disagree by a deviation of at least 0.2.",
      checks() {
        const { n } = now;
        return [{ text: `without dropout ${number(n.plain, 3)}: above 0.95 or below 0.05`, met: n.plain > 0.95 || n.plain < 0.05 },
          { text: `deviation ${number(n.spread, 3)}, at least 0.2`, met: n.spread >= 0.2 }];
      },
      praise: "This is what Monte Carlo dropout is for: a single pass would have sounded certain here.",
    }),
  ];

  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", "aria-label": "Training points of two classes in a plane, and the passes of a network at one point" },
    backdrop, background, ...classes, level, dots, middle, ring.element, point.element);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "Doubt in the plane", choices: [group.element], figure, panel, tasks, refresh, widest: 560,
    resize(available) {
      width = available;
      unit = (width - EDGE - RIGHT) / (2 * REACH[0]);
      const tall = strip() + 34;
      fill(picture, { viewBox: `0 0 ${width} ${tall}`, width, height: tall });
      backdrop.replaceChildren(...scenery());
    },
  });
  return outer.stop;
}

// What a link to a view may hold.
const accepts = {
  point: (point) => point.every((v, i) => Math.abs(v) <= REACH[i]),
  rate: (rate) => RATES.includes(rate),
};

export default { render, accepts };
