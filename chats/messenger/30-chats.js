// The visitor's chats and what is said in them, as far as it was fetched. Messages of a chat are numbered without gaps:
// a number that is missing is asked for.

const PAGE = 30; // messages that are shown at first, and with each step back
const LINK_LIFE = 50 * 60 * 1000; // milliseconds an attachment's address is trusted

const state = {
  veil: null, // whose all of this is
  chats: new Map(), // id → chat
  rooms: new Map(), // id → room, see roomOf
  isListed: false, // whether the chats have been fetched
  asksContact: false, // CHAT-7: the desk has no way to reach this visitor
  blocked: false,
  view: null, // "list", "chat" or "contact"
  chat: null, // of the view "chat"; null: the one that the next message opens
  parameters: null, // to go with the next message (CHAT-8)
};

function forgetAll() {
  state.chats.clear();
  state.rooms.clear();
  Object.assign(state, { veil: null, isListed: false, asksContact: false, blocked: false, view: null, chat: null, parameters: null });
}

const news = []; // messages of the other side that nobody was told of yet

/** The visitor's chats, the latest first. */
function chatsInOrder() {
  const time = (chat) => Date.parse(chat.lastMessageAt || chat.openedAt);
  return Array.from(state.chats.values()).sort((a, b) => time(b) - time(a));
}

const openChat = () => chatsInOrder().find((chat) => chat.state === "open") || null;

/** `messages`: number → message, from `first` to `last` without a gap; `last` 0: nothing was fetched. */
function roomOf(id) {
  if (!state.rooms.has(id)) {
    state.rooms.set(id, { id, messages: new Map(), first: 1, last: 0, fetching: null, hasFailed: false });
  }
  return state.rooms.get(id);
}

function isBlocked() {
  return state.blocked || Boolean(desk.user && desk.user.blocked);
}

/** Fetch the list; then whatever a chat that was opened here has more than we know. */
async function fetchChats() {
  const veil = ownVeil();
  const answer = await asVisitor("GET", "chats");
  if (veil !== ownVeil()) return;
  for (const chat of answer.chats) state.chats.set(chat.id, chat);
  for (const id of state.chats.keys()) {
    // A merge of contacts, or the deletion of one: it is not theirs any more.
    if (!answer.chats.some((chat) => chat.id === id) && !answer.next) state.chats.delete(id);
  }
  state.isListed = true;
  state.asksContact = Boolean(answer.asksContact);
  kit.setTalks(answer.chats.some((chat) => chat.state === "open"));
  await Promise.all(Array.from(state.rooms.values()).filter((room) => room.last).map(catchUp));
  // There is one open chat at a time (CHAT-2): another tab, or another browser of this person, has begun it.
  if (state.view === "chat" && !state.chat && openChat()) moveTo(openChat().id);
  markRead();
  sumUnread();
}

/** The newest page of a chat; each fetch is done once at a time. */
function fetchNewest(room) {
  if (!room.fetching) {
    room.fetching = readNewest(room).finally(() => {
      room.fetching = null;
    });
  }
  return room.fetching;
}

async function readNewest(room) {
  room.hasFailed = false;
  try {
    if (room.last) await readAfter(room, room.last);
    else take(room, (await asVisitor("GET", messagesOf(room, `limit=${PAGE}`))).messages);
  } catch (error) {
    room.hasFailed = !room.last;
    throw error;
  }
}

const messagesOf = (room, query) => `chats/${encodeURIComponent(room.id)}/messages?${query}`;

async function readAfter(room, number) {
  let after = number;
  for (;;) {
    const answer = await asVisitor("GET", messagesOf(room, `after=${after}`));
    take(room, answer.messages);
    if (!answer.next || answer.next <= after) return;
    after = answer.next;
  }
}

/** What was said since the last message we have. */
async function catchUp(room) {
  const chat = state.chats.get(room.id);
  if (chat && chat.messagesCount <= room.last) return;
  await fetchNewest(room);
}

/** One page back. */
async function fetchOlder(room) {
  if (room.fetching || room.first <= 1) return;
  room.fetching = asVisitor("GET", messagesOf(room, `before=${room.first}&limit=${PAGE}`)).finally(() => {
    room.fetching = null;
  });
  const answer = await room.fetching;
  take(room, answer.messages);
}

/** Add what joins on to what is there; anything else would leave a gap. */
function take(room, messages) {
  const sorted = messages.slice().sort((a, b) => a.number - b.number);
  const at = Date.now();
  if (!room.last && sorted.length) {
    room.first = sorted[0].number;
    room.last = room.first - 1;
  }
  const isKnown = room.last >= room.first;
  for (const message of sorted) {
    if (message.number !== room.last + 1) continue;
    room.messages.set(message.number, { ...message, fetchedAt: at });
    room.last = message.number;
    if (isKnown && message.author !== "visitor") news.push(message);
  }
  for (const message of sorted.reverse()) {
    if (message.number !== room.first - 1) continue;
    room.messages.set(message.number, { ...message, fetchedAt: at });
    room.first = message.number;
  }
  const chat = state.chats.get(room.id);
  if (chat && room.last > chat.messagesCount) chat.messagesCount = room.last;
}

/** A message that somebody told us of: it joins on, is known, or shows that some are missing. */
async function takeOne(message) {
  const room = state.rooms.get(message.chatId);
  if (!room || !room.last) return;
  if (message.number > room.last + 1) await fetchNewest(room);
  else take(room, [message]);
}

function inOrder(room) {
  return Array.from(room.messages.values()).sort((a, b) => a.number - b.number);
}

/** An attachment's address that is still good. */
async function freshAddress(message, attachment) {
  if (Date.now() - message.fetchedAt < LINK_LIFE) return addressOf(attachment);
  const room = roomOf(message.chatId);
  const answer = await asVisitor("GET", messagesOf(room, `after=${message.number - 1}&limit=1`));
  const again = answer.messages[0];
  room.messages.set(message.number, { ...again, fetchedAt: Date.now() });
  return addressOf(again.attachments.find((one) => one.id === attachment.id));
}

/** The desk gives paths of its own host. */
const addressOf = (attachment) => new URL(attachment.url, kit.api).href;

let marking = false;

/** Tell the desk that what is in the window has been seen. */
async function markRead() {
  const chat = state.chat && state.chats.get(state.chat);
  if (marking || !chat || !chat.unread || !isReading()) return;
  marking = true;
  chat.unread = 0;
  sumUnread();
  try {
    await asVisitor("POST", `chats/${encodeURIComponent(chat.id)}/read`, {});
  } catch (error) {
    if (!(error instanceof DeskError)) throw error; // the next answer of the desk says what is unread
  } finally {
    marking = false;
  }
  markRead();
}

/** Without the chat that is being read: of that the desk may not have heard yet. */
function sumUnread() {
  const others = Array.from(state.chats.values()).filter((chat) => !(chat.id === state.chat && isReading()));
  kit.setUnread(others.reduce((sum, chat) => sum + chat.unread, 0));
}
