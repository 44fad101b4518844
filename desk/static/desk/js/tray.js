// JOB-3: the tray of background jobs, on every page. One small answer fills every [data-jobs-tray] of the page: asked when the
// page is there, every two seconds while something runs, every 30 else; never while nobody looks at the page.
// Another script that began something says so: document.dispatchEvent(new Event("jobs-changed")). When a job ends, the
// tray sends "job-ended" with {id, state}.

const words = document.getElementById("tray-words");
const trays = [...document.querySelectorAll("[data-jobs-tray]")];
const told = document.querySelector("[data-tray-told]");
const SVG = "http://www.w3.org/2000/svg";
const RUNNING = 2_000;
const RESTING = 30_000;
const MARKS = { success: "success", warning: "warning", danger: "error", neutral: "block", info: "clock", accent: "refresh" };

const storageKey = `jobs:${words?.dataset.site}:${words?.dataset.operator}`; // another site's must never flash up
let known = null; // the jobs of the last answer, by id
let timer;
let asking = false;
let failures = 0;

function drawing(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

function element(tag, className) {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

const named = (phrase, job) => phrase.replace("{job}", () => job.label);

// --- one row; rows are kept from answer to answer, so that focus stays where it is ---
function newRow(id) {
  const row = element("li", "tray-job");
  row.dataset.job = id;
  const link = element("a", "tray-label");
  const bar = document.createElement("progress");
  bar.max = 100;
  const more = element("a", "tray-more");
  row.append(element("span", "tray-mark"), link, element("span", "tray-buttons"), bar, element("p", "tray-status"), more);
  return row;
}

function fill(row, job) {
  const [mark, link, buttons, bar, status, more] = row.children;
  if (row.dataset.look !== job.look) {
    row.dataset.look = job.look;
    mark.replaceChildren(drawing(MARKS[job.look]));
  }
  link.href = job.url;
  link.textContent = job.label;
  link.title = job.label;
  bar.hidden = !job.open;
  bar.setAttribute("aria-label", job.label);
  if (job.percent === null) bar.removeAttribute("value");
  else bar.value = job.percent;
  more.hidden = !job.link;
  if (job.link) {
    more.href = job.link.url;
    more.textContent = job.link.label;
  }
  status.textContent = [job.status, job.by].filter(Boolean).join(" · ");
  const wanted = [job.cancel_url && "cancel", job.undo_url && "undo", job.dismiss_url && "dismiss"].filter(Boolean);
  if (buttons.dataset.shown === wanted.join()) return;
  buttons.dataset.shown = wanted.join();
  buttons.replaceChildren(...wanted.map((name) => button(name, job)));
}

function button(name, job) {
  const made = element("button", name === "undo" ? "btn btn-sm" : "btn btn-ghost btn-icon btn-sm");
  made.type = "button";
  made.dataset.tray = name;
  made.dataset.url = job[`${name}_url`];
  const phrase = { cancel: words.dataset.cancel, undo: words.dataset.undoTitle, dismiss: words.dataset.dismiss }[name];
  made.title = named(phrase, job);
  made.setAttribute("aria-label", named(phrase, job));
  if (name === "undo") made.textContent = words.dataset.undo;
  else made.append(drawing("close"));
  return made;
}

function show(jobs) {
  for (const tray of trays) {
    const list = tray.querySelector("[data-jobs-list]");
    const rows = new Map([...list.children].map((row) => [row.dataset.job, row]));
    jobs.forEach((job, place) => {
      const row = rows.get(job.id) ?? newRow(job.id);
      rows.delete(job.id);
      fill(row, job);
      if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    });
    for (const row of rows.values()) row.remove();
    tray.hidden = jobs.length === 0;
  }
  document.documentElement.toggleAttribute("data-jobs", jobs.length > 0);
}

/** The beginning and the end of a job are read out; how far it is can be read whenever one likes. */
function tell(jobs) {
  if (known) {
    for (const job of jobs) {
      const before = known.get(job.id);
      if (!before && job.open && !job.by) told.textContent = named(words.dataset.began, job);
      if (before?.open && !job.open) {
        told.textContent = `${job.label}: ${job.status}`;
        document.dispatchEvent(new CustomEvent("job-ended", { detail: { id: job.id, state: job.state } }));
      }
    }
  }
  known = new Map(jobs.map((job) => [job.id, job]));
}

// --- what was known is shown at once on the next page, so that nothing jumps ---
function keep(jobs) {
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(jobs));
  } catch {
    /* a browser without storage shows them a moment later */
  }
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey) || "[]");
  } catch {
    return [];
  }
}

// --- asking ---
async function ask() {
  clearTimeout(timer);
  if (asking || document.visibilityState !== "visible") return;
  asking = true;
  try {
    const response = await fetch(words.dataset.url, { headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) throw response;
    const { jobs } = await response.json();
    tell(jobs);
    show(jobs);
    keep(jobs);
    failures = 0;
  } catch {
    failures += 1; // a restarted server, a lost network: what was last known stays, and it is asked less often
  }
  asking = false;
  const running = known && [...known.values()].some((job) => job.open);
  timer = setTimeout(ask, failures ? Math.min(RESTING, RUNNING * 2 ** failures) : running ? RUNNING : RESTING);
}

document.addEventListener("visibilitychange", ask);
document.addEventListener("jobs-changed", () => setTimeout(ask)); // after the other events of that answer

// --- cancel, undo, dismiss ---
document.addEventListener("click", async (event) => {
  const pressed = event.target.closest?.("[data-tray][data-url]");
  if (!pressed || pressed.getAttribute("aria-busy") === "true") return;
  pressed.setAttribute("aria-busy", "true");
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers") || "{}"), Accept: "application/json" };
  let answer = { level: "error", text: words.dataset.failed };
  try {
    const response = await fetch(pressed.dataset.url, { method: "POST", headers });
    if (response.status === 204) answer = null;
    else if (response.ok) answer = await response.json();
  } catch {
    /* said below */
  }
  pressed.removeAttribute("aria-busy");
  if (answer) document.dispatchEvent(new CustomEvent("toast", { detail: answer }));
  if (pressed.dataset.tray !== "cancel" && answer?.level !== "error") leave(pressed.closest("li").dataset.job);
  ask();
});

/** Taken off at once; the next answer agrees. Focus goes on to the next row, or to the list of jobs. */
function leave(id) {
  for (const tray of trays) {
    const row = tray.querySelector(`[data-job="${CSS.escape(id)}"]`);
    if (!row) continue;
    const next = row.nextElementSibling ?? row.previousElementSibling;
    const focused = row.contains(document.activeElement);
    row.remove();
    if (focused) (next?.querySelector("button, a") ?? tray.querySelector(".tray-head")).focus();
    tray.hidden = !tray.querySelector("[data-job]");
  }
}

if (words) {
  show(kept());
  ask();
}
