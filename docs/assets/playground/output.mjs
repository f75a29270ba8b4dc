// What the code printed, and the error that ended it.

import { byId, make } from "./elements.mjs";

export class Output {
  #printed = "";
  #failure = null;

  constructor() {
    this.box = byId("pg-output");
  }

  show(printed, failure) {
    this.#printed = printed;
    this.#failure = failure;
    this.until(printed.length, true);
  }

  clear(words = "") {
    this.box.replaceChildren(make("span", { class: "pg-later" }, words));
  }

  // Shows what had been printed up to a step; what came later is paler.
  until(length, isLast) {
    const parts = [this.#printed.slice(0, length)];
    if (length < this.#printed.length) {
      parts.push(make("span", { class: "pg-later" }, this.#printed.slice(length)));
    }
    if (this.#failure) parts.push(...this.#shownFailure(isLast));
    if (!this.#printed && !this.#failure) {
      parts.push(make("span", { class: "pg-later" }, "It printed nothing."));
    }
    this.box.replaceChildren(...parts);
  }

  #shownFailure(isLast) {
    const { text, code, hint } = this.#failure;
    const parts = [make("span", { class: isLast ? "pg-failure" : "pg-later" }, text)];
    if (code) {
      const page = `reference/errors.html#${code.toLowerCase()}`;
      parts.push(make("a", { href: page }, `What ${code} means`));
    }
    if (hint) parts.push(make("span", { class: "pg-note" }, hint));
    return parts;
  }
}
