// Elements, and what a person sees in passing.

/** Make an element: properties, `on…` listeners, `data-`/`aria-` attributes, children that are nodes or text. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "role" || name === "for" || name === "class") element.setAttribute(name, value);
    else if (name === "style") Object.assign(element.style, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SHAPES = {
  undo: "M8 5 4 9l4 4M4 9h9a6 6 0 0 1 0 12H9",
  redo: "m16 5 4 4-4 4M20 9h-9a6 6 0 0 0 0 12h4",
  theme: "M12 4a8 8 0 1 0 8 8 6 6 0 0 1-8-8Z",
  help: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18v.1",
  check: "m5 13 4 4L19 7",
  cross: "m6 6 12 12M18 6 6 18",
};

/** A line drawing of 24 by 24; it says nothing to a screen reader, the button around it does. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "2",
    "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true", width: "18", height: "18" })) svg.setAttribute(key, value);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** Say something in passing; faults stay longer. */
export function toast(text, fault = false) {
  const box = h("div", { class: fault ? "toast fault" : "toast" }, text);
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), fault ? 9000 : 3200);
}

/** Do something that may fail, and say so if it does. */
export async function attempt(act) {
  try {
    return await act();
  } catch (error) {
    toast(error.message, true);
    return null;
  }
}

/** Show a dialog with a title; Escape closes it. */
export function showDialog(title, ...content) {
  const dialog = document.getElementById("dialog");
  const close = h("button", { class: "icon", "aria-label": "Close", onclick: () => dialog.close() }, icon("cross"));
  dialog.replaceChildren(h("header", {}, h("h2", { id: "dialog-title" }, title), close), ...content);
  if (!dialog.open) dialog.showModal();
  return dialog;
}

/** Size a canvas to the element that holds it, in device pixels; returns its context, in CSS pixels. */
export function fitted(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, hh] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== hh) {
    canvas.width = w;
    canvas.height = hh;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

let ink = null;

/** The colours of the page as it stands, for canvases. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  ink ??= new Proxy({}, { get: (known, name) => (known[name] ??= style.getPropertyValue(`--${name}`).trim()) });
  return ink;
}

/** Read the colours anew, as the theme has changed. */
export function forgetColours() {
  ink = null;
}
