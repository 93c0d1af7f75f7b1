// Python in the browser: answers texts with the documents of their pages.

import { loadPyodide } from "./pyodide.mjs";

const ready = start();

async function start() {
  tell("fetching Python, 12 MB, once", 0.1);
  const python = await loadPyodide({ indexURL: new URL("./", import.meta.url).href });
  tell("fetching archdsl", 0.7);
  const wheel = await fetch(new URL("archdsl.whl", import.meta.url));
  if (!wheel.ok) throw new Error(`archdsl.whl: ${wheel.status}`);
  python.unpackArchive(await wheel.arrayBuffer(), "whl");
  tell("starting archdsl", 0.85);
  const { answer } = python.pyimport("archdsl.live.playground");
  answer("input 3x8x8\nconv3-8\n", "");
  tell("", 1);
  return answer;
}

function tell(stage, done) {
  postMessage({ stage, done });
}

onmessage = async ({ data }) => {
  try {
    const answer = await ready;
    const begun = performance.now();
    const json = answer(data.text, data.network);
    postMessage({ id: data.id, json, took: performance.now() - begun });
  } catch (problem) {
    postMessage({ id: data.id, error: String(problem) });
  }
};
