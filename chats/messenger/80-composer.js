// The field: Enter sends, Shift+Enter begins a new line; the draft is kept for the next page.

const TALLEST = 136; // pixels
let composer = null; // {element, field, go, chips, trouble, line, closing}
let drafted = null; // the text that is to stand in the field when it is built

function buildComposer() {
  const texts = words();
  const field = make("textarea", {
    rows: 1,
    "aria-label": texts.write,
    placeholder: texts.write,
    enterkeyhint: "send",
    dir: "auto",
    input: onInput,
    keydown: onFieldKey,
    paste: onPaste,
    "aria-describedby": "contact-desk-trouble",
  });
  const picker = make("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", change: onPick });
  const attach = make("button", { class: "round", type: "button", "aria-label": texts.attach, title: texts.attach, click: () => picker.click() }, icon("clip"));
  const go = make("button", { class: "go", type: "button", "aria-label": texts.send, title: texts.send, click: sendField }, icon("send"));
  const chips = make("ul", { class: "chips" });
  const trouble = make("div", { role: "alert", id: "contact-desk-trouble" });
  const line = make("div", { class: "line" }, attach, field, go, picker);
  const closing = make("div", { class: "closing" });
  const element = make("div", { class: "composer" }, trouble, chips, line, closing);
  composer = { element, field, go, chips, trouble, line, closing, closingKey: null };
  const draft = readDraft();
  field.value = drafted === null ? draft.text : drafted;
  drafted = null;
  if (!uploads.length) uploads = draft.files.map((file) => ({ ...file, key: kit.newId(), sent: 1, veil: ownVeil() }));
  showUploads();
  requestAnimationFrame(guard(grow, "field"));
  return composer;
}

/** What the page wants the visitor to send; it does not replace what they have written. */
function prefill(text) {
  const written = composer ? composer.field.value : readDraft().text;
  if (written.trim()) return;
  if (composer) {
    composer.field.value = text;
    onInput();
  } else drafted = text;
}

/** Show the field, or why there is none. */
function drawComposer() {
  const { line, chips, closing, field } = composer;
  const texts = words();
  const chat = state.chat ? state.chats.get(state.chat) : null;
  const why = isBlocked() ? "blocked" : chat && chat.state === "closed" ? "ended" : isContactFirst() ? "contact" : null;
  line.hidden = Boolean(why);
  chips.hidden = Boolean(why);
  field.disabled = Boolean(why);
  composer.go.setAttribute("aria-disabled", String(!isSendable()));
  if (composer.closingKey === why) return;
  composer.closingKey = why;
  const fresh = () => enter(openChat() ? openChat().id : null);
  const button = make("button", { class: "main", type: "button", click: fresh }, texts.newChat);
  const parts = {
    blocked: [make("p", {}, texts.blocked)],
    ended: [button],
    contact: [make("p", {}, texts.contactFirst)],
  };
  closing.replaceChildren(...(parts[why] || []));
  closing.hidden = !why;
}

function onInput() {
  grow();
  keepComposer();
  composer.go.setAttribute("aria-disabled", String(!isSendable()));
  if (Array.from(composer.field.value.trim()).length <= MAX_TEXT) complainBelow(null);
}

function grow() {
  if (!composer) return;
  const { field } = composer;
  field.style.height = "auto";
  field.style.height = `${Math.min(TALLEST, Math.max(44, field.scrollHeight))}px`;
}

function keepComposer() {
  if (!composer || !desk.session) return;
  const files = uploads.filter((entry) => entry.id).map(({ id, name, size, type }) => ({ id, name, size, type }));
  keepDraft(composer.field.value, files);
}

/** An Enter that ends the composition of a syllable or a kanji is not one that sends. */
function onFieldKey(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  sendField();
}

function isSendable() {
  const ready = uploads.filter((entry) => entry.id);
  return uploads.length === ready.length && Boolean(composer.field.value.trim() || ready.length);
}

function sendField() {
  const text = composer.field.value.replace(/\r\n?/g, "\n").trim();
  if (composer.field.disabled || !isSendable()) return;
  const over = Array.from(text).length - MAX_TEXT;
  if (over > 0) return void complainBelow(words().errors.textTooLong(over.toLocaleString(kit.ui().language)));
  const files = uploads.map(({ id, name, size, type }) => ({ id, name, size, type }));
  composer.field.value = "";
  uploads = [];
  complainBelow(null);
  keepComposer();
  showUploads();
  grow();
  post(text, files);
  show();
  toEnd();
  composer.field.focus();
}

/** Say what is wrong, above the field; null: nothing any more. */
function complainBelow(text) {
  if (!composer) return;
  composer.trouble.replaceChildren(...(text ? [make("p", { class: "wrong trouble" }, icon("alert"), make("span", {}, text))] : []));
}

function showUploads() {
  if (!composer) return;
  composer.chips.replaceChildren(...uploads.map(chip));
  composer.go.setAttribute("aria-disabled", String(!isSendable()));
}

function chip(entry) {
  const texts = words();
  const canvas = entry.picture && isPicture(entry.type) ? make("canvas", { width: 32, height: 32, "aria-hidden": "true" }) : null;
  if (canvas) drawPicture(canvas, entry.picture).catch(() => canvas.remove());
  const bar = entry.id ? null : make("progress", { max: 1, value: entry.sent, "aria-label": texts.uploading(entry.name, Math.round(entry.sent * 100)) });
  entry.bar = bar;
  const away = () => {
    removeUpload(entry);
    composer.field.focus();
  };
  return make(
    "li",
    { class: "chip" },
    canvas || icon("file"),
    make("span", { class: "label", dir: "auto", title: entry.name }, entry.name),
    bar,
    make("button", { class: "round", type: "button", "aria-label": texts.remove(entry.name), click: away }, icon("cross")),
  );
}

function showProgress(entry) {
  if (!entry.bar) return;
  entry.bar.value = entry.sent;
  entry.bar.setAttribute("aria-label", words().uploading(entry.name, Math.round(entry.sent * 100)));
}

function onPick(event) {
  addFiles(event.target.files);
  event.target.value = ""; // the same file may be chosen again
  composer.field.focus();
}

function onPaste(event) {
  const files = event.clipboardData ? event.clipboardData.files : [];
  if (!files.length) return;
  event.preventDefault();
  addFiles(files);
}

const takesFiles = (event) =>
  Boolean(composer && !composer.field.disabled && event.dataTransfer && Array.from(event.dataTransfer.types).includes("Files"));

function onDrag(event) {
  if (!takesFiles(event)) return;
  event.preventDefault();
  const isLeaving = event.type === "dragleave" && !pane.element.contains(event.relatedTarget);
  if (isLeaving) hideDrop();
  else if (!pane.element.querySelector(".drop")) pane.element.append(make("div", { class: "drop" }, words().dropHere));
}

function onDrop(event) {
  hideDrop();
  if (!takesFiles(event)) return;
  event.preventDefault();
  addFiles(event.dataTransfer.files);
}

function hideDrop() {
  for (const one of pane.element.querySelectorAll(".drop")) one.remove();
}
