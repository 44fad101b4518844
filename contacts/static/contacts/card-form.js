// A person's details edited in place, on the person's page and beside a conversation: known values offered (QUAL-3), the
// first field is where one begins, Escape leaves the form as it was.

/** The form that came with this swap, if one did. */
export function formOf(event) {
  const id = CSS.escape(event.detail.target?.id || "none");
  return document.querySelector(`#${id} [data-card-form], [data-card-form]#${id}`);
}

document.addEventListener("htmx:afterSettle", (event) => {
  for (const list of document.querySelectorAll("datalist[data-for]")) {
    document.getElementById(list.dataset.for)?.setAttribute("list", list.id);
  }
  const form = formOf(event);
  const first = form?.querySelector(".field-errors :is(input, select, textarea)") ?? form?.querySelector("input:not([type=hidden]), select, textarea");
  first?.focus();
});

// A known value chosen from the menu stands in its field; saving it refreshes it.
document.addEventListener("click", (event) => {
  const known = event.target.closest?.("[data-known]");
  if (!known) return;
  const field = document.getElementById(known.dataset.knownFor);
  field.value = known.dataset.known;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  known.closest("[popover]").hidePopover();
  field.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.key !== "Escape" || document.querySelector("dialog[open], :popover-open")) return;
  const editing = event.target.closest?.("[data-card-form]");
  if (!editing) return;
  event.preventDefault();
  editing.querySelector("[data-cancel]").click();
});
