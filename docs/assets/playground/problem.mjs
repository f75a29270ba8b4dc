// Says what went wrong with loading, and what to do about it.

import { byId, make } from "./elements.mjs";

// Returns what the browser lacks, in a sentence, or "".
export function lacking() {
  if (typeof WebAssembly !== "object") {
    return "This browser runs no WebAssembly, or it is switched off; some browsers do so in a " +
      "mode of higher security.";
  }
  return typeof Worker === "function" ? "" : "This browser has no workers.";
}

function remedy(error) {
  if (error.missing) {
    return ["Reload the page if the connection may be at fault. If this is a site that you built " +
      "yourself: ", make("code", {}, "hatch run docs:assets"), " fetches what the playground " +
      "loads, and the next build puts it beside the pages."];
  }
  return ["Reload the page, or try a browser of the last two years: Python is loaded as " +
    "WebAssembly, in a worker that is a module."];
}

// Shows a failure to load, with a button that tries again.
export function showBroken(error, again) {
  const retry = make("button", { type: "button", class: "pg-main" }, "Try again");
  retry.addEventListener("click", () => {
    hideProblem();
    again();
  });
  show("Python could not be loaded.", error.message, remedy(error), retry);
}

export function showLacking(what) {
  show("Python cannot run here.", what, ["Open the page in another browser, or allow ",
    "WebAssembly for this site."]);
}

function show(title, what, todo, ...more) {
  const box = byId("pg-problem");
  box.replaceChildren(
    make("p", {}, make("strong", {}, title)),
    make("p", {}, what),
    make("p", {}, ...todo),
    ...more,
  );
  box.hidden = false;
}

export function hideProblem() {
  byId("pg-problem").hidden = true;
}
