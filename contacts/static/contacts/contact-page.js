// A person's page: tags, the timeline's filter, the way back to the list. Details are edited by card-form.js.

import { formOf } from "./card-form.js";

// --- a tag that came or went is in the timeline too ---
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "contact-tags") loadTimeline();
});

// --- what was saved is in the timeline too ---
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.requestConfig?.verb === "post" && event.detail.xhr?.status === 200 && !formOf(event)) loadTimeline();
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.key !== "Escape" || document.querySelector("dialog[open], :popover-open")) return;
  if (!event.target.matches?.("input, select, textarea")) document.querySelector("[data-back]")?.click();
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

// --- the hold: its dialog closes when it is placed; the line below the head asks for itself ---
document.addEventListener("retention-changed", () => document.getElementById("hold-dialog")?.close());
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "hold-dialog") return;
  (event.detail.target.querySelector("[aria-invalid=true]") ?? event.detail.target.querySelector("[name=reason]"))?.focus();
});
