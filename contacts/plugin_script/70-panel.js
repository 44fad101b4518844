// The launcher button and the panel with the follow-up form, in a shadow root of their own.

const DEFAULT_LAYER = 2147483000;
const PATHS = {
  bubble: "M12 3.5c-5 0-9 3.3-9 7.5 0 2.3 1.2 4.4 3.2 5.8L5.6 20.5l4.1-2.2c.7.1 1.5.2 2.3.2 5 0 9-3.3 9-7.5S17 3.5 12 3.5Z",
  cross: "M6 6l12 12M18 6 6 18",
  alert: "M12 8v5M12 16.5v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z",
  tick: "M5 12.5l4.5 4.5L19 7.5",
};

let ui = null; // {host, frame, launcher, badge, panel, texts, language}
let opener = null; // what had the focus before the panel opened

/** An element. Attributes by name; a function is a listener of that event; text and elements are children. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, guard(value, name));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const drawn = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 2, "aria-hidden": "true" };
  for (const [key, value] of Object.entries(drawn)) svg.setAttribute(key, value);
  path.setAttribute("d", PATHS[name]);
  path.setAttribute("stroke-linecap", "round");
  path.setAttribute("stroke-linejoin", "round");
  svg.append(path);
  return svg;
}

/** After a boot: build what is missing, in the language and appearance the boot asked for. */
function showDesk(options) {
  const language = chooseLanguage(options.language, navigator.language, desk.site.language);
  const wasOpen = isOpen();
  if (ui && ui.language !== language) removeUi();
  if (!ui) buildUi(language);
  const { frame } = ui;
  frame.dataset.appearance = ["light", "dark"].includes(options.appearance) ? options.appearance : "system";
  frame.dataset.launcher = options.hideChannelButtonOnBoot ? "none" : "shown";
  frame.style.setProperty("--layer", String(Number.isFinite(options.zIndex) ? options.zIndex : DEFAULT_LAYER));
  ui.launcher.hidden = Boolean(options.hideChannelButtonOnBoot);
  if (wasOpen && !isOpen()) openPanel();
}

function buildUi(language) {
  const texts = TEXTS[language];
  const host = make("div", { "data-contact-desk": true });
  const root = host.attachShadow({ mode: "open" });
  adoptStyle(root);
  const badge = make("span", { class: "badge", hidden: true });
  const launcher = make(
    "button",
    { class: "launcher", type: "button", "aria-expanded": "false", "aria-haspopup": "dialog", "aria-label": texts.open, click: toggle },
    icon("bubble"),
    badge,
  );
  const frame = make("div", { class: "frame", lang: language, "data-open": "false", keydown: onKey }, launcher);
  root.append(frame);
  ui = { host, frame, launcher, badge, panel: null, texts, language };
  attach();
  showBadge(desk.user ? desk.user.unread : 0);
}

function adoptStyle(root) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(make("style", {}, STYLE)); // a browser from before 2023; a strict content policy refuses this
  }
}

/** Frameworks may replace the whole body: what they took out comes back. */
function attach() {
  if (!ui || ui.host.isConnected) return;
  if (document.body) document.body.append(ui.host);
  else document.addEventListener("DOMContentLoaded", guard(attach, "panel"), { once: true });
}

function removeUi() {
  if (ui) ui.host.remove();
  ui = null;
}

function showBadge(unread) {
  if (!ui) return;
  const { badge, launcher, texts } = ui;
  badge.hidden = !unread;
  badge.textContent = unread > 99 ? "99+" : String(unread || "");
  launcher.setAttribute("aria-label", unread ? `${texts.open}, ${texts.unread(unread)}` : texts.open);
}

function isOpen() {
  return Boolean(ui && ui.panel);
}

function toggle() {
  if (isOpen()) hideMessenger();
  else showMessenger();
}

/** Before the boot is answered the wish is kept: it opens as soon as there is something to open. */
function showMessenger() {
  if (!ui || !desk.session) return void inLine("showMessenger", () => desk.session && openPanel());
  openPanel();
}

function openPanel() {
  attach();
  if (isOpen()) return;
  const { frame, launcher, texts } = ui;
  opener = document.activeElement;
  const heading = "contact-desk-title";
  const name = desk.site.name;
  const body = make("div", { class: "body" });
  ui.panel = make(
    "section",
    { class: "panel", role: "dialog", "aria-labelledby": heading, tabindex: "-1" },
    make(
      "div",
      { class: "top" },
      make("span", { class: "mark", "aria-hidden": "true" }, Array.from(name.trim())[0] || "·"),
      make("span", { class: "site", title: name }, name),
      make("button", { class: "close", type: "button", "aria-label": texts.close, click: () => hideMessenger() }, icon("cross")),
    ),
    body,
  );
  if (narrow()) ui.panel.setAttribute("aria-modal", "true");
  showForm(body, heading);
  frame.append(ui.panel);
  frame.dataset.open = "true";
  launcher.setAttribute("aria-expanded", "true");
  (ui.panel.querySelector("input") || ui.panel).focus();
  announce("onShowMessenger");
}

function hideMessenger() {
  if (!isOpen()) return;
  ui.panel.remove();
  ui.panel = null;
  ui.frame.dataset.open = "false";
  ui.launcher.setAttribute("aria-expanded", "false");
  // Back to where the visitor was: the page's own button, or ours.
  if (opener && opener !== document.body && opener !== ui.host && opener.isConnected) opener.focus();
  else if (!ui.launcher.hidden) ui.launcher.focus();
  opener = null;
  announce("onHideMessenger");
}

/** After shutdown nothing of ours stays on the page. */
function hideDesk() {
  hideMessenger();
  removeUi();
}

/** Whether the panel covers the whole page. */
function narrow() {
  return matchMedia("(max-width: 480px)").matches;
}

/** Escape closes; where the panel covers the page, Tab stays inside. */
function onKey(event) {
  if (!isOpen()) return;
  if (event.key === "Escape") {
    event.stopPropagation();
    hideMessenger();
  } else if (event.key === "Tab" && narrow()) {
    const stops = Array.from(ui.panel.querySelectorAll("button, input"));
    const active = ui.host.shadowRoot.activeElement;
    const [from, to] = event.shiftKey ? [stops[0], stops[stops.length - 1]] : [stops[stops.length - 1], stops[0]];
    if (active === from || active === ui.panel) {
      event.preventDefault();
      to.focus();
    }
  }
}

// The page's own launchers: one listener, so that elements that come later work too.
document.addEventListener("click", guard((event) => {
  const selector = desk.options && desk.options.customLauncherSelector;
  if (typeof selector !== "string" || !selector || !(event.target instanceof Element)) return;
  if (event.target.closest(selector)) showMessenger();
}, "customLauncherSelector"));
