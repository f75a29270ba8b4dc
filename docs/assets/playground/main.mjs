// Puts the playground together, and loads Python.

import { Bench } from "./bench.mjs";
import { byId } from "./elements.mjs";
import { Kit } from "./kit.mjs";
import { hideProblem, lacking, showBroken, showLacking } from "./problem.mjs";
import { Python } from "./python.mjs";

const EXPECTED = 16e6; // about as many bytes as are loaded, where the server does not say
const MEGA = 1e6;

const python = new Python((message) => {
  if (message.kind === "loading") showBytes(message);
  else if (message.kind === "installing") byId("pg-status").textContent = "Python starts…";
  else if (message.kind === "state") for (const part of [bench, kit]) part.state(message);
  else if (message.kind === "judging") kit.watch(message);
});
const bench = new Bench(python, start);
const kit = new Kit(python, start);

function showBytes({ come, known }) {
  const all = Math.max(known, EXPECTED, come);
  byId("pg-bytes").value = come / all;
  byId("pg-amount").textContent =
    `${(come / MEGA).toFixed(1)} of about ${(all / MEGA).toFixed(0)} MB`;
}

async function start() {
  const loading = byId("pg-loading");
  loading.hidden = false;
  hideProblem();
  document.body.dataset.playground = "loading";
  byId("pg-status").textContent = "Loading Python…";
  try {
    const version = await python.start();
    byId("pg-status").textContent = `Python ${version} is ready.`;
    document.body.dataset.playground = "ready";
  } catch (error) {
    python.stop();
    byId("pg-status").textContent = "";
    document.body.dataset.playground = "broken";
    showBroken(error, begin);
  } finally {
    loading.hidden = true;
  }
}

async function begin() {
  try {
    await Promise.all([bench.examples.load(), kit.load()]);
  } catch (error) {
    byId("pg-loading").hidden = true;
    document.body.dataset.playground = "broken";
    showBroken(error, begin);
    return;
  }
  bench.run(); // waits for Python
  await start();
}

byId("pg-cold").hidden = true;
for (const id of ["pg", "pg-kit"]) byId(id).hidden = false;
const lack = lacking();
if (lack) {
  byId("pg-loading").hidden = true;
  showLacking(lack);
} else {
  begin();
}
