// Several values in one control: chips, a text box, and suggestions below it. Used by the filter builder.
// A combobox for screen readers: arrows move, Enter takes, Backspace takes the last chip away, Escape closes; the left
// arrow walks into the chips. Ten thousand values are one array: only the first chips are drawn (FIL-5).

import { suggestionList } from "./suggestion-list.js";
import { icon, make, number, words } from "./words.js";

const SEPARATORS = /[\s,，、､]+/u; // FIL-5, as contacts/filters/values.py splits
const SHOWN = 100;

const fold = (text) => String(text).normalize("NFKC").trim().toLocaleLowerCase();
const keyOf = (value) => `${typeof value} ${value}`;

/**
 * options: {values, labelOf(value), suggest(typed, signal) -> Promise<[{value, label, name?}]> or null, strict, choosy,
 * parse(text) -> value or undefined, label, texts, changed(values)}.
 * strict: only what is suggested may be taken. choosy: a text is taken as it is only when nothing is suggested for it.
 */
export function chipInput(options) {
  const values = [...options.values];
  const known = new Set(values.map(keyOf));
  const input = make("input", { type: "text", autocomplete: "off", spellcheck: false, role: "combobox", "aria-label": options.label, "aria-expanded": "false", "aria-autocomplete": "list", data: { part: "values" } });
  const split = make("button", { type: "button", className: "btn btn-sm chip-split", hidden: true }, options.texts.split);
  const more = make("button", { type: "button", className: "btn btn-ghost btn-sm chip-more", hidden: true });
  const none = make("button", { type: "button", className: "btn btn-ghost btn-sm chip-clear", hidden: true }, options.texts.removeAll);
  const box = make("div", { className: "chip-input", role: "group", "aria-label": options.label }, input, split);
  const note = make("p", { className: "filter-note", role: "status" });
  const element = make("div", { className: "chip-box" }, box, make("div", { className: "chip-tools" }, more, none, note));
  const list = options.suggest ? suggestionList(input, { ...options, taken: (value) => known.has(keyOf(value)), take: add }) : null;

  function show() {
    for (const chip of box.querySelectorAll(".chip")) chip.remove();
    const drawn = options.strict ? values : values.slice(0, SHOWN);
    input.before(...drawn.map(chipOf));
    more.hidden = drawn.length === values.length;
    more.textContent = words(options.texts.more, { n: number(values.length - drawn.length) });
    none.hidden = values.length < 10;
    input.placeholder = values.length ? "" : options.texts.addValue;
  }

  function chipOf(value) {
    const label = options.labelOf(value);
    const remove = make("button", { type: "button", className: "chip-remove", tabIndex: -1, "aria-label": words(options.texts.removeValue, { value: label }) }, icon("close"));
    remove.addEventListener("click", () => removeAt(values.indexOf(value)));
    return make("span", { className: "chip", title: label }, make("span", { className: "truncate", textContent: label }), remove);
  }

  function put(value) {
    if (known.has(keyOf(value))) return false;
    known.add(keyOf(value));
    values.push(value);
    return true;
  }

  function changed() {
    show();
    options.changed([...values]);
  }

  function removeAt(at) {
    const [value] = values.splice(at, 1);
    known.delete(keyOf(value));
    changed();
    const left = box.querySelectorAll(".chip-remove");
    (left[Math.min(at, left.length - 1)] ?? input).focus();
  }

  function replaceAll(wanted) {
    values.length = 0;
    known.clear();
    for (const value of wanted) put(value);
    changed();
  }

  function say(text, isWrong = false) {
    note.textContent = text;
    note.classList.toggle("filter-wrong", isWrong);
    if (isWrong) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  function add(value) {
    put(value);
    input.value = "";
    split.hidden = true;
    say("");
    list?.close();
    changed();
    return true;
  }

  // What was typed, once it is meant: true when nothing is left in the box. Enter may be faster than the suggestions,
  // so where only a suggestion can be meant they are waited for.
  async function takeTyped() {
    const typed = input.value.trim();
    if (!typed) return true;
    if (list && (options.strict || options.choosy)) {
      const found = await list.ask(typed);
      if (input.value.trim() !== typed) return false; // somebody went on typing
      const isNamed = ({ label, value, name }) => [label, value, name ?? label].some((text) => fold(text) === fold(typed));
      const meant = found.find(isNamed) ?? (found.length === 1 ? found[0] : undefined);
      if (meant) return add(meant.value);
      if (options.strict || found.length) {
        say(options.texts.choose, true); // a part of several: which one is meant?
        return false;
      }
    }
    const value = options.parse(typed);
    if (value === undefined || value === "") {
      say(options.texts.invalid, true);
      return false;
    }
    return add(value);
  }

  // FIL-5. What is no value of this field (a word among numbers) stays in the box, to be seen and mended.
  function splitTyped() {
    const terms = input.value.split(SEPARATORS).filter(Boolean);
    const left = terms.filter((term) => options.parse(term) === undefined);
    const added = terms.map(options.parse).filter((value) => value !== undefined).filter(put).length;
    input.value = left.join(" ");
    split.hidden = true;
    list?.close();
    changed();
    if (left.length) say(options.texts.invalid, true);
    else say(words(added === terms.length ? options.texts.splitDone : options.texts.splitDropped, { n: number(added), dropped: number(terms.length - added) }));
    input.focus();
  }

  // All values as text, one a line: to look through, to mend, to copy. Searching takes them over as "Done" does.
  let applyText = null;
  function editAsText() {
    const area = make("textarea", { className: "chip-text", value: values.join("\n"), rows: 8, spellcheck: false, "aria-label": options.label });
    const done = make("button", { type: "button", className: "btn btn-sm" }, options.texts.done);
    const editor = make("div", { className: "chip-editor" }, area, done);
    applyText = () => {
      const lines = area.value.split("\n").map((line) => line.trim()).filter(Boolean);
      const wrong = lines.filter((line) => options.parse(line) === undefined);
      say(wrong.length ? options.texts.invalid : "", wrong.length > 0);
      if (wrong.length) return false;
      applyText = null;
      editor.replaceWith(box);
      replaceAll(lines.map(options.parse));
      return true;
    };
    const close = () => applyText() && input.focus();
    done.addEventListener("click", close);
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      close();
    });
    more.hidden = none.hidden = true;
    box.replaceWith(editor);
    area.focus();
  }

  function walk(event) {
    const removes = [...box.querySelectorAll(".chip-remove")];
    const at = removes.indexOf(document.activeElement);
    if (event.key === "ArrowLeft") (removes[at - 1] ?? removes[0])?.focus();
    else if (event.key === "ArrowRight") (removes[at + 1] ?? input).focus();
    else if (event.key === "Delete" || event.key === "Backspace") removes[at].click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  box.addEventListener("keydown", (event) => {
    if (event.target.matches(".chip-remove")) return walk(event);
    if (event.target !== input || event.isComposing) return; // a Korean or Japanese word is still being made
    const atStart = input.selectionStart === 0 && input.selectionEnd === 0;
    if (list?.handle(event)) return;
    if (event.key === "Enter" && input.value.trim() && !event.ctrlKey && !event.metaKey) takeTyped();
    else if (event.key === "ArrowLeft" && atStart && values.length) [...box.querySelectorAll(".chip-remove")].at(-1)?.focus();
    else if (event.key === "Backspace" && !input.value && values.length) {
      removeAt(values.length - 1);
      input.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("input", () => {
    split.hidden = options.strict || !SEPARATORS.test(input.value.trim());
    say("");
    list?.typed();
  });
  input.addEventListener("paste", (event) => {
    // A box of one line drops the ends of lines, which are what separates the terms.
    const pasted = event.clipboardData?.getData("text") ?? "";
    if (options.strict || !/[\n\t]/.test(pasted.trim())) return;
    event.preventDefault();
    input.setRangeText(pasted.trim().replace(/\s*[\r\n\t]+\s*/g, ", "), input.selectionStart, input.selectionEnd, "end");
    split.hidden = false;
    list?.close();
  });
  box.addEventListener("focusout", (event) => {
    if (event.target !== input || box.contains(event.relatedTarget)) return; // to the split button, to a chip
    list?.close();
    takeTyped();
  });
  split.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus in the box
  split.addEventListener("click", splitTyped);
  more.addEventListener("click", editAsText);
  none.addEventListener("click", () => {
    replaceAll([]);
    input.focus();
  });
  box.addEventListener("click", (event) => {
    if (event.target === box) input.focus();
  });
  show();

  /** Marks the values at these places as wrong. */
  function mark(places) {
    for (const [at, chip] of [...box.querySelectorAll(".chip")].entries()) chip.classList.toggle("chip-wrong", places.includes(at));
  }

  return { element, input, mark, settle: async () => (applyText?.() ?? true) && takeTyped() };
}
