// Where a search leads: the filter is in the address (FIL-9). One that is too long for an address is kept on the
// server under a short key, and the address holds the key.

import { headers } from "./words.js";

const KEPT = ["kind", "q", "o"]; // what a search keeps of the list it was made on

/** The address of the list for the filter; throws {problems} when the server refuses it. */
export async function addressOf(filter, { parameters, say, segment = "", edit = "" }) {
  const wanted = new URLSearchParams(Object.entries(parameters).filter(([name]) => KEPT.includes(name)));
  if (segment) wanted.set("segment", segment);
  if (edit) wanted.set("edit", edit);
  const text = JSON.stringify(filter);
  if (text.length > Number(say.longest)) wanted.set("f", await keep(text, say));
  else if (Object.keys(filter).length) wanted.set("filter", text);
  return `${say.listUrl}${wanted.size ? `?${wanted}` : ""}`;
}

async function keep(text, say) {
  const response = await fetch(say.keepUrl, { method: "POST", headers: { ...headers(), "Content-Type": "application/json" }, body: text });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error("refused"), { problems: answer.problems ?? [] });
  return answer.f;
}

/** The builder's part of the list's filter; a long one is fetched. */
export async function filterOf({ own, filter, parameters }, say) {
  if (!parameters?.f) return own ?? filter ?? {};
  const response = await fetch(`${say.keptUrl}?${new URLSearchParams({ f: parameters.f })}`, { headers: headers() });
  if (response.status === 400) return {}; // no longer kept; the list says so
  if (!response.ok) throw new Error(response.status);
  return (await response.json()).document;
}
