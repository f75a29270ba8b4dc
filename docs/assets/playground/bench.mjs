// The upper half of the page: code, its output, and the picture of each step.

import { Choices } from "./choices.mjs";
import { Editor } from "./editor.mjs";
import { byId, dim, isDimmed, make, pressing } from "./elements.mjs";
import { Output } from "./output.mjs";
import { picture } from "./picture.mjs";
import { Stopped } from "./python.mjs";
import { Stepper } from "./stepper.mjs";
import { inWords } from "./words.mjs";

const NARROWEST = 280;
const STOP = "# stop here";

// Returns the number of the step to show first: where the line that an example marks, and with it
// what the example is about, has run for the first time; else the last.
function stopOf({ source, steps, failure }) {
  const marked = source.split("\n").findIndex((line) => line.endsWith(STOP)) + 1;
  const isMarked = (step) => step && step.lines[0] <= marked && marked <= step.lines[1];
  let at = steps.findIndex(isMarked);
  if (failure || at < 0) return steps.length - 1;
  while (isMarked(steps[at + 1])) at += 1; // a statement of several lines has as many steps
  return at;
}

export class Bench {
  #result = null;
  #at = 0;
  #wanted = false; // whether to run as soon as Python can

  constructor(python, restart) {
    this.python = python;
    this.restart = restart;
    this.status = byId("pg-status");
    this.figure = byId("pg-figure");
    this.output = new Output();
    this.editor = new Editor(byId("pg-source"), byId("pg-lines"), () => this.run());
    this.examples = new Choices("examples/", byId("pg-example"), this.editor);
    this.stepper = new Stepper((at) => this.#show(at));
    pressing("pg-run", () => this.run());
    pressing("pg-stop", () => this.python.stop());
    pressing("pg-reset", () => {
      this.examples.reset();
      this.run();
    });
    byId("pg-example").addEventListener("change", () => {
      this.examples.choose();
      this.run();
    });
    new ResizeObserver(() => this.#paint()).observe(this.figure);
  }

  // Takes what Python says of itself: whether it can take a job, and which one it has.
  state({ ready, job }) {
    dim(byId("pg-run"), !ready);
    dim(byId("pg-stop"), job !== "run");
    // After what is under way now, which has still to show what came of it.
    if (ready && this.#wanted) setTimeout(() => this.run());
  }

  // Runs what the editor has, once Python can take it.
  async run() {
    this.#wanted = isDimmed(byId("pg-run"));
    if (this.#wanted) return;
    const source = this.editor.text;
    const asked = this.python.run("run", { source });
    this.status.textContent = "Running…";
    document.body.dataset.playground = "running";
    try {
      this.#took({ source, ...(await asked) });
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      this.status.textContent = "Stopped. Python starts again.";
      this.output.clear("Stopped.");
      await this.restart();
    }
  }

  #took(result) {
    this.#result = result;
    this.output.show(result.printed, result.failure);
    this.stepper.steps(result.steps.length, stopOf(result));
    if (!result.steps.length) this.#showNothing();
    const count = result.steps.length === 1 ? "1 step" : `${result.steps.length} steps`;
    const how = result.failure ? "It ended with an error" : "It ran";
    const more = result.full ? `; only the first ${count} are shown` : `, in ${count}`;
    this.status.textContent = `${how}${more}.`;
    document.body.dataset.playground = "ran";
  }

  #showNothing() {
    this.editor.mark(null, this.#result.failure?.line ?? 0);
    this.figure.replaceChildren();
    byId("pg-words").replaceChildren();
    byId("pg-told").textContent = "No statement ran.";
  }

  #show(at) {
    this.#at = at;
    const { steps, failure } = this.#result;
    const step = steps[at];
    const isLast = at === steps.length - 1;
    this.editor.mark(step.lines, isLast && failure ? failure.line : 0);
    this.output.until(step.printed, isLast);
    const printed = this.#result.printed.slice(steps[at - 1]?.printed ?? 0, step.printed).trim();
    const told = [...step.told];
    if (printed) told.push(printed.length < 60 ? `It printed: ${printed}` : "It printed the text.");
    const code = this.#result.source.split("\n")[step.lines[0] - 1].trim();
    byId("pg-told").replaceChildren(
      make("strong", {}, `Line ${step.lines[0]}. `), make("code", {}, code), " ",
      told.join(" ") || "Nothing changed in a table.",
    );
    byId("pg-words").replaceChildren(...inWords(step.state));
    this.#paint();
  }

  #paint() {
    const { steps } = this.#result ?? { steps: [] };
    if (!steps.length) return;
    const width = Math.max(Math.floor(this.figure.clientWidth), NARROWEST);
    const label = `Tables and objects after step ${this.#at + 1} of ${steps.length}; ` +
      "in words below the picture";
    const before = steps[this.#at - 1]?.state;
    this.figure.replaceChildren(picture(steps[this.#at].state, before, width, label));
  }
}
