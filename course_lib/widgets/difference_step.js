// The central difference: its step h, its two errors, the digits that cancel, and a kink to stumble over.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { ROUND, brief, button, clamp, draggable, exp, html, log, power, rich, scale, spoken, svg, viewOf } from "./kit.js";

const WEIGHT = 0.5;
const FLOOR = 1e-17;
const LAST = 112;   // the index of the smallest step
const PRECISIONS = ["float64", "float32"];
const FUNCTIONS = { smooth: "loss of the network", kink: "ReLU unit" };

// The arithmetic of difference_step.py, operation by operation.
function hidden(theta, r) {
  const t = theta.map(r);
  return [0, 1, 2].map((j) => r(1 / r(1 + exp(-r(r(t[j] + r(2 * t[3 + j])) + t[6 + j]), r))));
}

function logit(theta, weight, r) {
  const t = theta.map(r), a = hidden(theta, r);
  return r(r(r(r(a[0] * weight) + r(a[1] * t[10])) + r(a[2] * t[11])) + t[12]);
}

function valueAt(at, { kind, theta, precision }) {
  const r = ROUND[precision];
  return kind === "kink" ? Math.max(r(at), 0) : log(r(1 + exp(-logit(theta, r(at), r), r)), r);
}

function derivative({ kind, point, theta }) {
  if (kind === "kink") return point > 0 ? 1 : 0;
  const r = ROUND.float64;
  return hidden(theta, r)[0] * (1 / (1 + exp(-logit(theta, WEIGHT, r), r)) - 1);
}

function difference(setting, step) {
  const r = ROUND[setting.precision];
  const h = r(step), at = r(setting.kind === "kink" ? setting.point : WEIGHT);
  const above = valueAt(at + h, setting), below = valueAt(at - h, setting);
  const gap = r(above - below);
  return { h, at, above, below, gap, quotient: r(gap / r(2 * h)) };
}

function relativeError(g, d) {
  const largest = Math.max(Math.abs(g), Math.abs(d));
  return largest ? Math.abs(g - d) / largest : 0;
}

function agreeing(a, b) {
  let n = 0;
  while (n < a.length && a[n] === b[n]) n += 1;
  return /[1-9]/.test(a.slice(0, n)) ? n : 0;
}

// How many characters of a value two neighbours have in common when they are subtracted: up to the gap's first digit.
function cancelled(text, gap) {
  if (gap === 0) return text.length;
  const zeros = Math.floor(-Math.log10(Math.abs(gap)));
  return zeros > 0 ? Math.min(text.length, text.indexOf(".") + 1 + zeros) : 0;
}

const decimals = (text) => (text.split(".")[1] ?? "").length;

function digits(text, keep, [first, second]) {
  const shown = text.replace("-", "\u2212");
  return [html("span", { class: first }, shown.slice(0, keep)), html("span", { class: second }, shown.slice(keep))];
}

function render({ model, el }) {
  const view = viewOf(model);
  const steps = model.get("steps"), theta = model.get("theta");
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  const found = new Set();
  let now = null, width = 0, grip = null, pointGrip = null, curves = {};

  function settle() {
    const state = view.read();
    const setting = { kind: state.function, point: state.point, theta, precision: state.precision };
    const exact = derivative(setting);
    const d = difference(setting, steps[state.step]);
    return { state, setting, exact, d, error: relativeError(exact, d.quotient) };
  }

  function errorsOf(setting) {
    const key = `${setting.kind} ${setting.point} ${setting.precision}`;
    if (curves[setting.precision]?.key !== key) {
      const g = derivative(setting);
      curves[setting.precision] = { key, errors: steps.map((h) => relativeError(g, difference(setting, h).quotient)) };
    }
    return curves[setting.precision].errors;
  }

  const chartScales = (W) => ({ x: scale([1e-1, 1e-15], [42, W - 18], { log: true }), y: scale([1e-17, 10], [214, 24], { log: true }) });

  function makeGrip() {
    const element = svg("g", { class: "grip", "data-key": "step" }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 9 }));
    const rail = svg("line", { class: "rail", y1: 18, y2: 214 });
    const speak = draggable(element, {
      label: "step h of the difference", min: 0, max: LAST, step: () => 1, leap: () => 8, sideways: true,
      grain: () => LAST / (width - 60), value: () => model.get("step"), change: (v) => view.write({ step: v }),
      text: () => spoken(`h ${brief(steps[model.get("step")])}`) + spoken(`, relative error ${brief(now.error)}`),
      grab: (gesture) => gesture && view.mark(gesture),
    });
    return { element, rail, refresh() {
      const { x, y } = chartScales(width);
      const [px, py] = [x(steps[now.state.step]), y(Math.max(now.error, FLOOR))];
      element.setAttribute("transform", `translate(${px} ${py})`);
      rail.setAttribute("transform", `translate(${px} 0)`);
      speak();
    } };
  }

  function makePointGrip() {
    const element = svg("g", { class: "grip", "data-key": "point" }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 8 }));
    const h = () => steps[model.get("step")];
    const speak = draggable(element, {
      label: "point z of the ReLU unit", min: -0.1, max: 0.1, step: () => h() / 2, leap: () => 2 * h(), finest: () => h() / 20,
      sideways: true, grain: () => (4.4 * h()) / (width - 60), value: () => model.get("point"),
      change: (v) => view.write({ point: v }), text: (v) => spoken(`z ${brief(v)}, kink at 0`),
      grab: (gesture) => gesture && view.mark(gesture),
    });
    return { element, speak };
  }

  function chart(W) {
    const { x, y } = chartScales(W);
    const parts = [];
    for (let e = -1; e >= -15; e -= 2) {
      parts.push(svg("line", { class: "grid", x1: x(10 ** e), x2: x(10 ** e), y1: 24, y2: 214 }), power(x(10 ** e), 232, e, ""));
    }
    for (let e = -16; e <= 0; e += 4) {
      parts.push(svg("line", { class: "grid", x1: 42, x2: W - 18, y1: y(10 ** e), y2: y(10 ** e) }), power(36, y(10 ** e) + 4, e, "end"));
    }
    for (const precision of PRECISIONS) {
      const errors = errorsOf({ ...now.setting, precision });
      const points = steps.map((h, i) => `${x(h).toFixed(1)},${y(Math.max(errors[i], FLOOR)).toFixed(1)}`).join(" ");
      parts.push(svg("polyline", { points, "data-curve": precision,
        class: `curve ${precision === "float64" ? "forward" : "backward"} ${precision === now.state.precision ? "chosen" : ""}` }));
    }
    parts.push(svg("text", { x: 4, y: 12, class: "quiet small start" }, "relative error of the difference"),
      svg("text", { x: W - 14, y: 12, class: "backward small end" }, "float32"),
      svg("text", { x: W - 66, y: 12, class: "forward small end" }, "float64"),
      svg("text", { x: W / 2, y: 250, class: "quiet small" }, "step h, smaller to the right"));
    return parts;
  }

  // The function at the scale of h, as the chosen precision computes it: with a small h it becomes a staircase.
  function closeUp(W) {
    const { state, setting, exact, d } = now;
    const top = 276, height = 150, left = 42, right = W - 18;
    const slope = Math.max(Math.abs(exact), 0.25);
    const middle = valueAt(d.at, setting);
    const x = scale([-2.2, 2.2], [0, right - left]);
    const y = scale([-2.6 * slope, 2.6 * slope], [height, 0]);
    const rise = (v) => clamp((v - middle) / d.h, -1e4, 1e4);
    const path = Array.from({ length: 221 }, (_, i) => -2.2 + (4.4 * i) / 220)
      .map((t) => `${x(t).toFixed(1)},${y(rise(valueAt(d.at + t * d.h, setting))).toFixed(1)}`).join(" ");
    const line = (m, at, cls) => svg("line", { class: cls, x1: x(-2.2), x2: x(2.2), y1: y(at - 2.2 * m), y2: y(at + 2.2 * m) });
    const centre = (rise(d.above) + rise(d.below)) / 2;
    const inner = svg("svg", { x: left, y: top, width: right - left, height, overflow: "hidden" },
      line(d.quotient, centre, "curve secant backward"), line(exact, 0, "curve true"),
      svg("polyline", { points: path, class: "curve ink" }),
      ...[[-1, d.below], [1, d.above]].map(([t, v]) => svg("circle", { class: "end-point", cx: x(t), cy: y(rise(v)), r: 5 })));
    const name = state.function === "kink" ? "z" : "w";
    const ticks = [[-1, `${name} \u2212 h`], [0, name], [1, `${name} + h`]].map(([t, words]) =>
      svg("text", { x: left + x(t), y: top + height + 16, class: "quiet small" }, words));
    const legend = svg("text", { x: 4, y: top - 8, class: "small start" }, "the function near the point, ",
      svg("tspan", { class: "as-true" }, "its tangent"), ", ", svg("tspan", { class: "as-secant" }, "the secant"));
    const parts = [svg("rect", { class: "window", x: left, y: top, width: right - left, height }), inner, ...ticks, legend];
    // The handle stays where it is in the document: to take it out would end the drag.
    pointGrip.element.setAttribute("transform", `translate(${left + x(0)} ${top + y(0)})`);
    pointGrip.element.style.display = state.function === "kink" ? "" : "none";
    return parts;
  }

  function draw() {
    if (!width) return;
    picture.setAttribute("viewBox", `0 0 ${width} 448`);
    picture.setAttribute("width", width);
    picture.setAttribute("height", 448);
    backdrop.replaceChildren(...chart(width));
    lower.replaceChildren(...closeUp(width));
    grip.refresh();
    pointGrip.speak();
  }

  function explain() {
    const { d, exact, state, error } = now;
    const places = state.precision === "float64" ? 17 : 9;
    const [above, below] = [d.above, d.below].map((v) => v.toFixed(places));
    const same = cancelled(above, d.gap);
    const [quotient, truth] = [d.quotient, exact].map((v) => v.toFixed(12));
    const value = (name, v, content) => {
      const element = html("dd", { "data-number": name, "data-value": v });
      element.append(...content);
      return element;
    };
    const name = state.function === "kink" ? "relu(z" : "J(w";
    const rows = [[`${name} + h)`, value("above", d.above, digits(above, same, ["lost", "left"]))],
      [`${name} \u2212 h)`, value("below", d.below, digits(below, same, ["lost", "left"]))],
      ["their difference", value("gap", d.gap, rich(brief(d.gap)))],
      ["divided by 2h", value("quotient", d.quotient, digits(quotient, agreeing(quotient, truth), ["kept", "lost"]))],
      ["backpropagation", value("exact", exact, [truth.replace("-", "\u2212")])],
      ["relative error", value("error", error, rich(brief(error)))]];
    const lost = decimals(above.slice(0, same)), right = decimals(quotient.slice(0, agreeing(quotient, truth)));
    const gone = d.gap === 0 && exact !== 0 ? "No digit is left: in this precision both values are the same number."
      : `Of the ${places} decimals of the two values, ${lost || "none"} cancel in the difference; the other ${places - lost}, bold, are left `
        + `to find the derivative from. Of the quotient\u2019s decimals, ${right || "none"} (bold) ${right === 1 ? "is that" : "are those"} of backpropagation.`;
    panel.replaceChildren(html("p", {}, html("b", { "data-number": "h", "data-value": steps[state.step] }, ...rich(`h = ${brief(steps[state.step])}. `)), gone),
      html("dl", { class: "digits" }, ...rows.flatMap(([what, cell]) => [html("dt", {}, what), cell])));
  }

  function refresh() {
    now = settle();
    if (now.error < 1e-10 && now.state.function === "smooth" && now.state.precision === "float64") found.add("smooth");
    if (now.error < 1e-10 && now.state.function === "kink" && steps[now.state.step] >= 0.01 - 1e-12) found.add("kink");
    draw();
    explain();
    for (const { element, list, value } of choices) element.setAttribute("aria-pressed", model.get(list) === value);
    for (const task of tasks) task.update(now.state);
    outer.say(spoken(`Step ${brief(steps[now.state.step])}`) + spoken(`, relative error ${brief(now.error)}.`));
  }

  const choice = (list, value, words) => ({ list, value, element: button(words, () => { view.mark(); view.write({ [list]: value }); }) });
  const choices = [...PRECISIONS.map((value) => choice("precision", value, value)),
    ...Object.entries(FUNCTIONS).map(([value, words]) => choice("function", value, words))];
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`)?.classList.toggle("asked", on);
  const tasks = [
    question(view, {
      text: "Predict: for the network\u2019s loss in float32, h is made ten million times smaller, from 0.01 to 10^\u22129. What does the difference quotient do?",
      options: ["It comes closer and closer to the derivative.", "It loses its digits and ends at exactly 0.",
        "It grows without bound, because it is divided by h."],
      right: 1, prepare: { precision: "float32" }, ask: asking("step"), task: "Now drag the step in the upper picture to 10^\u22129.",
      done: ({ step, precision, function: kind }) => kind === "smooth" && precision === "float32" && steps[step] <= 1.01e-9,
      because: "w + h and w \u2212 h round to the same number, so both losses are the same and nothing is left of their difference. "
        + "On the way there the error grew as digits cancelled.",
    }),
    question(view, {
      text: "Predict: a ReLU unit at z = 0.003 and h = 0.01: the difference says 0.65, the derivative is 1. What happens to the error as h shrinks?",
      options: ["It falls like h^2, as for a smooth function.", "It stays as it is: there is a kink.",
        "It stays large until h is below 0.003, then it falls at once to rounding."],
      right: 2, prepare: { function: "kink" }, ask: asking("step"), task: "Now drag the step from 0.01 to 0.0001 and watch the secant.",
      done: ({ step, function: kind }) => kind === "kink" && steps[step] <= 1.01e-4,
      because: "As long as the two points stand on both sides of the kink, the secant belongs to neither side. "
        + "A gradient check must leave such entries out, or use a smaller step.",
    }),
    goal(view, {
      text: "Find a step with which float64 confirms the network\u2019s derivative to ten digits. Then make the difference right for "
        + "the ReLU unit, too, without going below h = 0.01.",
      checks: () => [
        { text: "network, float64, relative error below 10^\u221210", met: found.has("smooth") },
        { text: "ReLU unit, h at least 0.01, relative error below 10^\u221210", met: found.has("kink") },
      ],
      praise: "The best step depends on the precision, here about 10^\u22124 to 10^\u22125. And a kink does no harm "
        + "where the step does not reach it: you moved the point away.",
    }),
  ];
  now = settle();
  grip = makeGrip();
  pointGrip = makePointGrip();
  const backdrop = svg("g"), lower = svg("g");
  const picture = svg("svg", { role: "group", "aria-label": "Error against step, and the function near the point" }, backdrop, lower, grip.rail, grip.element,
    pointGrip.element);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "The step of a finite difference", choices: choices.map(({ element }) => element), figure, panel, tasks, refresh, widest: 680,
    resize(available) { width = available; },
  });
  return outer.stop;
}

// What a link to a view may hold.
const accepts = {
  function: (kind) => Object.hasOwn(FUNCTIONS, kind),
  precision: (precision) => PRECISIONS.includes(precision),
  step: (step) => Number.isInteger(step) && step >= 0 && step <= LAST,
  point: (point) => Math.abs(point) <= 0.1,
};

export default { render, accepts };
