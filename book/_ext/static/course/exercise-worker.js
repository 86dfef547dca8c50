// The worker: Pyodide, NumPy and this project's wheel. It answers one request at a time.
import { pyodide, wheel } from "./exercise-site.js";

const SIGALRM = 14;
let due = Infinity; // when a time limit of Python's is over
let repeat = 0;

// Python looks here for signals every few dozen steps while it runs. No memory has to be shared: it is asked, not told.
const signals = {
  get 0() {
    if (performance.now() < due) return 0;
    due = performance.now() + repeat;
    return SIGALRM;
  },
  set 0(taken) {},
};

/** `signal.setitimer` for course_lib.grading.limits. The page hears of it, for code that never looks for signals. */
function setTimer(seconds, again) {
  due = seconds ? performance.now() + 1000 * seconds : Infinity;
  repeat = 1000 * again;
  postMessage({ kind: "limit", seconds });
}

// What is printed goes another way, and there is no keyboard.
const QUIET = { stdin: () => null, stdout: () => {}, stderr: () => {} };

// A cell that reaches for JavaScript must not end the worker behind the page's back.
Object.defineProperty(self, "close", {
  value() { throw new Error("the page's Python cannot be closed from a cell"); },
});

const at = (path) => new URL(path, import.meta.url).href;

async function download(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.arrayBuffer();
}

async function start() {
  const stage = (text, done) => postMessage({ kind: "loading", text, done });
  const folder = at(pyodide);
  stage("Loading Python and NumPy: some 9 MB, the first time", null);
  const archive = download(at(wheel));
  archive.catch(() => {}); // heard of below
  const { loadPyodide } = await import(`${folder}pyodide.mjs`);
  const python = await loadPyodide({ indexURL: folder, packages: ["numpy"], ...QUIET });
  stage("Starting NumPy", 0.7);
  python.pyimport("numpy").destroy();
  stage("Loading the checks", 0.9);
  python.unpackArchive(await archive, "wheel");
  python.setInterruptBuffer(signals);
  python.pyimport("course_lib.grading.limits").page_timer = setTimer;
  const respond = python.pyimport("course_lib.grading.page").respond;
  postMessage({ kind: "ready" });
  return respond;
}

const started = start();
started.catch((error) => postMessage({ kind: "unavailable", error: String(error) }));

onmessage = async ({ data }) => {
  const respond = await started;
  try {
    const answer = respond(data, (text) => postMessage({ kind: "printed", text }));
    postMessage({ kind: "answer", answer: JSON.parse(answer) });
  } catch (error) {
    postMessage({ kind: "broken", error: String(error) });
  }
};
