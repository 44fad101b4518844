// The list of routing rules (CHAT-10): their order by dragging, and by the arrow keys at the handle. The server answers
// with the list as it is now; without this there are the buttons up and down.

const list = () => document.getElementById("routing-rules");
const rowOf = (element) => element?.closest?.("[data-rule]");
const rows = () => [...list().querySelectorAll("[data-rule]")];

let dragged = null;
let before = null; // the row it stood in front of

async function move(row, place) {
  const id = row.dataset.rule;
  await window.htmx.ajax("POST", row.dataset.moveUrl, { target: "#routing-rules", swap: "outerHTML", values: { place } });
  list()?.querySelector(`[data-rule="${CSS.escape(id)}"] [data-drag]`)?.focus({ focusVisible: true });
}

document.addEventListener("keydown", (event) => {
  const handle = event.target.closest?.("#routing-rules [data-drag]");
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!handle || !step) return;
  event.preventDefault();
  const all = rows();
  const place = all.indexOf(rowOf(handle)) + step;
  if (place >= 0 && place < all.length) move(rowOf(handle), place + 1);
});

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.("#routing-rules [data-drag]");
  if (!handle || event.button !== 0) return;
  event.preventDefault();
  handle.focus();
  dragged = rowOf(handle);
  before = dragged.nextElementSibling;
  dragged.classList.add("is-dragged");
  handle.setPointerCapture(event.pointerId);
});

document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const next = rows().find((row) => {
    const { top, height } = row.getBoundingClientRect();
    return row !== dragged && event.clientY < top + height / 2;
  });
  if (next) next.before(dragged);
  else rows().at(-1).after(dragged);
});

function drop(kept) {
  if (!dragged) return;
  const row = dragged;
  dragged = null;
  row.classList.remove("is-dragged");
  if (!kept) row.parentElement.insertBefore(row, before);
  else if (row.nextElementSibling !== before) move(row, rows().indexOf(row) + 1);
}

document.addEventListener("pointerup", () => drop(true));
document.addEventListener("pointercancel", () => drop(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && dragged) drop(false);
});
