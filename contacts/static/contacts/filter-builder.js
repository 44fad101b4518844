// The filter builder (FIL-9): a flat list of conditions that must all hold. What it cannot edit (groups) it shows as a
// sentence and keeps. Fields, operators and words come from the server, which alone decides what a filter means.

import { chipInput } from "./chip-input.js";
import { headers, icon, make, number, toast, words } from "./words.js";

const WAIT = 250; // milliseconds after the last change until the matches are counted

const panel = document.getElementById("filter-panel");
const say = panel?.dataset ?? {};
const place = panel?.querySelector("[data-filter-rows]");
const counted = panel?.querySelector("[data-filter-count]");
const sentence = panel?.querySelector("[data-filter-sentence]");
const listData = () => JSON.parse(document.getElementById("people")?.dataset.list || "{}");

let catalogue = null; // {groups, fields: Map, units}
let rows = []; // {key, op, values, unit} or {kept: document}
let members = []; // sentences of the kept ones, by document
let asking = null;
let timer = 0;
let serial = 0;

async function load() {
  if (catalogue) return;
  const response = await fetch(say.fieldsUrl, { headers: headers() });
  if (!response.ok) throw new Error(response.status);
  const answer = await response.json();
  catalogue = { ...answer, fields: new Map(answer.fields.map((field) => [field.key, field])) };
}

// --- from a document to rows and back ---
const operatorOf = (row) => catalogue.fields.get(row.key)?.operators.find((one) => one.name === row.op);

function simple(document_) {
  return document_.key && !document_.within && !document_.where && operatorOf(document_);
}

function read({ own, parameters = {} }) {
  const parts = own?.and ?? (own && Object.keys(own).length ? [own] : []);
  if (parameters.segment) parts.unshift({ key: "segment", op: "in", values: [parameters.segment] });
  rows = parts.map((part) => (simple(part) ? { ...part, values: part.values ?? [] } : { kept: part }));
}

function complete(row) {
  if (row.kept) return true;
  const takes = operatorOf(row)?.takes;
  if (!takes) return false;
  const filled = row.values.filter((value) => value !== "" && value !== null && value !== undefined && !Number.isNaN(value));
  return takes === "nothing" || (takes === "two" ? filled.length === 2 : filled.length > 0);
}

function written(row) {
  if (row.kept) return row.kept;
  const { takes } = operatorOf(row);
  const condition = { key: row.key, op: row.op };
  if (takes !== "nothing") condition.values = row.values;
  if (takes === "duration") condition.unit = row.unit || "day";
  return condition;
}

const unfinished = () => rows.some((row) => !complete(row));
const document_ = () => (rows.length ? { and: rows.map(written) } : {});

// --- one row ---
function fieldMenu(row, button, chosen) {
  const menu = make("div", { className: "menu field-menu", popover: "auto", id: button.getAttribute("popovertarget") });
  const find = make("input", { type: "search", placeholder: say.wordFindField, autocomplete: "off", "aria-label": say.wordFindField });
  const list = make("div", { className: "field-menu-list" });
  const fill = () => {
    const typed = find.value.trim().toLocaleLowerCase();
    const parts = [];
    for (const group of catalogue.groups) {
      const fields = [...catalogue.fields.values()].filter((one) => one.group === group.name && (!typed || `${one.label} ${one.key}`.toLocaleLowerCase().includes(typed)));
      if (!fields.length) continue;
      parts.push(make("div", { className: "menu-heading", textContent: group.label }));
      for (const field of fields) {
        const item = make("button", { type: "button", className: "menu-item", title: field.key, "aria-pressed": String(field.key === row.key) }, make("span", { className: "menu-text", textContent: field.label }));
        item.addEventListener("click", () => {
          menu.hidePopover();
          chosen(field);
        });
        parts.push(item);
      }
    }
    list.replaceChildren(...(parts.length ? parts : [make("p", { className: "menu-heading", textContent: say.wordNothing })]));
  };
  // Enter takes what was meant: the field of exactly that name, else one that begins so, else the first.
  const best = () => {
    const typed = find.value.trim().toLocaleLowerCase();
    const items = [...list.querySelectorAll(".menu-item")];
    const label = (item) => item.textContent.toLocaleLowerCase();
    return items.find((item) => label(item) === typed || item.title.toLocaleLowerCase() === typed) ?? items.find((item) => label(item).startsWith(typed)) ?? items[0];
  };
  find.addEventListener("input", fill);
  find.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    if (event.key === "Enter") best()?.click();
    else list.querySelector(".menu-item")?.focus();
  });
  menu.append(find, list);
  menu.addEventListener("beforetoggle", (event) => {
    if (event.newState !== "open") return;
    find.value = "";
    fill();
  });
  return menu;
}

function valueControl(row, field, operator) {
  const label = say.wordValue;
  const put = (values) => {
    row.values = values;
    ask();
  };
  const one = (at, properties, title = label) => {
    const input = make("input", { ...properties, value: row.values[at] ?? "", "aria-label": title, placeholder: title === label ? "" : title });
    input.addEventListener("input", () => {
      const values = [...row.values];
      values[at] = properties.type === "number" ? (input.value === "" ? "" : Number(input.value)) : input.value;
      put(values);
    });
    return input;
  };
  const typed = field.type === "number" ? { type: "number", step: "any" } : field.type === "date" ? { type: "date" } : { type: "text", maxLength: 1000 };
  switch (operator.takes) {
    case "nothing":
      return null;
    case "two":
      return make("span", { className: "filter-two" }, one(0, typed, say.wordFrom), one(1, typed, say.wordTo));
    case "times":
      return one(0, { type: "number", min: "0", step: "1" });
    case "duration": {
      const unit = make("select", { "aria-label": say.wordValue }, ...catalogue.units.map((name) => make("option", { value: name, textContent: say[`word${name[0].toUpperCase()}${name.slice(1)}`] })));
      unit.value = row.unit || "day";
      row.unit = unit.value;
      unit.addEventListener("change", () => {
        row.unit = unit.value;
        ask();
      });
      return make("span", { className: "filter-two" }, one(0, { type: "number", min: "1", step: "1" }), unit);
    }
  }
  if (field.type === "boolean") {
    const select = make("select", { "aria-label": label }, make("option", { value: "true", textContent: say.wordYes }), make("option", { value: "false", textContent: say.wordNo }));
    if (typeof row.values[0] !== "boolean") row.values = [true];
    select.value = String(row.values[0]);
    select.addEventListener("change", () => put([select.value === "true"]));
    return select;
  }
  if (operator.takes === "one") return one(0, typed);
  return manyValues(row, field, operator, put);
}

const labels = new Map(); // of values that were suggested, by field and value

function manyValues(row, field, operator, put) {
  const known = (value) => field.choices?.find((choice) => choice.value === String(value))?.label ?? labels.get(`${field.key} ${value}`) ?? String(value);
  // A part of a text is typed freely; a whole value of a field with choices is one of them.
  const strict = Boolean(field.choices) && !["contains", "notContains"].includes(operator.name);
  const suggest = async (text) => {
    if (field.choices) return field.choices.filter((choice) => choice.label.toLocaleLowerCase().includes(text.toLocaleLowerCase()));
    const response = await fetch(`${say.valuesUrl}?${new URLSearchParams({ key: field.key, q: text })}`, { headers: headers() });
    const { values } = response.ok ? await response.json() : { values: [] };
    for (const one of values) labels.set(`${field.key} ${one.value}`, one.label);
    return values;
  };
  const parse = (text) => {
    if (field.type !== "number") return text;
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  };
  const texts = { split: say.wordSplit, removeValue: say.wordRemoveValue, addValue: say.wordAddValue, nothing: say.wordNothing };
  const chips = chipInput({ values: row.values, labelOf: known, suggest: field.choices || field.suggests ? suggest : null, strict, parse, label: say.wordValue, texts, changed: put });
  row.settle = chips.settle;
  return chips.element;
}

function keptRow(row, at) {
  const text = members[at] ?? "…";
  return [make("p", { className: "filter-kept", title: say.wordKept }, icon("lock"), make("span", { textContent: text }))];
}

function rowElement(row, at) {
  const lead = make("span", { className: "filter-lead muted", textContent: at ? say.wordAnd : say.wordWhere });
  const remove = make("button", { type: "button", className: "btn btn-ghost btn-icon btn-sm filter-remove", "aria-label": say.wordRemove, title: say.wordRemove }, icon("close"));
  remove.addEventListener("click", () => {
    rows.splice(at, 1);
    members.splice(at, 1);
    draw();
    ask();
    (place.children[Math.min(at, rows.length - 1)]?.querySelector("button") ?? panel.querySelector("[data-add-row]")).focus();
  });
  if (row.kept) return make("div", { className: "filter-row" }, lead, ...keptRow(row, at), remove);
  const field = catalogue.fields.get(row.key);
  const menuId = `field-menu-${++serial}`;
  const button = make("button", { type: "button", className: "btn filter-field", "aria-haspopup": "menu" }, make("span", { className: "truncate", textContent: field?.label ?? say.wordField }), icon("chevron-down"));
  button.setAttribute("popovertarget", menuId);
  const element = make("div", { className: "filter-row" }, lead, button);
  element.append(
    fieldMenu(row, button, (wanted) => {
      if (wanted.type !== field?.type || wanted.key !== field?.key) Object.assign(row, { op: wanted.operators[0].name, values: [], unit: undefined });
      row.key = wanted.key;
      draw();
      ask();
      const drawn = place.children[at];
      (drawn.querySelector(".filter-value input, .filter-value select") ?? drawn.querySelector("select"))?.focus();
    }),
  );
  if (field) {
    const select = make("select", { className: "filter-operator", "aria-label": say.wordOperator }, ...field.operators.map((one) => make("option", { value: one.name, textContent: one.label })));
    select.value = row.op;
    select.addEventListener("change", () => {
      const before = operatorOf(row)?.takes;
      row.op = select.value;
      if (operatorOf(row).takes !== before) row.values = [];
      draw();
      ask();
      place.children[at].querySelector(".filter-operator").focus();
    });
    element.append(select);
    const control = valueControl(row, field, operatorOf(row));
    element.append(make("div", { className: "filter-value" }, control));
  }
  element.append(remove);
  return element;
}

function draw() {
  place.replaceChildren(...rows.map(rowElement));
}

// --- who matches: one question at a time, the overtaken one is dropped ---
function ask() {
  clearTimeout(timer);
  asking?.abort();
  panel.classList.remove("filter-refused");
  if (unfinished()) {
    counted.textContent = "";
    sentence.textContent = "";
    return;
  }
  counted.textContent = say.wordCounting;
  timer = setTimeout(check, WAIT);
}

async function check() {
  const mine = (asking = new AbortController());
  const { parameters = {} } = listData();
  const context = new URLSearchParams(Object.entries(parameters).filter(([name]) => name === "kind" || name === "q"));
  try {
    const response = await fetch(`${say.checkUrl}?${context}`, { method: "POST", headers: { ...headers(), "Content-Type": "application/json" }, body: JSON.stringify(document_()), signal: mine.signal });
    const answer = await response.json();
    panel.classList.toggle("filter-refused", Boolean(answer.problems));
    if (answer.problems) {
      sentence.textContent = answer.problems.map((problem) => problem.message).join(" ");
      counted.textContent = "";
      return;
    }
    sentence.textContent = answer.sentence;
    counted.textContent = answer.count === null ? say.wordSlow : answer.count === 1 ? say.wordOne : words(say.wordMany, { n: number(answer.count) });
    members = answer.members;
    for (const [at, kept] of [...place.children].entries()) {
      const text = kept.querySelector(".filter-kept span");
      if (text) text.textContent = members[at];
    }
  } catch (error) {
    if (error.name === "AbortError") return;
    counted.textContent = say.wordFailed;
  }
}

// --- open, close, search, save ---
function showPanel(open) {
  panel.hidden = !open;
  for (const button of document.querySelectorAll("[data-filter-toggle]")) button.setAttribute("aria-expanded", String(open));
}

async function open() {
  try {
    await load();
  } catch {
    toast("error", say.wordFailed);
    return;
  }
  read(listData());
  if (!rows.length) rows = [{ key: "", op: "", values: [] }];
  draw();
  showPanel(true);
  ask();
  place.querySelector("button")?.focus();
}

function refuse(message) {
  clearTimeout(timer);
  panel.classList.add("filter-refused");
  sentence.textContent = message;
  counted.textContent = "";
}

function settled() {
  for (const row of rows) row.settle?.();
  rows = rows.filter((row) => row.kept || row.key); // a row without a field was never a condition
  if (!unfinished()) return true;
  draw();
  refuse(say.wordIncomplete);
  const first = rows.findIndex((row) => !complete(row));
  const control = place.children[first]?.querySelector(".filter-value input");
  control?.setAttribute("aria-invalid", "true");
  control?.focus();
  return false;
}

export function addressOf(filter) {
  const { parameters = {} } = listData();
  const kept = Object.entries(parameters).filter(([name]) => ["kind", "q", "o"].includes(name));
  const wanted = new URLSearchParams(kept);
  if (Object.keys(filter).length) wanted.set("filter", JSON.stringify(filter));
  return `${say.listUrl}${wanted.size ? `?${wanted}` : ""}`;
}

async function search() {
  if (!settled()) return;
  const url = addressOf(document_());
  await window.htmx.ajax("GET", url, { target: "#people", swap: "outerHTML" });
  // Marked as htmx marks its own, so that going back loads the list of that address again.
  history.replaceState({ htmx: true }, "");
  history.pushState({ htmx: true }, "", url);
  showPanel(false);
  document.querySelector("#people th a, #people a")?.focus({ focusVisible: false });
}

if (panel) {
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-filter-toggle]")) {
      if (panel.hidden) open();
      else showPanel(false);
    } else if (event.target.closest?.("[data-filter-open]")) open();
    else if (event.target.closest?.("[data-add-row]")) {
      rows.push({ key: "", op: "", values: [] });
      draw();
      ask();
      place.lastElementChild.querySelector("button").focus();
    } else if (event.target.closest?.("[data-filter-search]")) search();
    else if (event.target.closest?.("[data-save-segment]")) saveDialog();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.defaultPrevented && event.target.matches("input")) {
      event.preventDefault();
      search();
    }
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector(":popover-open")) {
      event.stopPropagation();
      showPanel(false);
      document.querySelector("[data-filter-toggle]")?.focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.key !== "f") return;
    if (event.target.matches?.("input:not([type=checkbox]), select, textarea") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    open();
  });
}

// --- save the conditions as a segment ---
const dialog = document.getElementById("segment-dialog");
const form = dialog?.querySelector("[data-segment-form]");

function saveDialog() {
  if (!form || !settled()) return;
  if (!rows.length) {
    rows = [{ key: "", op: "", values: [] }];
    draw();
    refuse(say.wordIncomplete);
    return;
  }
  form.reset();
  form.querySelector("[data-segment-errors]").hidden = true;
  form.querySelector("[data-segment-sentence]").textContent = sentence.textContent;
  dialog.showModal();
  form.elements.name.focus();
}

function refusal(message) {
  const list = form.querySelector("[data-segment-errors]");
  list.replaceChildren(make("li", { textContent: message }));
  list.hidden = false;
  form.elements.name.focus();
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = new URLSearchParams({ name: form.elements.name.value, shared: form.elements.shared.value, filter: JSON.stringify(document_()) });
  const response = await fetch(form.dataset.url, { method: "POST", headers: headers(), body }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (!response?.ok) return refusal(answer?.problems?.[0]?.message ?? form.dataset.failed);
  dialog.close();
  // The sidebar is drawn by the server: the new segment's own page shows it there, marked and counted.
  location.assign(answer.url);
});
