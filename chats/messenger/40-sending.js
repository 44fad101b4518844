// Sending: what the visitor writes goes into the outbox first and leaves it when the desk has it. Each message has an
// id of its own, so that one which is sent twice (an answer that was lost, a page that was left) is said once.

const MAX_TEXT = 5000; // characters
const SENDERS = "contact-desk-outbox"; // the lock: of several tabs one sends

let draining = null;
let retryTimer = 0;
let failedSends = 0;
let isThrottled = false; // the desk answered, and wants us to wait
let lastOrder = 0;

/** Put a message in the outbox and send it. `files`: uploaded ones. */
function post(text, files) {
  lastOrder = Math.max(lastOrder + 1, Date.now());
  keepOut({
    id: kit.newId(),
    veil: ownVeil(),
    chat: state.chat,
    text,
    files,
    parameters: state.parameters,
    page: kit.currentPage(),
    at: new Date().toISOString(),
    order: lastOrder,
    failed: null,
  });
  state.parameters = null;
  drain();
}

/** Send what waits, one message after another. Never rejects. */
function drain() {
  clearTimeout(retryTimer);
  if (draining) return;
  draining = inTurn(sendAll)
    .catch((error) => warn("sending:", error))
    .finally(() => {
      draining = null;
      // One that was written while the last answer was on its way.
      if (!failedSends && !kit.offline() && next()) drain();
    });
}

async function inTurn(action) {
  if (!navigator.locks) return action();
  let entered = false;
  const enter = () => {
    entered = true;
    return action();
  };
  try {
    return await navigator.locks.request(SENDERS, enter);
  } catch (error) {
    if (entered) throw error;
    return action(); // locks are refused here, as in a sandboxed frame; what is sent twice is said once all the same
  }
}

const next = () => (desk.session ? outbox().find((entry) => !entry.failed) : null);

async function sendAll() {
  for (let entry = next(); entry; entry = next()) {
    if (kit.offline()) {
      failedSends = Math.max(1, failedSends); // "online" begins anew
      return show();
    }
    try {
      await sendOne(entry);
      failedSends = 0;
    } catch (error) {
      if (!(error instanceof DeskError)) throw error;
      if (mayPass(error)) {
        failedSends += 1;
        isThrottled = error.status === 429;
        retryTimer = setTimeout(guard(drain, "sending"), kit.pause(failedSends, error));
        return show();
      }
      settleRefusal(entry, error);
    }
    show();
  }
  return undefined;
}

const mayPass = (error) => error.passing || ["session_expired", "not_booted"].includes(error.code);

async function sendOne(entry) {
  const message = { text: entry.text, clientId: entry.id };
  if (entry.files.length) message.attachments = entry.files.map((file) => file.id);
  if (entry.chat && !entry.parameters) {
    arrived(entry, await asVisitor("POST", `chats/${encodeURIComponent(entry.chat)}/messages`, message));
    return;
  }
  const body = { message, page: entry.page };
  if (entry.parameters) body.parameters = entry.parameters;
  const { message: said, ...chat } = await asVisitor("POST", "chats", body);
  const isNew = !state.chats.has(chat.id) && said.number === 1;
  state.chats.set(chat.id, chat);
  const settled = arrived(entry, said);
  if (state.view === "chat" && state.chat === entry.chat) moveTo(chat.id);
  await settled;
  if (isNew) {
    announce("onChatCreated", { id: chat.id });
    fetchChats().then(show, () => {}); // whether the desk knows how to reach this visitor now
  }
}

/** The desk has it. */
function arrived(entry, message) {
  dropOut(entry);
  kit.setTalks(true);
  const room = roomOf(message.chatId);
  const chat = state.chats.get(message.chatId);
  if (chat) {
    chat.lastText = message.text;
    chat.lastMessageAt = message.at;
    chat.messagesCount = Math.max(chat.messagesCount, message.number);
  }
  if (!room.last && message.number > 1) return fetchNewest(room).catch(() => {});
  if (message.number > room.last + 1) return catchUp(room).catch(() => {});
  take(room, [message]);
  return undefined;
}

/** The desk will not have it: mend what can be mended, else keep it and say so. */
function settleRefusal(entry, error) {
  if (entry.parameters && String(error.path || "").startsWith("parameters")) {
    warn("the parameters of openChat were refused:", error.message);
    keepOut({ ...entry, parameters: null });
  } else if (entry.chat && (error.status === 404 || error.code === "closed")) {
    // The chat ended, or is not theirs any more, while the message waited: it opens the next one.
    const chat = state.chats.get(entry.chat);
    if (chat && error.code === "closed") chat.state = "closed";
    for (const other of outbox()) if (other.chat === entry.chat) keepOut({ ...other, chat: null });
    if (state.chat === entry.chat) moveTo(null);
  } else {
    if (error.code === "blocked") state.blocked = true;
    warn(`a message was refused: ${error.code}: ${error.message}`);
    keepOut({ ...entry, failed: error.code, path: error.path });
  }
}

function sendAgain(entry) {
  keepOut({ ...entry, failed: null });
  failedSends = 0;
  drain();
  show();
}

/** In which state a message of the outbox is, in words. */
function stateWords(entry) {
  const { failed, waiting, sending, errors } = words();
  if (entry.failed) return String(entry.path || "").startsWith("attachments") ? errors.filesGone : failed;
  return (failedSends && !isThrottled) || kit.offline() ? waiting : sending;
}
