// Progress at the top of a chapter and in the contents.
import { chapters } from "./exercise-site.js";
import * as store from "./progress.js";

function count({ exercises }) {
  const verdicts = store.verdicts();
  return [exercises.filter(({ name }) => verdicts[name] === "passed").length, exercises.length];
}

function showInContents() {
  for (const link of document.querySelectorAll(".bd-links a")) {
    const chapter = chapters.find(({ page }) => new URL(link.href).pathname.endsWith(`/${page}.html`));
    if (!chapter) continue;
    const [done, all] = count(chapter);
    const mark = link.querySelector(".course-done") ?? link.appendChild(document.createElement("span"));
    mark.className = "course-done";
    mark.textContent = done ? ` ${done}/${all}` : "";
    mark.title = `${done} of ${all} exercises done`;
  }
}

function showAtTop(panel, chapter) {
  const [done, all] = count(chapter);
  const core = chapter.exercises.filter((item) => item.core);
  const [coreDone, coreAll] = count({ exercises: core });
  panel.querySelector("progress").value = done;
  panel.querySelector(".course-count").textContent = done === all
    ? `All ${all} exercises done` : `${done} of ${all} exercises done, ${coreDone} of ${coreAll} core`;
}

const SAID = { had: "you had", partly: "partly had", "not yet": "did not have" };

/** How the recall questions went, and which to look at again. */
function showRecalled(line, { recall }) {
  const ratings = recall.map((name) => store.answer(name).rating);
  const counts = Object.keys(store.RATINGS)
    .map((rating) => [ratings.filter((other) => other === rating).length, rating])
    .filter(([number]) => number).map(([number, rating]) => `${SAID[rating]} ${number}`);
  const links = recall.map((name, i) => Object.assign(document.createElement("a"), {
    href: `#${name}`, textContent: `question ${i + 1}`,
  })).filter((link, i) => ratings[i] && ratings[i] !== "had");
  line.hidden = !counts.length;
  line.replaceChildren(`Of ${recall.length} recall questions: ${counts.join(", ")}.`,
    ...(links.length ? [" Look again at ", ...links.flatMap((link, i) => (i ? [", ", link] : [link])), "."] : []));
}

function save(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** A sentence, and buttons for what can be done next. It takes over the focus of a button that it replaces. */
function say(status, text, actions = {}) {
  const focused = status.contains(document.activeElement);
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  for (const [label, action] of Object.entries(actions)) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
    button.addEventListener("click", action);
    paragraph.append(" ", button);
  }
  status.replaceChildren(paragraph);
  if (!focused) return;
  paragraph.tabIndex = -1;
  paragraph.focus();
}

/** Undo takes back this one change, and can itself be undone: what has been written in between is not lost. */
function replace(status, snapshot, text) {
  const before = store.snapshot();
  if (!store.restore(snapshot)) return say(status, NO_ROOM);
  const after = store.snapshot();
  say(status, text, { Undo: () => replace(status, store.undone(before, after), "As it was before.") });
}

const NO_ROOM = "This browser has no room for that. Nothing has been changed.";
const LIST = new Intl.ListFormat("en");

/** Answers by what a reader calls them, at most a few. */
function called(names) {
  const shown = names.slice(0, 6).map(title);
  return LIST.format(names.length > 6 ? [...shown, `${names.length - 6} more`] : shown);
}

function title(name) {
  const chapter = chapters.find(({ recall }) => recall.includes(name));
  if (chapter) return `recall question ${chapter.recall.indexOf(name) + 1} of ${chapter.title}`;
  const page = chapters.find((other) => name.startsWith(`${other.page}.`));
  return page ? `a cell to try things in of ${page.title}` : name;
}

/** Take in what a file holds; ask before it takes the place of a text. */
function take(status, read) {
  const own = store.snapshot();
  const many = Object.keys(read.answers).length;
  const done = `Imported: ${many} answer${many === 1 ? "" : "s"}`;
  const mine = store.replaced(own, read);
  if (!mine.length) return replace(status, store.merged(own, read), `${done}.`);
  const texts = mine.length === 1 ? "another text" : "other texts";
  const unless = (keep) => { // what has been written while the question stood is kept
    const now = store.snapshot();
    const since = store.replaced(now, read).filter((name) => !mine.includes(name));
    replace(status, store.merged(now, read, [...keep, ...since]), keep.length || since.length
      ? `${done}, but for your own texts.` : `${done}.`);
  };
  say(status, `The file holds ${texts} than this browser for ${called(mine)}. Which are to stay? All else is imported.`, {
    "Keep mine": () => unless(mine),
    "Take the file\u2019s": () => unless([]),
    "Import nothing": () => say(status, "Nothing has been changed."),
  });
}

function mount(panel) {
  const chapter = chapters.find(({ page }) => page === panel.dataset.chapter);
  const status = panel.querySelector("[role=status]");
  const file = panel.querySelector("input[type=file]");
  const on = (name, action) => panel.querySelector(`[data-do=${name}]`).addEventListener("click", action);

  on("export", () => {
    save(`${JSON.stringify(store.snapshot(), null, 1)}\n`, "course-progress.json");
    say(status, "Your answers and verdicts are in the file course-progress.json.");
  });
  on("import", () => file.click());
  on("forget", () => say(status, "Forget all verdicts and all your answers, in every chapter?", {
    "Forget them": () => replace(status, store.EMPTY, "All is forgotten."),
    "Keep them": () => say(status, "Nothing has been changed."),
  }));
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    file.value = "";
    if (!chosen) return;
    try {
      take(status, store.parse(await chosen.text()));
    } catch (error) {
      say(status, error.message);
    }
  });
  const show = () => {
    showAtTop(panel, chapter);
    showRecalled(panel.querySelector(".course-recalled"), chapter);
  };
  store.onChange(show);
  show();
}

document.querySelectorAll(".course-progress").forEach(mount);
store.onChange(showInContents);
showInContents();
