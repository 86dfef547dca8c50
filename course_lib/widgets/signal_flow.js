// A deep stack before training: the signal forward and the gradients backward, layer by layer; the weights to drag.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { brief, button, clamp, draggable, fill, html, number, power, rich, show, spoken, svg, viewOf } from "./kit.js";
import { deviation } from "./draws.js";
import { ACTIVATIONS, passes } from "./dense_stack.js";

const DEPTHS = [5, 10, 20], WIDTHS = [16, 32, 64], LARGEST = 1.25, SEEDS = 100;
const BINS = 25, REACH = 3, BIN = 4;                            // of a histogram; pixels per bin
const FULL = 0.12;                                              // a bin with this part of the values has full width
const DECADES = 8;                                              // of the axis, upwards and downwards from 1
const LEFT = 46, TOP = 30, BOTTOM = 230, DECADE = (BOTTOM - TOP) / (2 * DECADES), ONE = (TOP + BOTTOM) / 2;
const MIDDLES = { a: 316, da: 452 }, HALF = (BINS * BIN) / 2, LABELS = MIDDLES.da + HALF + 18, HEIGHT = LABELS + 8;
const LEAST = -3;                                               // log10 of the factor per layer; here the weights are 0

function settle(state) {
  const { a, da } = passes(state), n = { a: a.map(deviation), da: da.map(deviation) }, last = state.depth;
  const factor = (from, to) => (from > 0 ? (to / from) ** (1 / (last - 1)) : 0);
  return { state, a, da, n: { ...n, gain: Math.sqrt(state.width) * state.stddev, "a.first": n.a[1], "a.last": n.a[last],
    "da.first": n.da[1], "da.last": n.da[last], "a.factor": factor(n.a[1], n.a[last]),
    "da.factor": factor(n.da[last], n.da[1]) } };
}

// A histogram as strokes, one for each bin, the largest values at the top.
function violin(values, x, middle, half) {
  const counts = new Array(BINS).fill(0);
  for (const v of values) counts[clamp(Math.floor((v + REACH) * (BINS / (2 * REACH))), 0, BINS - 1)] += 1;
  return counts.map((count, i) => {
    const w = half * Math.min(count / (FULL * values.length), 1);
    return count ? `M${(x - w).toFixed(1)} ${middle + BIN * ((BINS - 1) / 2 - i)}h${(2 * w).toFixed(1)}` : "";
  }).join("");
}

const heightOf = (v) => ONE - DECADE * Math.log10(Math.max(v, 1e-99));

function render({ model, el }) {
  const view = viewOf(model);
  const presets = model.get("presets");
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  let now = settle(view.read()), width = 0;

  const pitch = () => (width - 12 - LEFT) / (now.state.depth + 1);
  const x = (layer) => LEFT + pitch() * (layer + 0.5);
  const gainOf = () => Math.sqrt(model.get("width")) * model.get("stddev");
  const lean = () => Math.max(Math.log10(gainOf()), LEAST);

  // The dashed line runs from (layer 0, 1) at this lean; it is grabbed where it leaves the window.
  function leverEnd() {
    const gain = gainOf(), decades = Math.log10(gain);
    const layers = gain > 0 ? Math.min(now.state.depth, DECADES / Math.abs(decades)) : 0;
    return { layers, decades: gain > 0 ? decades * layers : -DECADES };
  }

  function leverGrip() {
    const element = svg("g", { class: "grip", "data-key": "lever" }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 9 }));
    const perLayer = (decades) => decades / now.state.depth;     // one key: the same distance at the line's end
    const speak = draggable(element, {
      label: "factor per layer of the weights, by their standard deviation", min: LEAST, max: 1, step: () => perLayer(0.05),
      leap: () => perLayer(1), finest: () => 0.0005, value: lean, grab: (gesture) => gesture && view.mark(gesture),
      follow() {
        const from = leverEnd();
        return (dx, dy) => (from.decades - dy / DECADE) / clamp(from.layers + dx / pitch(), 0.2, now.state.depth);
      },
      change: (wanted) => view.write({ stddev: wanted > LEAST
        ? Math.min(Number((10 ** wanted / Math.sqrt(model.get("width"))).toPrecision(4)), LARGEST) : 0 }),
      text: () => `${number(now.n.gain, 3)}; standard deviation of layer ${now.state.depth} ${spoken(brief(now.n["a.last"]))}, `
        + `gradients in layer 1 ${spoken(brief(now.n["da.first"]))}`,
    });
    return { element, refresh() {
      const end = leverEnd(), at = [x(end.layers), ONE - DECADE * end.decades];
      const beside = end.layers < 0.6 * now.state.depth, above = end.decades < 0 && at[1] + 24 < BOTTOM ? 26 : -15;
      fill(element, { transform: `translate(${at.join(" ")})` });
      fill(lever, { x1: x(0), y1: ONE, x2: at[0], y2: at[1] });
      fill(factor, { x: at[0] + (beside ? 17 : 4), y: beside ? clamp(at[1] + 4, TOP + 10, BOTTOM - 6) : at[1] + above,
        class: `label ${beside ? "start" : "end"}` });
      show(factor, "gain", now.n.gain, `${width > 440 ? "weights alone " : ""}\u00d7 ${number(now.n.gain, 3)}`);
      speak();
    } };
  }

  function scenery() {
    const parts = [], right = width - 12;
    for (let e = -DECADES; e <= DECADES; e += 4) {
      const y = ONE - DECADE * e;
      parts.push(svg("line", { class: e ? "grid" : "unity", x1: LEFT, x2: right, y1: y, y2: y }),
        e ? power(LEFT - 8, y + 4, e, "end") : svg("text", { x: LEFT - 8, y: y + 4, class: "small end" }, "1"));
    }
    for (const middle of Object.values(MIDDLES)) {
      for (const v of [-REACH, 0, REACH]) {
        const y = middle - (v * HALF) / REACH;
        parts.push(svg("line", { class: "grid", x1: LEFT, x2: right, y1: y, y2: y }),
          svg("text", { x: LEFT - 8, y: y + 4, class: "quiet small end" }, number(v, 0)));
      }
    }
    const words = (at, y, kind, text) => parts.push(svg("text", { x: at, y, class: `small ${kind}` }, text));
    words(4, 14, "quiet start", "standard deviation");
    words(right - 90, 14, "forward end", "activations \u2192");
    words(right, 14, "backward end", "\u2190 gradients");
    words(LEFT, MIDDLES.a - HALF - 10, "forward start", "histograms of the activations");
    words(LEFT, MIDDLES.da - HALF - 10, "backward start", "histograms of the gradients");
    words(4, LABELS, "quiet start", "layer");
    const every = [1, 2, 5].find((step) => step * pitch() >= 22);
    for (let layer = 0; layer <= now.state.depth; layer += every) words(x(layer), LABELS, "quiet", String(layer));
    return parts;
  }

  function drawCurve(key, values) {
    const points = values.map((v, layer) => `${x(layer).toFixed(1)},${heightOf(v).toFixed(1)}`);
    fill(curves[key].line, { points: points.join(" ") });
    fill(curves[key].dots, { d: points.map((point) => `M${point}h0`).join("") });
    fill(curves[key].violins, { d: now[key].map((layer, i) => violin(layer, x(i), MIDDLES[key], Math.min(0.44 * pitch(), 26))).join("") });
  }

  function size(values, from, to) {
    const change = values[to] / values[from];
    return change < 0.1 ? "shrink" : change > 10 ? "grow" : "keep their size";
  }

  function explain() {
    const { state: { stddev, depth, activation, width: units }, n } = now;
    const value = (name, kind, text) => html("b", { class: kind, "data-number": name, "data-value": name === "stddev" ? stddev : n[name] }, ...rich(text));
    const line = (...parts) => html("li", {}, ...parts);
    const zero = activation === "sigmoid" ? "0.5" : "0";
    const story = stddev === 0
      ? `All weights are 0: every unit shows the same value, ${zero}, whatever the input is, and no gradient gets past layer ${depth}. `
        + "Units that start equal and get equal gradients stay equal: they cannot learn different things."
      : `From layer to layer the activations ${size(n.a, 1, depth)}; on the way back the gradients ${size(n.da, depth, 1)}.`;
    panel.replaceChildren(html("p", {}, story), html("ol", {},
      line("weights: \u03c3 = ", value("stddev", "plain", String(stddev)),
        `, alone in each layer \u00d7 \u221an \u03c3 = \u221a${units} \u00b7 ${stddev} = ${number(n.gain, 3)}`),
      line("activations: layer 1 ", value("a.first", "forward", brief(n["a.first"])), `, layer ${depth} `, value("a.last", "forward", brief(n["a.last"])),
        ", in each layer \u00d7 ", value("a.factor", "forward", number(n["a.factor"], 3))),
      line(`gradients: layer ${depth} `, value("da.last", "backward", brief(n["da.last"])), ", layer 1 ", value("da.first", "backward", brief(n["da.first"])),
        ", in each layer \u00d7 ", value("da.factor", "backward", number(n["da.factor"], 3)))));
  }

  function refresh() {
    const before = now.state;
    now = settle(view.read());
    if (!width) return;
    if (before.depth !== now.state.depth || !backdrop.childNodes.length) backdrop.replaceChildren(...scenery());
    drawCurve("a", now.n.a);
    drawCurve("da", now.n.da);
    grip.refresh();
    explain();
    for (const { element, pressed } of choices) element.setAttribute("aria-pressed", pressed());
    for (const task of tasks) task.update(now.state);
    outer.say(spoken(`Layer ${now.state.depth}: standard deviation ${brief(now.n["a.last"])}. `)
      + spoken(`Gradients in layer 1: ${brief(now.n["da.first"])}.`));
  }

  const choices = [];
  function choice(words, name, options, wanted = (option) => option) {
    const buttons = options.map((option) => {
      const element = button(String(option), () => { view.mark(); view.write({ [name]: wanted(option) }); });
      choices.push({ element, pressed: () => model.get(name) === wanted(option) });
      return element;
    });
    return html("div", { class: "choice", role: "group", "aria-label": words }, html("span", {}, words), ...buttons);
  }
  const widest = presets[WIDTHS.at(-1)];
  const recipes = Object.keys(widest).sort((one, other) => widest[one] - widest[other]);    // JSON has them by name
  const recipe = (name) => presets[model.get("width")][name];
  const groups = [choice("activation", "activation", Object.keys(ACTIVATIONS)),
    choice("weights", "stddev", recipes, recipe),
    choice("layers", "depth", DEPTHS), choice("units per layer", "width", WIDTHS)];

  const asking = (on) => grip.element.classList.toggle("asked", on);
  const tall = ({ activation, depth, width: n }) => activation === "tanh" && depth === 20 && n === 64;
  const tasks = [
    question(view, {
      text: "Predict: 20 layers of tanh, and \u221an \u03c3 goes from 1 down to 1/2. How large is the standard deviation of layer 20 then?",
      options: ["About a half.", "About a fortieth: a half of a twentieth.", "About a millionth."],
      right: 2, prepare: { activation: "tanh" }, ask: asking, task: "Now drag the end of the dashed line down until it says \u00d7 0.5.",
      done: (state) => tall(state) && now.n.gain <= 0.505,
      because: "Small values pass tanh nearly unchanged, so every layer halves them: 2^\u221220 is about 10^\u22126. "
        + "The gradients lose as much on the way back.",
    }),
    question(view, {
      text: "Predict: 20 layers of tanh with weights from N(0, 1). Nearly all units stand close to \u22121 or 1, where the slope is almost 0. "
        + "What becomes of the gradients on the way back to layer 1?",
      options: ["They vanish: each layer multiplies them by a slope near 0.", "They explode: the weights more than make up for the slopes.",
        "They keep their size, as the activations do."],
      right: 1, prepare: { activation: "tanh" }, ask: asking, task: "Now drag the end of the dashed line up until it says \u00d7 7.9.",
      done: (state) => tall(state) && state.stddev >= 0.99,
      because: "A few units in each layer are not saturated, and what they let through is multiplied by large weights: "
        + "about \u00d7 2 in each layer, a million in all. Most entries of the gradient are tiny and a few are huge: look at its histograms.",
    }),
    goal(view, {
      text: "Set up 20 layers of ReLU so that the signal arrives at both ends: tune the line until layer 20 has a standard deviation "
        + "within 10 % of 1, and layer 1 gets gradients between 1/2 and 2.",
      checks() {
        const here = now.state.activation === "relu" && now.state.depth === 20;
        return [{ text: "20 layers of ReLU", met: here },
          { text: `activations in layer 20, ${brief(now.n["a.last"])}, within 10 % of 1`, met: here && Math.abs(now.n["a.last"] - 1) <= 0.1 },
          { text: `gradients in layer 1, ${brief(now.n["da.first"])}, between 1/2 and 2`, met: here && now.n["da.first"] >= 0.5 && now.n["da.first"] <= 2 }];
      },
      praise: "\u221an \u03c3 is now near \u221a2: ReLU passes half of the mean square, and He\u2019s variance 2/n makes up for it. "
        + "The exact value depends on the draw: narrow layers need more luck.",
    }),
  ];

  const lever = svg("line", { class: "lever" }), factor = svg("text"), backdrop = svg("g");
  const curves = Object.fromEntries([["a", "forward"], ["da", "backward"]].map(([key, kind]) => [key, {
    line: svg("polyline", { class: `curve ${kind} chosen`, "data-curve": key }), dots: svg("path", { class: `dots ${kind}` }),
    violins: svg("path", { class: `violin ${kind}`, "data-violins": key }) }]));
  const parts = Object.values(curves);
  const clip = svg("svg", { x: 0, y: TOP - 4, height: BOTTOM - TOP + 8, overflow: "hidden" },
    svg("g", { transform: `translate(0 ${4 - TOP})` }, ...parts.flatMap(({ line, dots }) => [line, dots])));
  const grip = leverGrip();
  const picture = svg("svg", { role: "group", height: HEIGHT, "aria-label": "Standard deviations and histograms of all layers" },
    backdrop, ...parts.map(({ violins }) => violins), clip, lever, factor, grip.element);
  figure.append(picture);
  const outer = frame(el, view, {
    name: "The signal in a deep stack", choices: groups, figure, panel,
    controls: [button("Draw other weights", () => { view.mark(); view.write({ seed: (model.get("seed") + 1) % SEEDS }); })],
    tasks, refresh, widest: 680,
    resize(available) {
      width = available;
      fill(picture, { viewBox: `0 0 ${width} ${HEIGHT}`, width });
      fill(clip, { width });
      backdrop.replaceChildren();
    },
  });
  return outer.stop;
}

// What a link to a view may hold.
const accepts = {
  activation: (name) => Object.hasOwn(ACTIVATIONS, name),
  depth: (depth) => DEPTHS.includes(depth),
  width: (width) => WIDTHS.includes(width),
  stddev: (stddev) => stddev >= 0 && stddev <= LARGEST,
  seed: (seed) => Number.isInteger(seed) && seed >= 0 && seed < SEEDS,
};

export default { render, accepts };
