// The round button, and the way to the window. The window (conversations, follow-up form) is a script of its own, which
// is loaded from the same desk when it is opened for the first time.

const DEFAULT_LAYER = 2147483000;
const BUBBLE =
  "M12 3.5c-5 0-9 3.3-9 7.5 0 2.3 1.2 4.4 3.2 5.8L5.6 20.5l4.1-2.2c.7.1 1.5.2 2.3.2 5 0 9-3.3 9-7.5S17 3.5 12 3.5Z";
const WINDOW = "ch-window"; // in the tab: whose window is open, so that it is open on the next page too
const NOTICE_TIME = 8000; // milliseconds

let ui = null; // {host, root, frame, launcher, badge, notice, texts, language}
let opener = null; // what had the focus before the window opened
let shown = false; // whether the window is wanted open
let messenger = null; // the window's script: what it gave us
let arriving = null; // the promise of it
let arrivals = 0; // how often it was asked for
let wish = null; // what the window is to show as soon as it is there

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

/** A drawing of one line on a field of 24 × 24. */
function icon(line) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const drawn = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 2, "aria-hidden": "true" };
  for (const [key, value] of Object.entries(drawn)) svg.setAttribute(key, value);
  path.setAttribute("d", line);
  path.setAttribute("stroke-linecap", "round");
  path.setAttribute("stroke-linejoin", "round");
  svg.append(path);
  return svg;
}

/** After a boot: build what is missing, in the language and appearance the boot asked for. */
function showDesk(options) {
  const language = chooseLanguage(options.language, navigator.language, desk.site.language);
  const isRebuilt = ui && ui.language !== language;
  if (isRebuilt) removeUi();
  if (!ui) buildUi(language);
  setAppearance(options.appearance);
  ui.frame.style.setProperty("--layer", String(Number.isFinite(options.zIndex) ? options.zIndex : DEFAULT_LAYER));
  showLauncher(!options.hideChannelButtonOnBoot);
  if (isRebuilt && shown) openWindow({ restored: true });
  else reopenWindow();
}

function buildUi(language) {
  const texts = TEXTS[language];
  const host = make("div", { "data-contact-desk": true });
  const root = host.attachShadow({ mode: "open" });
  adoptStyle(root, STYLE);
  const badge = make("span", { class: "badge", hidden: true });
  const launcher = make(
    "button",
    {
      class: "launcher",
      type: "button",
      "aria-expanded": "false",
      "aria-haspopup": "dialog",
      "aria-label": texts.open,
      click: () => (shown ? hideMessenger() : showMessenger()),
      pointerenter: () => desk.session && fetchMessenger().catch(() => {}), // half a second before the click
    },
    icon(BUBBLE),
    badge,
  );
  const notice = make("div", { class: "notice", role: "alert" });
  const frame = make("div", { class: "frame", lang: language, "data-open": "false" }, launcher, notice);
  root.append(frame);
  ui = { host, root, frame, launcher, badge, notice, texts, language };
  attach();
  showBadge(desk.user ? desk.user.unread : 0);
}

function adoptStyle(root, text) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  } catch {
    root.append(make("style", {}, text)); // a browser from before 2023; a strict content policy refuses this
  }
}

function setAppearance(appearance) {
  if (ui) ui.frame.dataset.appearance = ["light", "dark"].includes(appearance) ? appearance : "system";
}

function showLauncher(isShown) {
  if (!ui) return;
  ui.frame.dataset.launcher = isShown ? "shown" : "none";
  ui.launcher.hidden = !isShown;
}

/** Frameworks may replace the whole body: what they took out comes back. */
function attach() {
  if (!ui || ui.host.isConnected) return;
  if (document.body) document.body.append(ui.host);
  else document.addEventListener("DOMContentLoaded", guard(attach, "window"), { once: true });
}

function removeUi() {
  if (messenger) messenger.takeDown();
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

/**
 * Open the window. Before the boot is answered the wish is kept: it opens as soon as there is something to open.
 * `what`: {chat, text, parameters} to show or to prefill; {restored} when nobody asked for it on this page.
 */
function showMessenger(what = {}) {
  if (!ui || !desk.session) return void inLine("showMessenger", () => desk.session && openWindow(what));
  openWindow(what);
}

function openWindow(what) {
  attach();
  wish = { ...wish, ...what };
  if (!shown) {
    shown = true;
    opener = what.restored ? null : document.activeElement;
    ui.frame.dataset.open = "true";
    ui.launcher.setAttribute("aria-expanded", "true");
    writeTab(WINDOW, desk.session.veil);
    announce("onShowMessenger");
  }
  ui.notice.textContent = "";
  if (!messenger) ui.launcher.setAttribute("aria-busy", "true");
  fetchMessenger().then(guard(unfold, "window"), guard(giveUpOpening, "window"));
  checkLive();
}

/** The window's script; asked for again after it could not be had. */
function fetchMessenger() {
  if (!arriving) {
    const address = new URL("plugin-messenger.js", SCRIPT.src);
    if (arrivals) address.searchParams.set("again", String(arrivals)); // a browser may remember the failure
    arrivals += 1;
    arriving = import(address.href).then(
      (part) => {
        messenger = part.default(KIT);
      },
      (error) => {
        arriving = null;
        throw error;
      },
    );
  }
  return arriving;
}

function unfold() {
  if (!ui) return;
  ui.launcher.removeAttribute("aria-busy");
  if (!shown || !desk.session) return;
  const what = wish || {};
  wish = null;
  messenger.show(what);
}

function giveUpOpening(error) {
  warn("the window could not be loaded:", error.message);
  if (!ui) return;
  const { notice, texts, launcher } = ui;
  launcher.removeAttribute("aria-busy");
  const wasShown = shown;
  hideMessenger();
  if (!wasShown) return;
  notice.textContent = texts.unreachable;
  setTimeout(() => notice.replaceChildren(), NOTICE_TIME);
}

function hideMessenger() {
  if (!shown) return;
  shown = false;
  wish = null;
  writeTab(WINDOW, null);
  if (messenger) messenger.hide();
  ui.frame.dataset.open = "false";
  ui.launcher.setAttribute("aria-expanded", "false");
  // Back to where the visitor was: the page's own button, or ours.
  if (opener && opener !== document.body && opener !== ui.host && opener.isConnected) opener.focus();
  else if (!ui.launcher.hidden) ui.launcher.focus();
  opener = null;
  checkLive();
  announce("onHideMessenger");
}

/** The window was open on the page before: it is on this one, and takes nobody's focus. */
function reopenWindow() {
  if (!shown && desk.session.veil === readTab(WINDOW)) openWindow({ restored: true });
}

/** After shutdown nothing of ours stays on the page. */
function hideDesk() {
  hideMessenger();
  removeUi();
}

// The page's own launchers: one listener, so that elements that come later work too.
document.addEventListener("click", guard((event) => {
  const selector = desk.options && desk.options.customLauncherSelector;
  if (typeof selector !== "string" || !selector || !(event.target instanceof Element)) return;
  if (event.target.closest(selector)) showMessenger();
}, "customLauncherSelector"));
