// [data-tag-picker]: choose tags by search, several; make one that does not exist, where that is allowed.
// What is chosen stands as chips with hidden inputs named "tags"; options come from data-options-url as JSON.
// Works for pickers that come into the page later (a panel, a menu), for it listens at the document.

const controllers = new WeakMap();

function parts(picker) {
  return {
    search: picker.querySelector("input[type=search]"),
    options: picker.querySelector("[role=listbox]"),
    chosen: picker.querySelector(".tag-picker-chosen"),
    none: picker.querySelector(".tag-picker-none"),
  };
}

const same = (a, b) => a.normalize("NFKC").toLowerCase().trim() === b.normalize("NFKC").toLowerCase().trim();

function chosenNames(picker) {
  return [...picker.querySelectorAll('input[name="tags"]')].map((input) => input.value);
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

function chip(tag) {
  const element = document.createElement("span");
  element.className = "tag-chip";
  if (tag.color) element.dataset.color = tag.color;
  const name = document.createElement("span");
  name.textContent = tag.name;
  element.append(name);
  return element;
}

function option(picker, tag, isNew) {
  const item = document.createElement("li");
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.id = `${picker.id}-${isNew ? "new" : tag.id}`;
  item.dataset.name = tag.name;
  if (tag.color) item.dataset.tagColor = tag.color;
  if (isNew) {
    item.className = "tag-picker-new";
    const words = document.createElement("span");
    words.textContent = picker.dataset.createLabel.replace("{tag}", tag.name);
    item.append(icon("plus"), words);
  } else {
    item.append(chip(tag));
  }
  return item;
}

async function load(picker) {
  const { search, options, none } = parts(picker);
  controllers.get(picker)?.abort();
  const controller = new AbortController();
  controllers.set(picker, controller);
  const typed = search.value.trim();
  let tags;
  try {
    const answer = await fetch(`${picker.dataset.optionsUrl}?${new URLSearchParams({ q: typed })}`, {
      headers: { Accept: "application/json" },
      signal: controller.signal,
    });
    if (!answer.ok) return;
    ({ tags } = await answer.json());
  } catch {
    return; // typed on, or gone; the next key asks again
  }
  const taken = chosenNames(picker);
  const open = tags.filter((tag) => !taken.some((name) => same(name, tag.name)));
  const exists = [...tags.map((tag) => tag.name), ...taken].some((name) => same(name, typed));
  options.replaceChildren(...open.map((tag) => option(picker, tag, false)));
  if (typed && !exists && "mayCreate" in picker.dataset) options.append(option(picker, { name: typed }, true));
  options.hidden = !options.children.length;
  search.setAttribute("aria-expanded", String(!options.hidden));
  search.removeAttribute("aria-activedescendant");
  if (none) none.hidden = Boolean(options.children.length) || !typed || exists;
}

function choose(picker, item) {
  const { search, options, chosen } = parts(picker);
  const element = chip({ name: item.dataset.name, color: item.dataset.tagColor });
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = "tags";
  input.value = item.dataset.name;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "chip-remove";
  remove.setAttribute("aria-label", picker.dataset.removeLabel.replace("{tag}", item.dataset.name));
  remove.append(icon("close"));
  element.append(input, remove);
  chosen.append(element);
  item.remove();
  options.hidden = !options.children.length;
  search.value = "";
  search.focus();
  load(picker);
  picker.dispatchEvent(new Event("change", { bubbles: true }));
}

function take(picker, element) {
  element.remove();
  load(picker);
  picker.dispatchEvent(new Event("change", { bubbles: true }));
}

function mark(picker, step) {
  const { search, options } = parts(picker);
  const all = [...options.children];
  if (!all.length) return;
  const now = all.findIndex((item) => item.getAttribute("aria-selected") === "true");
  const next = all[(now + step + all.length + (now < 0 && step < 0 ? 1 : 0)) % all.length];
  for (const item of all) item.setAttribute("aria-selected", String(item === next));
  search.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("focusin", (event) => {
  const picker = event.target.closest?.("[data-tag-picker]");
  if (picker && event.target.matches("input[type=search]")) load(picker);
});

document.addEventListener("input", (event) => {
  const picker = event.target.closest?.("[data-tag-picker]");
  if (picker && event.target.matches("input[type=search]")) load(picker);
});

document.addEventListener("click", (event) => {
  const picker = event.target.closest?.("[data-tag-picker]");
  if (!picker) return;
  const item = event.target.closest("[role=option]");
  if (item) choose(picker, item);
  const remove = event.target.closest(".chip-remove");
  if (remove) take(picker, remove.closest(".tag-chip"));
});

document.addEventListener("keydown", (event) => {
  const picker = event.target.closest?.("[data-tag-picker]");
  if (!picker || !event.target.matches("input[type=search]") || event.isComposing) return;
  const { options, chosen } = parts(picker);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    mark(picker, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    // Enter chooses; with nothing typed and nothing marked it sends the form.
    const marked = options.querySelector('[aria-selected="true"]');
    const item = marked ?? (event.target.value.trim() ? options.firstElementChild : null);
    if (item || event.target.value.trim()) event.preventDefault();
    if (item) choose(picker, item);
  } else if (event.key === "Backspace" && !event.target.value && chosen.lastElementChild) {
    take(picker, chosen.lastElementChild);
  } else if (event.key === "Escape" && event.target.value) {
    event.preventDefault();
    event.stopPropagation();
    event.target.value = "";
    load(picker);
  }
});
