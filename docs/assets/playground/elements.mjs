// Makes and fills elements. Text is always set as text, so nothing that Python prints is markup.

const SVG = "http://www.w3.org/2000/svg";

export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found;
}

// Makes a button do something, and do nothing while it is dimmed. It is not `disabled` then, so
// that it keeps the focus.
export function pressing(id, action) {
  byId(id).addEventListener("click", (event) => {
    if (!isDimmed(event.currentTarget)) action();
  });
}

export function dim(button, dimmed) {
  button.setAttribute("aria-disabled", String(dimmed));
}

export function isDimmed(button) {
  return button.getAttribute("aria-disabled") === "true";
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== ""));
  return element;
}

export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

const pencil = document.createElement("canvas").getContext("2d");

// Returns the text, or as much of its beginning as fits into a width.
export function fitted(text, width, font) {
  pencil.font = font;
  if (pencil.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 0 && pencil.measureText(`${text.slice(0, end)}…`).width > width) end -= 1;
  return `${text.slice(0, end)}…`;
}
