// A state in words: what the picture shows, for whoever does not look at it.

import { make } from "./elements.mjs";

export const DEAD_BEFORE = { number: 0, kind: "", name: "", life: "dead", holders: [] };

export function called(thing) {
  if (!thing || thing.number === 0) return "an object";
  return thing.name ? `${thing.kind} “${thing.name}”` : `a ${thing.kind}`;
}

// Returns the objects of a state by number, with one that died before anybody saw it.
export function thingsOf(state) {
  return new Map([DEAD_BEFORE, ...state.things].map((thing) => [thing.number, thing]));
}

export function meaning(row, things) {
  if (row.bound === null) return "not bound here";
  const thing = things.get(row.bound);
  return thing?.life === "dead" ? `${called(thing)}, dead` : called(thing);
}

export function life(thing) {
  if (thing.life === "dead") return "dead";
  return `held by ${thing.holders.join(", ") || "something else"}`;
}

export function layerName(layer) {
  if (layer.kind === "found") return "found before";
  return layer.kind === "entry" ? `call of ${layer.name}` : "frame";
}

function tableWords(table, things) {
  const rows = table.rows.map((row) => {
    const held = row.life === "held by frames" ? ", held by frames only" : "";
    const source = row.source ? `source ${row.source}${held}` : "not registered";
    return make("li", {}, `Index ${row.index}, ${source}: ${meaning(row, things)}.`);
  });
  return [
    make("p", {}, `Table “${table.name}”, edition ${table.edition}:`),
    rows.length ? make("ul", {}, ...rows) : make("p", {}, "It is empty."),
    make("p", {}, "Its own description, by ", make("code", {}, "table.describe()"), ":"),
    make("div", { class: "pg-described", tabindex: 0, role: "region",
      "aria-label": `Description of table ${table.name}` }, table.text),
  ];
}

export function inWords(state) {
  const things = thingsOf(state);
  const layers = [...state.layers].reverse().map((layer) => {
    const binds = layer.binds.map(([index, number]) => `${index} to ${called(things.get(number))}`);
    return make("li", {}, `${layerName(layer)}: ${binds.join(", ") || "nothing bound"}.`);
  });
  const kept = state.kept.map((one) => {
    const holds = one.holds.map((number) => called(things.get(number)));
    return make("li", {}, `A ${one.kind} holds ${holds.join(", ")}.`);
  });
  const objects = state.things.map((thing) =>
    make("li", {}, `${called(thing)}: ${thing.life === "dead" ? "" : "alive, "}${life(thing)}.`),
  );
  return [
    ...state.tables.flatMap((table) => tableWords(table, things)),
    layers.length ? make("p", {}, "Frames, innermost first:") : null,
    layers.length ? make("ul", {}, ...layers) : null,
    kept.length ? make("ul", {}, ...kept) : null,
    objects.length ? make("p", {}, "Objects:") : null,
    objects.length ? make("ul", {}, ...objects) : null,
  ].filter(Boolean);
}
