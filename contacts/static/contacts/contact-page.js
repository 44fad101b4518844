// A person's page: known values offered while editing, tags, the timeline's filter, the way back to the list.

// --- a tag that came or went is in the timeline too ---
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "contact-tags") loadTimeline();
});

// --- edit in place: known values as a datalist of the field they belong to; the first field is where one begins ---
document.addEventListener("htmx:afterSettle", (event) => {
  for (const list of document.querySelectorAll("datalist[data-for]")) {
    document.getElementById(list.dataset.for)?.setAttribute("list", list.id);
  }
  const form = document.querySelector(`#${CSS.escape(event.detail.target?.id || "none")} [data-card-form], [data-card-form]#${CSS.escape(event.detail.target?.id || "none")}`);
  const first = form?.querySelector(".field-errors :is(input, select, textarea)") ?? form?.querySelector("input:not([type=hidden]), select, textarea");
  first?.focus();
  if (event.detail.requestConfig?.verb === "post" && event.detail.xhr?.status === 200 && !form) loadTimeline();
});
// QUAL-3: a known value chosen from the menu stands in its field; saving it refreshes it.
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
  if (editing) editing.querySelector("[data-cancel]").click();
  else if (!event.target.matches?.("input, select, textarea")) document.querySelector("[data-back]")?.click();
});

// --- timeline: one or several kinds; none chosen means all ---
const timeline = document.getElementById("timeline");

function loadTimeline() {
  const types = [...document.querySelectorAll("[data-timeline-type][aria-pressed=true]")].map((chip) => ["type", chip.dataset.timelineType]);
  const query = new URLSearchParams(types);
  window.htmx.ajax("GET", `${timeline.dataset.url}${types.length ? `?${query}` : ""}`, { target: "#timeline", swap: "innerHTML" });
}

document.addEventListener("click", (event) => {
  const chip = event.target.closest?.("[data-timeline-type]");
  if (chip) {
    chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    loadTimeline();
  }
  const back = event.target.closest?.("[data-back]");
  if (!back) return;
  try {
    const list = JSON.parse(sessionStorage.getItem("list") || "null");
    if (list) {
      event.preventDefault();
      location.assign(list.url);
    }
  } catch {
    /* the plain link leads to the list */
  }
});
document.addEventListener("timeline-changed", loadTimeline);
