// The filter builder (FIL-9): opening, searching, keys. What the filter is stands in a tree (filter-tree.js) that
// filter-rows.js draws; what it means only the server decides.

import { addressOf, filterOf } from "./filter-address.js";
import { loadCatalogue } from "./filter-catalogue.js";
import { liveCheck } from "./filter-check.js";
import { treeEditor } from "./filter-rows.js";
import { conditionsOf, meant, narrowed, newCondition, newGroup, readTree, writeTree } from "./filter-tree.js";
import { segmentDialog } from "./save-segment.js";
import { headers, number, toast, words } from "./words.js";

const panel = document.getElementById("filter-panel");
const say = { ...panel?.dataset }; // the words of rows come with the catalogue
const part = (name) => panel?.querySelector(`[data-filter-${name}]`);
const place = part("rows");
const counted = part("count");
const sentence = part("sentence");
const listData = () => JSON.parse(document.getElementById("people")?.dataset.list || "{}");

let catalogue = null;
let tree = null;
let editor = null;
let names = {}; // {field: {value: name}} of values that are not what people read
let segment = null; // {id, name, mayChange}: whose conditions are edited
let readFrom = null; // the list whose filter the tree is of
let opener = null;

// --- reading the list's filter ---
const scopeOfList = () => `${document.getElementById("people")?.dataset.scope} ${listData().parameters?.edit ?? ""}`;

async function segmentOf(id) {
  const response = await fetch(say.segmentUrl.replace("/0/", `/${id}/`), { headers: headers() });
  if (!response.ok) throw new Error(response.status);
  return response.json();
}

/** own: open on the listed segment's own conditions, not on "is in this segment". */
async function read({ own = false } = {}) {
  const data = listData();
  const { segment: listed, edit } = data.parameters ?? {};
  const edited = own || edit === "1" ? listed : edit;
  segment = edited ? await segmentOf(edited) : null;
  if (segment && edited === listed) tree = readTree(segment.filter);
  else {
    tree = readTree(await filterOf(data, say));
    if (listed) tree = narrowed(tree, newCondition({ key: "segment", op: "in", values: [listed] }));
  }
  names = data.names ?? {};
  readFrom = scopeOfList();
  draw();
  part("editing").hidden = !segment;
  if (segment) part("segment").textContent = words(segment.mayChange ? say.wordEditing : say.wordReading, { name: segment.name });
}

// --- who matches ---
const check = liveCheck(() => {
  const context = Object.entries(listData().parameters ?? {}).filter(([name]) => name === "kind" || name === "q");
  return `${say.checkUrl}?${new URLSearchParams(context)}`;
}, answered);
let places = [];
let refused = false; // the last answer was that something is wrong

function unfinished() {
  return [...conditionsOf(tree)].find((node) => editor.partMissing(node));
}

function changed() {
  refused = false;
  panel.classList.remove("filter-refused");
  editor.clearProblems();
  sentence.textContent = "";
  if (unfinished()) {
    check.stop();
    counted.textContent = "";
    return;
  }
  counted.textContent = say.wordCounting;
  const written = writeTree(meant(tree));
  places = written.places;
  check.ask(written.document);
}

function answered({ problems, sentence: text, count, failed }) {
  if (failed) counted.textContent = say.wordFailed;
  else if (problems) refuse(problems);
  else {
    sentence.textContent = sentence.title = text; // two lines of it are shown
    counted.textContent = count === null ? say.wordSlow : count === 1 ? say.wordOne : words(say.wordMany, { n: number(count) });
  }
}

function refuse(problems) {
  refused = true;
  counted.textContent = "";
  const elsewhere = editor.showProblems(problems, places);
  tell(elsewhere.length ? elsewhere.map(({ message }) => message).join(" ") : say.wordMend);
}

function tell(message) {
  panel.classList.add("filter-refused");
  sentence.textContent = message;
}

/** Finishes what was typed; whether the filter is whole. What is missing is said at its row. */
async function settled() {
  if (!(await editor.settle())) {
    tell(say.wordMend);
    editor.focusWrong();
    return false;
  }
  const node = unfinished();
  if (node) {
    check.stop();
    counted.textContent = "";
    editor.showMissing(node, say.wordFillIn);
    tell(say.wordIncomplete);
  }
  if (node || refused) editor.focusWrong();
  return !node && !refused;
}

function draw() {
  editor = treeEditor(tree, { tools: { catalogue, say, units: catalogue.units, names }, changed });
  place.replaceChildren(editor.element);
}

// --- opening and closing ---
function showPanel(open) {
  panel.hidden = !open;
  for (const button of document.querySelectorAll("[data-filter-toggle]")) button.setAttribute("aria-expanded", String(open));
}

async function open({ own = false } = {}) {
  opener = document.activeElement === document.body ? null : document.activeElement;
  try {
    catalogue ??= await loadCatalogue(say.fieldsUrl);
    Object.assign(say, catalogue.words);
    // What was begun is still there when the panel was only closed.
    if (own || readFrom !== scopeOfList()) await read({ own });
  } catch {
    toast("error", say.wordNoFields);
    return;
  }
  if (!tree.members.length) {
    tree.members.push(newCondition());
    draw();
  }
  showPanel(true);
  changed();
  const node = unfinished();
  if (node && document.querySelector("#people > [role=alert]")) editor.showMissing(node, say.wordFillIn);
  editor.focusFirst();
}

function startOver() {
  tree = newGroup("all", [newCondition()]);
  draw();
  changed();
  editor.focusFirst();
}

function close() {
  check.stop();
  showPanel(false);
  const back = opener?.isConnected && opener.checkVisibility() ? opener : document.querySelector("[data-filter-toggle]");
  back?.focus();
}

// --- searching ---
/** What the address will hold: within a listed segment its condition stays a part of the address by itself. */
function searched() {
  const listed = listData().parameters?.segment;
  const whole = meant(tree);
  const [first, ...rest] = whole.members;
  const isListed = listed && !segment && whole.join === "all" && first?.key === "segment" && first.op === "in" && first.values.length === 1 && first.values[0] === listed;
  if (!isListed) return { filter: writeTree(whole).document, edit: segment?.id };
  return { filter: writeTree({ ...whole, members: rest }).document, segment: listed };
}

let searching = false;

async function search() {
  if (searching) return;
  searching = true;
  const button = part("search");
  try {
    if (!(await settled())) return;
    button.setAttribute("aria-busy", "true");
    const { filter, ...kept } = searched();
    await show(await addressOf(filter, { parameters: listData().parameters ?? {}, say, ...kept }));
  } catch (error) {
    if (error?.problems) refuse(error.problems); // htmx throws nothing at all when there is no connection
    else tell(say.wordFailed);
  } finally {
    searching = false;
    button.removeAttribute("aria-busy");
  }
}

async function show(url) {
  await window.htmx.ajax("GET", url, { target: "#people", swap: "outerHTML" });
  // Marked as htmx marks its own, so that going back loads the list of that address again.
  history.replaceState({ htmx: true }, "");
  history.pushState({ htmx: true }, "", url);
  readFrom = scopeOfList();
  check.stop();
  showPanel(false);
  document.querySelector("#people th a, #people a, #people button")?.focus({ focusVisible: false });
}

// --- keys and buttons ---
const typing = (target) => target.matches?.("input:not([type=checkbox]), select, textarea");

function onKey(event) {
  if (event.defaultPrevented) return;
  const entered = event.key === "Enter" && (event.target.matches("input") || event.ctrlKey || event.metaKey);
  if (entered && !event.isComposing) {
    event.preventDefault();
    search();
  } else if (event.key === "Escape" && !document.querySelector(":popover-open")) {
    event.preventDefault();
    event.stopPropagation();
    close();
  }
}

function onClick(event) {
  const hit = (selector) => event.target.closest?.(selector);
  if (hit("[data-filter-toggle]")) panel.hidden ? open() : close();
  else if (hit("[data-filter-open]")) open({ own: hit("[data-filter-open]").dataset.filterOpen === "segment" });
  else if (hit("[data-filter-clear]")) startOver();
  else if (hit("[data-filter-search]")) search();
}

if (panel) {
  const dialog = segmentDialog({
    settled,
    current: () => ({ filter: writeTree(meant(tree)).document, sentence: sentence.textContent, segment }),
    empty: () => tell(say.wordIncomplete),
  });
  panel.querySelector("[data-save-segment]")?.addEventListener("click", () => dialog.open());
  panel.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.key !== "f") return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    if (panel.hidden) open();
    else editor?.focusFirst();
  });
  if (listData().parameters?.edit) open();
}
