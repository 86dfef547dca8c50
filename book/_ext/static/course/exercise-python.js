// Python in a worker: one for the page, started when the reader first changes a text or asks, started afresh after
// whatever ends it.
const GRACE = 10; // seconds that Python may be silent beyond the limit it has set itself

let address = null; // of the worker's code
let worker = null;
let ready = false;
let stage = []; // of loading: what is being done, and how much of it all is done, null where that is not known
let task = null;
let warmed = false;

/** Why a request got no answer: a headline, and what to do. */
export class Ended extends Error {
  constructor([headline, advice, verdict = "error"]) {
    super(headline);
    this.advice = advice;
    this.verdict = verdict;
  }
}

const KEPT = "Your text is kept.";
const STOPPED = ["Stopped", `Python has been started afresh. ${KEPT}`, "not attempted"];
const UNAVAILABLE = ["Python could not be loaded", `Is there a connection? ${KEPT} Try again, or reload the page.`];
const BROKEN = ["Python broke down", `It has been started afresh. ${KEPT} Does an array or a list grow beyond the memory ` +
  "there is, does a function call itself without end, or does the code end Python, as `os._exit` does?"];
const stuck = (seconds) => [`Stopped after ${seconds} seconds`, "Either a single call was still busy, such as one of " +
  "NumPy's or a `sum` over a very long range, or the code catches whatever should end it, as `except:` in a loop does: so " +
  `your line is not known. ${KEPT}`];

export const BUSY = "Python is busy with another cell. Wait for it, or stop it there.";

export const busy = () => task !== null;

/** Ask the worker, which must not be busy; `on.printed(text)` and `on.loading(text, done)`, `on.running()` are told what happens. Rejects with Ended. */
export function ask(request, on) {
  return new Promise((resolve, reject) => {
    task = { request, on, resolve, reject };
    worker ??= start();
    if (ready) send();
    else on.loading(...stage);
  });
}

/** Start Python before anybody asks, once. If that fails nobody is told; who asks later starts it again. */
export function warm() {
  if (!warmed) worker ??= start();
  warmed = true;
}

export function stop() {
  end(STOPPED, { restart: ready });
}

/** The address of a blob that loads the module: a worker started from a blob keeps to the Content-Security-Policy of its
 *  page, one loaded over the network does not, and what runs in it is whatever a reader has pasted. The import is dynamic:
 *  the policy counts a worker's other imports among the workers. */
function blobOf(module) {
  const code = `import(${JSON.stringify(module.href)}).catch(() => postMessage({ kind: "unavailable" }));`;
  return URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
}

function start() {
  stage = ["Starting Python", null];
  address ??= blobOf(new URL("exercise-worker.js", import.meta.url));
  const started = new Worker(address, { type: "module" });
  started.onmessage = ({ data }) => { // a cell can send messages, too
    if (worker === started && Object.hasOwn(HANDLERS, data?.kind)) HANDLERS[data.kind](data);
  };
  started.onerror = (event) => {
    event.preventDefault();
    if (worker === started) end(ready ? BROKEN : UNAVAILABLE, { restart: false });
  };
  return started;
}

const HANDLERS = {
  loading({ text, done }) {
    stage = [text, done];
    task?.on.loading(...stage);
  },
  ready() {
    ready = true;
    if (task) send();
  },
  limit,
  printed: ({ text }) => task?.on.printed(text),
  answer: ({ answer }) => finish()?.resolve(answer),
  broken: () => end(BROKEN, { restart: true }),
  unavailable: () => end(UNAVAILABLE, { restart: false }),
};

function send() {
  task.on.running();
  task.begun = performance.now();
  limit({ seconds: 0 });
  worker.postMessage(JSON.stringify(task.request));
}

/** Python ends its limits itself and names the line. One call that is busy inside, as in NumPy, does not let it. */
function limit({ seconds }) {
  if (!task) return;
  clearTimeout(task.timer);
  task.timer = setTimeout(() => {
    const passed = Math.round((performance.now() - task.begun) / 1000);
    end(stuck(passed), { restart: true });
  }, (seconds + GRACE) * 1000);
}

function finish() {
  const finished = task;
  clearTimeout(finished?.timer);
  task = null;
  return finished;
}

function end(reason, { restart }) {
  worker?.terminate();
  worker = null;
  ready = false;
  finish()?.reject(new Ended(reason));
  if (restart) worker = start();
}
