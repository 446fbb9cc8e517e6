// Elements by hand: all that comes from the log goes in as text, never as markup.

export const one = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

export function draw(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Change a text only where it differs, so that a selection or a reader is not disturbed.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, visible) {
  element.hidden = !visible;
}

// Bring the children to these items, in this order; a child with the same key stays itself.
export function reconcile(parent, items, key, build, fill) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = null;
  for (const item of items) {
    const name = key(item);
    const child = known.get(name) ?? build(item);
    child.dataset.key = name;
    known.delete(name);
    fill(child, item);
    const place = before ? before.nextSibling : parent.firstChild;
    if (place !== child) parent.insertBefore(child, place);
    before = child;
  }
  for (const gone of known.values()) gone.remove();
}

export function heads(table, names) {
  if (table.tHead) return table.tBodies[0];
  const cells = names.map(([name, kind]) => make("th", { scope: "col", class: kind ?? null }, name));
  table.append(make("thead", {}, make("tr", {}, ...cells)), make("tbody"));
  return table.tBodies[0];
}
