// An activation and its slope side by side, a point to drag along both, and the slope to the power of the depth.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { brief, choice, clamp, draggable, fill, html, number, power, rich, scale, show, spoken, svg, viewOf } from "./kit.js";
import { PHI } from "./activations.js";

const BOUNDED = ["step", "sign", "sigmoid", "hard_sigmoid", "tanh", "softsign"];
const KINKS = { step: [0], sign: [0], hard_sigmoid: [-3, 3], relu: [0], relu6: [0], leaky_relu: [0], selu: [0] };
const REACH = 6, DEEPEST = 50;
const SLOPES = [-0.25, 1.85], DECADES = [-12, 4];
const TOP = 34, BOTTOM = 214, PRODUCTS = [296, 408], HEIGHT = PRODUCTS[1] + 56;
const LINES = 240;                                              // of a curve

const valuesOf = (name) => (BOUNDED.includes(name) ? [-1.25, 1.25] : [-2, 6]);
const best = Object.fromEntries(Object.entries(PHI).map(([name, { value, slope }]) =>
  [name, Math.max(...Array.from({ length: 1201 }, (_, i) => slope((i - 600) / 100, value((i - 600) / 100))))]));

// The curve of f as a path, interrupted where the activation has a kink.
function curve(name, f, x, y) {
  const ends = [-REACH, ...(KINKS[name] ?? []), REACH];
  return ends.slice(1).map((end, i) => {
    const start = ends[i], count = Math.max(1, Math.round((LINES * (end - start)) / (2 * REACH)));
    return Array.from({ length: count + 1 }, (_, k) => {
      const z = start + 1e-9 + ((end - start - 2e-9) * k) / count;
      return `${k ? "L" : "M"}${x(z).toFixed(2)} ${y(f(z)).toFixed(2)}`;
    }).join("");
  }).join("");
}

const decadesOf = (slope, layers) => (slope ? layers * Math.log10(Math.abs(slope)) : -99 * layers);

function settle(state) {
  const { value, slope } = PHI[state.activation], a = value(state.z), s = slope(state.z, a), most = best[state.activation];
  return { state, n: { value: a, slope: s, product: s ** state.depth, best: most, "best.product": most ** state.depth } };
}

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  const found = new Set();
  let now = settle(view.read()), width = 0, drawn = "";

  const half = () => (width - 8) / 2;
  const sides = { forward: () => [30, half() - 8], backward: () => [half() + 38, width - 8] };
  const x = (kind) => scale([-REACH, REACH], sides[kind]());
  const heights = { forward: (v) => scale(valuesOf(now.state.activation), [BOTTOM, TOP])(v), backward: scale(SLOPES, [BOTTOM, TOP]) };
  const layerAt = () => scale([0, DEEPEST], [46, width - 20]);
  const decadeAt = (v) => scale(DECADES, PRODUCTS.toReversed())(clamp(v, ...DECADES));

  const marked = { sideways: true, grab: (gesture) => gesture && view.mark(gesture) };
  function knob(key, options) {
    const element = svg("g", { class: "grip", "data-key": key }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 9 }));
    return { element, speak: draggable(element, { ...marked, ...options }) };
  }
  const along = (key, kind, label) => knob(key, { label, min: -REACH, max: REACH, step: () => 0.1, leap: () => 1, finest: () => 0.01,
    grain: () => (2 * REACH) / (sides[kind]()[1] - sides[kind]()[0]), value: () => model.get("z"), change: (v) => view.write({ z: v }),
    text: (v) => `${number(v, 2)}, value ${number(now.n.value, 4)}, slope ${number(now.n.slope, 4)}` });
  const points = { forward: along("z", "forward", "point z on the activation"), backward: along("slope", "backward", "point z on the slope") };
  const depth = knob("depth", { label: "layers", min: 1, max: DEEPEST, step: () => 1, leap: () => 10, finest: () => 1,
    grain: () => DEEPEST / (width - 66), value: () => model.get("depth"), change: (v) => view.write({ depth: v }),
    text: (v) => spoken(`${v}, product of the slopes ${brief(now.n.product)}`) });

  const curves = { forward: svg("path", { class: "curve forward chosen", "data-curve": "value" }), backward: svg("path", { class: "curve backward chosen", "data-curve": "slope" }) };
  const products = { best: svg("polyline", { class: "curve true" }), slope: svg("polyline", { class: "curve backward chosen", "data-curve": "product" }) };
  const texts = { value: svg("text", { y: BOTTOM + 40, class: "forward start" }), slope: svg("text", { y: BOTTOM + 40, class: "backward start" }), depth: svg("text") };

  function scenery() {
    const words = (at, y, kind, text) => svg("text", { x: at, y, class: `small ${kind}` }, text);
    const axes = Object.entries(sides).flatMap(([kind, ends]) => {
      const axis = kind === "forward" ? valuesOf(now.state.activation) : SLOPES, [left, right] = ends();
      return [words(left, 16, `${kind} start`, kind === "forward" ? "activation \u03c6" : "slope \u03c6\u2032"),
        ...[-2, -1, 0, 1, 2, 4, 6].filter((v) => v >= axis[0] && v <= axis[1]).flatMap((v) => [words(left - 6, heights[kind](v) + 4, "quiet end", number(v, 0)),
          svg("line", { class: "grid", x1: left, x2: right, y1: heights[kind](v), y2: heights[kind](v) })]),
        ...[-6, -3, 0, 3, 6].map((v) => words(x(kind)(v), BOTTOM + 17, "quiet", number(v, 0))),
        svg("line", { class: "grid", x1: x(kind)(0), x2: x(kind)(0), y1: TOP, y2: BOTTOM })];
    });
    return [...axes, svg("text", { x: 4, y: PRODUCTS[0] - 12, class: "small start" }, svg("tspan", { class: "as-secant" }, "product of the slopes"),
      width > 400 ? " of so many layers, " : ", ", svg("tspan", { class: "as-true" }, "with the largest slope")),
    ...[-12, -8, -4, 0, 4].flatMap((e) => [svg("line", { class: "grid", x1: 46, x2: width - 20, y1: decadeAt(e), y2: decadeAt(e) }),
      e ? power(38, decadeAt(e) + 4, e, "end") : words(38, decadeAt(e) + 4, "quiet end", "1")]),
    ...[0, 10, 20, 30, 40, 50].map((layer) => words(layerAt()(layer), PRODUCTS[1] + 18, "quiet", String(layer))),
    words((46 + width - 20) / 2, PRODUCTS[1] + 36, "quiet", "layers")];
  }

  function draw() {
    const { state, n } = now, { value, slope } = PHI[state.activation];
    if (drawn !== `${state.activation} ${width}`) {
      drawn = `${state.activation} ${width}`;
      backdrop.replaceChildren(...scenery());
      fill(clip, { width });
      fill(curves.forward, { d: curve(state.activation, value, x("forward"), heights.forward) });
      fill(curves.backward, { d: curve(state.activation, (z) => slope(z, value(z)), x("backward"), heights.backward) });
    }
    const inside = (kind, v) => clamp(heights[kind](v), TOP - 8, BOTTOM + 8);
    for (const [kind, name] of [["forward", "value"], ["backward", "slope"]]) {
      fill(points[kind].element, { transform: `translate(${x(kind)(state.z)} ${inside(kind, n[name])})` });
      points[kind].speak();
    }
    show(fill(texts.value, { x: 12 }), "value", n.value, `\u03c6(z) = ${number(n.value, 4)}`);
    show(fill(texts.slope, { x: half() + 20 }), "slope", n.slope, `\u03c6\u2032(z) = ${number(n.slope, 4)}`);
    // Straight, as the axis is logarithmic, until it leaves the window.
    const line = (s) => {
      const each = decadesOf(s, 1), last = each ? Math.min(DEEPEST, DECADES[each < 0 ? 0 : 1] / each) : DEEPEST;
      return [0, last].map((layer) => `${layerAt()(layer).toFixed(2)},${decadeAt(each * layer).toFixed(2)}`).join(" ");
    };
    fill(products.best, { points: line(n.best) });
    fill(products.slope, { points: line(n.slope) });
    const at = [layerAt()(state.depth), decadeAt(decadesOf(n.slope, state.depth))], beside = at[0] + 90 < width;
    fill(depth.element, { transform: `translate(${at.join(" ")})` });
    fill(texts.depth, { x: at[0] + (beside ? 15 : -15), y: at[1] + (at[1] < PRODUCTS[0] + 40 ? 22 : -12), class: `label ${beside ? "start" : "end"}` });
    show(texts.depth, "depth", state.depth, `layers: ${state.depth}`);
    depth.speak();
  }

  function explain() {
    const { state, n } = now;
    const value = (name, v, kind, ...text) => html("b", { class: kind, "data-number": name, "data-value": v }, ...text);
    const line = (...parts) => html("li", {}, ...parts);
    const story = n.slope === 0 ? "The slope is 0: nothing passes, however few the layers."
      : Math.abs(n.slope) > 1.001 ? "A slope above 1: with such units alone, the gradient grows from layer to layer."
        : Math.abs(n.slope) > 0.999 ? "The slope is 1: the gradient passes as it is."
          : n.slope < 0 ? "A negative slope: the activation falls here, and the gradient changes its sign in each layer."
            : "A slope below 1: the gradient shrinks from layer to layer, unless the weights make up for it.";
    panel.replaceChildren(html("p", {}, story), html("ol", {},
      line(`${state.activation} at z = `, value("z", state.z, "plain", number(state.z, 2))),
      line("\u03c6\u2032(z)", html("sup", {}, String(state.depth)), ` = ${n.slope < 0 ? `(${number(n.slope, 4)})` : number(n.slope, 4)}`, html("sup", {}, String(state.depth)), " = ",
        value("product", n.product, "", ...rich(brief(n.product)))),
      line("largest slope on this axis ", value("best", n.best, "plain", number(n.best, 4)), ", to the same power ",
        value("best.product", n["best.product"], "plain", ...rich(brief(n["best.product"]))))));
  }

  function refresh() {
    now = settle(view.read());
    const { state, n } = now;
    if (n.slope < -0.05) found.add("falls");
    if (n.slope > 1.05) found.add("above");
    if (state.z < 0 && state.depth === DEEPEST && state.activation !== "linear" && n.product >= 0.5 && n.product <= 2) found.add("keeps");
    if (!width) return;
    draw();
    explain();
    names.refresh(state);
    for (const task of tasks) task.update(state);
    outer.say(spoken(`Value ${number(n.value, 4)}, slope ${number(n.slope, 4)}, product over ${state.depth} layers ${brief(n.product)}.`));
  }

  const names = choice(view, "activation", Object.keys(PHI).map((activation) => [activation, { activation }]));
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const tasks = [
    question(view, {
      text: "Predict: the sigmoid of 4 is 0.98, not quite 1. How large is the slope there, compared with 0.25, the slope at 0?",
      options: ["Still more than half of it.", "About a quarter of it.", "Less than a tenth of it."],
      right: 2, prepare: {}, ask: asking("z"), task: "Now drag the point to z = 4.",
      done: ({ activation, z }) => activation === "sigmoid" && z >= 4 - 1e-9,
      because: "\u03c6\u2032 = \u03c6 (1 \u2212 \u03c6) = 0.982 \u00b7 0.018 = 0.018. A unit is saturated long before its output looks like 1.",
    }),
    question(view, {
      text: "Predict: all units of a sigmoid network stand at z = 0, where the slope is largest. How much do the slopes of ten layers let through together?",
      options: ["About a fortieth: 0.25 / 10.", "About a thousandth.", "About a millionth."],
      right: 2, prepare: { depth: 1 }, ask: asking("depth"), task: "Now drag the layers from 1 to 10.",
      done: ({ activation, z, depth: layers }) => activation === "sigmoid" && Math.abs(z) < 1e-9 && layers >= 10,
      because: "0.25^10 is 9.5 \u00b7 10^\u22127, and this is the best case. Only larger weights can make up for it.",
    }),
    goal(view, {
      text: "Three finds: a place where an activation falls (slope below \u22120.05); a slope above 1.05; and, with an activation other than linear, "
        + "a z below 0 at which 50 layers keep the gradient between a half and twice its size.",
      checks: () => [{ text: "a slope below \u22120.05", met: found.has("falls") }, { text: "a slope above 1.05", met: found.has("above") },
        { text: "z below 0, 50 layers, product between 0.5 and 2", met: found.has("keeps") }],
      praise: "SiLU and GELU fall left of their minimum, and both are steeper than 1 further right. SELU is steeper than 1 on its right side and "
        + "just below 0, and crosses 1 at z = \u22120.56; tanh has the slope 1 at 0 and nowhere else.",
    }),
  ];

  const backdrop = svg("g");
  const clip = svg("svg", { x: 0, y: TOP - 6, height: BOTTOM - TOP + 12, overflow: "hidden" },
    svg("g", { transform: `translate(0 ${6 - TOP})` }, curves.forward, curves.backward));
  const picture = svg("svg", { role: "group", height: HEIGHT, "aria-label": "The activation, its slope, and the product of the slopes over the layers" },
    backdrop, clip, products.best, products.slope, ...Object.values(texts), points.forward.element, points.backward.element, depth.element);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "Activations and their slopes", choices: [names.element], figure, panel, tasks, refresh, widest: 660,
    resize(available) {
      width = available;
      fill(picture, { viewBox: `0 0 ${width} ${HEIGHT}`, width });
    },
  });
  return outer.stop;
}

// What a link to a view may hold.
const accepts = {
  activation: (name) => Object.hasOwn(PHI, name),
  z: (z) => Math.abs(z) <= REACH,
  depth: (depth) => Number.isInteger(depth) && depth >= 1 && depth <= DEEPEST,
};

export default { render, accepts };
