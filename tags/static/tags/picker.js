// [data-tag-picker]: choose tags by search, several; make one that does not exist, with its colour, where allowed.
// What is chosen stands as chips with hidden inputs named "tags"; options come from data-options-url as JSON. Ticked
// options stay in the list. Works for pickers that come into the page later (a panel, a menu): it listens at the
// document.
//
// Keys in the search: arrows mark, Enter or Space tick what is marked, Enter ticks the first that was found, Backspace
// takes the last chip off, Escape empties the search; Enter in an empty search and Ctrl+Enter send the form.

const controllers = new WeakMap();
const within = (picker, part) => picker.querySelector(`.tag-picker-${part}`);
const searchOf = (picker) => picker.querySelector("input[type=search]");
const pickerOf = (element) => element.closest?.("[data-tag-picker]");

const folded = (name) => name.normalize("NFKC").toLowerCase().normalize("NFKC").replace(/\s*\/\s*/g, "/").trim();
const same = (a, b) => folded(a) === folded(b);
const chips = (picker) => [...within(picker, "chosen").querySelectorAll(".tag-chip")];
const nameOf = (chip) => chip.querySelector("input[name=tags]").value;
const chipOf = (picker, name) => chips(picker).find((chip) => same(nameOf(chip), name));
const isFull = (picker) => !("single" in picker.dataset) && chips(picker).length >= Number(picker.dataset.most);

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

function element(kind, className, text = "") {
  const made = document.createElement(kind);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

/** The tag as it is shown everywhere; the levels above the last one step back. */
function chip({ name, color }) {
  const made = element("span", "tag-chip");
  if (color) made.dataset.color = color;
  made.title = name;
  const words = element("span", "");
  const levels = name.split("/");
  if (levels.length > 1) words.append(element("span", "tag-above", `${levels.slice(0, -1).join("/")}/`));
  words.append(levels.at(-1));
  made.append(words);
  return made;
}

function option(picker, tag, isNew) {
  const item = element("li", isNew ? "tag-picker-new" : "");
  item.setAttribute("role", "option");
  item.id = `${picker.id}-${isNew ? "new" : tag.id}`;
  item.dataset.name = tag.name;
  if (tag.color) item.dataset.tagColor = tag.color;
  const mark = element("span", "tag-picker-tick");
  mark.append(icon(isNew ? "plus" : "check"));
  item.append(mark, isNew ? element("span", "", picker.dataset.createLabel.replace("{tag}", tag.name)) : chip(tag));
  return item;
}

// --- what is offered ---
async function load(picker) {
  const search = searchOf(picker);
  controllers.get(picker)?.abort();
  const controller = new AbortController();
  controllers.set(picker, controller);
  const typed = search.value.trim();
  let answer;
  try {
    const response = await fetch(`${picker.dataset.optionsUrl}?${new URLSearchParams({ q: typed })}`, {
      headers: { Accept: "application/json" },
      signal: controller.signal,
    });
    if (!response.ok) return;
    answer = await response.json();
  } catch {
    return; // typed on, or gone; the next key asks again
  }
  const tags = answer.tags.filter((tag) => tag.name !== picker.dataset.without);
  const exists = [...tags.map((tag) => tag.name), ...chips(picker).map(nameOf)].some((name) => same(name, typed));
  const creates = Boolean(typed) && !exists && "createUrl" in picker.dataset;
  const list = within(picker, "options");
  const kept = marked(picker)?.id; // whoever was quicker than the answer stays where the arrow was
  list.replaceChildren(...tags.map((tag) => option(picker, tag, false)));
  if (creates) list.append(option(picker, { name: typed }, true));
  within(picker, "none").hidden = Boolean(list.children.length) || !typed;
  within(picker, "more").hidden = !answer.more;
  const colors = within(picker, "colors");
  if (colors) colors.hidden = !creates;
  list.hidden = !list.children.length;
  search.setAttribute("aria-expanded", String(!list.hidden));
  mark(picker, [...list.children].find((item) => item.id === kept) ?? null);
  tick(picker);
  picker.dataset.found = typed;
  if ("pressed" in picker.dataset) pick(picker, list.firstElementChild);
}

/** Says which of the options are ticked, and that there is no room for more. */
function tick(picker) {
  const full = isFull(picker);
  for (const item of within(picker, "options").children) {
    const ticked = Boolean(chipOf(picker, item.dataset.name));
    item.setAttribute("aria-selected", String(ticked));
    item.toggleAttribute("aria-disabled", false);
    if (full && !ticked) item.setAttribute("aria-disabled", "true");
  }
  within(picker, "limit").hidden = !full;
}

function mark(picker, item) {
  for (const other of within(picker, "options").children) other.toggleAttribute("data-marked", other === item);
  if (!item) return searchOf(picker).removeAttribute("aria-activedescendant");
  searchOf(picker).setAttribute("aria-activedescendant", item.id);
  item.scrollIntoView({ block: "nearest" });
}

const marked = (picker) => within(picker, "options").querySelector("[data-marked]");

function step(picker, by) {
  const all = [...within(picker, "options").children];
  if (!all.length) return;
  const now = all.indexOf(marked(picker));
  mark(picker, all[(now + by + all.length + (now < 0 && by < 0 ? 1 : 0)) % all.length]);
}

// --- what is chosen ---
function add(picker, tag) {
  if (chipOf(picker, tag.name)) return null;
  if ("single" in picker.dataset) within(picker, "chosen").replaceChildren();
  if (isFull(picker)) return null;
  const made = chip(tag);
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = "tags";
  input.value = tag.name;
  const remove = element("button", "chip-remove");
  remove.type = "button";
  remove.setAttribute("aria-label", picker.dataset.removeLabel.replace("{tag}", tag.name));
  remove.append(icon("close"));
  made.append(input, remove);
  within(picker, "chosen").append(made);
  changed(picker);
  return made;
}

function take(picker, chosen) {
  chosen.remove();
  changed(picker);
}

function changed(picker) {
  problem(picker, "");
  tick(picker);
  picker.dispatchEvent(new Event("change", { bubbles: true }));
}

function problem(picker, words) {
  const place = within(picker, "problem");
  place.textContent = words;
  place.hidden = !words;
}

function toggle(picker, item) {
  if (!item || item.getAttribute("aria-disabled") === "true") return;
  const name = item.dataset.name;
  const chosen = chipOf(picker, name);
  if (item.classList.contains("tag-picker-new")) create(picker, name);
  else if (chosen) take(picker, chosen);
  else add(picker, { name, color: item.dataset.tagColor });
  // Ready for the next: what was typed is replaced by what is typed now, and the found ones stay.
  const search = searchOf(picker);
  search.focus();
  search.select();
}

/** Enter: the first that was found, as soon as what was typed has been looked for. */
function pick(picker, item) {
  const search = searchOf(picker);
  delete picker.dataset.pressed;
  if (picker.dataset.found !== search.value.trim()) {
    picker.dataset.pressed = "";
    return;
  }
  toggle(picker, item);
  if (!item) return;
  search.value = "";
  load(picker);
}

/** The chip stands at once, so that the form can be sent; it goes again when the server refuses the name. */
async function create(picker, name) {
  const color = within(picker, "colors").querySelector("input:checked")?.value;
  const made = add(picker, { name, color });
  if (!made) return;
  within(picker, "colors").hidden = true;
  searchOf(picker).value = "";
  let answer = {};
  try {
    const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
    const response = await fetch(picker.dataset.createUrl, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token },
      body: new URLSearchParams({ name, color }),
    });
    answer = await response.json();
  } catch {
    /* the form makes it when it is sent, and tells what is wrong with it */
  }
  if (answer.problem && made.isConnected) {
    take(picker, made);
    problem(picker, answer.problem);
  }
  load(picker);
}

// --- listening ---
for (const name of ["focusin", "input"]) {
  document.addEventListener(name, (event) => {
    const picker = pickerOf(event.target);
    if (!picker || !event.target.matches("input[type=search]")) return;
    if (name === "input") {
      delete picker.dataset.pressed;
      mark(picker, null); // a space that follows belongs to what is typed
      problem(picker, "");
    }
    load(picker);
  });
}

document.addEventListener("click", (event) => {
  // A tag that the selected people carry, offered above the picker.
  const carried = event.target.closest?.("[data-pick]");
  if (carried) {
    const picker = carried.closest("form").querySelector("[data-tag-picker]");
    const chosen = chipOf(picker, carried.dataset.pick);
    if (chosen) take(picker, chosen);
    else add(picker, { name: carried.dataset.pick, color: carried.dataset.tagColor });
    return;
  }
  const picker = pickerOf(event.target);
  if (!picker) return;
  toggle(picker, event.target.closest("[role=option]"));
  const remove = event.target.closest(".chip-remove");
  if (remove) {
    take(picker, remove.closest(".tag-chip"));
    searchOf(picker).focus();
  }
});

document.addEventListener("change", (event) => {
  const picker = event.target.matches?.("[data-tag-picker]") ? event.target : null;
  for (const carried of picker?.closest("form")?.querySelectorAll("[data-pick]") ?? []) {
    carried.setAttribute("aria-pressed", String(Boolean(chipOf(picker, carried.dataset.pick))));
  }
});

document.addEventListener("keydown", (event) => {
  const picker = pickerOf(event.target);
  if (!picker || !event.target.matches("input[type=search]") || event.isComposing) return;
  const typed = event.target.value.trim();
  const now = marked(picker);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") step(picker, event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) picker.closest("form")?.requestSubmit();
  else if (event.key === "Enter" && now) toggle(picker, now);
  else if (event.key === "Enter" && typed) pick(picker, within(picker, "options").firstElementChild);
  else if (event.key === " " && now) toggle(picker, now);
  else if (event.key === "Backspace" && !event.target.value && chips(picker).length) take(picker, chips(picker).at(-1));
  else if (event.key === "Escape" && event.target.value) {
    event.stopPropagation();
    event.target.value = "";
    load(picker);
  } else return;
  event.preventDefault();
});

// Whoever was quicker than this script has typed already.
for (const picker of document.querySelectorAll("[data-tag-picker]")) {
  if (searchOf(picker)?.value || picker.contains(document.activeElement)) load(picker);
}
