// Python, in a worker: the page stays alive whatever the code does, and can end it.

import { Loading } from "./counting.mjs";

const ASSETS = new URL("../", import.meta.url);
const PACKAGE = [
  "__init__", "failing", "holders", "identities", "judging", "layers", "lines", "rows", "seeing",
  "states", "stepping", "telling",
];

const say = (kind, facts = {}) => postMessage({ kind, ...facts });
const loading = new Loading(
  (come, known) => say("loading", { come, known }),
  (missing) => say("broken", { missing }),
);
const plain = globalThis.fetch.bind(globalThis);
globalThis.fetch = (resource, options) => loading.fetch(plain, resource, options);

async function bytes(path) {
  return new Uint8Array(await (await fetch(new URL(path, ASSETS))).arrayBuffer());
}

async function start() {
  const { loadPyodide } = await import(new URL("pyodide/pyodide.mjs", ASSETS).href);
  // Everything is asked for at once; installing waits for Python.
  const names = await (await fetch(new URL("wheels/index.json", ASSETS))).json();
  const wheels = Promise.all(names.map((name) => bytes(`wheels/${name}`)));
  const own = Promise.all(
    PACKAGE.map((name) => bytes(`playground/sidetable_playground/${name}.py`)),
  );
  const python = await Promise.all([
    loadPyodide({ indexURL: new URL("pyodide/", ASSETS).href, stdout() {}, stderr() {} }),
    wheels, // so that a missing wheel is an error here, and not one that nobody catches
    own,
  ]).then(([loaded]) => loaded);
  say("installing");
  for (const wheel of await wheels) python.unpackArchive(wheel, "wheel");
  const folder = "/home/pyodide/sidetable_playground";
  python.FS.mkdirTree(folder);
  (await own).forEach((text, at) => python.FS.writeFile(`${folder}/${PACKAGE[at]}.py`, text));
  const { run_steps: runSteps } = python.pyimport("sidetable_playground.stepping");
  const { dumps } = python.pyimport("json");
  const plainly = (result) => JSON.parse(dumps(result));
  say("ready", { version: python.pyimport("platform").python_version() });
  return {
    run: ({ source }) => plainly(runSteps(source)),
    judge: ({ target, source, profile }) => {
      const { judge } = python.pyimport("sidetable_playground.judging");
      const watch = (done, all, id) => say("judging", { done, all, id });
      return plainly(judge(target, source, profile, watch));
    },
  };
}

const started = start();
started.catch((error) => say("broken", { missing: "", text: String(error) }));

onmessage = async ({ data: { job, ...facts } }) => {
  const python = await started;
  try {
    say("done", { result: python[job](facts) });
  } catch (error) {
    say("crashed", { text: String(error.message ?? error) });
  }
};
