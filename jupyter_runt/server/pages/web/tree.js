// JSON as a tree that opens and closes; what is inside is made when it is opened.

import { h } from "./dom.js";

const OPEN_WITHIN = 12; // a small value is shown open
const AT_ONCE = 200; // entries that are made together

export function tree(value, name = null) {
  const label = name === null ? [] : [h("span", { class: "key" }, `${name}: `)];
  if (value === null || typeof value !== "object") return h("div", { class: "leaf" }, ...label, leaf(value));
  const entries = Object.entries(value);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (!entries.length) return h("div", { class: "leaf" }, ...label, open + close);
  const details = h("details", { class: "node" }, h("summary", {}, ...label, `${open} ${entries.length} ${close}`));
  details.addEventListener("toggle", () => details.open && details.children.length === 1 && fill(details, entries, 0));
  if (name === null && entries.length <= OPEN_WITHIN) details.open = true;
  return details;
}

function fill(details, entries, from) {
  for (const [key, item] of entries.slice(from, from + AT_ONCE)) details.append(tree(item, key));
  const left = entries.length - from - AT_ONCE;
  if (left <= 0) return;
  const more = h("button", { type: "button", class: "more", onclick: () => (more.remove(), fill(details, entries, from + AT_ONCE)) }, `${left} more`);
  details.append(more);
}

const leaf = (value) => h("span", { class: value === null ? "null" : typeof value }, JSON.stringify(value));
