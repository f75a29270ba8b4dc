// Where everything of a picture goes: tables, frames and snapshots left, objects right.

import { thingsOf } from "./words.mjs";

const ROW = 46;
const LAYER = 42;
const HEAD = 26;
const GAP = 10;
const MOST = 24; // rows of one kind; a picture of more is none

export function layout(state, width) {
  const left = Math.round(width * 0.45);
  const right = Math.round(width * 0.43);
  const boxes = [];
  const ends = { left: 0, right: 0 };
  const put = (column, kind, height, facts) => {
    const x = column === "left" ? 0 : width - right;
    const box = { kind, x, y: ends[column], width: column === "left" ? left : right, height,
      ...facts };
    ends[column] += height;
    boxes.push(box);
    return box;
  };

  for (const table of state.tables) {
    put("left", "head", HEAD, { text: `table ${table.name} · ${table.edition}` });
    if (!table.rows.length) put("left", "note", 24, { text: "empty" });
    for (const row of table.rows.slice(0, MOST)) {
      put("left", "row", ROW, { row, table });
      ends.left += 4;
    }
    const more = Math.max(table.rows.length - MOST, 0) + table.more;
    if (more) put("left", "note", 24, { text: `and ${more} more` });
    ends.left += GAP;
  }
  if (state.layers.length) {
    put("left", "head", HEAD, { text: "frames, innermost first" });
    for (const layer of [...state.layers].reverse()) {
      put("left", "layer", LAYER, { layer });
      ends.left += 6;
    }
    ends.left += GAP;
  }
  for (const kept of state.kept) {
    put("left", "kept", LAYER, { kept });
    ends.left += 6;
  }

  const things = thingsOf(state);
  const rows = state.tables.flatMap((table) => table.rows);
  const shown = [...things.values()].filter(
    (thing) => thing.number || rows.some((row) => row.bound === 0 || row.registered === 0),
  );
  if (shown.length) put("right", "head", HEAD, { text: "objects" });
  for (const thing of shown.slice(0, MOST)) {
    put("right", "thing", ROW, { thing });
    ends.right += GAP;
  }
  if (shown.length > MOST) put("right", "note", 24, { text: `and ${shown.length - MOST} more` });
  return { boxes, things, height: Math.max(ends.left, ends.right, 80) + 4, edges: edges(boxes) };
}

// Returns the lines between boxes, each with the place where it leaves and where it arrives.
function edges(boxes) {
  const cards = new Map(
    boxes.filter((box) => box.kind === "thing").map((box) => [box.thing.number, box]),
  );
  const found = [];
  const join = (kind, box, number, index) => {
    const card = cards.get(number);
    if (card) found.push({ kind, box, card, index });
  };
  for (const box of boxes) {
    if (box.kind === "row") {
      const { bound, registered, index } = box.row;
      if (bound !== null) join("means", box, bound, index);
      if (registered !== null && registered !== bound) join("registered", box, registered, index);
    } else if (box.kind === "layer" && box.layer.kind !== "found") {
      for (const [index, number] of box.layer.binds) join("holds", box, number, index);
    } else if (box.kind === "kept") {
      box.kept.holds.forEach((number, index) => join("holds", box, number, index));
    }
  }
  for (const card of cards.values()) {
    const arriving = found.filter((edge) => edge.card === card).sort((a, b) => a.box.y - b.box.y);
    arriving.forEach((edge, at) => {
      edge.to = card.y + (card.height * (at + 1)) / (arriving.length + 1);
    });
  }
  for (const box of boxes) {
    const leaving = found.filter((edge) => edge.box === box).sort((a, b) => a.to - b.to);
    leaving.forEach((edge, at) => {
      edge.from = box.y + (box.height * (at + 1)) / (leaving.length + 1);
    });
  }
  return found;
}
