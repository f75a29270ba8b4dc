// The lower half of the page: the conformance kit, run on the reference or on the reader's table.

import { Choices } from "./choices.mjs";
import { Editor } from "./editor.mjs";
import { byId, dim, isDimmed, make, pressing } from "./elements.mjs";
import { Stopped } from "./python.mjs";
import { reportOf } from "./verdicts.mjs";

export class Kit {
  constructor(python, restart) {
    this.python = python;
    this.restart = restart;
    this.status = byId("pg-kit-status");
    this.progress = byId("pg-kit-progress");
    this.report = byId("pg-report");
    this.editor = new Editor(byId("pg-module"), byId("pg-module-lines"), () => this.judge());
    this.targets = new Choices("targets/", byId("pg-target"), this.editor);
    byId("pg-target").addEventListener("change", () => {
      this.targets.choose();
      this.#chosen();
    });
    pressing("pg-judge", () => this.judge());
    pressing("pg-judge-stop", () => this.python.stop());
  }

  async load() {
    await this.targets.load();
    this.#chosen();
  }

  #chosen() {
    const { file, target, profile } = this.targets.current;
    byId("pg-own").hidden = !file;
    byId("pg-name").value = target;
    byId("pg-all").checked = profile !== "core";
    if (file) this.editor.paint();
  }

  // Takes what Python says of itself: whether it can take a job, and which one it has.
  state({ ready, job }) {
    dim(byId("pg-judge"), !ready);
    dim(byId("pg-judge-stop"), job !== "judge");
  }

  // Shows how far a run is.
  watch({ done, all, id }) {
    this.progress.max = all;
    this.progress.value = done;
    // After the last one, operations in any order are compared with a model.
    const last = done + 1 === all ? ", then any operations in any order" : "";
    byId("pg-kit-at").textContent = `${done + 1} of ${all}: ${id}${last}`;
  }

  async judge() {
    if (isDimmed(byId("pg-judge"))) return;
    const { file } = this.targets.current;
    const asked = this.python.run("judge", {
      target: byId("pg-name").value.trim(),
      source: file ? this.editor.text : "",
      profile: byId("pg-all").checked ? "core,isolation,robust" : "core",
    });
    this.report.replaceChildren();
    this.status.textContent = "The kit is running…";
    this.progress.hidden = false;
    this.progress.value = 0;
    document.body.dataset.kit = "running";
    try {
      this.#took(await asked);
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      this.status.textContent = "Stopped. Python starts again.";
      await this.restart();
    } finally {
      this.progress.hidden = true;
      byId("pg-kit-at").textContent = "";
    }
  }

  #took(report) {
    document.body.dataset.kit = "ran";
    if (report.problem) {
      this.status.textContent = report.problem;
      const text = report.failure?.text;
      if (text) this.report.append(make("div", { class: "pg-output pg-failure" }, text));
      this.editor.mark(null, report.failure?.line ?? 0);
      return;
    }
    const { words, elements } = reportOf(report);
    this.status.textContent = `Done. ${words}`;
    this.report.replaceChildren(...elements);
  }
}
