// The searchable menu of fields, grouped: a popover beside its button.

import { make, words } from "./words.js";

const fold = (text) => text.normalize("NFKC").trim().toLocaleLowerCase();

/** chosen(field) is called with the field that was taken. Built when it opens: a builder may have many rows. */
export function fieldMenu({ id, catalogue, say, current, chosen }) {
  const menu = make("div", { className: "menu field-menu", popover: "auto", id, role: "dialog", "aria-label": say.wordFindField });
  const find = make("input", { type: "search", placeholder: say.wordFindField, autocomplete: "off", spellcheck: false, "aria-label": say.wordFindField });
  const list = make("div", { className: "field-menu-list" });
  menu.append(find, list);

  function itemOf(field, label = field.label) {
    const item = make("button", { type: "button", className: "menu-item", title: field.key, "aria-pressed": String(field.key === current) }, make("span", { className: "menu-text", textContent: label }));
    item.addEventListener("click", () => {
      menu.hidePopover();
      chosen(field);
    });
    return item;
  }

  function fill() {
    const typed = fold(find.value);
    const parts = [];
    for (const { name, label } of catalogue.groups) {
      const fields = [...catalogue.fields.values()].filter((one) => one.group === name && (!typed || fold(`${one.label} ${one.key}`).includes(typed)));
      if (fields.length) parts.push(make("div", { className: "menu-heading", textContent: label }), ...fields.map((field) => itemOf(field)));
    }
    // An event can be asked for before it first happened.
    const event = find.value.trim() && catalogue.fieldOf(`event.${find.value.trim()}`);
    if (event && !catalogue.fields.has(event.key)) parts.push(itemOf(event, words(say.wordEventNamed, { name: event.label })));
    list.replaceChildren(...(parts.length ? parts : [make("p", { className: "menu-heading", textContent: say.wordNothing })]));
    if (typed) best()?.classList.add("menu-best");
  }

  // Enter takes what was meant: the field of exactly that name, else one that begins so, else the first.
  function best() {
    const typed = fold(find.value);
    const items = [...list.querySelectorAll(".menu-item")];
    const exact = items.find((item) => fold(item.textContent) === typed || fold(item.title) === typed);
    return exact ?? items.find((item) => fold(item.textContent).startsWith(typed)) ?? items[0];
  }

  find.addEventListener("input", fill);
  find.addEventListener("keydown", (event) => {
    if (event.isComposing || !["ArrowDown", "Enter"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") best()?.click();
    else list.querySelector(".menu-item")?.focus();
  });
  menu.addEventListener("beforetoggle", (event) => {
    find.value = "";
    if (event.newState === "open") fill();
    else list.replaceChildren();
  });
  return menu;
}
