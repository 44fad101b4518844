// What a condition on an event has besides its operator (FIL-6): the window of time, and conditions on properties.

import { chipInput } from "./chip-input.js";
import { newProperty } from "./filter-tree.js";
import { chipTexts, duration, oneInput, unitSelect } from "./filter-values.js";
import { headers, icon, make, words } from "./words.js";

const WHOLE = /^\s*-?(\d+\.?\d*|\.\d+)\s*$/;
const DATES = ["before", "after", "on"];
let serial = 0;

/** What the values of an operator are: two operators with the same kind keep them. */
const kindOf = (operator) => (DATES.includes(operator?.name) ? "date" : operator?.takes);

/** {element, settle}: what stands below the row of an event. */
export function eventDetails(condition, operators, { tools, changed }) {
  const { say, units } = tools;
  const list = make("div", { className: "filter-where" });
  const names = make("datalist", { id: `properties-${++serial}` });
  const add = make("button", { type: "button", className: "btn btn-ghost btn-sm", data: { addProperty: "" } }, icon("plus"), say.wordAddProperty);
  const known = propertiesOf(condition.key, say);
  known.then((found) => names.append(...found.map(({ name }) => make("option", { value: name }))));
  let rows = [];

  const context = { operators, say, units, known, names: names.id, changed };
  function remove(row) {
    const at = rows.indexOf(row);
    condition.where.splice(at, 1);
    rows.splice(at, 1);
    row.element.remove();
    (rows[Math.min(at, rows.length - 1)]?.element.querySelector("input") ?? add).focus();
    changed();
  }
  function draw(property) {
    const row = propertyRow(property, { ...context, remove: () => remove(row) });
    rows.push(row);
    list.append(row.element);
    return row;
  }
  for (const property of condition.where ?? []) draw(property);
  add.addEventListener("click", () => {
    condition.where ??= [];
    condition.where.push(newProperty());
    draw(condition.where.at(-1)).element.querySelector("input").focus();
    changed();
  });
  return {
    element: make("div", { className: "filter-event" }, windowControl(condition, tools, changed), list, add, names),
    settle: async () => (await Promise.all(rows.map((row) => row.settle()))).every(Boolean),
  };
}

function windowControl(condition, { say, units }, changed) {
  const select = make("select", { className: "filter-window", "aria-label": say.wordWhen }, make("option", { value: "", textContent: say.wordAnyTime }), make("option", { value: "last", textContent: say.wordWithinLast }));
  const span = make("span", { className: "filter-two filter-span" });
  function draw() {
    const { within } = condition;
    select.value = within ? "last" : "";
    span.hidden = !within;
    span.replaceChildren();
    if (!within) return;
    const count = make("input", { type: "number", min: "1", step: "1", value: within.value, "aria-label": say.wordValue, data: { part: "within" } });
    count.addEventListener("input", () => {
      within.value = count.value === "" ? "" : Number(count.value);
      changed();
    });
    const unit = unitSelect(units, within.unit, say, (value) => {
      within.unit = value;
      changed();
    });
    span.append(count, unit);
  }
  select.addEventListener("change", () => {
    if (select.value) condition.within = { value: 30, unit: "day" };
    else delete condition.within;
    draw();
    span.querySelector("input")?.select();
    changed();
  });
  draw();
  return make("div", { className: "filter-when" }, select, span);
}

const asked = new Map(); // properties by event; they hardly change while somebody edits

function propertiesOf(key, say) {
  if (!asked.has(key)) {
    const answer = fetch(`${say.propertiesUrl}?${new URLSearchParams({ key })}`, { headers: headers() })
      .then((response) => (response.ok ? response.json() : { properties: [] }))
      .then(({ properties }) => properties)
      .catch(() => []);
    asked.set(key, answer);
  }
  return asked.get(key);
}

function propertyRow(property, { operators, say, units, known, names, changed, remove }) {
  const name = make("input", { type: "text", list: names, value: property.key, maxLength: 100, autocomplete: "off", spellcheck: false, className: "filter-property", placeholder: say.wordProperty, "aria-label": say.wordProperty, data: { part: "key" } });
  const select = make("select", { className: "filter-operator", "aria-label": say.wordOperator, data: { part: "op" } }, ...operators.map((one) => make("option", { value: one.name, textContent: one.label })));
  const place = make("div", { className: "filter-value" });
  const close = make("button", { type: "button", className: "btn btn-ghost btn-icon btn-sm filter-remove", "aria-label": say.wordRemoveProperty, title: say.wordRemoveProperty }, icon("close"));
  const operator = () => operators.find((one) => one.name === property.op);
  let control = null;

  function draw() {
    control = propertyValues(property, operator(), { say, units, known, changed });
    place.replaceChildren(...(control ? [control.element] : []));
  }
  select.value = property.op;
  name.addEventListener("input", () => {
    property.key = name.value.trim();
    changed();
  });
  select.addEventListener("change", () => {
    const before = kindOf(operator());
    property.op = select.value;
    if (kindOf(operator()) !== before) property.values = [];
    if (operator().takes !== "duration") delete property.unit;
    draw();
    changed();
  });
  close.addEventListener("click", remove);
  draw();
  const element = make("div", { className: "filter-property-row", role: "group", "aria-label": say.wordProperty, data: { property: property.id } }, make("span", { className: "filter-lead muted", textContent: say.wordWith }), name, select, place, close);
  return { element, settle: () => control?.settle?.() ?? true };
}

// A property is compared with values of its own kind (docs/filter-language.md): what was typed is a number where it
// looks like one, unless the property holds texts; quotation marks make it a text in any case.
function valueOf(text, type) {
  const quoted = /^"(.*)"$/s.exec(text);
  if (quoted) return quoted[1];
  if (type === "text" || type === "list") return text;
  if (WHOLE.test(text)) return Number(text);
  return text === "true" ? true : text === "false" ? false : text;
}

function labelOf(value, say) {
  if (typeof value === "boolean") return value ? say.wordYes : say.wordNo;
  if (typeof value === "number") return String(value);
  return WHOLE.test(value) || value === "true" || value === "false" ? words('"{value}"', { value }) : value;
}

function propertyValues(property, operator, { say, units, known, changed }) {
  const put = (values) => {
    property.values = values;
    changed();
  };
  const takes = operator?.takes;
  if (takes === "nothing") return null;
  if (takes === "duration") return duration(property, { say, units }, put, changed);
  if (takes === "one" || takes === "two") {
    // Between two numbers, or between two dates where it is read like that.
    const dates = kindOf(operator) === "date" || (takes === "two" && property.values[0] && typeof property.values[0] === "string");
    const type = dates ? "date" : "number";
    const input = (at, title) => oneInput(property, { type }, at, title, put);
    const parts = takes === "one" ? [input(0, say.wordValue)] : [input(0, say.wordFrom), dash(), input(1, say.wordTo)];
    return { element: make("span", { className: "filter-two" }, ...parts) };
  }
  const compared = ["is", "isNot"].includes(property.op);
  let type = "";
  const mine = () => known.then((found) => found.find((one) => one.name === property.key));
  mine().then((found) => (type = found?.type ?? ""));
  async function suggest(text) {
    const found = await mine();
    type = found?.type ?? "";
    const values = type === "boolean" && compared ? [true, false] : (found?.values ?? []);
    const wanted = text.toLocaleLowerCase();
    return values.map((value) => ({ value, label: labelOf(value, say) })).filter(({ label }) => label.toLocaleLowerCase().includes(wanted));
  }
  return chipInput({
    values: property.values,
    labelOf: (value) => labelOf(value, say),
    suggest,
    strict: false,
    parse: (text) => (compared ? valueOf(text, type) : text),
    label: say.wordValue,
    texts: chipTexts(say),
    changed: put,
  });
}
