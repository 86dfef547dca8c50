// Dropout masks of eight units, pass by pass, and what they leave on average.
import { goal, question } from "./asking.js";
import { frame } from "./frame.js";
import { choice, draggable, fill, html, number, scale, show, svg, viewOf } from "./kit.js";
import { deviation, mean, uniforms } from "./draws.js";

const ACTIVATIONS = [0.4, 1.2, 0.8, 1.5, 0.3, 1, 0.6, 1.4], UNITS = ACTIVATIONS.length;
const PASSES = 200, DRAWN = 12, RATES = [0.05, 0.9], TALLEST = 5;
const SCALINGS = { keep: "1 \u2212 p", rate: "p", none: "nothing" };
const MASKS = 30, ROW = 13, BARS = { top: MASKS + DRAWN * ROW + 26, height: 124 };
const BASE = BARS.top + BARS.height, RAILS = { rate: BASE + 54, passes: BASE + 104 }, HEIGHT = BASE + 126, LEFT = 52;
const drawn = uniforms(0, 50, PASSES * UNITS);

function settle(state) {
  const { rate, scaling, passes } = state;
  const divisor = { keep: 1 - rate, rate, none: 1 }[scaling];
  const kept = (t, i) => drawn[t * UNITS + i] >= rate;
  const sums = new Array(UNITS).fill(0), means = [];
  let count = 0;
  for (let t = 0; t < passes; t += 1) {
    let total = 0;
    for (let i = 0; i < UNITS; i += 1) {
      if (!kept(t, i)) continue;
      const out = ACTIVATIONS[i] / divisor;                     // a r / divisor
      sums[i] += out;
      total += out;
      count += 1;
    }
    means.push(total / UNITS);
  }
  return { state, kept, units: sums.map((s) => s / passes),
    n: { ratio: mean(means) / mean(ACTIVATIONS), kept: count / (passes * UNITS), spread: deviation(means) } };
}

function render({ model, el }) {
  const view = viewOf(model);
  const figure = html("div", { class: "figure" });
  const panel = html("div", { class: "panel" });
  let now = settle(view.read()), width = 0;
  const pitch = () => (width - LEFT - 8) / UNITS;
  const middle = (i) => LEFT + pitch() * (i + 0.5);
  const high = (v) => BASE - (Math.min(v, TALLEST) / TALLEST) * BARS.height;
  const ends = () => [LEFT + 10, width - 18];
  const across = { rate: () => scale(RATES, ends()), passes: () => scale([1, PASSES], ends()) };
  const said = () => `${number(now.n.ratio, 2)} times the output without dropout`;

  function knob(key, [low, most], options) {
    const element = svg("g", { class: "grip", "data-key": key }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 9 }));
    const speak = draggable(element, { min: low, max: most, sideways: true, grain: () => (most - low) / (ends()[1] - ends()[0]),
      value: () => model.get(key), change: (v) => view.write({ [key]: v }), grab: (gesture) => gesture && view.mark(gesture), ...options });
    return { element, speak, text: svg("text", { class: "quiet start", x: LEFT }) };
  }
  const knobs = {
    rate: knob("rate", RATES, { label: "rate, the share that is dropped", step: () => 0.05, leap: () => 0.25, finest: () => 0.01,
      text: (v) => `${number(v, 2)}; ${said()}` }),
    passes: knob("passes", [1, PASSES], { label: "passes", step: () => 1, leap: () => 50, text: (v) => `${v}; ${said()}` }),
  };
  const squares = svg("path", { class: "dots backward", "data-masks": "" }), missing = svg("path", { class: "grid", "data-missing": "" });
  const bars = ACTIVATIONS.map(() => ({ bar: svg("rect", { class: "amount" }), line: svg("line", { class: "wanted" }), text: svg("text", { class: "small", y: BASE + 16 }) }));

  function scenery() {
    const words = (x, y, kind, text) => svg("text", { x, y, class: `small quiet ${kind}` }, text);
    const level = (v) => svg("line", { class: "grid", x1: LEFT, x2: width - 8, y1: high(v), y2: high(v) });
    return [words(4, MASKS - 12, "start", width > 420 ? "the first twelve masks, a row for each pass; a mark: kept" : "masks, a row a pass; a mark: kept"),
      words(4, BARS.top - 10, "start", width > 420 ? "mean output of each unit; line: its activation" : "mean outputs; line: activation"),
      ...[0, 1, 2, 3, 4, 5].flatMap((v) => [level(v), words(LEFT - 8, high(v) + 4, "end", String(v))]),
      ...Object.keys(RAILS).map((key) => svg("line", { class: "rail", x1: ends()[0], x2: ends()[1], y1: RAILS[key], y2: RAILS[key] }))];
  }

  function draw() {
    const { state, kept, units } = now, half = Math.min(pitch() / 2 - 5, 12);
    const shown = { true: "", false: "" };
    for (let t = 0; t < Math.min(DRAWN, state.passes); t += 1) {
      for (let i = 0; i < UNITS; i += 1) {
        const long = kept(t, i) ? half : 3;
        shown[kept(t, i)] += `M${(middle(i) - long).toFixed(1)} ${MASKS + ROW * t}h${(2 * long).toFixed(1)}`;
      }
    }
    fill(squares, { d: shown.true });
    fill(missing, { d: shown.false });
    for (const [i, { bar, line, text }] of bars.entries()) {
      fill(bar, { x: middle(i) - half, width: 2 * half, y: high(units[i]), height: BASE - high(units[i]) });
      fill(line, { x1: middle(i) - half - 4, x2: middle(i) + half + 4, y1: high(ACTIVATIONS[i]), y2: high(ACTIVATIONS[i]) });
      show(fill(text, { x: middle(i) }), `unit.${i}`, units[i], number(units[i], units[i] >= 10 ? 1 : 2));
    }
    for (const [key, { element, speak, text }] of Object.entries(knobs)) {
      fill(element, { transform: `translate(${across[key]()(state[key])} ${RAILS[key]})` });
      fill(text, { y: RAILS[key] - 16 });
      speak();
    }
    show(knobs.rate.text, "rate", state.rate, `rate p = ${number(state.rate, 2)}`);
    show(knobs.passes.text, "passes", state.passes, `passes: ${state.passes}`);
  }

  function explain() {
    const { state, n } = now;
    const value = (name, v, kind, digits = 2) => html("b", { class: kind, "data-number": name, "data-value": v }, number(v, digits));
    const factor = { keep: `1/(1 \u2212 p) = ${number(1 / (1 - state.rate), 2)}`, rate: `1/p = ${number(1 / state.rate, 2)}`, none: "1" }[state.scaling];
    panel.replaceChildren(html("p", {}, "Kept: the share ", value("kept", n.kept, "plain", 3), `, each multiplied by ${factor}. `),
      html("ol", {}, html("li", {}, "All units together, over the passes: ", value("ratio", n.ratio, ""), " times the output without dropout."),
        html("li", {}, "From pass to pass the mean of the eight outputs varies with the deviation ", value("spread", n.spread, "forward", 3), ".")));
  }

  function refresh() {
    now = settle(view.read());
    if (!width) return;
    draw();
    explain();
    group.refresh(now.state);
    for (const task of tasks) task.update(now.state);
    outer.say(`Rate ${number(now.state.rate, 2)}, ${now.state.passes} passes: ${said()}.`);
  }

  const group = choice(view, "divide by", Object.entries(SCALINGS).map(([scaling, words]) => [words, { scaling }]));
  const asking = (key) => (on) => figure.querySelector(`[data-key="${key}"]`).classList.toggle("asked", on);
  const tasks = [
    question(view, {
      text: "Predict: kept units are divided by p, as one of the sources says. At p = 0.5 the mean is right. What is it at p = 0.2?",
      options: ["Right as well.", "About a quarter of what it should be.", "About four times what it should be."],
      right: 2, prepare: { scaling: "rate", rate: 0.5, passes: 100 }, ask: asking("rate"), task: "Now drag the rate down to 0.2.",
      done: ({ scaling, rate }) => scaling === "rate" && rate <= 0.2 + 1e-9,
      because: "0.8 of the units are kept, each divided by 0.2: 0.8/0.2 = 4. Only at p = 0.5 are p and 1 \u2212 p the same, so a test at this rate finds nothing.",
    }),
    question(view, {
      text: "Predict: the right divisor, 1 \u2212 p, and 200 passes. The rate rises from 0.25 to 0.75. What becomes of the mean and of the single passes?",
      options: ["The mean stays near 1, and single passes vary more.", "The mean falls to a quarter: fewer units work.", "Both stay: the divisor makes up for everything."],
      right: 0, prepare: { passes: PASSES }, ask: asking("rate"), task: "Now drag the rate up to 0.75.",
      done: ({ scaling, rate }) => scaling === "keep" && rate >= 0.75 - 1e-9,
      because: "What is kept counts four times now, so the mean holds. But a pass rests on two units of eight, and which two is chance: the noise of dropout grows with p/(1 \u2212 p).",
    }),
    goal(view, {
      text: "Divide by p, and find a rate at which the mistake cannot be seen: with at least 150 passes, the mean within 5 % of what it should be.",
      checks() {
        const { state, n } = now, here = state.scaling === "rate" && state.passes >= 150;
        return [{ text: "divided by p, at least 150 passes", met: here }, { text: `${number(n.ratio, 2)} times the output, between 0.95 and 1.05`,
          met: here && Math.abs(n.ratio - 1) <= 0.05 }];
      },
      praise: "At p = 0.5 both divisors are the same. That is why no test of dropout should use this rate alone.",
    }),
  ];

  const backdrop = svg("g");
  const picture = svg("svg", { role: "group", height: HEIGHT, "aria-label": "Masks of dropout, and the mean output of eight units" }, backdrop, missing, squares,
    ...bars.flatMap(({ bar, line, text }) => [bar, line, text]), ...Object.values(knobs).flatMap(({ text, element }) => [text, element]));
  figure.append(picture);
  const outer = frame(el, view, {
    name: "Dropout masks", choices: [group.element], figure, panel, tasks, refresh, widest: 560,
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
  scaling: (scaling) => Object.hasOwn(SCALINGS, scaling),
  passes: (passes) => Number.isInteger(passes) && passes >= 1 && passes <= PASSES,
};

export default { render, accepts };
