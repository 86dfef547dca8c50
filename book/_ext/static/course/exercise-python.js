// Python in a worker: one for the page, started when it is first needed, started afresh after whatever ends it.
const LIMIT = { check: 15, run: 60 };

let worker = null;
let ready = false;
let task = null;

/** Why a request got no answer; the message is for the reader. */
export class Ended extends Error {}

const KEPT = "Your text is kept.";
const LOOP = "Is there a loop that never ends, or a loop over elements where NumPy could work on whole arrays?";
const SENTENCES = {
  stopped: `Stopped. Python has been started afresh. ${KEPT}`,
  unavailable: `Python could not be loaded. Is there a connection? ${KEPT} Try again, or reload the page.`,
  broken: `Python broke down and was started afresh. ${KEPT} Does an array or a list grow beyond the memory there is?`,
};

export const BUSY = "Python is busy with another cell. Wait for it, or stop it there.";

export const busy = () => task !== null;

/** Ask the worker, which must not be busy; `on.printed(text)` and `on.loading(text, done)`, `on.running()` are told what happens. Rejects with Ended. */
export function ask(request, on) {
  return new Promise((resolve, reject) => {
    task = { request, on, resolve, reject };
    worker ??= start();
    if (ready) send();
    else on.loading("Starting Python", 0);
  });
}

export function stop() {
  end(SENTENCES.stopped, { restart: ready });
}

function start() {
  const url = new URL("exercise-worker.js", import.meta.url);
  const started = new Worker(url, { type: "module" });
  started.onmessage = ({ data }) => worker === started && HANDLERS[data.kind](data);
  started.onerror = (event) => {
    event.preventDefault();
    if (worker === started) end(ready ? SENTENCES.broken : SENTENCES.unavailable, { restart: false });
  };
  return started;
}

const HANDLERS = {
  loading: ({ text, done }) => task?.on.loading(text, done),
  ready() {
    ready = true;
    if (task) send();
  },
  printed: ({ text }) => task?.on.printed(text),
  answer({ answer }) {
    const { resolve } = finish();
    resolve(answer);
  },
  broken: () => end(SENTENCES.broken, { restart: true }),
  unavailable: () => end(SENTENCES.unavailable, { restart: false }),
};

function send() {
  const seconds = LIMIT[task.request.do];
  task.on.running();
  task.timer = setTimeout(() => end(`Stopped after ${seconds} seconds. ${LOOP}`, { restart: true }), seconds * 1000);
  worker.postMessage(JSON.stringify(task.request));
}

function finish() {
  const finished = task;
  clearTimeout(finished?.timer);
  task = null;
  return finished;
}

function end(sentence, { restart }) {
  worker?.terminate();
  worker = null;
  ready = false;
  finish()?.reject(new Ended(sentence));
  if (restart) worker = start();
}
