// Words come translated from the page, with {placeholders}; numbers are written in the page's language.

export const words = (template, values = {}) => (template ?? "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

export const number = (value) => (value === null || value === undefined ? "" : value.toLocaleString(document.documentElement.lang));

const SVG = "http://www.w3.org/2000/svg";

/** A drawing of the sprite. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** An element with properties, data and children; text is always text, never HTML. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "data") Object.assign(element.dataset, value);
    else if (name.startsWith("aria-") || ["role", "for", "list", "inputmode"].includes(name)) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const headers = () => ({ ...JSON.parse(document.body.getAttribute("hx-headers") || "{}"), Accept: "application/json" });

export const toast = (level, text) => document.dispatchEvent(new CustomEvent("toast", { detail: { level, text } }));
