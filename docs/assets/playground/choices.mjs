// A list of files to choose from. What is typed into one is kept while another one is shown.

import { make } from "./elements.mjs";

export class Choices {
  #texts = new Map(); // as the site has them
  #drafts = new Map(); // as they were left
  #current = null;

  constructor(folder, select, editor) {
    this.folder = new URL(folder, import.meta.url);
    this.select = select;
    this.editor = editor;
  }

  async load() {
    this.list = await (await this.#get("index.json")).json();
    await Promise.all(
      this.list.map(async ({ file }) => {
        if (file) this.#texts.set(file, await (await this.#get(file)).text());
      }),
    );
    this.select.replaceChildren(
      ...this.list.map(({ title }, at) => make("option", { value: at }, title)),
    );
    this.choose();
  }

  async #get(name) {
    const response = await fetch(new URL(name, this.folder));
    if (!response.ok) {
      const what = `${name} is not on this site (status ${response.status}).`;
      throw Object.assign(new Error(what), { missing: what });
    }
    return response;
  }

  get current() {
    return this.#current;
  }

  // Shows what is chosen in the list, and returns it.
  choose() {
    if (this.#current?.file) this.#drafts.set(this.#current.file, this.editor.text);
    this.#current = this.list[Number(this.select.value) || 0];
    const { file } = this.#current;
    if (file) this.editor.text = this.#drafts.get(file) ?? this.#texts.get(file);
    return this.#current;
  }

  // Takes back every change of what is shown.
  reset() {
    const { file } = this.#current;
    this.#drafts.delete(file);
    this.editor.text = this.#texts.get(file);
  }
}
