// What lies over the page: menus (popover), dialogs and toasts.
// Any script shows a toast with document.dispatchEvent(new CustomEvent("toast", {detail: {level, text, undo}}));
// an htmx answer does it with the header HX-Trigger: {"toast": {…}}.

const SVG = "http://www.w3.org/2000/svg";
const GAP = 6;

function drawing(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

// --- menus: a popover beside the button that opened it ---
function place(menu, button) {
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = at.bottom + GAP + size.height <= innerHeight;
  const above = at.top - GAP - size.height >= 0;
  const top = below || !above ? Math.min(at.bottom + GAP, innerHeight - size.height - 8) : at.top - GAP - size.height;
  const fits = at.left + size.width <= innerWidth - 8;
  const left = fits ? at.left : at.right - size.width;
  menu.style.top = `${Math.max(8, top)}px`;
  menu.style.left = `${Math.max(8, left)}px`;
}

function invoker(menu) {
  return document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
}

document.addEventListener(
  "beforetoggle",
  (event) => {
    if (event.target.matches?.(".menu") && event.newState === "open") event.target.style.visibility = "hidden";
  },
  true,
);
document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!menu.matches?.(".menu")) return;
    const button = invoker(menu);
    button?.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState !== "open") return;
    if (button) place(menu, button);
    menu.style.visibility = "";
    items(menu)[0]?.focus({ focusVisible: false });
  },
  true,
);

function items(menu) {
  return [...menu.querySelectorAll("a[href], button:not(:disabled), input:not([type=hidden])")];
}

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu");
  if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key) || event.target.matches("input, select")) return;
  event.preventDefault();
  const all = items(menu);
  const now = all.indexOf(event.target);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: all.length - 1 }[event.key];
  all[(next + all.length) % all.length]?.focus();
});

// --- dialogs: [data-open-dialog="id"] opens, [data-close-dialog] and a click beside it close ---
document.addEventListener("click", (event) => {
  const open = event.target.closest?.("[data-open-dialog]");
  if (open) {
    open.closest("[popover]")?.hidePopover();
    document.getElementById(open.dataset.openDialog)?.showModal();
  }
  const close = event.target.closest?.("[data-close-dialog]");
  if (close) close.closest("dialog")?.close();
  if (event.target.matches?.("dialog.modal")) {
    const box = event.target.getBoundingClientRect();
    const beside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
    // A form that was begun is not thrown away by a click that missed.
    if (beside && !event.target.querySelector("form[data-begun]")) event.target.close();
  }
});
document.addEventListener("input", (event) => event.target.closest?.("dialog form")?.setAttribute("data-begun", ""));

// --- toasts ---
const box = document.getElementById("toasts");
const STAY = { info: 6000, success: 6000, warning: 12000 }; // an error stays until it is closed
const ICONS = { info: "info", success: "success", warning: "warning", error: "error" };

function leave(toast) {
  toast.dataset.leaving = "";
  setTimeout(() => toast.remove(), 180);
}

function wire(toast, level, undoable) {
  toast.querySelector("[data-toast-close]")?.addEventListener("click", () => leave(toast));
  if (!STAY[level]) return;
  let timer;
  const start = () => {
    timer = setTimeout(() => leave(toast), undoable ? 12000 : STAY[level]);
  };
  const stop = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, stop);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, start);
  start();
}

function undoForm(url) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = url;
  const token = document.createElement("input");
  token.type = "hidden";
  token.name = "csrfmiddlewaretoken";
  token.value = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  const button = document.createElement("button");
  button.className = "btn btn-sm";
  button.textContent = box.dataset.undoLabel;
  form.append(token, button);
  return form;
}

function show({ level = "info", text = "", undo = "" }) {
  if (!box || !ICONS[level]) return;
  const toast = document.createElement("div");
  toast.className = `toast toast-${level}`;
  toast.setAttribute("role", level === "error" ? "alert" : "status");
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-ghost btn-icon btn-sm";
  close.setAttribute("data-toast-close", "");
  close.setAttribute("aria-label", box.dataset.closeLabel);
  close.append(drawing("close"));
  toast.append(drawing(ICONS[level]), words);
  if (undo) toast.append(undoForm(undo));
  toast.append(close);
  box.append(toast);
  wire(toast, level, Boolean(undo));
}

document.addEventListener("toast", (event) => show(event.detail || {}));
for (const toast of box?.querySelectorAll("[data-toast]") ?? []) {
  const level = Object.keys(ICONS).find((name) => toast.classList.contains(`toast-${name}`)) || "info";
  wire(toast, level, Boolean(toast.querySelector("form")));
}

// --- an htmx request that failed says so; the page stays as it was ---
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.getResponseHeader("HX-Trigger")) return;
  show({ level: "error", text: box?.dataset.failed });
});
document.addEventListener("htmx:sendError", () => show({ level: "error", text: box?.dataset.offline }));
