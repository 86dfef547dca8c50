// A point to drag over a plane: by the pointer both ways, by the keys to the sides, and by a ring at the edge up and down.
import { clamp, draggable, number, svg } from "./kit.js";

// trait: the list of both coordinates. reach: how far each goes from 0. unit(): pixels of 1. words: what the point is.
export function pointInPlane(view, model, { trait, reach, unit, words, text }) {
  const knob = (i, options) => {
    const element = svg("g", { class: "grip", "data-key": `${trait}${i}` }, svg("circle", { class: "target", r: 18 }), svg("circle", { r: 9 }));
    return { element, speak: draggable(element, { step: () => 0.05, leap: () => 0.5, finest: () => 0.01, min: -reach[i], max: reach[i],
      value: () => model.get(trait)[i], text: (v) => `${number(v, 2)}; ${text()}`, ...options }) };
  };
  let beside = null;                                            // the second coordinate, while the point is dragged
  const point = knob(0, { label: `${words}, first coordinate`,
    grab: (gesture) => { beside = null; if (gesture) view.mark(gesture); },
    follow: () => {
      const [first, second] = model.get(trait);
      return (dx, dy) => {
        beside = clamp(Math.round((second - dy / unit()) * 100) / 100, -reach[1], reach[1]);
        return first + dx / unit();
      };
    },
    change: (v) => view.write({ [trait]: [v, beside ?? model.get(trait)[1]] }) });
  const ring = knob(1, { label: `${words}, second coordinate`, upright: true, grain: () => 1 / unit(),
    grab: (gesture) => gesture && view.mark(gesture), change: (v) => view.write({ [trait]: [model.get(trait)[0], v] }) });
  return { point, ring };
}
