// CHAT-5: the panel beside the conversation. Tabs (arrows move, Enter or Space chooses) are filled when they are chosen
// and stay in the page, so that what was typed and what a frame shows is there when one comes back. The page dispatches
// "chats:event" on document with what the stream tells ({kind, chat, contact}); what the panel shows of it is fetched
// anew, part by part: a part in which somebody writes, or has a menu open, is left alone until that is over.

import "../contacts/card-form.js";

const QUIET = 400; // ms: several things that happen at once are fetched once
const panelOf = (element) => element?.closest?.("[data-chat-panel]");
const current = () => document.querySelector("[data-chat-panel]");
const bodyOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
const openBody = (panel) => panel.querySelector("[role=tabpanel]:not([hidden])");
const bodies = (panel) => [...panel.querySelectorAll("[role=tabpanel]")];
const stale = new WeakSet();

// --- asking the server, as htmx does, so that what comes back knows the page it stands on ---
async function ask(url) {
  const response = await fetch(url, { headers: { "HX-Request": "true", "HX-Current-URL": location.href } });
  if (!response.ok || response.redirected) throw new Error(`${response.status}`);
  return response.text();
}

function parsed(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  return made.content;
}

function put(place, content) {
  place.replaceChildren(content);
  window.htmx.process(place);
}

const copyOf = (panel, name) => panel.querySelector(`template[data-panel-${name}]`).content.cloneNode(true);

/** True when it is there, false when it could not be had, null when something else is being fetched by now. */
async function fill(body, url = addressOf(body)) {
  const panel = panelOf(body);
  const turn = (body.panelTurn = Symbol("turn"));
  body.setAttribute("aria-busy", "true");
  if (!body.childElementCount) body.replaceChildren(copyOf(panel, "waiting"));
  stale.delete(body);
  try {
    const content = parsed(await ask(url));
    if (body.panelTurn !== turn) return null;
    put(body, content);
    return true;
  } catch {
    if (body.panelTurn !== turn) return null;
    body.replaceChildren(copyOf(panel, "failed"));
    return false;
  } finally {
    if (body.panelTurn === turn) body.removeAttribute("aria-busy");
  }
}

/** The address of a tab, with what its filter is set to. */
function addressOf(body) {
  const filter = body.querySelector("[data-panel-filter]");
  return filter ? `${body.dataset.url}?${new URLSearchParams(new FormData(filter))}` : body.dataset.url;
}

// --- tabs ---
function choose(tab) {
  const panel = panelOf(tab);
  for (const other of panel.querySelectorAll("[role=tab]")) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    bodyOf(other).hidden = !chosen;
  }
  tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  const body = bodyOf(tab);
  if (!body.childElementCount) fill(body);
  else if (stale.has(body)) renew(body);
  const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  fetch(panel.dataset.lookUrl, {
    method: "POST",
    headers: { "X-CSRFToken": token },
    body: new URLSearchParams({ panelTab: tab.dataset.panelTab }),
    keepalive: true,
  }).catch(() => {}); // not kept: the next choice is
}

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("[data-panel-tab]");
  if (!tab) return;
  const tabs = [...tab.parentElement.querySelectorAll("[role=tab]")];
  const now = tabs.indexOf(tab);
  const next = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  tabs[(next + tabs.length) % tabs.length].focus();
});

document.addEventListener("click", (event) => {
  const tab = event.target.closest?.("[data-panel-tab]");
  if (tab) return choose(tab);
  const opener = event.target.closest?.("[data-panel-open]");
  if (opener) {
    const wanted = panelOf(opener).querySelector(`[data-panel-tab="${opener.dataset.panelOpen}"]`);
    choose(wanted);
    return wanted.focus();
  }
  const again = event.target.closest?.("[data-panel-again]");
  if (again) {
    const body = again.closest("[role=tabpanel]");
    body.replaceChildren();
    return fill(body);
  }
  const read = event.target.closest?.("[data-panel-read]");
  if (read) return open(read);
  const back = event.target.closest?.("[data-panel-back]");
  if (back) return leave(back.closest("[role=tabpanel]"), back.dataset.panelBack);
});

// --- reading one chat of the history, and back to where one was ---
const lists = new WeakMap();

async function open(button) {
  const body = button.closest("[role=tabpanel]");
  const list = document.createDocumentFragment();
  const place = body.scrollTop;
  const url = button.dataset.panelRead;
  list.append(...body.childNodes);
  lists.set(body, { list, place, url });
  const there = await fill(body, url);
  if (there) {
    body.scrollTop = 0;
    body.querySelector("#past-read-title")?.focus();
  } else if (there === false) {
    const text = body.querySelector("p")?.textContent ?? "";
    leave(body, button.id);
    document.dispatchEvent(new CustomEvent("toast", { detail: { level: "error", text } }));
  }
}

function leave(body, id) {
  const kept = lists.get(body);
  body.panelTurn = null;
  body.removeAttribute("aria-busy");
  lists.delete(body);
  if (!kept) return fill(body);
  body.replaceChildren(kept.list);
  body.scrollTop = kept.place;
  document.getElementById(id)?.focus();
  if (stale.has(body)) renew(body);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const reading = event.target.closest?.("[role=tabpanel]")?.querySelector("[data-panel-reading]");
  if (!reading) return;
  event.preventDefault();
  reading.querySelector("[data-panel-back]").click();
});

// --- fetching anew ---
// Somebody writes in it, chooses in it or has a menu of it open.
function isBusy(part) {
  if (part.querySelector("[data-card-form], :popover-open, [aria-busy=true], .htmx-request")) return true;
  const active = document.activeElement;
  if (part.contains(active) && active.matches("input:not([type=hidden]), textarea, select")) return true;
  return [...part.querySelectorAll("[data-panel-form] :is(textarea, input:not([type=hidden]), select)")].some(isTyped);
}

function isTyped(field) {
  if (!field.matches("select")) return field.value !== field.defaultValue;
  return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
}

// How the server wrote it: without what the browser made of it since, and without what differs every time.
const BY_THE_WAY = /name="csrfmiddlewaretoken" value="[^"]*"| (?:style|aria-expanded|hx-swap-oob|open|list)="[^"]*"/g;
const written = (part) => part.outerHTML.replace(BY_THE_WAY, "");
const partsOf = (place) => new Map([...place.children].filter((part) => part.dataset.part).map((part) => [part.dataset.part, part]));

function keepOpen(from, to) {
  for (const one of from.querySelectorAll("details[open][id]")) {
    to.querySelector(`#${CSS.escape(one.id)}`)?.setAttribute("open", "");
  }
}

/** Makes ``place`` what ``fresh`` is, part by part. False when something had to be left as it was. */
function merge(place, fresh) {
  const old = partsOf(place);
  const keeps = place.dataset.parts === "keep";
  let whole = true;
  let after = null;
  for (const [name, part] of partsOf(fresh)) {
    const before = old.get(name);
    old.delete(name);
    if (keeps && name === "older" && !before) continue; // everything is here already
    if (keeps && name === "older") {
      after = before;
      continue; // the older pages that were opened stay open
    }
    if (before && part.dataset.parts !== undefined && before.dataset.parts !== undefined) {
      whole = merge(before, part) && whole;
      after = before;
      continue;
    }
    if (before && written(before) === written(part)) {
      after = before;
      continue;
    }
    if (before && isBusy(before)) {
      whole = false;
      after = before;
      continue;
    }
    if (before) {
      const focused = before.contains(document.activeElement) ? document.activeElement.id : null;
      keepOpen(before, part);
      before.replaceWith(part);
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    } else if (after) after.after(part);
    else place.prepend(part);
    window.htmx.process(part);
    after = part;
  }
  for (const part of keeps ? [] : old.values()) {
    if (isBusy(part)) whole = false;
    else part.remove();
  }
  return whole;
}

async function renew(body) {
  const panel = panelOf(body);
  if (!panel || "keeps" in body.dataset) return;
  if (body.hidden || !body.querySelector("[data-parts]") || lists.has(body)) {
    if (body.childElementCount) stale.add(body);
    return;
  }
  stale.delete(body);
  let fresh;
  try {
    fresh = parsed(await ask(addressOf(body))).querySelector("[data-parts]");
  } catch {
    stale.add(body); // the next event, or the next choice of the tab, tries again
    return;
  }
  const place = body.querySelector("[data-parts]");
  if (!fresh || !place || body.hidden || lists.has(body) || !merge(place, fresh)) stale.add(body);
}

const pending = new Set();
let timer;

/** Soon, for what happened meanwhile: everything that shows it. What a message says changes nothing about the person. */
function soon(what) {
  pending.add(what);
  clearTimeout(timer);
  timer = setTimeout(() => {
    const only = pending.size === 1 && pending.has("message");
    pending.clear();
    for (const body of bodies(current() ?? document.createElement("div"))) {
      if (!(only && body.id === "panel-customer")) renew(body);
    }
  }, QUIET);
}

document.addEventListener("chats:event", (event) => {
  const panel = current();
  if (!panel) return;
  const { chat, contact, kind, event: name } = event.detail ?? {};
  const what = kind ?? name;
  if (what === "presence" || what === "read") return;
  const concerns = what === "reset" || String(chat) === panel.dataset.chatPanel || String(contact) === panel.dataset.contact;
  if (!concerns) return;
  // The person of this room became part of another (UNI-8): the room goes on with the survivor.
  const merged = String(chat) === panel.dataset.chatPanel && contact && String(contact) !== panel.dataset.contact;
  if (merged) panel.dataset.contact = String(contact);
  soon(what);
});

// What was left alone is fetched when the writing is over; saving and attaching may change other tabs too.
document.addEventListener("htmx:afterSettle", (event) => {
  const panel = panelOf(event.detail.elt) ?? panelOf(event.detail.target);
  if (!panel) return;
  if (event.detail.requestConfig?.verb === "post" || stale.has(openBody(panel))) soon("deed");
});
document.addEventListener("focusout", (event) => {
  const body = event.target.closest?.("[role=tabpanel]");
  if (body && stale.has(body)) soon("deed");
});
