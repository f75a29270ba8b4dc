// Goes through the steps of a run: buttons, arrow keys, a slider, and by itself.

import { byId, dim } from "./elements.mjs";

const PAUSE = 1400; // milliseconds between two steps that go by themselves

export class Stepper {
  #timer = 0;
  #at = 0;
  #count = 0;

  // `show` is called with the number of the step to show, from 0.
  constructor(show) {
    this.show = show;
    this.group = byId("pg-steps");
    this.slider = byId("pg-step");
    this.count = byId("pg-count");
    const ways = {
      first: () => this.go(0),
      back: () => this.go(this.#at - 1),
      next: () => this.go(this.#at + 1),
      last: () => this.go(this.#count - 1),
      play: () => (this.#timer ? this.pause() : this.#play()),
    };
    this.buttons = Object.fromEntries(
      Object.keys(ways).map((name) => [name, byId(`pg-${name}`)]),
    );
    for (const [name, way] of Object.entries(ways)) {
      this.buttons[name].addEventListener("click", () => {
        if (name !== "play") this.pause();
        way();
      });
    }
    this.slider.addEventListener("input", () => {
      this.pause();
      this.go(Number(this.slider.value) - 1);
    });
    this.group.addEventListener("keydown", (event) => this.#pressed(event, ways));
    this.steps(0);
  }

  // Begins with the steps of another run, at one of them.
  steps(count, at = count - 1) {
    this.pause();
    this.#count = count;
    this.slider.max = Math.max(count, 1);
    this.slider.disabled = count < 2;
    this.go(at);
  }

  go(to) {
    this.#at = Math.min(Math.max(to, 0), Math.max(this.#count - 1, 0));
    this.slider.value = this.#at + 1;
    this.count.value = this.#count ? `${this.#at + 1} of ${this.#count}` : "no steps";
    this.slider.setAttribute("aria-valuetext", `Step ${this.count.value}`);
    // Not `disabled`: a button must not lose the focus because the end was reached.
    for (const name of ["first", "back"]) dim(this.buttons[name], this.#at === 0);
    for (const name of ["next", "last"]) dim(this.buttons[name], this.#at >= this.#count - 1);
    dim(this.buttons.play, this.#count < 2);
    if (this.#count) this.show(this.#at);
  }

  pause() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.buttons.play.textContent = "Play";
  }

  #play() {
    if (this.#count < 2) return;
    this.go(this.#at >= this.#count - 1 ? 0 : this.#at + 1);
    this.buttons.play.textContent = "Pause";
    this.#timer = setInterval(() => {
      this.go(this.#at + 1);
      if (this.#at >= this.#count - 1) this.pause();
    }, PAUSE);
  }

  #pressed(event, ways) {
    const way = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last" }[event.key];
    if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.pause();
    ways[way]();
  }
}
