// CHAT-4: writing: answers and memos, drafts kept per room, files with progress, saved answers by "/".
//
// An answer leaves the composer at once and stands in the conversation until the server has it. Answers of a room leave
// one after the other, each under its own name: however often one is tried again, it is said once. What is refused comes
// back with the reason; what could not be sent stays, also over a reload, until it is tried again or thrown away.

const TYPING_FOR = 6_000;
const SAID_EVERY = 4_000;
let tools;
let mine = "";
let chat = "";
let typed = 0;
let told = 0;
const files = new Map(); // chat → what is attached to its draft
const queues = new Map(); // chat → the sending that is under way

const $ = (id) => document.getElementById(id);
const form = () => $("composer");
const text = () => $("composer-text");
const mode = () => form().dataset.mode;

// --- what is kept on this machine, for this operator ---
function stored(store, key, fallback) {
  try {
    return JSON.parse(store.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

function keep(store, key, value) {
  try {
    if (value === null) store.removeItem(key);
    else store.setItem(key, JSON.stringify(value));
  } catch {
    /* a browser without storage keeps it while the page is open */
  }
}

const draftKey = (of) => `draft:${mine}:${of}`;
const outboxKey = () => `outbox:${mine}`;
const outbox = () => stored(sessionStorage, outboxKey(), []);
const inOutbox = (client) => outbox().find((entry) => entry.client === client);

function putOut(entry) {
  keep(sessionStorage, outboxKey(), [...outbox().filter(({ client }) => client !== entry.client), entry]);
}

function takeOut(client) {
  keep(sessionStorage, outboxKey(), outbox().filter((entry) => entry.client !== client));
}

function keepDraft() {
  if (!form() || !chat) return;
  const draft = stored(localStorage, draftKey(chat), {});
  draft[mode()] = text().value;
  draft.mode = mode();
  draft.files = attached().filter(({ id }) => id).map(({ id, name }) => ({ id, name }));
  const empty = !draft.message && !draft.memo && !draft.files.length;
  keep(localStorage, draftKey(chat), empty ? null : draft);
}

// --- the box ---
function word(name) {
  return form().dataset[`word${name}`];
}

function problem(words = "") {
  const place = $("composer-problem");
  place.textContent = words;
  place.hidden = !words;
}

function fit() {
  if (CSS.supports("field-sizing", "content")) return;
  text().style.height = "auto";
  text().style.height = `${text().scrollHeight}px`;
}

function count() {
  const most = Number(mode() === "memo" ? form().dataset.maxMemo : form().dataset.maxText);
  const over = [...text().value.trim()].length - most;
  const place = $("composer-count");
  place.toggleAttribute("data-over", over > 0);
  place.textContent = over > 0 ? word("TooLong").replace("{n}", over.toLocaleString(document.documentElement.lang)) : "";
  return over > 0;
}

function showMode(wanted, { load = true } = {}) {
  if (load && wanted !== mode()) {
    keepDraft();
    text().value = stored(localStorage, draftKey(chat), {})[wanted] ?? "";
  }
  form().dataset.mode = wanted;
  for (const tab of form().querySelectorAll("[data-mode]")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.mode === wanted));
  }
  const [label, hint] = wanted === "memo" ? ["labelMemo", "hintMemo"] : ["labelMessage", "hintMessage"];
  text().setAttribute("aria-label", text().dataset[label]);
  text().placeholder = text().dataset[hint];
  const send = form().querySelector("[data-send-word]");
  send.textContent = wanted === "memo" ? send.dataset.wordMemo : send.dataset.wordMessage;
  showClosed();
  closeAnswers();
  problem();
  count();
  fit();
}

function showClosed() {
  const closed = "closed" in form().dataset;
  $("composer-closed").hidden = !closed;
  const mute = closed && mode() === "message";
  text().disabled = mute;
  for (const control of form().querySelectorAll(".composer-foot button")) control.disabled = mute;
}

// --- sending ---
function newName() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function send() {
  if (!form() || text().disabled) return;
  problem();
  const words = text().value.trim();
  if (count()) return;
  if (mode() === "memo") {
    if (words) await sendMemo(words);
    return;
  }
  const ready = attached();
  if (!words && !ready.length) return;
  if (ready.some(({ failed }) => failed)) return problem(word("FileFailed"));
  if (ready.some(({ id }) => !id)) return problem(word("Uploading"));
  const entry = {
    chat,
    client: newName(),
    text: words,
    files: ready.map(({ id, name }) => ({ id, name })),
    url: form().dataset.sayUrl,
  };
  files.delete(chat);
  showFiles();
  text().value = "";
  typed = 0;
  keepDraft();
  fit();
  putOut(entry);
  show(entry);
  tools.toEnd();
  queue(entry);
}

function queue(entry) {
  const before = queues.get(entry.chat) ?? Promise.resolve();
  queues.set(entry.chat, before.then(() => deliver(entry)));
}

async function deliver(entry) {
  const body = new URLSearchParams({ text: entry.text, clientId: entry.client });
  for (const { id } of entry.files) body.append("attachment", id);
  try {
    const response = await fetch(entry.url, { method: "POST", headers: tools.headers(), body });
    if (response.status === 422) return refused(entry, (await response.json()).message);
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    takeOut(entry.client);
    tools.sent(entry.chat, entry.client, await response.text());
    tools.refresh(entry.chat);
  } catch {
    fail(entry, word("Offline"));
  }
  return undefined;
}

function refused(entry, reason) {
  const open = chat === entry.chat && form();
  if (open && !text().value && mode() === "message") {
    takeOut(entry.client);
    line(entry.client)?.remove();
    text().value = entry.text;
    files.set(chat, entry.files.map((file) => ({ ...file })));
    showFiles();
    keepDraft();
    fit();
    problem(reason);
  } else fail(entry, reason);
}

async function sendMemo(words) {
  const from = chat;
  const button = $("composer-send");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams({ text: words });
    const response = await fetch(form().dataset.memoUrl, { method: "POST", headers: tools.headers(), body });
    if (response.status === 422) return problem((await response.json()).message);
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    const html = await response.text();
    if (chat === from) {
      if (text().value.trim() === words) text().value = "";
      keepDraft();
      fit();
      tools.sent(from, null, html);
    } else {
      const draft = stored(localStorage, draftKey(from), {});
      keep(localStorage, draftKey(from), { ...draft, memo: "" });
    }
  } catch {
    problem(word("Offline"));
  } finally {
    button.removeAttribute("aria-busy");
  }
  return undefined;
}

// --- a line that is on its way ---
const line = (client) => $("items")?.querySelector(`[data-client="${CSS.escape(client)}"]`);

function show(entry) {
  if (chat !== entry.chat || line(entry.client)) return;
  const item = document.createElement("li");
  item.className = "message message-operator is-sending";
  item.dataset.client = entry.client;
  const meta = document.createElement("p");
  meta.className = "message-meta";
  meta.textContent = word("You");
  const row = document.createElement("div");
  row.className = "message-row";
  if (entry.text) {
    const bubble = document.createElement("div");
    bubble.className = "bubble";
    bubble.dir = "auto";
    bubble.textContent = entry.text;
    row.append(bubble);
  }
  if (entry.files.length) {
    const cards = document.createElement("ul");
    cards.className = "files";
    for (const { name } of entry.files) {
      const card = document.createElement("li");
      card.className = "file-card";
      card.textContent = name;
      cards.append(card);
    }
    row.append(cards);
  }
  const side = document.createElement("span");
  side.className = "message-side";
  side.textContent = word("Sending");
  row.append(side);
  item.append(meta, row);
  tools.append(item);
}

function fail(entry, reason) {
  putOut({ ...entry, failed: reason });
  const item = line(entry.client);
  if (!item || chat !== entry.chat) return;
  item.classList.remove("is-sending");
  item.classList.add("is-failed");
  item.querySelector(".message-side").textContent = "";
  item.querySelector(".message-failed")?.remove();
  const end = document.createElement("p");
  end.className = "message-failed";
  end.setAttribute("role", "alert");
  end.append(`${word("Failed")}: ${reason} `);
  for (const [name, act] of [
    [word("Again"), () => retry(entry, item)],
    [word("Discard"), () => (takeOut(entry.client), item.remove())],
  ]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm";
    button.textContent = name;
    button.addEventListener("click", act);
    end.append(button);
  }
  item.append(end);
  if (item === $("items").lastElementChild) tools.toEnd();
}

function retry(entry, item) {
  const { failed, ...fresh } = inOutbox(entry.client) ?? entry;
  item.classList.add("is-sending");
  item.classList.remove("is-failed");
  item.querySelector(".message-failed")?.remove();
  item.querySelector(".message-side").textContent = word("Sending");
  putOut(fresh);
  queue(fresh);
}

function pending(of) {
  for (const entry of outbox().filter((one) => one.chat === of)) {
    show(entry);
    // What a reload cut off was sent or not; under its own name it is said once in any case.
    if (!entry.failed && !queues.has(of)) queue(entry);
    else if (entry.failed) fail(entry, entry.failed);
  }
}

// --- files ---
function attached() {
  return files.get(chat) ?? [];
}

function attach(list) {
  if (text().disabled || mode() === "memo") return;
  problem();
  for (const file of list) {
    const entry = { name: file.name, progress: 0 };
    files.set(chat, [...attached(), entry]);
    upload(entry, file, chat);
  }
  showFiles();
}

function upload(entry, file, of) {
  const request = new XMLHttpRequest();
  entry.request = request;
  request.open("POST", form().dataset.attachUrl);
  for (const [name, value] of Object.entries(tools.headers())) request.setRequestHeader(name, value);
  request.responseType = "json";
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    entry.progress = total ? loaded / total : 0;
    if (entry.bar) entry.bar.value = entry.progress;
  });
  request.addEventListener("load", () => {
    if (request.status === 201 && request.response?.id) entry.id = request.response.id;
    else entry.failed = request.response?.message || word("Offline");
    uploaded(of);
  });
  request.addEventListener("error", () => {
    entry.failed = word("Offline");
    uploaded(of);
  });
  const data = new FormData();
  data.append("file", file);
  request.send(data);
}

function uploaded(of) {
  if (of !== chat || !form()) return;
  showFiles();
  keepDraft();
}

function showFiles() {
  $("composer-files").replaceChildren(
    ...attached().map((entry) => {
      const card = document.createElement("li");
      card.className = "composer-file";
      card.toggleAttribute("data-failed", Boolean(entry.failed));
      const name = document.createElement("span");
      name.textContent = entry.name;
      name.title = entry.name;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "chip-remove";
      remove.textContent = "×";
      remove.setAttribute("aria-label", word("Remove").replace("{name}", entry.name));
      remove.addEventListener("click", () => {
        entry.request?.abort();
        files.set(chat, attached().filter((one) => one !== entry));
        showFiles();
        keepDraft();
        text().focus();
      });
      const mark = document.createElement("span");
      mark.textContent = entry.failed ? "!" : "";
      card.append(mark, name, remove);
      if (entry.failed) {
        const reason = document.createElement("small");
        reason.setAttribute("role", "alert");
        reason.textContent = entry.failed;
        card.append(reason);
      } else if (!entry.id) {
        entry.bar = document.createElement("progress");
        entry.bar.max = 1;
        entry.bar.value = entry.progress;
        entry.bar.setAttribute("aria-label", entry.name);
        card.append(entry.bar);
      }
      return card;
    }),
  );
}

// --- saved answers ---
let asked = 0;
let chosen = 0;

function openAnswers() {
  const box = $("answers");
  if (!box || text().disabled || mode() === "memo") return;
  box.hidden = false;
  form().querySelector("[data-open-answers]").setAttribute("aria-expanded", "true");
  $("answers-search").value = "";
  $("answers-search").focus();
  askAnswers();
}

function closeAnswers({ focus = false } = {}) {
  const box = $("answers");
  if (!box || box.hidden) return;
  box.hidden = true;
  form().querySelector("[data-open-answers]").setAttribute("aria-expanded", "false");
  if (focus) text().focus();
}

async function askAnswers() {
  const turn = ++asked;
  const url = `${form().dataset.answersUrl}?${new URLSearchParams({ q: $("answers-search").value })}`;
  try {
    const response = await fetch(url, { headers: tools.headers() });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    const html = await response.text();
    if (turn !== asked || !$("answers-place")) return;
    $("answers-place").replaceChildren(tools.parsed(html));
    choose(0);
  } catch {
    if (turn === asked) problem(word("Offline"));
  }
}

function choose(at) {
  const all = [...document.querySelectorAll("#answers-list .answer")];
  if (!all.length) return $("answers-search").removeAttribute("aria-activedescendant");
  chosen = (at + all.length) % all.length;
  all.forEach((answer, place) => answer.setAttribute("aria-selected", String(place === chosen)));
  all[chosen].scrollIntoView({ block: "nearest" });
  $("answers-search").setAttribute("aria-activedescendant", all[chosen].id);
  return undefined;
}

function insert(answer) {
  if (!answer) return;
  closeAnswers({ focus: true });
  const field = text();
  field.setRangeText(answer.dataset.text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// --- keys and pointers ---
function onKey(event) {
  if (event.target.id === "answers-search") return onAnswerKey(event);
  if (event.target.id !== "composer-text") return undefined;
  // Enter that ends a Hangul or Kana word sends nothing; Safari says it only by its number.
  if (event.isComposing || event.keyCode === 229) return undefined;
  if (event.key === "/" && !text().value && mode() === "message" && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    return openAnswers();
  }
  if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    return send();
  }
  return undefined;
}

function onAnswerKey(event) {
  if (event.isComposing) return undefined;
  const act = {
    ArrowDown: () => choose(chosen + 1),
    ArrowUp: () => choose(chosen - 1),
    Enter: () => insert(document.querySelector('#answers-list .answer[aria-selected="true"]')),
    Escape: () => closeAnswers({ focus: true }),
  }[event.key];
  if (!act) return undefined;
  event.preventDefault();
  return act();
}

let searching = 0;
function onInput(event) {
  if (event.target.id === "answers-search") {
    clearTimeout(searching);
    searching = setTimeout(askAnswers, 120);
  }
  if (event.target.id !== "composer-text") return;
  keepDraft();
  count();
  fit();
  if (mode() !== "message" || !text().value) return;
  typed = Date.now();
  if (typed - told > SAID_EVERY) {
    told = typed;
    tools.signOfLife();
  }
  setTimeout(() => {
    if (told && !composer.typing()) {
      told = 0;
      tools.signOfLife();
    }
  }, TYPING_FOR + 100);
}

function onClick(event) {
  const at = (selector) => event.target.closest?.(selector);
  if (!form()) return;
  const tab = at("#composer .composer-tabs [data-mode]");
  if (tab) {
    showMode(tab.dataset.mode);
    keepDraft();
    text().focus();
  } else if (at("[data-choose-file]")) $("composer-file").click();
  else if (at("[data-open-answers]")) {
    if ($("answers").hidden) openAnswers();
    else closeAnswers({ focus: true });
  } else if (at("#answers-list .answer")) insert(at("#answers-list .answer"));
  else if (!at("#answers")) closeAnswers();
}

function listen() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("input", onInput);
  document.addEventListener("click", onClick);
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "composer") return;
    event.preventDefault();
    send();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id !== "composer-file") return;
    attach([...event.target.files]);
    event.target.value = "";
    text().focus();
  });
  document.addEventListener("paste", (event) => {
    const given = [...(event.clipboardData?.files ?? [])];
    if (event.target.id !== "composer-text" || !given.length) return;
    event.preventDefault();
    attach(given);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      if (!form() || !event.target.closest?.("#conversation") || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      $("composer-box").toggleAttribute("data-drop", name === "dragover" && mode() === "message");
      if (name === "drop") attach([...event.dataTransfer.files]);
    });
  }
}

export const composer = {
  start(given) {
    tools = given;
    mine = $("inbox").dataset.operator;
    listen();
  },

  open(of, { closed }) {
    chat = of;
    typed = told = 0;
    if (!form()) return;
    const draft = stored(localStorage, draftKey(of), {});
    if (!files.has(of) && draft.files?.length) files.set(of, draft.files);
    form().toggleAttribute("data-closed", closed);
    showMode(draft.mode === "memo" ? "memo" : "message", { load: false });
    text().value = draft[mode()] ?? "";
    count();
    fit();
    showFiles();
    pending(of);
  },

  closed(is) {
    if (!form()) return;
    form().toggleAttribute("data-closed", is);
    showClosed();
  },

  keep: keepDraft,
  pending,
  typing: () => Date.now() - typed < TYPING_FOR && Boolean(form()) && mode() === "message" && Boolean(text().value),

  write(wanted) {
    if (!form()) return false;
    showMode(wanted);
    text().focus();
    return !text().disabled;
  },
};
