// The rows of a lookup's editor (LOOK-2): added, removed, moved and put back in the page, so nothing typed is lost.
// A row carries its key in a hidden field: the order in which the form sends the keys is the order of the rows.
//   [data-items="query"]       a list; its template is #new-query, its buttons carry the same name
//   [data-item-name="…"]       what the heading of a row says while its first field is empty

const form = document.getElementById("page-form");
let made = 0;

const listOf = (name) => form.querySelector(`[data-items="${name}"]`);
const removed = {}; // the row of each list that went last, and what it stood before

function told() {
  form.dispatchEvent(new Event("input")); // the page asks before changes are lost
}

/** The first row cannot go up, the last one not down, a full list takes no more; headings say what the rows are. */
function settle(list) {
  const rows = [...list.children];
  rows.forEach((row, place) => {
    row.querySelector('[data-move="up"]').disabled = place === 0;
    row.querySelector('[data-move="down"]').disabled = place === rows.length - 1;
    const heading = row.querySelector("[data-item-name]");
    if (heading) heading.textContent = row.querySelector("[data-names-item]").value.trim() || heading.dataset.itemName;
  });
  const name = list.dataset.items;
  form.querySelector(`[data-none="${name}"]`).hidden = rows.length > 0;
  form.querySelector(`[data-add="${name}"]`).disabled = rows.length >= Number(list.dataset.most);
  form.querySelector(`[data-put-back="${name}"]`).hidden = !removed[name] || rows.length >= Number(list.dataset.most);
}

function add(name) {
  const list = listOf(name);
  made += 1;
  const html = document.getElementById(`new-${name}`).innerHTML.replaceAll("__key__", `n${made}${Date.now().toString(36)}`);
  list.insertAdjacentHTML("beforeend", html);
  settle(list);
  told();
  list.lastElementChild.querySelector("[data-names-item]").focus();
}

function remove(row) {
  const list = row.parentElement;
  const name = list.dataset.items;
  const next = row.nextElementSibling;
  removed[name] = { row, next };
  row.remove();
  settle(list);
  told();
  form.querySelector(`[data-put-back="${name}"]`).focus();
}

function putBack(name) {
  const list = listOf(name);
  const { row, next } = removed[name];
  delete removed[name];
  list.insertBefore(row, next?.parentElement === list ? next : null);
  settle(list);
  told();
  row.querySelector("[data-names-item]").focus();
}

function move(button) {
  const row = button.closest("[data-item]");
  if (button.dataset.move === "up") row.previousElementSibling.before(row);
  else row.nextElementSibling.after(row);
  settle(row.parentElement);
  told();
  // A moved element loses the focus; at the end of the list its button is off and the other one leads back.
  (button.disabled ? row.querySelector("[data-move]:not(:disabled)") : button)?.focus();
}

form.addEventListener("click", ({ target }) => {
  const button = target.closest("button[type=button]");
  if (!button) return;
  if (button.dataset.add) add(button.dataset.add);
  else if (button.dataset.putBack) putBack(button.dataset.putBack);
  else if (button.dataset.move) move(button);
  else if ("remove" in button.dataset) remove(button.closest("[data-item]"));
});
form.addEventListener("input", ({ target }) => {
  if (target.matches?.("[data-names-item]")) settle(target.closest("[data-items]"));
});
for (const list of form.querySelectorAll("[data-items]")) settle(list);
