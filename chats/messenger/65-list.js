// The list of the visitor's own chats.

let list = null; // {items, foot}

function buildList() {
  const items = make("ul");
  const foot = make("div", { class: "foot" });
  list = { items, foot };
  return [make("div", { class: "body chats" }, make("h3", {}, words().chats), items), foot];
}

function drawList() {
  const texts = words();
  const open = openChat();
  const focused = kit.ui().root.activeElement;
  const at = focused && focused.dataset.chat;
  list.items.replaceChildren(...chatsInOrder().map((chat) => make("li", {}, chatLine(chat))));
  const again = at && list.items.querySelector(`[data-chat="${CSS.escape(at)}"]`);
  if (again) again.focus();
  const go = isBlocked()
    ? make("p", { class: "closing" }, texts.blocked)
    : make("button", { class: "main", type: "button", click: () => enter(open ? open.id : null) }, open ? texts.goOn : texts.newChat);
  if (list.foot.textContent !== go.textContent) list.foot.replaceChildren(go);
}

function chatLine(chat) {
  const texts = words();
  const side = chat.unread
    ? make("span", { class: "count", "aria-label": texts.unread(chat.unread), role: "img" }, chat.unread > 99 ? "99+" : String(chat.unread))
    : make("span", { class: "over" }, chat.state === "closed" ? texts.ended : "");
  return make(
    "button",
    { class: "chat", type: "button", "data-chat": chat.id, click: () => enter(chat.id) },
    make("span", { class: "with", dir: "auto" }, chat.agent || siteName()),
    make("span", { class: "when" }, whenWords(new Date(chat.lastMessageAt || chat.openedAt))),
    make("span", { class: "last", dir: "auto" }, chat.lastText || texts.attachment),
    side,
  );
}

function enter(chat) {
  moveTo(chat);
  redraw();
  focusFirst();
  show();
}
