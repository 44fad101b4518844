// Small behaviours of page content, by attribute:
//   [data-color]            a tag chip or swatch takes its colour (a style attribute would break the CSP)
//   [data-copy="text"]      copies; [data-copy-from="id"] copies the text of an element
//   [data-print]            prints the page
//   [data-autosubmit]       a control that sends its form when changed
//   [data-reveal="id"]      shows a masked value
//   form[data-guard]        asks before changes are lost
//   table[data-selectable]  tick all, count what is ticked, show the selection bar

const COLOR = /^#[0-9a-f]{6}$/i;

function paint(scope) {
  for (const element of scope.querySelectorAll("[data-color]")) {
    if (COLOR.test(element.dataset.color)) element.style.setProperty("--tag", element.dataset.color);
  }
}

paint(document);
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) if (node instanceof Element) paint(node.parentElement ?? node);
  }
}).observe(document.body, { childList: true, subtree: true });

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy], [data-copy-from]");
  if (!button) return;
  const text = button.dataset.copy ?? document.getElementById(button.dataset.copyFrom)?.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text.trim());
    document.dispatchEvent(new CustomEvent("toast", { detail: { level: "success", text: button.dataset.copied } }));
  } catch {
    // No clipboard without https: select it, so that Ctrl-C does it.
    const from = document.getElementById(button.dataset.copyFrom);
    if (from) getSelection()?.selectAllChildren(from);
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) print();
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-autosubmit]")) event.target.form?.requestSubmit();
});

// --- a form sent twice by an impatient finger is sent once ---
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "noBusy" in form.dataset) return;
  form.removeAttribute("data-changed");
  const button = event.submitter;
  if (!button) return;
  if (button.getAttribute("aria-busy") === "true") return event.preventDefault();
  button.setAttribute("aria-busy", "true");
  setTimeout(() => button.removeAttribute("aria-busy"), 8000);
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return; // back again by the browser's button: nothing is on its way any more
  for (const button of document.querySelectorAll('[aria-busy="true"]')) button.removeAttribute("aria-busy");
});

// --- changes that were not saved ---
for (const form of document.querySelectorAll("form[data-guard]")) {
  form.addEventListener("input", () => form.setAttribute("data-changed", ""));
}
addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-guard][data-changed]")) event.preventDefault();
});

// --- the first field in error is where to go on ---
const wrong = document.querySelector(".field-errors :is(input, select, textarea):not([type=hidden])");
wrong?.focus({ preventScroll: false });

// --- lists with ticks ---
for (const table of document.querySelectorAll("table[data-selectable]")) {
  const all = table.querySelector("thead input[type=checkbox]");
  const ticks = [...table.querySelectorAll("tbody input[type=checkbox]")];
  const bar = document.getElementById(table.dataset.selectable);
  const update = () => {
    const count = ticks.filter((tick) => tick.checked).length;
    if (all) {
      all.checked = count > 0 && count === ticks.length;
      all.indeterminate = count > 0 && count < ticks.length;
    }
    if (!bar) return;
    bar.hidden = count === 0;
    const words = bar.querySelector("[data-selected-count]");
    if (words) words.textContent = words.dataset.selectedCount.replace("{n}", count.toLocaleString(document.documentElement.lang));
  };
  all?.addEventListener("change", () => {
    for (const tick of ticks) tick.checked = all.checked;
    update();
  });
  let last = null;
  for (const tick of ticks) {
    tick.addEventListener("click", (event) => {
      if (event.shiftKey && last) {
        const [from, to] = [ticks.indexOf(last), ticks.indexOf(tick)].sort((a, b) => a - b);
        for (const between of ticks.slice(from, to + 1)) between.checked = tick.checked;
      }
      last = tick;
      update();
    });
  }
  bar?.querySelector("[data-clear-selection]")?.addEventListener("click", () => {
    for (const tick of ticks) tick.checked = false;
    update();
  });
  update();
}
