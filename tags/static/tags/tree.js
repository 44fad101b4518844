// The management page of tags: levels that open and close, remembered by a cookie for these pages only, so that the
// server sends the lines as they were left; and the one menu of all lines.

const NAME = "closed-tag-levels";
const MOST = 300; // keys of nine letters: below what a browser keeps of a cookie

function closed() {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${NAME}=`));
  return new Set((found?.slice(NAME.length + 1) ?? "").split(".").filter(Boolean));
}

function remember(level, open) {
  const levels = closed();
  levels.delete(level);
  if (!open) levels.add(level);
  const kept = [...levels].slice(-MOST).join(".");
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${NAME}=${kept}; path=${location.pathname}; max-age=31536000; samesite=lax${secure}`;
}

/** Shows what hangs below an open level and hides what hangs below a closed one, down the table. */
function arrange(table) {
  const hiding = []; // depths of the closed levels above the present line
  for (const line of table.tBodies[0].rows) {
    const depth = Number(line.dataset.depth ?? 0);
    while (hiding.length && hiding.at(-1) >= depth) hiding.pop();
    if ("depth" in line.dataset) line.hidden = hiding.length > 0;
    if (line.querySelector('.tag-toggle[aria-expanded="false"]')) hiding.push(depth);
  }
}

document.addEventListener("click", (event) => {
  const toggle = event.target.closest?.(".tag-toggle");
  if (toggle) {
    const open = toggle.getAttribute("aria-expanded") !== "true";
    toggle.setAttribute("aria-expanded", String(open));
    remember(toggle.dataset.level, open);
    arrange(toggle.closest("table"));
  }
  const more = event.target.closest?.("[data-tag]");
  if (more) openMenu(more);
});

// Lines that come later, below a level that was closed meanwhile.
document.addEventListener("htmx:afterSwap", () => {
  const table = document.querySelector(".tag-tree");
  if (table) arrange(table);
});

// --- the menu ---
let opener = null;

function openMenu(button) {
  const menu = document.querySelector("[data-tag-menu]");
  for (const item of menu.querySelectorAll("[data-of-tag]")) item.href = `${button.dataset.tag}/${item.dataset.ofTag}/`;
  opener = button;
  menu.showPopover();
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const top = at.bottom + 6 + size.height <= innerHeight ? at.bottom + 6 : Math.max(8, at.top - 6 - size.height);
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
}

document.querySelector("[data-tag-menu]")?.addEventListener("toggle", (event) => {
  opener?.setAttribute("aria-expanded", String(event.newState === "open"));
  if (event.newState === "closed" && !document.activeElement?.matches("a, input")) opener?.focus();
});
