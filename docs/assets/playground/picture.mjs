// Draws a state: tables, frames and snapshots left, objects right, and lines between them.

import { draw, fitted } from "./elements.mjs";
import { layout } from "./layout.mjs";
import { called, layerName, life, meaning } from "./words.mjs";

const SANS = "system-ui, sans-serif";
const MONO = "ui-monospace, monospace";
const FONTS = {
  name: `600 13px ${SANS}`, mono: `12.5px ${MONO}`, small: `11.5px ${SANS}`, head: `600 12px ${SANS}`,
};

function text(x, y, kind, words, width) {
  const shown = fitted(words, width, FONTS[kind]);
  const title = shown === words ? null : draw("title", {}, words);
  return draw("text", { x, y, class: `pg-t-${kind}` }, title, shown);
}

function frameOf(box, kind, changed) {
  return draw("rect", {
    x: box.x + 1, y: box.y + 1, width: box.width - 2, height: box.height - 2, rx: 7,
    class: `pg-box pg-box-${kind}${changed ? " pg-changed" : ""}`,
  });
}

function rowOf(box, things, before) {
  const { row, table } = box;
  const old = before?.tables.find((one) => one.number === table.number)?.rows[row.index];
  const changed = before && (!old || old.bound !== row.bound || old.source !== row.source);
  const dead = things.get(row.bound)?.life === "dead";
  const state = row.bound === null ? "unbound" : dead ? "dead" : "bound";
  const middle = box.y + box.height / 2;
  const inner = box.width - 52;
  return draw(
    "g",
    { "data-index": row.index, "data-table": table.name, "data-state": state,
      "data-means": row.bound === null ? "" : called(things.get(row.bound)) },
    frameOf(box, `row pg-box-${state}`, changed),
    draw("circle", { cx: box.x + 22, cy: middle, r: 13, class: `pg-index pg-index-${state}` }),
    draw("text", { x: box.x + 22, y: middle + 4.5, class: "pg-t-index" }, String(row.index)),
    text(box.x + 44, middle - 4, "mono", row.source || "not registered", inner),
    text(box.x + 44, middle + 13, "small", meaning(row, things), inner),
  );
}

function layerOf(box, things, before) {
  const { layer } = box;
  const changed = before && !before.layers.some(
    (one) => one.kind === layer.kind && one.number === layer.number && one.table === layer.table,
  );
  const binds = layer.binds.map(([index, number]) => `${index} → ${called(things.get(number))}`);
  return draw(
    "g",
    { "data-layer": layer.kind },
    frameOf(box, layer.kind === "found" ? "found" : "holder", changed),
    text(box.x + 12, box.y + 18, "name", layerName(layer), box.width - 20),
    text(box.x + 12, box.y + 34, "small", binds.join(", ") || "nothing bound", box.width - 20),
  );
}

function keptOf(box, things, before) {
  const { kept } = box;
  const changed = before && !before.kept.some((one) => one.number === kept.number);
  const holds = kept.holds.map((number) => called(things.get(number)));
  return draw(
    "g",
    { "data-kept": kept.kind },
    frameOf(box, "holder", changed),
    text(box.x + 12, box.y + 18, "name", kept.kind, box.width - 20),
    text(box.x + 12, box.y + 34, "small", `holds ${holds.join(", ")}`, box.width - 20),
  );
}

function thingOf(box, before) {
  const { thing } = box;
  const old = before?.things.find((one) => one.number === thing.number);
  const changed = before && thing.number && old?.life !== thing.life;
  const dead = thing.life === "dead";
  const [x, y] = [box.x + 16, box.y + 17];
  const mark = dead
    ? draw("path", { d: `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`, class: "pg-cross" })
    : draw("circle", { cx: x, cy: y, r: 4.5, class: "pg-alive" });
  return draw(
    "g",
    { "data-object": called(thing), "data-life": thing.life },
    frameOf(box, dead ? "dead-object" : "object", changed),
    mark,
    text(box.x + 28, box.y + 21, "name", called(thing), box.width - 36),
    text(box.x + 12, box.y + 38, "small", life(thing), box.width - 20),
  );
}

function edgeOf({ kind, box, card, from, to }) {
  const x1 = box.x + box.width - 1;
  const x2 = card.x - (kind === "means" ? 6 : 1);
  const bend = (x2 - x1) / 2;
  const dead = card.thing.life === "dead";
  const curve = `M${x1} ${from}C${x1 + bend} ${from} ${x2 - bend} ${to} ${x2} ${to}`;
  const tip = kind === "means" ? `M${x2 - 2} ${to - 5}l8 5l-8 5z` : "";
  const classes = `pg-edge-${kind}${dead ? " pg-edge-dead" : ""}`;
  return draw(
    "g",
    { class: classes },
    draw("path", { d: curve, class: "pg-edge" }),
    tip ? draw("path", { d: tip, class: "pg-tip" }) : null,
  );
}

// Returns the picture of a state, `width` pixels wide; what `before` had otherwise stands out.
export function picture(state, before, width, label) {
  const { boxes, edges, things, height } = layout(state, width);
  const painters = {
    head: (box) => text(box.x + 2, box.y + 16, "head", box.text, box.width - 4),
    row: (box) => rowOf(box, things, before),
    layer: (box) => layerOf(box, things, before), kept: (box) => keptOf(box, things, before),
    thing: (box) => thingOf(box, before),
    note: (box) => text(box.x + 12, box.y + 16, "small", box.text, box.width - 20),
  };
  return draw(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label },
    ...edges.map(edgeOf),
    ...boxes.map((box) => painters[box.kind](box)),
  );
}
