// Two weights: lines of equal loss around an optimum to drag, lines of equal penalty around 0, and where their sum is smallest.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { choice, draggable, fill, html, number, rich, scale, show, svg, viewOf } from "./kit.js";
import { pointInPlane } from "./plane.js";

const CURVATURE = [1, 0.5], REACH = [3, 2], PLANE = [3.5, 2.5], STRONGEST = 3;
const PENALTIES = { l1: "\u2113\u2081", l2: "\u2113\u2082" };
const EDGE = 14, RIGHT = 30;                                    // around the plane; the right one has the handle of c2

function minimum({ penalty, optimum }, strength) {
  return optimum.map((c, i) => (penalty === "l2" ? (CURVATURE[i] * c) / (CURVATURE[i] + 2 * strength)     // h (w - c) + 2 lambda w = 0
    : Math.sign(c) * Math.max(Math.abs(c) - strength / CURVATURE[i], 0)));                                // h (w - c) + lambda sign(w) = 0, or 0
}

function settle(state) {
  const w = minimum(state, state.strength);
  const loss = w.reduce((sum, v, i) => sum + (CURVATURE[i] * (v - state.optimum[i]) ** 2) / 2, 0);
  const size = state.penalty === "l1" ? Math.abs(w[0]) + Math.abs(w[1]) : w[0] ** 2 + w[1] ** 2;
  const penalty = state.strength * size;
  return { state, w, n: { loss, penalty, total: loss + penalty } };
}

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  let now = settle(view.read()), width = 0, unit = 1;
  const x = (v) => EDGE + (v + PLANE[0]) * unit, y = (v) => EDGE + (PLANE[1] - v) * unit;
  const rail = () => EDGE + 2 * PLANE[1] * unit + 38;
  const along = () => scale([0, STRONGEST], [EDGE + 10, width - RIGHT - 10]);
  const said = () => `smallest sum at ${now.w.map((v) => number(v, 3)).join(", ")}`;

  function knob(key, options) {
    const element = svg("g", { class: "grip", "data-key": key }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 9 }));
    return { element, speak: draggable(element, options) };
  }
  const { point: optimum, ring: height } = pointInPlane(view, model, { trait: "optimum", reach: REACH, unit: () => unit, words: "optimum of the loss", text: said });
  const strength = knob("strength", { label: "strength of the penalty", min: 0, max: STRONGEST, step: () => 0.05, leap: () => 0.5, finest: () => 0.01,
    sideways: true, grain: () => STRONGEST / (width - RIGHT - EDGE - 20), value: () => model.get("strength"), change: (v) => view.write({ strength: v }),
    grab: (gesture) => gesture && view.mark(gesture), text: (v) => `${number(v, 2)}; ${said()}` });

  const ellipses = [0, 1, 2].map((i) => svg("ellipse", { class: `curve forward ${i === 1 ? "chosen" : ""}`.trim() }));
  const diamond = svg("polygon", { class: "curve backward chosen" }), circle = svg("circle", { class: "curve backward chosen" });
  const way = svg("polyline", { class: "curve true", "data-way": "" });
  const plane = svg("svg", { x: EDGE, y: EDGE }, ...ellipses, diamond, circle, way);
  const found = svg("circle", { class: "end-point", r: 5.5 }), level = svg("line", { class: "lever" });
  const strengthText = svg("text", { class: "quiet" });

  function scenery() {
    const words = (at1, at2, kind, text) => svg("text", { x: at1, y: at2, class: `small quiet ${kind}` }, text);
    const line = (x1, y1, x2, y2, kind = "grid") => svg("line", { class: kind, x1, y1, x2, y2 });
    return [svg("rect", { class: "window", x: EDGE, y: EDGE, width: 2 * PLANE[0] * unit, height: 2 * PLANE[1] * unit }),
      line(x(-PLANE[0]), y(0), x(PLANE[0]), y(0)), line(x(0), y(PLANE[1]), x(0), y(-PLANE[1])),
      ...[-3, -2, -1, 1, 2, 3].map((v) => words(x(v), y(0) + 14, "", number(v, 0))),
      ...[-2, -1, 1, 2].map((v) => words(x(0) - 6, y(v) + 4, "end", number(v, 0))),
      words(x(PLANE[0]) - 14, y(0) - 6, "", "w\u2081"), words(x(0) + 14, EDGE + 14, "", "w\u2082"),
      line(along()(0), rail(), along()(STRONGEST), rail(), "rail")];
  }

  function draw() {
    const { state, w, n } = now, [c1, c2] = state.optimum;
    for (const [i, level2] of [0.25 * n.loss, n.loss, n.loss + 1].entries()) {
      const [rx, ry] = CURVATURE.map((h) => unit * Math.sqrt((2 * level2) / h));
      fill(ellipses[i], { cx: x(c1) - EDGE, cy: y(c2) - EDGE, rx, ry });
    }
    const l1 = state.penalty === "l1", size = l1 ? Math.abs(w[0]) + Math.abs(w[1]) : Math.hypot(...w);
    const corners = l1 ? [[size, 0], [0, size], [-size, 0], [0, -size]] : [];
    fill(diamond, { points: corners.map(([a, b]) => `${x(a) - EDGE},${y(b) - EDGE}`).join(" ") });
    fill(circle, { cx: x(0) - EDGE, cy: y(0) - EDGE, r: l1 ? 0 : unit * size });
    const points = Array.from({ length: 61 }, (_, i) => minimum(state, (i * STRONGEST) / 60));
    fill(way, { points: points.map(([a, b]) => `${(x(a) - EDGE).toFixed(2)},${(y(b) - EDGE).toFixed(2)}`).join(" ") });
    fill(found, { cx: x(w[0]), cy: y(w[1]) });
    fill(optimum.element, { transform: `translate(${x(c1)} ${y(c2)})` });
    fill(height.element, { transform: `translate(${x(PLANE[0]) + 14} ${y(c2)})` });
    fill(level, { x1: x(c1), x2: x(PLANE[0]) + 5, y1: y(c2), y2: y(c2) });
    fill(strength.element, { transform: `translate(${along()(state.strength)} ${rail()})` });
    fill(strengthText, { x: width / 2, y: rail() + 32 });
    show(strengthText, "strength", state.strength, `strength \u03bb = ${number(state.strength, 2)}`);
    for (const { speak } of [optimum, height, strength]) speak();
  }

  function explain() {
    const { state, w, n } = now, l1 = state.penalty === "l1", kind = PENALTIES[state.penalty];
    const value = (name, v, colour, digits = 3) => html("b", { class: colour, "data-number": name, "data-value": v }, number(v, digits));
    const line = (...parts) => html("li", {}, ...parts.flatMap((part) => (typeof part === "string" ? rich(part) : [part])));
    const rule = (i) => (l1 ? `|c| \u2212 \u03bb/h = ${number(Math.abs(state.optimum[i]), 2)} \u2212 ${number(state.strength / CURVATURE[i], 2)}`
      + `${w[i] === 0 ? ", not above 0: the weight is 0" : ""}` : `h c / (h + 2\u03bb), the share ${number(CURVATURE[i] / (CURVATURE[i] + 2 * state.strength), 3)} of c`);
    panel.replaceChildren(
      html("p", {}, "Optimum of the loss alone: ", value("optimum.0", state.optimum[0], "forward", 2), " and ", value("optimum.1", state.optimum[1], "forward", 2),
        `. With the ${kind} penalty the sum is smallest here:`),
      html("ol", {}, line("w\u2081 = ", value("w.0", w[0], ""), ` (h = 1: ${rule(0)})`), line("w\u2082 = ", value("w.1", w[1], ""), ` (h = 0.5: ${rule(1)})`),
        line("loss ", value("loss", n.loss, "forward"), " + penalty ", value("penalty", n.penalty, ""), " = ", value("total", n.total, "plain"))));
  }

  function refresh() {
    now = settle(view.read());
    if (!width) return;
    draw();
    explain();
    group.refresh(now.state);
    for (const task of tasks) task.update(now.state);
    outer.say(`Strength ${number(now.state.strength, 2)}: ${said()}.`);
  }

  const group = choice(view, "penalty", Object.entries(PENALTIES).map(([penalty, words]) => [words, { penalty }]));
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const tasks = [
    question(view, {
      text: "Predict: an \u2113\u2082 penalty becomes stronger and stronger. Does one of the two weights become exactly 0?",
      options: ["Yes, the smaller one first.", "No: both shrink, and neither is ever 0.", "Yes, both at the same strength."],
      right: 1, prepare: { penalty: "l2", strength: 0 }, ask: asking("strength"), task: "Now drag the strength up to 3.",
      done: ({ penalty, strength: s }) => penalty === "l2" && s >= STRONGEST - 1e-9,
      because: "The slope of \u03bbw^2 is 2\u03bbw: near 0 it hardly pulls any more. Each weight is left with a share of its optimum, h / (h + 2\u03bb), and this is never 0.",
    }),
    question(view, {
      text: "Predict: now an \u2113\u2081 penalty becomes stronger, from 0 to 0.5. What do the weights do?",
      options: ["Both shrink by the same share.", "The second becomes 0 and stays there; the first shrinks.", "The larger one becomes 0 first: it is penalized most."],
      right: 1, prepare: { penalty: "l1", strength: 0 }, ask: asking("strength"), task: "Now drag the strength up to 0.5.",
      done: ({ penalty, strength: s }) => penalty === "l1" && s >= 0.5 - 1e-9,
      because: "\u03bb|w| pulls with the same force \u03bb wherever the weight is. At w\u2082 = 0 the loss pulls back with h c = 0.3 only, so from \u03bb = 0.3 on the weight stays at 0.",
    }),
    goal(view, {
      text: "With \u2113\u2081 at a strength of at least 0.5, place the optimum so that w\u2082 is exactly 0 though the optimum\u2019s second number is at least 0.8, and w\u2081 is 1.",
      checks() {
        const { state, w } = now, here = state.penalty === "l1" && state.strength >= 0.5 - 1e-9;
        return [{ text: "\u2113\u2081, strength at least 0.5", met: here }, { text: "c\u2082 at least 0.8, and w\u2082 = 0", met: here && state.optimum[1] >= 0.8 - 1e-9 && w[1] === 0 },
          { text: `w\u2081 = ${number(w[0], 2)}, within 0.05 of 1`, met: here && Math.abs(w[0] - 1) <= 0.05 }];
      },
      praise: "The weight that the loss needs pays for it: c\u2081 = 1 + \u03bb. The other one is not worth its price: |c\u2082| h is below \u03bb.",
    }),
  ];

  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", "aria-label": "Lines of equal loss and of equal penalty in the plane of two weights" },
    backdrop, plane, level, found, strengthText, strength.element, height.element, optimum.element);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "Penalties on two weights", choices: [group.element], figure, panel, tasks, refresh, widest: 560,
    resize(available) {
      width = available;
      unit = (width - EDGE - RIGHT) / (2 * PLANE[0]);
      const tall = rail() + 44;
      fill(picture, { viewBox: `0 0 ${width} ${tall}`, width, height: tall });
      fill(plane, { width: 2 * PLANE[0] * unit, height: 2 * PLANE[1] * unit });
      backdrop.replaceChildren(...scenery());
    },
  });
  return outer.stop;
}

// What a link to a view may hold.
const accepts = {
  penalty: (penalty) => Object.hasOwn(PENALTIES, penalty),
  optimum: (optimum) => optimum.every((c, i) => Math.abs(c) <= REACH[i]),
  strength: (strength) => strength >= 0 && strength <= STRONGEST,
};

export default { render, accepts };
