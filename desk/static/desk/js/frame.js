// The frame: sidebar, drawer on a phone, counts that come late, appearance, keys. Nothing here knows a page.

const root = document.documentElement;

/** Headers of a post from a script: the token that htmx uses too. */
function headers() {
  return { ...JSON.parse(document.body.getAttribute("hx-headers") || "{}"), Accept: "application/json" };
}

function post(url, values) {
  return fetch(url, { method: "POST", headers: headers(), body: new URLSearchParams(values) });
}

// --- sidebar: open or closed, remembered for the operator on every machine ---
for (const button of document.querySelectorAll("[data-sidebar-toggle]")) {
  const show = () => button.setAttribute("aria-expanded", String(root.dataset.sidebar !== "closed"));
  show();
  button.addEventListener("click", () => {
    root.dataset.sidebar = root.dataset.sidebar === "closed" ? "open" : "closed";
    show();
    post(button.dataset.url, { name: "sidebar", value: root.dataset.sidebar }).catch(() => {});
  });
}

// --- drawer: the sidebar on a phone ---
const page = document.querySelector(".page");
const opener = document.querySelector("[data-drawer-open]");

function drawer(open) {
  root.dataset.drawer = open ? "open" : "";
  opener?.setAttribute("aria-expanded", String(open));
  if (page) page.inert = open;
  if (open) document.querySelector(".drawer-close")?.focus();
  else opener?.focus();
}

opener?.addEventListener("click", () => drawer(true));
for (const element of document.querySelectorAll("[data-drawer-close]")) {
  element.addEventListener("click", () => drawer(false));
}
matchMedia("(min-width: 761px)").addEventListener("change", (event) => {
  if (event.matches && root.dataset.drawer === "open") drawer(false);
});

// A line says its own words on hover: of a closed sidebar they are all that tells what the drawing stands for.
for (const link of document.querySelectorAll(".nav-link:not([title])")) {
  link.title = link.querySelector(".nav-label").textContent;
}

// --- counts that cost a query: asked once the page is on screen, the last answer shown meanwhile; then, while somebody
// looks at the page, every minute. An old number says its age (data-old: its title, and a look of its own).
const nav = document.querySelector("[data-counts-url]");
const late = nav ? [...nav.querySelectorAll("[data-late-count]")] : [];
const EVERY = 60_000;
let asked = 0;

function showCounts(counts, ages = {}) {
  for (const place of late) {
    const link = place.closest("a");
    const url = link.getAttribute("href");
    if (!(url in counts)) continue;
    place.textContent = typeof counts[url] === "number" ? counts[url].toLocaleString(root.lang) : "";
    link.dataset.title ??= link.title;
    link.title = [link.dataset.title, ages[url]].filter(Boolean).join(" · ");
    place.toggleAttribute("data-old", Boolean(ages[url]));
  }
}

// How the operator stands: words on the menu's button, and which button of the menu is pressed. Known from the last page
// until the answer comes; a switch in the menu tells it at once.
function showMarks(marks) {
  for (const [name, { word, state }] of Object.entries(marks)) {
    const place = document.querySelector(`[data-mark="${name}"]`);
    if (!place) continue;
    place.textContent = ` · ${word}`;
    place.dataset.state = state;
    for (const button of document.querySelectorAll("#operator-menu [data-state]")) {
      button.setAttribute("aria-pressed", String(button.dataset.state === state));
    }
  }
}

function keepMarks(marks) {
  showMarks(marks);
  sessionStorage.setItem(`marks:${nav.dataset.site}`, JSON.stringify(marks));
}

document.addEventListener("marks", (event) => {
  const { elt, ...marks } = event.detail;
  keepMarks(marks);
});

function askCounts() {
  asked = Date.now();
  fetch(nav.dataset.countsUrl, { headers: { Accept: "application/json" } })
    .then((response) => (response.ok ? response.json() : Promise.reject(response)))
    .then(({ counts, ages, marks }) => {
      showCounts(counts, ages);
      keepMarks(marks);
      sessionStorage.setItem(`counts:${nav.dataset.site}`, JSON.stringify(counts));
    })
    .catch(() => {});
}

if (late.length) {
  try {
    // By site: another site's numbers must never flash up.
    showCounts(JSON.parse(sessionStorage.getItem(`counts:${nav.dataset.site}`) || "{}"));
    showMarks(JSON.parse(sessionStorage.getItem(`marks:${nav.dataset.site}`) || "{}"));
  } catch {
    /* a browser without storage shows them a moment later */
  }
  askCounts();
  setInterval(() => {
    if (document.visibilityState === "visible") askCounts();
  }, EVERY);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && Date.now() - asked > EVERY) askCounts();
  });
}

// --- appearance: changes at once, without leaving the page ---
for (const form of document.querySelectorAll("[data-theme-form]")) {
  form.addEventListener("submit", (event) => {
    if (!event.submitter?.value) return;
    event.preventDefault();
    root.dataset.theme = event.submitter.value;
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button === event.submitter));
    }
    post(form.action, { theme: event.submitter.value }).catch(() => {});
  });
}

// --- keys ---
function typing(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, select, textarea"));
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && root.dataset.drawer === "open") drawer(false);
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "/") {
    const field = document.querySelector("#quick-search");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  }
});

document.querySelector("#quick-search")?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.target.blur();
});
