// An action on the selected people: its form, what it would do, the job it begins (contacts/admin/actions_panel.py).
// list.js owns the selection and says what it is; this module sends it along and keeps a preview only as long as it
// is about the people who are selected.

const EVERY = 1_000;
const place = () => document.getElementById("action-place");
const preview = () => document.getElementById("action-preview");
const buttons = () => [...document.querySelectorAll("#selection-panel [data-action]")];

let chosen = ""; // the selection that the page shows, written out

export function closeAction() {
  place()?.replaceChildren();
  for (const button of buttons()) button.setAttribute("aria-expanded", "false");
}

/** Back to the form, which still holds what was entered. */
function back() {
  preview()?.replaceChildren();
  place()?.querySelector(":is(input:not([type=hidden]), select, textarea, button)")?.focus();
}

/** The list says who is selected now: a preview of others is taken away. */
export function selectionIs(written) {
  if (written !== chosen && preview()?.querySelector("[data-preview]")) preview().replaceChildren();
  chosen = written;
}

export function wireActions({ selectionData, takeNew, reload }) {
  // The action that is open is closed by pressing it again: before htmx asks for its form once more.
  document.addEventListener(
    "click",
    (event) => {
      const open = event.target.closest?.('#selection-panel [data-action][aria-expanded="true"]');
      if (!open) return;
      event.stopPropagation();
      closeAction();
    },
    true,
  );
  document.addEventListener("click", (event) => {
    const action = event.target.closest?.("#selection-panel [data-action]");
    if (action) for (const button of buttons()) button.setAttribute("aria-expanded", String(button === action));
    if (event.target.closest?.("[data-action-back]")) back();
    if (event.target.closest?.("[data-action-close]")) closeAction();
    const again = event.target.closest?.("[data-take-new]");
    if (again) {
      again.closest(".callout").remove();
      back();
      takeNew(Number(again.dataset.takeNew));
    }
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches?.("[data-action-form]")) return;
    const { selection, expected } = selectionData();
    event.detail.parameters.selection = JSON.stringify(selection);
    event.detail.parameters.expectedCount = JSON.stringify(expected);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id === "action-place") {
      event.detail.target.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    }
    if (event.detail.target?.id === "action-preview") event.detail.target.querySelector("[data-focus]")?.focus();
  });

  document.addEventListener("action-done", () => {
    // After the other events of this answer: they are sent from the form, which is gone then.
    setTimeout(() => {
      closeAction();
      reload();
    });
  });
  document.addEventListener("people-changed", () => setTimeout(reload));

  setInterval(() => {
    const live = document.querySelector("[data-action-live]");
    if (live && document.visibilityState === "visible") window.htmx.trigger(live, "look");
  }, EVERY);
}
