// The contacts list: ticks that stay over pages, actions on them, columns, keys. Rows and pages come by htmx.
// The filter builder is filter-builder.js, what an action does action-panel.js.

import { closeAction, selectionIs, wireActions } from "./action-panel.js";
import { number, words } from "./words.js";
import "./filter-builder.js";

const panel = document.getElementById("selection-panel");
const people = () => document.getElementById("people");
const data = () => JSON.parse(people()?.dataset.list || "{}");
const ticks = () => [...(people()?.querySelectorAll("[data-tick]") ?? [])];

// --- the selection: ids, or all that match less some; kept for this list until the browser tab is closed ---
// It is data that goes with an action (contacts.selection); it is never kept on the server.
let selection = { all: false, ids: new Set(), without: new Set() };

const storageKey = () => `selection:${data().site}:${people()?.dataset.scope}`;

function remember() {
  try {
    if (!count() && !selection.all) sessionStorage.removeItem(storageKey());
    else {
      const kept = { all: selection.all, ids: [...selection.ids], without: [...selection.without], expected: selection.expected };
      sessionStorage.setItem(storageKey(), JSON.stringify(kept));
    }
  } catch {
    /* without storage the selection lasts as long as the page */
  }
}

function recall() {
  let kept = {};
  try {
    kept = JSON.parse(sessionStorage.getItem(storageKey()) || "{}");
  } catch {
    /* as above */
  }
  selection = { all: Boolean(kept.all), ids: new Set(kept.ids), without: new Set(kept.without), expected: kept.expected };
}

const matching = () => {
  const counted = document.querySelector("#list-count [data-count]");
  return counted ? Number(counted.dataset.count) : null;
};
const count = () => (selection.all ? (selection.expected ?? 0) - selection.without.size : selection.ids.size);
const has = (id) => (selection.all ? !selection.without.has(id) : selection.ids.has(id));

function put(id, on) {
  if (selection.all) selection.without[on ? "delete" : "add"](id);
  else selection.ids[on ? "add" : "delete"](id);
}

function clear() {
  selection = { all: false, ids: new Set(), without: new Set() };
  show();
}

function show() {
  const all = ticks();
  for (const tick of all) tick.checked = has(tick.value);
  const ticked = all.filter((tick) => tick.checked).length;
  const page = people()?.querySelector("[data-tick-page]");
  if (page) {
    page.checked = ticked > 0 && ticked === all.length;
    page.indeterminate = ticked > 0 && ticked < all.length;
  }
  remember();
  if (!panel) return;
  const n = count();
  panel.hidden = n === 0;
  document.body.classList.toggle("has-selection", n > 0);
  panel.querySelector("[data-selected-words]").textContent = selectedWords(n);
  const total = matching();
  const more = panel.querySelector("[data-select-all]");
  more.hidden = selection.all || total === null || ticked < all.length || total <= n;
  more.textContent = words(more.dataset.words, { n: number(total) });
  showMerge();
  selectionIs(JSON.stringify(selectionData()));
  if (n === 0) closeAction();
}

/** UNI-6: two ticked people lead to their comparison, a page of its own. */
function showMerge() {
  const link = panel.querySelector("[data-merge]");
  if (!link) return;
  const two = !selection.all && selection.ids.size === 2;
  link.querySelector("[data-merge-hint]").hidden = two;
  link.toggleAttribute("aria-disabled", !two);
  if (!two) link.setAttribute("aria-disabled", "true");
  if (two) link.href = `${link.dataset.merge}?${new URLSearchParams([...selection.ids].map((id) => ["person", id]))}`;
  else link.removeAttribute("href");
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-merge][href]")) return;
  try {
    sessionStorage.setItem("merge-list", location.pathname + location.search);
  } catch {
    /* without storage the result leads back to the whole list */
  }
});

function selectedWords(n) {
  if (!selection.all) return n === 1 ? panel.dataset.one : words(panel.dataset.many, { n: number(n) });
  if (!selection.without.size) return words(panel.dataset.all, { n: number(n) });
  return words(panel.dataset.allBut, { n: number(n), all: number(selection.expected) });
}

/** What an action is told: contacts.selection reads it. */
function selectionData() {
  if (!selection.all) return { selection: { ids: [...selection.ids] }, expected: selection.ids.size };
  const { filter, kept, search } = data(); // a long filter is named by its key
  return { selection: { filter: kept ?? filter, search, exclude: [...selection.without] }, expected: count() };
}

let last = null;
document.addEventListener("click", (event) => {
  const tick = event.target.closest?.("[data-tick]");
  if (tick) {
    const all = ticks();
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(tick)].sort((a, b) => a - b);
      for (const between of all.slice(from, to + 1)) put(between.value, tick.checked);
    } else put(tick.value, tick.checked);
    last = tick;
    show();
    return;
  }
  const page = event.target.closest?.("[data-tick-page]");
  if (page) {
    for (const one of ticks()) put(one.value, page.checked);
    show();
  } else if (event.target.closest?.("[data-clear-selection]")) clear();
  else if (event.target.closest?.("[data-select-all]")) {
    selection = { all: true, ids: new Set(), without: new Set(), expected: matching() };
    show();
  }
});

/** More match than were shown: the list is shown again with all of them chosen, and the operator decides anew. */
function takeNew(found) {
  selection = { ...selection, expected: found + selection.without.size };
  show();
  reload();
}

wireActions({ selectionData, takeNew, reload });

// --- the list again, where one is: after an action, a choice of columns ---
function reload() {
  window.htmx.ajax("GET", location.pathname + location.search, { target: "#people", swap: "outerHTML" });
}

document.addEventListener("columns-chosen", () => {
  document.getElementById("columns-dialog")?.close();
  reload();
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "people") {
    recall();
    document.getElementById("main").scrollTop = 0;
  }
  show();
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id === "people") people()?.setAttribute("aria-busy", "true");
});
// FIL-11: rows that could not be fetched are not those that still stand there; nobody is listed, and it says why.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (event.detail.target?.id === "list-count") event.detail.target.textContent = "–"; // a number that is not known
    if (event.detail.target?.id === "filter-unmatched") event.detail.target.replaceChildren();
    if (event.detail.target?.id !== "people") return;
    const failed = document.getElementById("list-failed").content.cloneNode(true);
    failed.querySelector("[data-list-again]").href = event.detail.pathInfo?.requestPath ?? location.href;
    people().replaceChildren(failed);
    people().removeAttribute("aria-busy");
    for (const late of ["list-count", "list-paging", "filter-unmatched"]) document.getElementById(late)?.replaceChildren();
    document.getElementById("filter-sentence").hidden = true;
    if (panel) panel.hidden = true; // the ticks were of the rows that are gone; they come back with them
    document.body.classList.remove("has-selection");
  });
}

// --- columns: chosen ones move up and down; what is ticked below joins them ---
document.addEventListener("click", (event) => {
  const move = event.target.closest?.("[data-move]");
  if (move) {
    const row = move.closest("li");
    const other = move.dataset.move === "-1" ? row.previousElementSibling : row.nextElementSibling;
    if (!other || (move.dataset.move === "-1" && other.querySelector("[disabled]"))) return;
    if (move.dataset.move === "-1") other.before(row);
    else other.after(row);
    move.focus();
  }
  if (event.target.closest?.("[data-default-columns]")) {
    const form = event.target.closest("form");
    for (const box of form.querySelectorAll("input[name=columns]")) box.checked = false;
  }
});
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-filter-columns]")) return;
  const typed = event.target.value.trim().toLocaleLowerCase();
  for (const row of event.target.closest("form").querySelectorAll(".column-list li")) {
    row.hidden = !row.textContent.toLocaleLowerCase().includes(typed);
  }
});

// --- keys: x tick, Enter open, up and down, Esc back; f is the builder's, / the frame's ---
const typing = (target) => target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox]), select, textarea"));

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open], :popover-open")) return;
  const rows = [...(people()?.querySelectorAll("tbody tr") ?? [])];
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const go = (place) => rows[place]?.querySelector("th a")?.focus();
  if (event.key === "ArrowDown" || event.key === "j") go(Math.min(now + 1, rows.length - 1));
  else if (event.key === "ArrowUp" || event.key === "k") go(now < 0 ? 0 : Math.max(now - 1, 0));
  else if (event.key === "x" && now < 0) go(0);
  else if (event.key === "x") {
    const tick = rows[now].querySelector("[data-tick]");
    put(tick.value, !tick.checked);
    show();
  } else if (event.key === "Enter" && now >= 0 && document.activeElement.matches("[data-tick]")) rows[now].querySelector("th a").click();
  else if (event.key === "Escape" && count()) clear();
  else return;
  event.preventDefault();
});

// --- the place in the list is kept on return: the last list's address and the row that was opened ---
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#people th a");
  if (!link) return;
  try {
    const main = document.getElementById("main");
    sessionStorage.setItem("list", JSON.stringify({ url: location.pathname + location.search, row: link.closest("tr").querySelector("[data-tick]").value, top: main.scrollTop }));
  } catch {
    /* without storage "back" leads to the first page */
  }
});

function returnToPlace() {
  let place = null;
  try {
    place = JSON.parse(sessionStorage.getItem("list") || "null");
    sessionStorage.removeItem("list");
  } catch {
    return;
  }
  if (!place || place.url !== location.pathname + location.search) return;
  document.getElementById("main").scrollTop = place.top;
  people()?.querySelector(`tr:has([data-tick][value="${CSS.escape(place.row)}"]) th a`)?.focus({ preventScroll: true, focusVisible: false });
}

recall();
show();
returnToPlace();
