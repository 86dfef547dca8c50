// The frame of every widget.
import { taskBar } from "./asking.js";
import { button, clamp, html, onWidth } from "./kit.js";

// A line that only screen readers notice; it waits until the reader pauses.
function announcer() {
  const element = html("p", { class: "spoken", role: "status" });
  let waiting;
  return {
    element,
    say(text) {
      clearTimeout(waiting);
      waiting = setTimeout(() => { element.textContent = text; }, 600);
    },
  };
}

// On the page the loader gives the element `linkToView()`: a control copies the address of the view as it is now.
function linkControl(linkToView) {
  const said = html("span", { class: "said", role: "status" });
  let waiting;
  async function copy() {
    const link = linkToView();
    clearTimeout(waiting);
    try {
      await navigator.clipboard.writeText(link);
      said.replaceChildren("Link copied");
      waiting = setTimeout(() => said.replaceChildren(), 5000);
    } catch { // without permission, or on a site without https
      const field = html("input", { readonly: "", "aria-label": "Link to this view: copy it from here", value: link });
      said.replaceChildren(field);
      field.focus();
      field.select();
    }
  }
  return html("div", { class: "share" }, said, button("Copy link to this view", copy));
}

const NARROWEST = 260;

// Choices, figure, explanation, buttons, tasks, and the bar that brings these to the figure. It calls `refresh` after each
// change of the state, and `resize`, then `refresh`, with the width that the drawing has, at most `widest`. `pause` stops
// what plays by itself. Keys do not reach JupyterLab, which would take them.
export function frame(el, view, {
  name, choices = [], figure, panel, controls = [], tasks, pause = () => {}, refresh, widest = Infinity, resize,
}) {
  const speaker = announcer();
  const root = html("section", { class: "course-widget-live", "aria-label": name },
    ...(choices.length ? [html("div", { class: "controls" }, ...choices)] : []), figure, panel,
    html("div", { class: "controls" }, ...controls,
      button("Undo", () => { pause(); view.undo(); }), button("Reset", () => { pause(); view.reset(); }),
      ...(el.linkToView ? [linkControl(el.linkToView)] : [])),
    html("div", { class: "tasks" }, ...tasks.map(({ element }) => element)), speaker.element);
  const bar = taskBar(root, figure);
  root.append(bar.element);
  root.addEventListener("keydown", (event) => event.stopPropagation());
  el.append(root);
  const stops = [pause, view.watch(refresh), onWidth(root, bar.measure), onWidth(figure, (available) => {
    resize(clamp(available, NARROWEST, widest));
    refresh();
  })];
  return {
    root,
    // Only to the reader who is at this figure: not while the page loads, nor for changes made in Python.
    say(text) { if (root.contains(document.activeElement)) speaker.say(text); },
    stop() { for (const stop of stops) stop(); },
  };
}
