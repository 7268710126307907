// Elements by calls. Text is always a text node: nothing that a notebook says is ever read as HTML here.

export const byId = (id) => document.getElementById(id);

// `properties` are attributes; those that begin with `on` are listeners, null and false ones are left out.
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Writes only what has changed: a live region speaks, and layout begins anew, on every write.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : value);
}

// A button that works on a request stays where the focus is: a disabled one would lose it.
export const isBusy = (button) => button.getAttribute("aria-disabled") === "true";
export const setBusy = (button, busy) => setAttribute(button, "aria-disabled", busy && "true");
