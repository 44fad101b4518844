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

// --- counts that cost a query: asked once the page is on screen, the last answer shown meanwhile ---
const nav = document.querySelector("[data-counts-url]");
const late = nav ? [...nav.querySelectorAll("[data-late-count]")] : [];

function showCounts(counts) {
  for (const place of late) {
    const count = counts[place.closest("a").getAttribute("href")];
    place.textContent = typeof count === "number" ? count.toLocaleString(root.lang) : "";
  }
}

if (late.length) {
  const key = `counts:${nav.dataset.site}`; // by site: another site's numbers must never flash up
  try {
    showCounts(JSON.parse(sessionStorage.getItem(key) || "{}"));
  } catch {
    /* a browser without storage shows them a moment later */
  }
  fetch(nav.dataset.countsUrl, { headers: { Accept: "application/json" } })
    .then((response) => (response.ok ? response.json() : Promise.reject(response)))
    .then(({ counts }) => {
      showCounts(counts);
      sessionStorage.setItem(key, JSON.stringify(counts));
    })
    .catch(() => {});
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
