// LOOK-5: what the company's own system knows of the customer. In the panel the tab fills itself as soon as the panel is
// there, line by line of one answer: first its frame with a waiting box for each lookup, then each box as it comes. Who
// goes on to another chat hangs up. By hand: the forms of the panel and of a person's page; what is typed stays.
// What comes is made by the server, where every value is text; here nothing of it is read but where it belongs.

const MOST_TRIES = 100; // while all places of the server are taken
const runs = new WeakMap(); // of each place in the page: what is on its way for it

const wait = (seconds, signal) =>
  new Promise((done, left) => {
    const timer = setTimeout(done, seconds * 1000);
    signal.addEventListener("abort", () => (clearTimeout(timer), left(signal.reason)), { once: true });
  });

function parsed(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  return made.content;
}

const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
const send = (url, body, signal) => fetch(url, { method: "POST", headers: { "X-CSRFToken": token() }, body, signal });
const broken = (place) => (place.querySelector("template[data-lookup-broken]") ?? document.querySelector("template[data-lookup-broken]")).content.cloneNode(true);

/** Each line of the answer as it comes, as an object. */
async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const all = (rest + (value ?? "")).split("\n");
    rest = all.pop();
    for (const line of all) yield JSON.parse(line);
    if (done) return;
  }
}

// --- by themselves ---
const tabOf = (place) => document.getElementById(place.closest("[role=tabpanel]")?.getAttribute("aria-labelledby"));

function begin(place) {
  const run = new AbortController();
  runs.set(place, run);
  place.dataset.lookupsBegun = "";
  listen(place, run.signal).catch((error) => {
    if (run.signal.aborted) return;
    fail(place);
    if (!(error instanceof TypeError)) throw error; // a TypeError is the network's: that was said just now
  });
}

/** Until every box is there. */
async function listen(place, signal) {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const boxes = place.querySelector("[data-lookup-waiting]");
    const response = await send(place.dataset.url, new URLSearchParams(boxes ? { boxes: "1" } : {}), signal);
    if (!response.ok || response.redirected) return fail(place);
    let again = 0;
    let whole = false;
    for await (const line of lines(response)) {
      if (signal.aborted) return;
      if (line.frame !== undefined) frame(place, line.frame);
      if (line.box !== undefined) box(place, line);
      if (line.again) again = line.again;
      if (line.end) whole = true;
    }
    if (whole) return over(place);
    if (!again) return fail(place);
    await wait(again, signal);
  }
  fail(place);
}

function frame(place, html) {
  const to = place.querySelector("[data-lookup-frame]");
  to.replaceChildren(parsed(html));
  to.classList.remove("stack-sm");
  to.removeAttribute("aria-busy");
  place.lookupsAll = to.querySelectorAll("[data-lookup-waiting]").length;
  place.lookupsOk = 0;
}

function box(place, { box: id, html, ok, filled }) {
  const waiting = place.querySelector(`[data-lookup-waiting][data-lookup-box="${CSS.escape(id)}"]`);
  if (!waiting) return;
  waiting.replaceWith(parsed(html));
  if (ok) count(place, ++place.lookupsOk);
  if (filled) tellFilled(place);
  const left = place.querySelectorAll("[data-lookup-waiting]").length;
  const words = place.dataset.answered.replace("{n}", place.lookupsAll - left).replace("{all}", place.lookupsAll);
  place.querySelector("[data-lookup-news]").textContent = words;
}

/** How many have found something, on the tab, for whoever has another one open. */
function count(place, n) {
  const tab = tabOf(place);
  if (!tab) return;
  const mark = tab.querySelector(".count") ?? tab.appendChild(Object.assign(document.createElement("span"), { className: "count" }));
  mark.textContent = n;
}

/** A lookup that was switched off meanwhile gives no box. */
function over(place) {
  for (const one of place.querySelectorAll("[data-lookup-waiting]")) one.remove();
}

function fail(place) {
  const lost = [...place.querySelectorAll("[data-lookup-waiting]")];
  for (const one of lost) {
    one.hidden = true;
    one.removeAttribute("aria-busy");
  }
  if (lost.length) return lost[0].parentElement.prepend(broken(place));
  const to = place.querySelector("[data-lookup-frame]");
  to.removeAttribute("aria-busy");
  to.replaceChildren(broken(place));
}

/** What is there stays; what did not come waits once more. */
function tryAgain(place) {
  for (const one of place.querySelectorAll("[role=alert]")) if (!one.closest("form")) one.remove();
  for (const one of place.querySelectorAll("[data-lookup-waiting]")) {
    one.hidden = false;
    one.setAttribute("aria-busy", "true");
  }
  begin(place);
}

/** The desk's other parts show the person too. */
function tellFilled(place) {
  const { chat, contact } = place.dataset;
  if (chat) document.dispatchEvent(new CustomEvent("chats:event", { detail: { kind: "contact", chat, contact } }));
}

// --- by hand ---
document.addEventListener("submit", async (event) => {
  const form = event.target.closest?.("[data-lookup-form]");
  if (!form) return;
  event.preventDefault();
  runs.get(form)?.abort();
  const run = new AbortController();
  runs.set(form, run);
  const result = form.querySelector("[data-lookup-result]");
  const button = form.querySelector("button[type=submit]");
  form.setAttribute("aria-busy", "true");
  button.disabled = true;
  result.replaceChildren(document.querySelector("template[data-lookup-asking]")?.content.cloneNode(true) ?? "");
  const place = form.closest("[data-lookups]");
  try {
    const response = await asked(form, run.signal);
    const html = response.ok || response.status === 422 ? await response.text() : null;
    if (run.signal.aborted) return;
    result.replaceChildren(html === null || response.redirected ? broken(place) : parsed(html));
    if (response.headers.get("X-Lookup-Filled")) tellFilled(place);
  } catch (error) {
    if (run.signal.aborted) return;
    result.replaceChildren(broken(place));
  } finally {
    if (runs.get(form) === run) {
      form.removeAttribute("aria-busy");
      button.disabled = false;
    }
  }
});

/** The answer; while all places of the server are taken, it is asked again. */
async function asked(form, signal) {
  for (let tries = 1; ; tries++) {
    const response = await send(form.action, new FormData(form), signal);
    if (response.status !== 503 || tries === MOST_TRIES) return response;
    await wait(Number(response.headers.get("Retry-After")) || 1, signal);
  }
}

document.addEventListener("click", (event) => {
  const again = event.target.closest?.("[data-lookup-again]");
  if (!again) return;
  const form = again.closest("[data-lookup-form]");
  if (form) form.requestSubmit();
  else tryAgain(again.closest("[data-lookups]"));
});

// --- coming and going ---
let here = new Set();

function look() {
  const now = new Set(document.querySelectorAll("[data-lookups], [data-lookup-form]"));
  for (const gone of here) if (!now.has(gone)) runs.get(gone)?.abort();
  here = now;
  for (const place of now) if (place.dataset.url && !("lookupsBegun" in place.dataset)) begin(place);
}

document.addEventListener("htmx:load", look);
document.addEventListener("htmx:afterSwap", look);
look();
