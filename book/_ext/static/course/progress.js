// What the reader has written and solved: in this browser's own storage, and nowhere else.
import { chapters } from "./exercise-site.js";

const PREFIX = "course.";
const FORMAT = "course-progress";
const VERSION = 1;
const MAX_FILE = 5_000_000;
const MAX_TEXT = 200_000;
const VERDICTS = ["passed", "failed", "error", "not attempted"];
const FIELDS = ["code", "reset", "ran", "failed", "choice", "shown", "text", "rating"];
const SILENT = ["code", "text"]; // what is being typed

/** How a reader's answer from memory compares with the model answer. */
export const RATINGS = { had: "I had it", partly: "Partly", "not yet": "Not yet" };

const UNKEPT = "This browser does not keep what you type: copy it before you leave the page.";
const FORGOTTEN = "This browser has no room for your answer, or is not allowed to keep it: it lasts until you leave " +
  "the page.";
const TOO_LONG = `This text is longer than ${MAX_TEXT.toLocaleString("en")} characters and is not kept: shorten it, or ` +
  "copy it before you leave the page.";

const ANSWER = `${PREFIX}answer.`;
const KEY = /^(?!__proto__$)[\w.-]{1,100}$/; // an exercise's name, or page and cell of a cell to try things in

const exercises = new Set(chapters.flatMap(({ exercises }) => exercises.map(({ name }) => name)));
const listeners = new Set();
const unkept = new Map(); // by key, what this browser has no room for or must not keep: it lasts as long as the page

const forbidden = document.documentElement.dataset.storage === "forbidden"; // by the browser; early.js has found out

/** The keys of all answers. */
const answered = () => [...new Set([...(forbidden ? [] : Object.keys(localStorage)), ...unkept.keys()])]
  .filter((key) => key.startsWith(ANSWER)).map((key) => key.slice(ANSWER.length)).filter((key) => KEY.test(key));

/** Read a JSON value; what is damaged counts as absent. */
function read(name, fallback) {
  const key = PREFIX + name;
  try {
    return JSON.parse(unkept.get(key) ?? localStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

/** Returns whether the value is kept beyond this visit. */
function write(name, value) {
  const key = PREFIX + name;
  const text = JSON.stringify(value);
  try {
    if (forbidden) throw new Error("no storage");
    localStorage.setItem(key, text);
    unkept.delete(key);
    return true;
  } catch {
    unkept.set(key, text);
    return false;
  }
}

function remove(key) {
  unkept.delete(key);
  if (!forbidden) localStorage.removeItem(key);
}

/** Texts, any of which may be absent. An exercise: code in the editor, code that Reset took from there, code that last
 *  ran without an exception, and code whose check failed; a question: choice; a prediction, one of a figure too: choice,
 *  and shown; a recall question: text, and rating. */
export function answer(name) {
  const found = read(`answer.${name}`, {});
  return isAnswer(found) ? found : {};
}

/** Keep some fields of an answer; undefined removes one. Returns why they could not be kept, "" where they could. */
export function saveAnswer(name, fields) {
  if (Object.values(fields).some((text) => text?.length > MAX_TEXT)) return TOO_LONG;
  const kept = write(`answer.${name}`, { ...answer(name), ...fields });
  const silent = Object.keys(fields).every((field) => SILENT.includes(field));
  if (!silent) announce();
  if (kept) return "";
  return silent ? UNKEPT : FORGOTTEN;
}

export function verdicts() {
  const found = read("verdicts", {});
  return isRecord(found) ? found : {};
}

/** An exercise once passed stays passed. */
export function saveVerdict(name, verdict) {
  const all = verdicts();
  if (!VERDICTS.includes(verdict) || all[name] === "passed") return;
  write("verdicts", { ...all, [name]: verdict });
  announce();
}

export function snapshot() {
  const answers = answered().sort().map((name) => [name, answer(name)]);
  return { format: FORMAT, version: VERSION, verdicts: verdicts(), answers: Object.fromEntries(answers) };
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Returns whether all of it is kept. */
function put({ verdicts: done, answers }) {
  for (const name of answered()) remove(ANSWER + name);
  const kept = Object.entries(answers).map(([name, value]) => write(`answer.${name}`, value));
  return [...kept, write("verdicts", done)].every(Boolean);
}

/** Put a snapshot in the place of everything. Returns false, and changes nothing, where the browser has no room. */
export function restore(wanted) {
  const before = snapshot();
  const fits = put(wanted) || forbidden;
  if (!fits) put(before);
  else announce({ restored: true });
  return fits;
}

/** The snapshot that takes back what has led from `before` to `after`: all else has stayed as it is now. */
export function undone(before, after) {
  const now = snapshot();
  const back = (part) => Object.fromEntries([...new Set([...Object.keys(before[part]), ...Object.keys(now[part])])]
    .map((name) => [name, (same(before[part][name], after[part][name]) ? now : before)[part][name]])
    .filter(([, value]) => value !== undefined));
  return { verdicts: back("verdicts"), answers: back("answers") };
}

export const EMPTY = { verdicts: {}, answers: {} };

/** Everything of both; where both have an answer, the second one's but for the names in `keep`, and what is passed in
 *  one is passed. */
export function merged(one, other, keep = []) {
  const passed = Object.entries(one.verdicts).filter(([, verdict]) => verdict === "passed");
  const kept = keep.map((name) => [name, one.answers[name]]);
  return { verdicts: { ...one.verdicts, ...other.verdicts, ...Object.fromEntries(passed) },
           answers: { ...one.answers, ...other.answers, ...Object.fromEntries(kept) } };
}

/** The names of the answers whose text would be another one, or gone, if the second snapshot's took their place. */
export function replaced(one, other) {
  return Object.keys(other.answers).filter((name) => name in one.answers && SILENT.some((field) =>
    one.answers[name][field] && one.answers[name][field] !== other.answers[name][field]));
}

/** The snapshot in a file's text, or an Error whose message says why there is none. */
export function parse(text) {
  const refuse = (why) => { throw new Error(`This file was not imported: ${why} Nothing has been changed.`); };
  if (text.length > MAX_FILE) refuse("it is far too large for a progress file.");
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    refuse("it is damaged, or no progress file.");
  }
  if (!isRecord(data) || data.format !== FORMAT) refuse("it is no progress file of this course.");
  if (data.version !== VERSION) refuse("it comes from another version of this course.");
  const sound = isRecord(data.verdicts) && isRecord(data.answers) &&
    Object.values(data.verdicts).every((verdict) => VERDICTS.includes(verdict)) &&
    Object.entries(data.answers).every(([name, value]) => KEY.test(name) && isAnswer(value));
  if (!sound) refuse("it is damaged.");
  const known = Object.entries(data.verdicts).filter(([name]) => exercises.has(name));
  const answers = Object.entries(data.answers).map(([name, value]) => [name, seen(value)]);
  return { verdicts: Object.fromEntries(known), answers: Object.fromEntries(answers) };
}

/** What has run is run again with the next check, so none comes from a file that the reader would not see as the text. */
function seen({ ran, ...rest }) {
  return ran === rest.code ? { ran, ...rest } : rest;
}

const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const isAnswer = (value) => isRecord(value) && (!("rating" in value) || Object.hasOwn(RATINGS, value.rating)) &&
  Object.entries(value).every(([field, text]) =>
    FIELDS.includes(field) && typeof text === "string" && text.length <= MAX_TEXT);

/** Call back with {restored, elsewhere} whenever the progress has changed. restored: all texts, too, have to be read
 *  again; elsewhere: the name of an answer that another tab has changed. */
export function onChange(callback) {
  listeners.add(callback);
}

function announce({ restored = false, elsewhere = null } = {}) {
  for (const callback of listeners) callback({ restored, elsewhere });
}

addEventListener("storage", ({ key }) => {
  if (key === `${PREFIX}verdicts`) announce();
  if (!key?.startsWith(ANSWER)) return;
  unkept.delete(key); // another tab had room for a newer one
  announce({ elsewhere: key.slice(ANSWER.length) });
});
