// CHAT-4: one conversation: older messages on the way up, what is new at the end, the composer.
//
// The place one reads at never moves: at the end it follows what is said, anywhere else it stays and a pill tells. What
// is sent stands there at once under a name of its own (clientId), so that trying again never says it twice.

import { composer } from "./composer.js";

const NEAR = 80; // px from the end that count as the end
const QUIET = 120;
const ALIVE = 10_000;
let tools;
let asking = null;
let again = false;
let timer = 0;
let alive = 0;
let loading = false;

const section = () => document.getElementById("conversation");
const scroller = () => document.getElementById("messages");
const items = () => document.getElementById("items");
const head = () => document.getElementById("chat-head");
const works = () => section() && "works" in section().dataset;

function atEnd() {
  const box = scroller();
  return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
}

function toEnd() {
  const box = scroller();
  box.scrollTop = box.scrollHeight;
  document.getElementById("new-pill").hidden = true;
}

/** Changes what is above or below without moving what one reads. */
function still(change) {
  const box = scroller();
  const top = box.getBoundingClientRect().top;
  const mark = [...items().children].find((item) => item.getBoundingClientRect().bottom > top && item.offsetParent);
  const before = mark?.getBoundingClientRect().top;
  change();
  if (mark?.isConnected) box.scrollTop += mark.getBoundingClientRect().top - before;
}

/** One line per day, also where two pages meet. */
function tidyDays() {
  let day = "";
  for (const mark of items().querySelectorAll(".day-mark")) {
    if (mark.dataset.day === day) mark.remove();
    else day = mark.dataset.day;
  }
}

// --- read by the visitor: all but the last so many of what was answered ---
function showReads() {
  const { reads, unread } = head().dataset;
  const out = [...items().querySelectorAll(".message:not(.message-visitor):not(.is-sending):not(.is-failed)")];
  for (const message of out) message.querySelector(".read-mark").hidden = true;
  if (reads !== "yes") return;
  const last = out.at(-1 - Number(unread));
  if (last) last.querySelector(".read-mark").hidden = false;
}

// --- older ---
async function loadOlder() {
  const place = document.getElementById("messages-older");
  const before = Number(place.dataset.older);
  if (loading || !before) return;
  loading = true;
  const here = section();
  place.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(`${here.dataset.url}older/?before=${before}`, { headers: tools.headers() });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    const content = tools.parsed(await response.text());
    if (here !== section()) return;
    const more = content.querySelector(".older-place");
    const next = more?.dataset.older ?? "0";
    more?.remove();
    still(() => {
      items().prepend(content);
      tidyDays();
      place.dataset.older = next;
      place.hidden = next === "0";
    });
    showReads();
  } catch {
    /* the button is still there */
  } finally {
    loading = false;
    place.removeAttribute("aria-busy");
  }
  if (here === section() && scroller().scrollTop < 200 && Number(place.dataset.older)) requestAnimationFrame(loadOlder);
}

function onScroll() {
  if (scroller().scrollTop < 200) loadOlder();
  if (atEnd()) document.getElementById("new-pill").hidden = true;
}

// --- new ---
function later() {
  clearTimeout(timer);
  timer = setTimeout(fetchNews, QUIET);
}

async function fetchNews() {
  if (asking) {
    again = true;
    return asking;
  }
  const here = section();
  if (!here) return undefined;
  asking = (async () => {
    try {
      const query = new URLSearchParams({ after: here.dataset.newest, since: here.dataset.lastId });
      const response = await fetch(`${here.dataset.url}news/?${query}`, { headers: tools.headers() });
      if (response.status === 205) return anew(here);
      if (!response.ok || response.redirected) throw new Error(String(response.status));
      const content = tools.parsed(await response.text()).firstElementChild;
      if (here === section()) takeIn(content);
    } catch {
      setTimeout(() => here === section() && later(), 3_000);
    }
    return undefined;
  })();
  await asking;
  asking = null;
  if (again) {
    again = false;
    later();
  }
  return undefined;
}

/** Too much has happened to be told line by line: the newest page again; the composer stays. */
async function anew(here) {
  const response = await fetch(here.dataset.url, { headers: tools.headers() });
  if (!response.ok || here !== section()) return;
  const fresh = tools.parsed(await response.text()).querySelector("#conversation");
  for (const name of ["newest", "lastId"]) here.dataset[name] = fresh.dataset[name];
  document.getElementById("messages-older").replaceWith(fresh.querySelector("#messages-older"));
  items().replaceWith(fresh.querySelector("#items"));
  composer.pending(here.dataset.chat);
  toEnd();
  showReads();
}

function takeIn(content) {
  const end = atEnd();
  const newest = Number(section().dataset.newest);
  replaceHead(content.querySelector("#chat-head"));
  let heard = 0;
  let last = null;
  const put = () => {
    for (const item of [...content.querySelector("[data-items]").children]) {
      const known = item.id && document.getElementById(item.id);
      const sent = item.dataset.client && items().querySelector(`[data-client="${CSS.escape(item.dataset.client)}"]`);
      if (known || sent) (known || sent).replaceWith(item);
      else append(item);
      if (!known && !sent && item.id) heard += 1;
      if (item.classList.contains("message-visitor") && Number(item.dataset.number) > newest) last = item;
    }
    tidyDays();
  };
  if (end) put();
  else still(put);
  section().dataset.newest = Math.max(newest, Number(content.dataset.newest));
  section().dataset.lastId = content.dataset.lastId;
  document.getElementById("messages-none")?.remove();
  if (heard && end) toEnd();
  else if (last) document.getElementById("new-pill").hidden = false;
  if (last) {
    const words = last.querySelector(".bubble")?.textContent ?? last.querySelector(".file-name, img")?.textContent ?? "";
    document.getElementById("conversation-news").textContent = `${section().dataset.name}: ${words.slice(0, 300)}`;
  }
  showReads();
  seen();
}

/** Before what is still being sent. */
function append(item) {
  const sending = items().querySelector(".is-sending, .is-failed");
  if (sending) sending.before(item);
  else items().append(item);
}

/** The head as it is now, unless somebody has a menu of it open or stands on a button of it. */
function replaceHead(fresh) {
  const now = head();
  if (!fresh || now.outerHTML === fresh.outerHTML) return;
  const busy = now.querySelector(":popover-open") || now.querySelector(".htmx-request");
  for (const name of ["open", "unread", "reads", "state"]) now.dataset[name] = fresh.dataset[name];
  composer.closed(fresh.dataset.open === "no");
  if (busy) {
    setTimeout(() => now.isConnected && later(), 3_000);
    return;
  }
  const focus = now.contains(document.activeElement) ? document.activeElement.getAttribute("popovertarget") : null;
  now.replaceWith(fresh);
  window.htmx.process(fresh);
  if (focus) fresh.querySelector(`[popovertarget="${focus}"]`)?.focus({ preventScroll: true });
}

// --- seen, and who is here ---
function seen() {
  if (!works() || document.visibilityState !== "visible" || !document.hasFocus()) return;
  const row = document.getElementById(`room-${section().dataset.chat}`);
  const url = document.getElementById("composer").dataset.seenUrl;
  fetch(url, { method: "POST", headers: tools.headers() })
    .then(() => row && tools.refresh())
    .catch(() => {});
}

function signOfLife(more = {}) {
  if (!works() || document.visibilityState !== "visible") return;
  const url = document.getElementById("composer").dataset.presenceUrl;
  const body = new URLSearchParams({ typing: composer.typing() ? "1" : "0", ...more });
  fetch(url, { method: "POST", headers: tools.headers(), body, keepalive: true }).catch(() => {});
}

function showPresent(others) {
  const place = document.getElementById("who-is-here");
  if (!place) return;
  const names = (list) => list.map(({ name }) => name).join(", ");
  const writing = others.filter((one) => one.typing);
  const words = writing.length ? place.dataset.typing : place.dataset.here;
  place.textContent = others.length ? words.replace("{names}", names(writing.length ? writing : others)) : "";
}

/** Who chose something in a menu of the head goes on at its button, which is a new one now. */
function focusAfter(elt) {
  if (document.activeElement && document.activeElement !== document.body) return;
  const menu = elt?.closest?.("[popover]")?.id;
  const button = menu ? head().querySelector(`[popovertarget="${menu}"]`) : head().querySelector(".chat-buttons button");
  button?.focus({ preventScroll: true });
}

export const conversation = {
  start(given) {
    tools = given;
    composer.start({ ...given, signOfLife, sent, append, toEnd });
    document.addEventListener("click", (event) => {
      if (event.target.closest?.("[data-load-older]")) loadOlder();
      if (event.target.closest?.("#new-pill")) {
        toEnd();
        document.getElementById("composer-text")?.focus({ preventScroll: true });
      }
    });
    document.addEventListener("htmx:afterSwap", ({ detail }) => {
      if (detail.target?.id !== "chat-head" && !detail.elt?.matches?.("#chat-head")) return;
      composer.closed(head().dataset.open === "no");
      focusAfter(detail.requestConfig?.elt);
      later();
    });
    for (const [target, name] of [
      [window, "focus"],
      [document, "visibilitychange"],
    ]) {
      target.addEventListener(name, () => {
        if (!section()) return;
        seen();
        signOfLife();
      });
    }
    addEventListener("pagehide", () => section() && signOfLife({ left: "1" }));
  },

  /** A room has come onto the page. */
  open() {
    const box = scroller();
    showReads();
    composer.open(section().dataset.chat, { closed: head().dataset.open === "no" });
    box.scrollTop = box.scrollHeight;
    box.addEventListener("scroll", onScroll, { passive: true });
    // Pictures say their size, fonts may still come: stay at the end until somebody scrolls.
    new ResizeObserver(() => box.isConnected && box.dataset.end === "yes" && toEnd()).observe(items());
    box.dataset.end = "yes";
    box.addEventListener("scroll", () => (box.dataset.end = atEnd() ? "yes" : "no"), { passive: true });
    seen();
    signOfLife();
    clearInterval(alive);
    alive = setInterval(signOfLife, ALIVE);
  },

  /** Another room is about to take this one's place. */
  leave() {
    if (!section()) return;
    composer.keep();
    signOfLife({ left: "1" });
    clearInterval(alive);
  },

  news(kind) {
    if (!section()) return;
    if (kind === "reset") fetchNews();
    else later();
  },

  present: showPresent,
  write: (mode) => composer.write(mode),
};

/** The server has taken what was sent: its line takes the place of the one that stood there. */
function sent(chat, client, html) {
  if (section()?.dataset.chat !== chat) return;
  const item = tools.parsed(html).querySelector("li.message, li.memo");
  const end = atEnd();
  const waiting = client && items().querySelector(`[data-client="${CSS.escape(client)}"]`);
  const known = document.getElementById(item.id);
  if (known && known !== waiting) waiting?.remove();
  else if (waiting) waiting.replaceWith(item);
  else if (!known) append(item);
  document.getElementById("messages-none")?.remove();
  if (end) toEnd();
  showReads();
}
