// A verdict as a card: the words come from Python, and are the same in a notebook and in the terminal.
export function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Text with `code` marked up. */
function marked(text) {
  return text.split("`").map((part, i) => (i % 2 ? element("code", "", part) : part));
}

export function verdictCard({ verdict, headline, misconception, paragraphs, details, notes }) {
  const card = element("div", "course-card", element("p", "course-headline", ...marked(headline)));
  card.dataset.verdict = verdict;
  if (misconception) card.dataset.misconception = misconception; // for tests: readers get the message
  for (const text of paragraphs) card.append(element("p", "", ...marked(text)));
  for (const [label, text] of details) {
    const block = element("pre", "", text);
    block.tabIndex = 0;
    block.setAttribute("role", "group");
    block.setAttribute("aria-label", label);
    card.append(element("p", "course-label", `${label}:`), block);
  }
  for (const text of notes) card.append(element("p", "course-note", ...marked(text)));
  return card;
}

/** Beside the buttons: whether it is done, and what is wrong with the version that stands there. */
export function showDone(cell, done, wrong) {
  const mark = cell.querySelector(".course-verdict");
  if (!done) mark.replaceChildren();
  else if (wrong) mark.replaceChildren("Passed before; ", element("span", "course-wrong", wrong));
  else mark.replaceChildren("Done");
}
