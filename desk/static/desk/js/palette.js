// Ctrl-K: go to a person, a segment, a page. One question at a time: an answer that was overtaken is dropped.

const dialog = document.getElementById("palette");
const WAIT = 80; // milliseconds after the last key
const SVG = "http://www.w3.org/2000/svg";

if (dialog) {
  const input = dialog.querySelector("#palette-input");
  const list = dialog.querySelector("#palette-hits");
  const empty = dialog.querySelector("#palette-empty");
  const failed = dialog.querySelector("#palette-error");
  let asking = null;
  let timer = 0;
  let chosen = 0;

  const icon = (name) => {
    const svg = document.createElementNS(SVG, "svg");
    const use = document.createElementNS(SVG, "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
    svg.append(use);
    return svg;
  };

  const span = (className, text) => {
    const element = document.createElement("span");
    element.className = className;
    element.textContent = text;
    return element;
  };

  const choose = (index) => {
    const hits = [...list.children];
    if (!hits.length) return input.removeAttribute("aria-activedescendant");
    chosen = (index + hits.length) % hits.length;
    hits.forEach((hit, at) => hit.setAttribute("aria-selected", String(at === chosen)));
    hits[chosen].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", hits[chosen].id);
  };

  // Something to do rather than somewhere to go: its control is on every page, so nothing that was begun is lost.
  const press = (event, id) => {
    const control = id && document.getElementById(id);
    if (!control) return;
    event.preventDefault();
    dialog.close();
    control.click();
  };

  const show = (hits) => {
    list.replaceChildren(
      ...hits.map((hit, at) => {
        const line = document.createElement("a");
        line.className = "palette-hit";
        line.id = `palette-hit-${at}`;
        line.href = hit.url;
        line.tabIndex = -1;
        line.setAttribute("role", "option");
        line.append(icon(hit.icon), span("palette-label", hit.label), span("palette-detail", hit.detail));
        line.addEventListener("pointermove", () => chosen !== at && choose(at));
        line.addEventListener("click", (event) => press(event, hit.presses));
        return line;
      }),
    );
    empty.hidden = hits.length > 0;
    failed.hidden = true;
    choose(0);
  };

  const ask = async () => {
    asking?.abort();
    const mine = (asking = new AbortController());
    try {
      const response = await fetch(`${dialog.dataset.url}?${new URLSearchParams({ q: input.value })}`, {
        signal: mine.signal,
        headers: { Accept: "application/json" },
      });
      if (!response.ok) throw new Error(String(response.status));
      const { hits } = await response.json();
      if (mine === asking) show(hits);
    } catch (error) {
      if (mine !== asking || error.name === "AbortError") return;
      list.replaceChildren();
      empty.hidden = true;
      failed.hidden = false;
    }
  };

  const open = () => {
    if (dialog.open) return;
    for (const menu of document.querySelectorAll("[popover]:popover-open")) menu.hidePopover();
    dialog.showModal();
    input.value = "";
    ask();
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter ends a Hangul or Kana word first
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter") list.children[chosen]?.click();
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    asking?.abort();
    clearTimeout(timer);
  });
  for (const button of document.querySelectorAll("[data-palette-open]")) button.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (dialog.open) dialog.close();
      else if (!document.querySelector("dialog[open]")) open();
    }
  });
}
