// Several values in one control: chips, a text box, and suggestions below it. Used by the filter builder.
// A combobox for screen readers: arrows move, Enter takes, Backspace takes the last chip away, Escape closes.

import { icon, make, words } from "./words.js";

const SEPARATORS = /[\s,，、､]+/u; // FIL-5, as contacts/filters/values.py splits
let serial = 0;

/**
 * options: {values, labelOf(value), suggest(typed) -> Promise<[{value, label}]> or null, strict, parse(text) -> value or
 * undefined, label, texts, changed(values)}; strict: only what is suggested may be taken.
 */
export function chipInput(options) {
  const id = `chips-${++serial}`;
  const values = [...options.values];
  const input = make("input", { type: "text", autocomplete: "off", spellcheck: false, maxLength: 100000, role: "combobox", "aria-label": options.label, "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "list" });
  const list = make("ul", { id: `${id}-list`, className: "suggestions", role: "listbox", popover: "manual", "aria-label": options.label });
  const split = make("button", { type: "button", className: "btn btn-sm chip-split", hidden: true }, options.texts.split);
  const box = make("div", { className: "chip-input" }, input, split, list);
  let found = [];
  let chosen = -1;
  let asked = 0;

  function show() {
    for (const chip of box.querySelectorAll(".chip")) chip.remove();
    for (const value of values) {
      const label = options.labelOf(value);
      const remove = make("button", { type: "button", className: "chip-remove", "aria-label": words(options.texts.removeValue, { value: label }) }, icon("close"));
      remove.addEventListener("click", () => {
        values.splice(values.indexOf(value), 1);
        changed();
        input.focus();
      });
      input.before(make("span", { className: "chip", title: label }, make("span", { className: "truncate", textContent: label }), remove));
    }
    input.placeholder = values.length ? "" : options.texts.addValue;
  }

  function changed() {
    show();
    options.changed([...values]);
  }

  function take(text) {
    const value = options.parse(text);
    if (value === undefined || value === "") return false;
    if (!values.includes(value)) values.push(value);
    input.value = "";
    close();
    changed();
    return true;
  }

  function takeTyped() {
    const typed = input.value.trim();
    if (!typed) return false;
    if (!options.strict) return take(typed);
    const exact = found.find((one) => one.label.toLocaleLowerCase() === typed.toLocaleLowerCase());
    return exact ? take(exact.value) : false;
  }

  function splitTyped() {
    const terms = input.value.split(SEPARATORS).filter(Boolean);
    input.value = "";
    for (const term of terms) {
      const value = options.parse(term);
      if (value !== undefined && !values.includes(value)) values.push(value);
    }
    split.hidden = true;
    close();
    changed();
  }

  function close() {
    if (list.matches(":popover-open")) list.hidePopover();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    chosen = -1;
  }

  function open() {
    if (!found.length && !(options.strict && input.value)) return close();
    const at = box.getBoundingClientRect();
    if (!list.matches(":popover-open")) list.showPopover();
    list.style.width = `${Math.max(at.width, 200)}px`;
    const below = innerHeight - at.bottom > Math.min(list.offsetHeight, 280) + 8;
    list.style.top = below ? `${at.bottom + 4}px` : `${Math.max(8, at.top - list.offsetHeight - 4)}px`;
    list.style.left = `${Math.min(at.left, innerWidth - list.offsetWidth - 8)}px`;
    input.setAttribute("aria-expanded", "true");
  }

  async function suggest() {
    if (!options.suggest) return;
    const mine = ++asked;
    const answer = await options.suggest(input.value.trim());
    if (mine !== asked || document.activeElement !== input) return; // overtaken, or left
    const kept = found[chosen]?.value; // who goes on typing while the arrow stands on something still means that
    found = answer.filter((one) => !values.includes(one.value));
    chosen = -1;
    list.replaceChildren(
      ...found.map((one, place) => {
        const option = make("li", { id: `${id}-${place}`, role: "option", textContent: one.label, "aria-selected": "false" });
        option.addEventListener("pointerdown", (event) => {
          event.preventDefault(); // keeps the focus in the box
          take(one.value);
          suggest();
        });
        return option;
      }),
    );
    if (!found.length) list.append(make("li", { className: "muted", textContent: options.texts.nothing }));
    open();
    const place = found.findIndex((one) => one.value === kept);
    if (kept !== undefined && place >= 0) mark(place);
  }

  function move(step) {
    if (!list.matches(":popover-open")) return suggest();
    mark((chosen + step + found.length) % found.length);
  }

  function mark(place) {
    chosen = place;
    for (const [place, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(place === chosen));
    input.setAttribute("aria-activedescendant", `${id}-${chosen}`);
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  }

  input.addEventListener("input", () => {
    split.hidden = options.strict || !SEPARATORS.test(input.value.trim());
    suggest();
  });
  input.addEventListener("focus", suggest);
  input.addEventListener("blur", () => {
    takeTyped();
    close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // a Korean or Japanese word is still being made
    if (event.key === "ArrowDown" && found.length) move(1);
    else if (event.key === "ArrowUp" && found.length) move(-1);
    else if (event.key === "Enter" && chosen >= 0) take(found[chosen].value);
    else if (event.key === "Enter" && input.value.trim()) takeTyped();
    else if (event.key === "Escape" && list.matches(":popover-open")) close();
    else if (event.key === "Backspace" && !input.value && values.length) {
      values.pop();
      changed();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  split.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    splitTyped();
  });
  split.addEventListener("click", splitTyped);
  box.addEventListener("click", (event) => {
    if (event.target === box) input.focus();
  });
  show();
  return { element: box, input, settle: takeTyped };
}
