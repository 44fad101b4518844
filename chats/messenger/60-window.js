// The window: a dialog with a top line and one of three views. It is built when it opens and taken down when it closes;
// what it shows is in `state`.

const TITLE = "contact-desk-title";

let pane = null; // {element, back, agent, offline, hear, main}; main: the part below the top line
let drawn = null; // what `main` holds: "list", "contact", "chat" or "chat:<id>"

const narrow = () => matchMedia("(max-width: 480px)").matches;

/** `what`: see openWindow in plugin_script/70-launcher.js. */
function openPane(what) {
  const { frame, root } = kit.ui();
  visitorIsHere();
  if (!pane) {
    adoptOnce(root);
    pane = buildPane();
    frame.append(pane.element);
    fitKeyboard();
  }
  choosePlace(what);
  redraw();
  if (!what.restored) focusFirst();
  const settle = () => {
    if (!pane) return;
    settlePlace();
    show();
    // Something came into the place of what had the focus, or of nothing yet.
    if (!what.restored && [null, pane.element].includes(kit.ui().root.activeElement)) focusFirst();
  };
  fetchChats().then(settle, settle);
  drain();
}

const dressed = new WeakSet(); // shadow roots that have the sheet

function adoptOnce(root) {
  if (dressed.has(root)) return;
  dressed.add(root);
  kit.adoptStyle(root, STYLE);
}

function buildPane() {
  const texts = words();
  const name = siteName();
  const back = make("button", { class: "round back", type: "button", "aria-label": texts.back, click: goBack }, icon("back"));
  const agent = make("p", { class: "agent", dir: "auto" });
  const offline = make("div", { class: "offline", role: "status" });
  const hear = make("div", { class: "hear", role: "log", "aria-live": "polite", "aria-relevant": "additions" });
  const main = make("div", { class: "rest" });
  const element = make(
    "section",
    {
      class: "panel",
      role: "dialog",
      "aria-labelledby": TITLE,
      "aria-modal": narrow() ? "true" : null,
      tabindex: "-1",
      keydown: onKey,
      dragenter: onDrag,
      dragover: onDrag,
      dragleave: onDrag,
      drop: onDrop,
    },
    make(
      "div",
      { class: "top" },
      back,
      make("span", { class: "mark", "aria-hidden": "true" }, Array.from(name.trim())[0] || "·"),
      make("div", { class: "titles" }, make("h2", { class: "site", id: TITLE, title: name, dir: "auto" }, name), agent),
      make("button", { class: "round close", type: "button", "aria-label": texts.close, click: () => kit.hide() }, icon("cross")),
    ),
    offline,
    main,
    hear,
  );
  drawn = null;
  return { element, back, agent, offline, hear, main };
}

function closePane() {
  if (!pane) return;
  keepComposer();
  pane.element.remove();
  pane = null;
  drawn = null;
  talk = null;
  composer = null;
}

/** Where the window opens: where the page wants it, where it was on the page before, else where there is something. */
function choosePlace(what) {
  if (what.parameters) state.parameters = what.parameters;
  if (what.text) prefill(what.text);
  const place = readPlace();
  if (what.chat) moveTo(what.chat);
  else if (what.open || what.text) moveTo(openChat() ? openChat().id : null);
  else if (state.view) return;
  else if (place) {
    state.view = place.view;
    state.chat = place.chat;
  } else if (state.isListed || desk.user.kind === "anonymous") settlePlace(); // a stranger has no chats
}

/** Once the chats are known: the open one, the list of ended ones, or the beginning of a first one. */
function settlePlace() {
  if (state.chat && !state.chats.has(state.chat)) moveTo(null); // another visitor's, or deleted
  const open = openChat();
  if (!state.view || (state.view === "list" && !state.chats.size)) {
    if (open || !state.chats.size) moveTo(open ? open.id : null);
    else goTo("list");
  }
  if (state.view === "chat" && state.chat) openRoom();
}

function goTo(view) {
  state.view = view;
  keepPlace();
}

/** Show this chat; null: the one that the next message opens. */
function moveTo(chat) {
  state.view = "chat";
  state.chat = chat;
  keepPlace();
  if (chat) openRoom();
}

function openRoom() {
  const room = roomOf(state.chat);
  if (room.last || !state.chats.has(state.chat)) return;
  fetchNewest(room).then(show, () => show());
}

function goBack() {
  goTo("list");
  redraw();
  focusFirst();
}

/** Draw what changed. Harmless while the window is closed. */
function show() {
  if (!pane || !desk.session) return;
  redraw();
  tellNews();
  markRead();
}

function redraw() {
  const { back, agent, offline, main } = pane;
  const texts = words();
  const chat = state.view === "chat" && state.chat ? state.chats.get(state.chat) : null;
  back.hidden = state.view === "list" || !state.view || (state.view === "chat" && !state.chats.size);
  agent.textContent = chat && chat.agent && chat.state === "open" ? texts.agent(chat.agent) : "";
  agent.hidden = !agent.textContent;
  const trouble = kit.offline() ? texts.offline : "";
  if (offline.textContent !== trouble) offline.textContent = trouble;
  const wanted = state.view || "wait";
  if (drawn !== wanted) {
    keepComposer();
    talk = null;
    composer = null;
    drawn = wanted;
    main.replaceChildren(...({ list: buildList, chat: buildTalk, contact: buildContact }[wanted] || buildWait)());
  }
  if (wanted === "list") drawList();
  if (wanted === "chat") drawTalk();
}

function buildWait() {
  return [make("div", { class: "body" }, make("p", { class: "lead" }, words().loading))];
}

function focusFirst() {
  if (composer && !composer.field.disabled && !composer.element.hidden) composer.field.focus();
  else (pane.main.querySelector("input, button") || pane.element).focus();
}

/** What a screen reader is to say. */
function sayAloud(text) {
  if (!pane) return;
  const line = make("p", {}, text);
  pane.hear.append(line);
  setTimeout(() => line.remove(), 10000);
}

function stops() {
  const all = pane.element.querySelectorAll("button, input, textarea, a[href], [tabindex='0']");
  return Array.from(all).filter((one) => !one.disabled && one.getClientRects().length);
}

/** Escape closes; Tab stays inside, as in any dialog. */
function onKey(event) {
  if (event.isComposing || event.keyCode === 229) return; // Escape and Tab of an input method
  if (event.key === "Escape") {
    event.stopPropagation();
    kit.hide();
  } else if (event.key === "Tab") {
    const all = stops();
    const active = kit.ui().root.activeElement;
    const [from, to] = event.shiftKey ? [all[0], all[all.length - 1]] : [all[all.length - 1], all[0]];
    if (active === from || active === pane.element) {
      event.preventDefault();
      to.focus();
    }
  }
}

/** On a phone the window ends where the keyboard begins. */
function fitKeyboard() {
  if (!pane || !window.visualViewport) return;
  const { style } = pane.element;
  const { height, offsetTop } = visualViewport;
  const isCovered = narrow() && innerHeight - height > 80;
  style.top = isCovered ? `${offsetTop}px` : "";
  style.bottom = isCovered ? "auto" : "";
  style.height = isCovered ? `${height}px` : "";
  if (isCovered && talk) toEnd();
}
if (window.visualViewport) {
  visualViewport.addEventListener("resize", guard(fitKeyboard, "window"));
  visualViewport.addEventListener("scroll", guard(fitKeyboard, "window"));
}
addEventListener("offline", guard(show, "window"));
