// The fields a filter can ask about and their operators, as the server tells them once for a page.

import { headers } from "./words.js";

const EVENT = "event.";

/** {groups, fields: Map, units, words, fieldOf(key), operatorsOf(field)}; throws when the server does not answer. */
export async function loadCatalogue(url) {
  const response = await fetch(url, { headers: headers() });
  if (!response.ok) throw new Error(response.status);
  const { groups, fields: list, operators, units, words } = await response.json();
  const fields = new Map(list.map((field) => [field.key, field]));

  // Every name an event may have can be asked for, also before the first one happened.
  const event = (key) => (key.startsWith(EVENT) && key.length > EVENT.length ? { key, label: key.slice(EVENT.length), group: "events", type: "event" } : undefined);

  function operatorsOf(field) {
    const all = operators[field?.type] ?? [];
    return field?.operators ? field.operators.map((name) => all.find((one) => one.name === name)) : all;
  }

  return { groups, fields, units, words, operatorsOf, fieldOf: (key) => fields.get(key) ?? event(key) };
}
