// The result of a run of the kit: the verdict on the whole, counts, and a table.

import { make } from "./elements.mjs";

const RULES = "reference/requirements.html";
const SIGNS = {
  pass: "✓", fail: "✗", vacuous: "∅", blocked: "⊘", "not-testable": "?", "not-applicable": "–",
  error: "!",
};

function verdictOf(verdict) {
  return make("span", { class: `pg-verdict pg-verdict-${verdict}` },
    make("span", { "aria-hidden": "true" }, `${SIGNS[verdict]} `), verdict);
}

function countsOf(summary) {
  const counts = Object.entries(summary).filter(([, count]) => count);
  return make("ul", { class: "pg-counts" },
    ...counts.map(([verdict, count]) => make("li", {}, verdictOf(verdict), ` ${count}`)));
}

function headline({ conclusion, python }) {
  return `${conclusion[0].toUpperCase()}${conclusion.slice(1)}, on Python ${python}.`;
}

// Returns a sentence as nodes: what stands between backticks is code.
function coded(sentence) {
  return sentence.split("`").map((part, at) => (at % 2 ? make("code", {}, part) : part));
}

function facts(result) {
  const pairs = [["when", result.when], ["expected", result.expected], ["seen", result.seen]];
  return make("dl", {}, ...pairs.flatMap(([name, words]) =>
    [make("dt", {}, name), make("dd", {}, words)]));
}

function messageOf(result) {
  const sentence = coded(result.sentence);
  if (result.verdict === "pass") return [make("span", { class: "pg-later" }, ...sentence)];
  if (result.verdict !== "fail") return [result.message];
  const parts = [make("p", {}, ...sentence), facts(result)];
  if (result.script) {
    parts.push(make("details", {}, make("summary", {}, "A program that shows it again"),
      make("div", { class: "pg-described", tabindex: 0, role: "region",
        "aria-label": `Program for ${result.id}` }, result.script)));
  }
  return parts;
}

function rowOf(result) {
  return make("tr", { "data-id": result.id, "data-verdict": result.verdict },
    make("th", { scope: "row" },
      make("a", { href: `${RULES}#${result.id}`, title: result.sentence }, result.id)),
    make("td", {}, verdictOf(result.verdict)),
    make("td", {}, ...messageOf(result)));
}

function untestable(summary) {
  const count = summary["not-testable"];
  if (!count) return "";
  const them = count === 1 ? "1 requirement is" : `${count} requirements are`;
  return make("p", { class: "pg-note" }, `${them} not testable here: a browser's Python can start ` +
    "neither threads nor other processes. That counts neither as passed nor as failed. A Python " +
    "of your own tests them: ", make("code", {}, "sidetable-conformance run"), ".");
}

// Returns the elements that show a report, and the sentence that says it all.
export function reportOf(report) {
  const rows = report.results.map(rowOf);
  const body = make("tbody", {}, ...rows);
  const others = report.results.length - report.summary.pass - report.summary["not-applicable"];
  const only = make("input", { type: "checkbox", id: "pg-only" });
  only.checked = !report.conformant;
  const filter = () => rows.forEach((row) => {
    row.hidden = only.checked && ["pass", "not-applicable"].includes(row.dataset.verdict);
  });
  only.addEventListener("change", filter);
  filter();
  const words = headline(report);
  const kind = report.conformant ? "good" : "bad";
  return {
    words,
    elements: [
      make("p", { class: `pg-headline pg-headline-${kind}` }, words),
      countsOf(report.summary),
      untestable(report.summary),
      make("p", { class: "pg-field" }, only,
        make("label", { for: "pg-only" }, `Only the ${others} that did not pass`)),
      make("div", { class: "pg-scrolled", role: "region", "aria-label": "Verdicts", tabindex: 0 },
        make("table", { class: "pg-results" },
          make("caption", {}, "Each requirement, with a link to its rule"),
          make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Requirement"),
            make("th", { scope: "col" }, "Verdict"), make("th", { scope: "col" }, "Rule, or reason"))),
          body)),
    ].filter(Boolean),
  };
}
