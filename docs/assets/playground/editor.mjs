// A text area for code: coloured lines below the transparent text, and marks on some of them.

import { highlighted } from "./highlight.mjs";

const INDENT = "    ";

export class Editor {
  #leaving = false; // after Escape, Tab goes on to the next control
  #marks = { now: null, wrong: 0 };

  constructor(area, lines, run) {
    this.area = area;
    this.lines = lines;
    area.addEventListener("input", () => {
      this.#marks = { now: null, wrong: 0 };
      this.paint();
    });
    area.addEventListener("scroll", () => this.#follow());
    area.addEventListener("blur", () => (this.#leaving = false));
    area.addEventListener("keydown", (event) => this.#pressed(event, run));
  }

  get text() {
    return this.area.value;
  }

  set text(value) {
    this.area.value = value;
    this.#marks = { now: null, wrong: 0 };
    this.paint();
  }

  // Marks the lines of the statement that was run, and the line that failed; 0 for none.
  mark(now, wrong) {
    this.#marks = { now, wrong };
    this.#paintMarks();
  }

  paint() {
    this.lines.replaceChildren(...highlighted(this.text));
    this.area.rows = Math.max(this.lines.children.length, 8);
    this.#paintMarks();
    this.#follow();
  }

  #paintMarks() {
    const { now, wrong } = this.#marks;
    [...this.lines.children].forEach((line, at) => {
      line.classList.toggle("pg-now", now !== null && at + 1 >= now[0] && at + 1 <= now[1]);
      line.classList.toggle("pg-wrong", at + 1 === wrong);
    });
  }

  #follow() {
    this.lines.style.setProperty("--pg-scrolled", `${-this.area.scrollLeft}px`);
  }

  #pressed(event, run) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    } else if (event.key === "Escape") {
      this.#leaving = true;
    } else if (event.key === "Tab" && !this.#leaving && !event.ctrlKey && !event.altKey) {
      // Where there is no indentation to take back, Shift and Tab go back as everywhere.
      if (event.shiftKey ? this.#dedent() : this.#insert(INDENT)) event.preventDefault();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      const before = this.text.slice(0, this.area.selectionStart);
      const line = before.slice(before.lastIndexOf("\n") + 1);
      const deeper = line.trimEnd().endsWith(":") ? INDENT : "";
      this.#insert(`\n${/^ */.exec(line)[0]}${deeper}`);
    } else if (event.key !== "Tab" && event.key !== "Shift") {
      this.#leaving = false;
    }
  }

  // By a command of the browser's, so that it can be undone.
  #insert(text) {
    return document.execCommand("insertText", false, text);
  }

  #dedent() {
    const { selectionStart: at } = this.area;
    const begin = this.text.lastIndexOf("\n", at - 1) + 1;
    const spaces = /^ {0,4}/.exec(this.text.slice(begin))[0].length;
    if (!spaces) return false;
    this.area.setSelectionRange(begin, begin + spaces);
    document.execCommand("delete");
    this.area.setSelectionRange(Math.max(at - spaces, begin), Math.max(at - spaces, begin));
    return true;
  }
}
