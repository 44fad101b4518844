// CHAT-4: the inbox. The list and its dividers, what the stream tells, keys. What is inside a room is conversation.js.
//
// Nothing that happens elsewhere touches what somebody is doing here: only the rows and lines concerned are fetched and
// put in their place; scroll positions, focus and half-written texts stay.

import { conversation } from "./conversation.js";
import { openStream } from "./stream.js";

const inbox = document.getElementById("inbox");
const room = document.getElementById("room");
const QUIET = 200; // ms: what happens at once is fetched once
const AT_LEAST = 1_000; // and this late at the latest, however much happens

const headers = () => ({ ...JSON.parse(document.body.getAttribute("hx-headers") || "{}"), "HX-Request": "true" });
const list = () => document.getElementById("rooms-list");
const listed = () => document.getElementById("rooms");
const opened = () => document.getElementById("conversation")?.dataset.chat ?? "";
const rows = () => [...list().querySelectorAll("[data-room]")];
let shown = null; // the conversation that was opened last; a swap tells of itself once for each of its parts
const narrow = matchMedia("(max-width: 1180px)");

function post(url, values) {
  return fetch(url, { method: "POST", headers: headers(), body: new URLSearchParams(values) });
}

function area(name) {
  inbox.dataset.area = name;
}

// --- dividers: dragged, or moved by arrows; the width is kept for the operator on every machine ---
const AREAS = { rooms: "--rooms", panel: "--panel-width" };
const step = Number(inbox.dataset.step);

function widen(divider, width, { keep = false } = {}) {
  const [least, most] = [Number(divider.ariaValueMin), Number(divider.ariaValueMax)];
  // The conversation keeps enough to be read, whatever was chosen on a larger screen.
  const other = divider.dataset.divider === "rooms" ? Number(inbox.dataset.panel) : Number(inbox.dataset.rooms);
  const left = Math.max(least, inbox.clientWidth - other - 360);
  const kept = Math.round(Math.min(most, left, Math.max(least, width)) / step) * step;
  inbox.style.setProperty(AREAS[divider.dataset.divider], `${kept}px`);
  divider.ariaValueNow = String(kept);
  inbox.dataset[divider.dataset.divider] = String(kept);
  if (keep) post(inbox.dataset.lookUrl, { [divider.dataset.divider]: kept }).catch(() => {});
}

document.addEventListener("pointerdown", (event) => {
  const divider = event.target.closest?.("[data-divider]");
  if (!divider || event.button) return;
  event.preventDefault();
  divider.focus({ preventScroll: true });
  const from = Number(divider.ariaValueNow);
  const sign = divider.dataset.divider === "panel" ? -1 : 1;
  divider.setPointerCapture(event.pointerId);
  divider.dataset.dragging = document.documentElement.dataset.dragging = "";
  let to = from;
  const move = (moved) => widen(divider, (to = from + sign * (moved.clientX - event.clientX)));
  const end = () => {
    divider.removeEventListener("pointermove", move);
    delete divider.dataset.dragging;
    delete document.documentElement.dataset.dragging;
    if (to !== from) widen(divider, to, { keep: true });
  };
  divider.addEventListener("pointermove", move);
  divider.addEventListener("lostpointercapture", end, { once: true });
});

let keeping;
document.addEventListener("keydown", (event) => {
  const divider = event.target.closest?.("[data-divider]");
  if (!divider || event.ctrlKey || event.altKey || event.metaKey) return;
  const now = Number(divider.ariaValueNow);
  const grow = divider.dataset.divider === "panel" ? "ArrowLeft" : "ArrowRight";
  const shrink = divider.dataset.divider === "panel" ? "ArrowRight" : "ArrowLeft";
  const to = { [grow]: now + step, [shrink]: now - step, Home: Number(divider.ariaValueMin), End: Number(divider.ariaValueMax) }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  widen(divider, to);
  clearTimeout(keeping);
  keeping = setTimeout(() => widen(divider, Number(divider.ariaValueNow), { keep: true }), 300);
});

// --- which room is open, which view is shown ---
function mark() {
  const now = opened();
  for (const row of rows()) {
    const on = row.dataset.room === now;
    row.classList.toggle("is-open", on);
    const link = row.querySelector("a");
    if (on) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function markView() {
  const { view, search } = listed().dataset;
  inbox.dataset.view = view;
  document.getElementById("rooms-view").value = view;
  for (const link of document.querySelectorAll(".rooms-view")) {
    if (link.dataset.view === view && !search) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id === "rooms") {
    if (detail.requestConfig?.elt?.classList.contains("rooms-view")) document.getElementById("quick-search").value = "";
    markView();
    const address = new URL(location.href);
    address.searchParams.set("view", listed().dataset.view);
    address.searchParams.delete("q");
    history.replaceState(history.state, "", address);
  }
  if (detail.target === room && shown !== document.getElementById("conversation")) {
    shown = document.getElementById("conversation");
    area("conversation");
    conversation.open();
    restoreWidth();
  }
  mark();
});

// What a click asks for goes with the view one is in, whenever the row was drawn.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt?.classList?.contains("room")) detail.path = detail.path.replace(/([?&]view=)[a-z]+/, `$1${inbox.dataset.view}`);
});
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target === room) conversation.leave();
});
for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(name, ({ detail }) => {
    if (detail.target === room && opened()) conversation.open();
  });
}

function restoreWidth() {
  const divider = room.querySelector("[data-divider]");
  if (divider) divider.ariaValueNow = inbox.dataset.panel;
}

document.addEventListener("click", (event) => {
  const back = event.target.closest?.("[data-back-to-rooms]");
  if (back) {
    event.preventDefault();
    toRooms();
  }
  if (event.target.closest?.("[data-show-panel]")) {
    area(inbox.dataset.area === "panel" ? "conversation" : "panel");
    if (inbox.dataset.area === "panel") room.querySelector(".panel-bar button").focus({ preventScroll: true });
    else room.querySelector(".chat-panel-button")?.focus({ preventScroll: true });
  }
  const go = event.target.closest?.("[data-go-view]");
  if (go) {
    event.preventDefault();
    document.getElementById(`view-${go.dataset.goView}`).click();
  }
});

function toRooms() {
  area("rooms");
  history.replaceState(history.state, "", `${inbox.dataset.inboxUrl}?view=${inbox.dataset.view}`);
  (list().querySelector(".is-open a") ?? list().querySelector("a"))?.focus({ preventScroll: true });
}

// --- the list, kept as it is now ---
const concerned = new Set();
let timer = 0;
let since = 0;

function later(chat) {
  if (chat) concerned.add(chat);
  since ||= Date.now();
  clearTimeout(timer);
  timer = setTimeout(refresh, Math.max(0, Math.min(QUIET, since + AT_LEAST - Date.now())));
}

async function refresh() {
  const ids = [...concerned].slice(0, 100);
  for (const id of ids) concerned.delete(id);
  since = 0;
  askCounts();
  if (!ids.length) return;
  const { view, search } = listed().dataset;
  try {
    const address = `${inbox.dataset.roomsUrl}?${new URLSearchParams({ view, q: search, only: ids.join(",") })}`;
    const response = await fetch(address, { headers: headers() });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    if (listed().dataset.view !== view || listed().dataset.search !== search) return;
    place(ids, parsed(await response.text()));
  } catch {
    for (const id of ids) concerned.add(id); // with the next thing that happens
  }
  if (concerned.size) later();
}

function parsed(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  return made.content;
}

/** Puts rows where the list's order wants them; a room that has left the view stays while it is open. */
function place(ids, fresh) {
  const scroll = listed();
  const before = scroll.scrollTop;
  const anchor = before > 0 ? rows().find((row) => row.offsetTop + row.offsetHeight > before && !ids.includes(row.dataset.room)) : null;
  const anchored = anchor?.offsetTop;
  const focused = document.activeElement?.closest?.("[data-room]")?.dataset.room;
  for (const id of ids) {
    const old = document.getElementById(`room-${id}`);
    const row = fresh.querySelector(`[data-room="${id}"]`);
    if (!row) {
      if (!old) continue;
      if (id === opened()) old.dataset.left = "";
      else old.remove();
      continue;
    }
    if (old && Number(old.dataset.at) === Number(row.dataset.at)) old.replaceWith(row);
    else {
      old?.remove();
      insert(row);
    }
    window.htmx.process(row);
  }
  const none = document.getElementById("rooms-empty");
  if (rows().length && none) {
    none.remove();
    list().hidden = false;
  }
  if (anchor?.isConnected) scroll.scrollTop = before + anchor.offsetTop - anchored;
  if (focused && !list().contains(document.activeElement)) document.querySelector(`#room-${focused} a`)?.focus({ preventScroll: true });
  mark();
  if (!rows().length && !none) reload();
}

function insert(row) {
  if (listed().dataset.search) return; // a search shows what was found when it was asked
  const at = Number(row.dataset.at);
  const next = rows().find((other) => Number(other.dataset.at) <= at);
  if (next) next.before(row);
  else if (!list().querySelector(".rooms-more")) list().append(row);
  // Otherwise it is on a page that has not been read yet.
}

function reload() {
  const { view, search } = listed().dataset;
  window.htmx.ajax("GET", `${inbox.dataset.roomsUrl}?${new URLSearchParams({ view, q: search })}`, { target: "#rooms", swap: "outerHTML" });
}

// --- numbers ---
async function askCounts() {
  try {
    const response = await fetch(inbox.dataset.countsUrl, { headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) return;
    showCounts(await response.json());
  } catch {
    /* the next news asks again */
  }
}

function showCounts({ views, unseen }) {
  const format = (n) => n.toLocaleString(document.documentElement.lang);
  for (const place of document.querySelectorAll("[data-count]")) {
    const n = views[place.dataset.count];
    place.textContent = place.dataset.count === "closed" && n >= 1_000 ? "999+" : format(n);
  }
  document.title = `${unseen ? `(${unseen}) ` : ""}${document.title.replace(/^\(\d+\) /, "")}`;
  const badge = document.querySelector(`.nav-link[href="${inbox.dataset.inboxUrl}"] [data-late-count]`);
  if (badge) badge.textContent = format(unseen);
}

// --- what happens ---
function happened(kind) {
  return (data) => {
    document.dispatchEvent(new CustomEvent("chats:event", { detail: { kind, ...data } }));
    if (data.chat === opened()) conversation.news(kind);
    if (kind !== "read" && kind !== "memo") later(data.chat);
  };
}

function everything() {
  document.dispatchEvent(new CustomEvent("chats:event", { detail: { kind: "reset" } }));
  conversation.news("reset");
  const known = rows().map((row) => row.dataset.room);
  if (listed().scrollTop < 40) reload();
  else for (const id of known) concerned.add(id);
  later();
}

const link = document.getElementById("inbox-link");
let cut = 0;
openStream({
  url: inbox.dataset.streamUrl,
  after: inbox.dataset.streamAfter,
  site: inbox.dataset.site,
  on: {
    message: happened("message"),
    chat: happened("chat"),
    read: happened("read"),
    memo: happened("memo"),
    presence(data) {
      const others = data.present.filter(({ id }) => String(id) !== inbox.dataset.operator);
      if (data.chat === opened()) conversation.present(others);
      showPresent(data.chat, others);
    },
    reset: everything,
  },
  state(connected) {
    clearTimeout(cut);
    // A moment without connection is not worth a word.
    if (connected) link.textContent = "";
    else cut = setTimeout(() => (link.textContent = link.dataset.words), 4_000);
  },
});

function showPresent(chat, others) {
  const place = document.querySelector(`#room-${CSS.escape(chat)} [data-present]`);
  if (!place) return;
  place.replaceChildren();
  if (!others.length) return;
  const names = document.createElement("span");
  names.className = "truncate";
  names.textContent = others.map(({ name }) => name).join(", ");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.body.dataset.icons}#eye`);
  svg.append(use);
  place.append(svg, names);
}

// --- keys ---
function typing(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, select, textarea"));
}

function go(by, { open = false } = {}) {
  const links = rows().filter((row) => row.offsetParent).map((row) => row.querySelector("a"));
  if (!links.length) return;
  const from = links.includes(document.activeElement) ? document.activeElement : list().querySelector(".is-open a");
  const at = links.indexOf(from);
  const next = links[at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + by))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  if (open && next !== list().querySelector(".is-open a")) next.click();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open], :popover-open")) return;
  if (event.key === "Escape") return escape(event);
  const inList = event.target.closest?.("#rooms-list");
  if (inList && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    return go(event.key === "ArrowDown" ? 1 : -1);
  }
  if (event.target.id === "quick-search" && event.key === "ArrowDown") {
    event.preventDefault();
    return rows()[0]?.querySelector("a").focus();
  }
  if (typing(event.target)) return;
  if (event.key === "j" || event.key === "k") {
    event.preventDefault();
    go(event.key === "j" ? 1 : -1, { open: true });
  } else if (event.key === "r" || event.key === "m") {
    if (conversation.write(event.key === "m" ? "memo" : "message")) event.preventDefault();
  } else if (event.key === "?") {
    event.preventDefault();
    document.getElementById("inbox-keys").showModal();
  }
});

function escape(event) {
  if (inbox.dataset.area === "panel") return area("conversation");
  if (event.target.closest?.("#rooms-list, #chat-panel")) return;
  if (opened() && !event.target.closest?.("#inbox-rooms")) {
    event.preventDefault();
    if (narrow.matches && matchMedia("(max-width: 760px)").matches) toRooms();
    else (list().querySelector(".is-open a") ?? list().querySelector("a"))?.focus({ preventScroll: true });
  }
}

// --- begin ---
mark();
askCounts();
conversation.start({ headers, parsed, refresh: later });
if (opened()) {
  shown = document.getElementById("conversation");
  conversation.open();
}
