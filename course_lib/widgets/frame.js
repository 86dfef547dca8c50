// The frame of every widget.
import { taskBar } from "./asking.js";
import { button, html, onWidth } from "./kit.js";

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

// Choices, figure, explanation, buttons, tasks, and the bar that brings these to the figure. Keys do not reach JupyterLab,
// which would take them.
export function frame(el, { name, choices = [], figure, panel, controls, tasks }) {
  const speaker = announcer();
  const root = html("section", { class: "course-widget-live", "aria-label": name },
    ...(choices.length ? [html("div", { class: "controls" }, ...choices)] : []), figure, panel,
    html("div", { class: "controls" }, ...controls, ...(el.linkToView ? [linkControl(el.linkToView)] : [])),
    html("div", { class: "tasks" }, ...tasks), speaker.element);
  const bar = taskBar(root, figure);
  root.append(bar.element);
  onWidth(root, bar.measure);
  root.addEventListener("keydown", (event) => event.stopPropagation());
  el.append(root);
  // Only to the reader who is at this figure: not while the page loads, nor for changes made in Python.
  return { root, say: (text) => { if (root.contains(document.activeElement)) speaker.say(text); } };
}
