// The columns of an import: each has a searchable menu of fields. What is chosen goes to the server with the form.

import { fieldMenu } from "./field-menu.js";

const told = document.getElementById("import-catalogue");
const { groups } = JSON.parse(told.dataset.catalogue);
const fields = new Map();
for (const [place, group] of groups.entries()) {
  for (const field of group.fields) fields.set(field.key, { ...field, group: place });
}
const catalogue = { groups: groups.map(({ label }, name) => ({ name, label })), fields, fieldOf: () => null };
const say = { wordFindField: told.dataset.wordFind, wordNothing: told.dataset.wordNothing };

function build() {
  for (const button of document.querySelectorAll("[data-field-button]")) {
    if (document.getElementById(button.getAttribute("popovertarget"))) continue;
    const value = button.parentElement.querySelector("[data-field-value]");
    const chosen = (field) => {
      if (value.value === field.key) return;
      value.value = field.key;
      button.querySelector(".menu-text").textContent = field.label;
      value.dispatchEvent(new Event("change", { bubbles: true }));
    };
    button.after(fieldMenu({ id: button.getAttribute("popovertarget"), catalogue, say, current: value.value, chosen }));
    // The page comes with buttons that do nothing yet.
    button.disabled = false;
  }
}

document.addEventListener("htmx:afterSwap", build);
build();

// An answer replaces the form, and with it a menu that was opened while it was on its way. It waits until the menu is
// closed; if something was chosen there, the answer to that takes its place.
let waiting = null;
const isForm = (event) => event.detail.target?.id === "columns-form";
document.addEventListener("htmx:beforeRequest", (event) => {
  if (isForm(event)) waiting = null;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isForm(event) || !event.detail.shouldSwap || !document.querySelector(".field-menu:popover-open")) return;
  event.detail.shouldSwap = false;
  waiting = event.detail.serverResponse;
});
document.addEventListener("toggle", (event) => {
  if (waiting === null || event.newState !== "closed" || !event.target.matches?.(".field-menu")) return;
  // One menu may have closed because the next one was opened.
  if (document.querySelector(".field-menu:popover-open")) return;
  const answer = waiting;
  waiting = null;
  window.htmx.swap("#columns-form", answer, { swapStyle: "outerHTML" });
}, true);

// The search in a menu is not a change of the form.
document.addEventListener("change", (event) => {
  if (event.target.closest?.(".field-menu")) event.stopPropagation();
}, true);

// Enter means the button beside the box, not the form's first one.
document.getElementById("mapping-name")?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  document.getElementById("mapping-save").click();
});
