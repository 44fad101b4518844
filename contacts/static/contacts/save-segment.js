// The dialog that keeps the conditions of the builder: as a new segment, or over the one they were opened from. Before
// an existing segment is changed it says who joins and who leaves (SEG-5).

import { headers, make, number, words } from "./words.js";

const dialog = document.getElementById("segment-dialog");
const form = dialog?.querySelector("[data-segment-form]");
const within = (name) => form?.querySelector(`[data-segment-${name}]`);

/** builder: {settled(), current() -> {filter, sentence, segment}, empty()}. */
export function segmentDialog({ settled, current, empty }) {
  if (!form) return { open() {} };
  const say = form.dataset;
  let seen = null; // {id, fingerprint}: the segment as the preview knew it
  let asking = null;

  const changes = () => form.elements.as.value === "change";

  async function open() {
    if (!(await settled())) return;
    const { filter, sentence, segment } = current();
    if (!Object.keys(filter).length) return empty();
    form.reset();
    refuse("");
    within("sentence").textContent = sentence;
    within("choice").hidden = !segment?.mayChange;
    if (segment?.mayChange) {
      within("change").textContent = words(say.wordChange, { name: segment.name });
      form.elements.as.value = "change";
    }
    dialog.showModal();
    choose();
  }

  function choose() {
    within("new").hidden = changes();
    within("preview").hidden = !changes();
    form.elements.name.required = !changes();
    if (changes()) preview();
    else form.elements.name.focus();
  }

  // --- who joins, who leaves ---
  async function preview() {
    const { filter, segment } = current();
    asking?.abort();
    const mine = (asking = new AbortController());
    seen = null;
    within("preview").replaceChildren(make("p", { className: "muted", textContent: say.wordCounting }));
    try {
      const response = await fetch(say.previewUrl.replace("/0/", `/${segment.id}/`), { method: "POST", headers: { ...headers(), "Content-Type": "application/json" }, body: JSON.stringify(filter), signal: mine.signal });
      const answer = await response.json();
      if (answer.problems) return tell(answer.problems.map(({ message }) => message).join(" "));
      if (!response.ok) return tell(answer.slow ? say.wordSlow : say.wordNoPreview);
      seen = { id: segment.id, fingerprint: answer.fingerprint };
      show(answer);
    } catch (error) {
      if (error.name !== "AbortError") tell(say.wordNoPreview);
    }
  }

  const tell = (text) => within("preview").replaceChildren(make("p", { textContent: text }));

  function show({ before, after, joins, leaves, joining, leaving }) {
    const size = make("p", { className: "strong", textContent: words(say.wordSizes, { before: number(before), after: number(after) }) });
    const parts = joins || leaves ? [examples(say.wordJoin, joins, joining), examples(say.wordLeave, leaves, leaving)] : [make("p", { textContent: say.wordSame })];
    within("preview").replaceChildren(size, ...parts);
  }

  function examples(sentence, count, people) {
    const names = people.map(({ name, url }) => make("li", {}, make("a", { href: url, target: "_blank", textContent: name })));
    if (count > people.length && people.length) names.push(make("li", { className: "muted", textContent: words(say.wordMore, { n: number(count - people.length) }) }));
    return make("div", {}, make("p", { textContent: words(sentence, { n: number(count) }) }), make("ul", { className: "segment-examples" }, ...names));
  }

  // --- saving ---
  function refuse(message) {
    const list = within("errors");
    list.replaceChildren(...(message ? [make("li", { textContent: message })] : []));
    list.hidden = !message;
  }

  async function save() {
    const { filter, segment } = current();
    const body = new URLSearchParams({ filter: JSON.stringify(filter) });
    if (changes()) {
      body.set("id", segment.id);
      if (seen?.id === segment.id) body.set("seen", seen.fingerprint);
    } else {
      body.set("name", form.elements.name.value);
      body.set("shared", form.elements.shared.value);
    }
    const response = await fetch(say.url, { method: "POST", headers: headers(), body }).catch(() => null);
    const answer = await response?.json().catch(() => null);
    if (response?.ok) {
      dialog.close();
      // The sidebar is drawn by the server: the segment's own page shows it there, marked and counted.
      location.assign(answer.url);
      return;
    }
    refuse(answer?.problems?.[0]?.message ?? say.failed);
    if (response?.status === 409) preview(); // somebody else changed it meanwhile: this is what it would do now
    else if (!changes()) form.elements.name.focus();
  }

  form.addEventListener("change", (event) => event.target.name === "as" && choose());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    await save();
    button.removeAttribute("aria-busy");
  });
  return { open };
}
