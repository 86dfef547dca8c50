// The worker: Pyodide, NumPy and this project's wheel. It answers one request at a time.
import { pyodide, wheel } from "./exercise-site.js";

const at = (path) => new URL(path, import.meta.url).href;

async function start() {
  const stage = (text, done) => postMessage({ kind: "loading", text, done });
  const folder = at(pyodide);
  stage("Loading Python: some 9 MB, the first time", 0);
  const { loadPyodide } = await import(`${folder}pyodide.mjs`);
  const python = await loadPyodide({ indexURL: folder, stdout: () => {}, stderr: () => {} });
  stage("Loading NumPy", 0.5);
  await python.loadPackage("numpy", { messageCallback: () => {}, checkIntegrity: true });
  stage("Loading the checks", 0.8);
  const answer = await fetch(at(wheel));
  if (!answer.ok) throw new Error(`${wheel}: ${answer.status}`);
  python.unpackArchive(await answer.arrayBuffer(), "wheel");
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
