// What plugin.js tells the window: that it is wanted, what was heard of the visitor's chats, who is there.

let owner = null; // "<veil> <user id>" of whom `state` tells

/** The visitor of the page is the one we know, or everything begins anew. */
function visitorIsHere(veilBefore = null) {
  adoptOut(veilBefore);
  clearOut();
  const now = `${ownVeil()} ${desk.user.id}`;
  if (owner === now) return;
  owner = now;
  forgetAll();
  if (!uploads.every((entry) => entry.veil === ownVeil())) uploads = [];
  answered = null;
  state.veil = ownVeil();
  failedSends = 0;
  if (pane) {
    drawn = null;
    composer = null; // what stands in the field was the other's
    openPane({ restored: true });
  }
  drain();
}

function visitorIsGone() {
  owner = null;
  uploads = [];
  answered = null;
  composer = null;
  closePane();
  kit.write.tab(PLACE, null);
  kit.write.local(DRAFT, null);
  forgetAll();
}

/** The whole of what may have happened. */
async function refresh() {
  await fetchChats();
  show();
}

function hearMessage(message) {
  const room = state.rooms.get(message.chatId);
  const chat = state.chats.get(message.chatId);
  if (room && message.number <= room.last) return;
  if (!chat) return void refresh().catch(() => {});
  const isNew = message.number > chat.messagesCount;
  chat.messagesCount = Math.max(chat.messagesCount, message.number);
  if (isNew) {
    chat.lastText = message.text;
    chat.lastMessageAt = message.at;
    if (message.author !== "visitor") chat.unread += 1;
  }
  // Our own, heard before the answer to our sending came: it is the same message.
  const sent = message.clientId && outbox().find((entry) => entry.id === message.clientId);
  if (sent) dropOut(sent);
  takeOne(message).then(show, () => show());
}

function hearChat(chat) {
  const known = state.chats.get(chat.id);
  state.chats.set(chat.id, chat);
  if (!known) state.isListed = false;
  const room = state.rooms.get(chat.id);
  if (room && room.last && chat.messagesCount > room.last) fetchNewest(room).then(show, () => show());
  show();
}

/** Say what came from the other side, and where it is when it is out of sight. */
function tellNews() {
  const heard = news.filter((message) => message.chatId === state.chat);
  news.length = 0;
  if (!heard.length || state.view !== "chat") return;
  for (const message of heard) sayAloud(words().says(nameOf(message), message.text || words().attachment));
  showBelow();
}

addEventListener("storage", guard((event) => {
  if (!desk.session || !event.key) return;
  if (event.key.startsWith(OUT)) {
    if (event.newValue === null) refresh().catch(() => {}); // another tab has sent it
    else show();
  }
  if (event.key === DRAFT && composer && kit.ui().root.activeElement !== composer.field) {
    composer.field.value = readDraft().text;
    onInput();
  }
}, "window"));
document.addEventListener("visibilitychange", guard(() => document.hidden || show(), "window"));

return {
  show: openPane,
  hide: closePane,
  takeDown: closePane,
  hearMessage,
  hearChat,
  refresh,
  isReading,
  visitorIsHere,
  visitorIsGone,
  backOnline() {
    failedSends = 0;
    drain();
    show();
  },
};
