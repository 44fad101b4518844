// The control for the values of one condition, by the type of its field and by how many values its operator takes.
// Each answers {element, settle?, mark?}: settle() finishes what was typed and tells whether nothing is left over.

import { chipInput } from "./chip-input.js";
import { codeNames } from "./code-names.js";
import { headers, make } from "./words.js";

const TIME = /^\d{4}-\d{2}-\d{2}./;
const byText = (text) => (choice) => choice.label.toLocaleLowerCase().includes(text.toLocaleLowerCase());
const wordOf = (say, name) => say[`word${name[0].toUpperCase()}${name.slice(1)}`];

/** tools: {say, units, names}; names are {field: {value: name}} of values that are not what people read. */
export function valueControl(condition, field, operator, { tools, changed }) {
  const put = (values) => {
    condition.values = values;
    changed();
  };
  const { say } = tools;
  switch (operator.takes) {
    case "nothing":
      return null;
    case "two":
      return side([oneInput(condition, field, 0, say.wordFrom, put), dash(), oneInput(condition, field, 1, say.wordTo, put)]);
    case "times":
      return side([oneInput(condition, { type: "count", least: 0 }, 0, say.wordValue, put), make("span", { className: "filter-unit", textContent: say.wordTimes })]);
    case "duration":
      return duration(condition, tools, put, changed);
    case "one":
      return field.type === "boolean" ? yesOrNo(condition, say, put) : { element: oneInput(condition, field, 0, say.wordValue, put) };
    default:
      return many(condition, field, operator, tools, put);
  }
}

export const dash = () => make("span", { className: "filter-unit", "aria-hidden": "true", textContent: "–" });
const side = (parts) => ({ element: make("span", { className: "filter-two" }, ...parts) });

const SHAPES = {
  number: { type: "number", step: "any" },
  count: { type: "number", step: "1" },
  date: { type: "date" },
};

export function oneInput(condition, field, at, title, put) {
  const value = condition.values[at] ?? "";
  // A date may be a time with a zone, which the browser's calendar cannot hold: it stays the text it is.
  const shape = field.type === "date" && TIME.test(value) ? {} : (SHAPES[field.type] ?? {});
  const input = make("input", { type: "text", ...shape, value, "aria-label": title, data: { part: "values" } });
  if (field.least !== undefined) input.min = String(field.least);
  input.addEventListener("input", () => {
    const values = [...condition.values];
    values[at] = input.type !== "number" || input.value === "" ? input.value : Number(input.value);
    put(values);
  });
  return input;
}

function yesOrNo(condition, say, put) {
  const select = make("select", { "aria-label": say.wordValue, data: { part: "values" } }, make("option", { value: "true", textContent: say.wordYes }), make("option", { value: "false", textContent: say.wordNo }));
  if (typeof condition.values[0] !== "boolean") condition.values = [true];
  select.value = String(condition.values[0]);
  select.addEventListener("change", () => put([select.value === "true"]));
  return { element: select };
}

export function unitSelect(units, value, say, changed) {
  const select = make("select", { "aria-label": say.wordUnit, data: { part: "unit" } }, ...units.map((name) => make("option", { value: name, textContent: wordOf(say, name) })));
  select.value = value;
  select.addEventListener("change", () => changed(select.value));
  return select;
}

export function duration(condition, { say, units }, put, changed) {
  condition.unit ??= "day";
  const unit = unitSelect(units, condition.unit, say, (value) => {
    condition.unit = value;
    changed();
  });
  return side([oneInput(condition, { type: "count", least: 1 }, 0, say.wordValue, put), unit]);
}

export const chipTexts = (say) => ({
  split: say.wordSplit,
  splitDone: say.wordSplitDone,
  splitDropped: say.wordSplitDropped,
  more: say.wordMoreValues,
  done: say.wordDone,
  removeAll: say.wordRemoveAll,
  removeValue: say.wordRemoveValue,
  addValue: say.wordAddValue,
  nothing: say.wordNothing,
  choose: say.wordChooseValue,
  invalid: say.wordNoNumber,
});

function parseNumber(text) {
  const value = Number(text.normalize("NFKC")); // full-width digits are digits
  return text !== "" && Number.isFinite(value) ? value : undefined;
}

function many(condition, field, operator, tools, put) {
  const { say, names } = tools;
  const isPart = ["contains", "notContains", "startsWith", "endsWith"].includes(operator.name); // typed freely
  const labels = (names[field.key] ??= {});
  const codes = field.codes && !isPart ? codeNames(field.codes) : null;
  const labelOf = (value) => field.choices?.find((choice) => choice.value === String(value))?.label ?? labels[value] ?? codes?.labelOf(value) ?? String(value);

  async function occurring(text, signal) {
    const response = await fetch(`${say.valuesUrl}?${new URLSearchParams({ key: field.key, q: text })}`, { headers: headers(), signal });
    const { values } = response.ok ? await response.json() : { values: [] };
    if (codes) return values.map(({ value }) => ({ value, name: codes.nameOf(value), label: codes.labelOf(value) }));
    for (const one of values) if (one.label !== one.value) labels[one.value] = one.label;
    return values;
  }

  // Codes are found by their names too, which the server does not know; those that occur come first.
  async function suggest(text, signal) {
    if (field.choices) return field.choices.filter(byText(text));
    const found = await occurring(text, signal);
    if (!codes || !text) return found;
    const seen = new Set(found.map(({ value }) => String(value).toLowerCase()));
    return [...found, ...codes.search(text).filter(({ value }) => !seen.has(value.toLowerCase()))].slice(0, 30);
  }

  return chipInput({
    values: condition.values,
    labelOf,
    suggest: field.choices || field.suggests ? suggest : null,
    strict: Boolean(field.strict) && !isPart,
    choosy: Boolean(codes),
    parse: field.type === "number" ? parseNumber : (text) => text,
    label: say.wordValue,
    texts: chipTexts(say),
    changed: put,
  });
}
