// What is offered below a text box while somebody types. One question at a time: the one before is dropped.

import { make } from "./words.js";

const WAIT = 120; // milliseconds after the last letter
let serial = 0;

/** options: {suggest(typed, signal) -> Promise<[{value, label}]>, taken(value), take(value), label, texts, strict}. */
export function suggestionList(input, options) {
  const id = `suggestions-${++serial}`;
  const list = make("ul", { id, className: "suggestions", role: "listbox", popover: "manual", "aria-label": options.label });
  input.after(list);
  input.setAttribute("aria-controls", id);
  let found = [];
  let chosen = -1;
  let timer = 0;
  let question = null; // {text, answer: Promise, abort}

  const isOpen = () => list.matches(":popover-open");

  // The list stands over the page; what it belongs to may scroll away under it, or be taken out of the page.
  function follow(event) {
    if (!input.isConnected) close();
    else if (!list.contains(event.target)) place();
  }

  function close() {
    clearTimeout(timer);
    document.removeEventListener("scroll", follow, { capture: true });
    if (isOpen()) list.hidePopover();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    chosen = -1;
  }

  /** What is offered for the text, without what was taken already; the same question is not asked twice. */
  function ask(text) {
    if (question?.text !== text) {
      question?.abort.abort();
      const abort = new AbortController();
      question = { text, abort, answer: options.suggest(text, abort.signal).catch(() => []) };
    }
    return question.answer.then((answer) => answer.filter((one) => !options.taken(one.value)));
  }

  async function offer() {
    const text = input.value.trim();
    const answer = await ask(text);
    if (input.value.trim() !== text || document.activeElement !== input) return; // overtaken, or left
    show(answer);
  }

  function show(answer) {
    const kept = found[chosen]?.value; // who goes on typing while the arrow stands on something still means that
    found = answer;
    chosen = -1;
    list.replaceChildren(...found.map(optionOf));
    if (!found.length) list.append(make("li", { className: "muted", role: "option", "aria-disabled": "true", textContent: options.texts.nothing }));
    open();
    const place = kept === undefined ? -1 : found.findIndex((one) => one.value === kept);
    if (place >= 0) mark(place);
  }

  function optionOf(one, place) {
    const option = make("li", { id: `${id}-${place}`, role: "option", textContent: one.label, "aria-selected": "false" });
    option.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus in the box
    option.addEventListener("click", () => {
      options.take(one.value);
      question = null;
      offer();
    });
    return option;
  }

  function open() {
    if (!found.length && !(options.strict && input.value)) return close();
    if (!isOpen()) {
      list.showPopover();
      document.addEventListener("scroll", follow, { capture: true, passive: true });
    }
    input.setAttribute("aria-expanded", "true");
    place();
  }

  function place() {
    const at = (input.closest(".chip-input") ?? input).getBoundingClientRect();
    list.style.width = `${Math.max(at.width, 200)}px`;
    const below = innerHeight - at.bottom > Math.min(list.offsetHeight, 280) + 8;
    list.style.top = below ? `${at.bottom + 4}px` : `${Math.max(8, at.top - list.offsetHeight - 4)}px`;
    list.style.left = `${Math.max(8, Math.min(at.left, innerWidth - list.offsetWidth - 8))}px`;
  }

  function mark(place) {
    chosen = place;
    for (const [at, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(at === chosen));
    input.setAttribute("aria-activedescendant", `${id}-${chosen}`);
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    if (!isOpen()) return offer();
    if (found.length) mark(chosen < 0 && step < 0 ? found.length - 1 : (chosen + step + found.length) % found.length);
  }

  /** Keys that are the list's; true when it took one. */
  function handle(event) {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter" && chosen >= 0 && isOpen()) {
      options.take(found[chosen].value);
      question = null;
    } else if (event.key === "Escape" && isOpen()) close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  function typed() {
    clearTimeout(timer);
    timer = setTimeout(offer, WAIT);
  }

  input.addEventListener("focus", offer);
  return { ask, close, handle, typed };
}
