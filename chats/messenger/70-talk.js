// The conversation: messages in their order, what is on its way, the follow-up form, and the field below.

let talk = null; // {body, items, drawn: Map key → {element, sign}, below, room}

function buildTalk() {
  const items = make("ol", { "aria-label": words().messages });
  const body = make("div", { class: "body talk", tabindex: "0", role: "group", "aria-label": words().messages, scroll: onScroll }, items);
  talk = { body, items, drawn: new Map(), below: null, room: null, wasAtEnd: true };
  // The field below grows with its lines and files: what was in sight at the end stays in sight.
  new ResizeObserver(guard(() => talk && talk.body === body && talk.wasAtEnd && toEnd(), "window")).observe(body);
  composer = buildComposer();
  return [body, composer.element];
}

function drawTalk() {
  const room = state.chat ? roomOf(state.chat) : null;
  if (talk.room !== state.chat) {
    talk.room = state.chat;
    talk.isNew = true;
  }
  const wasAtEnd = talk.isNew || isAtEnd();
  const anchor = wasAtEnd ? null : firstInSight();
  const hadFocus = talk.items.contains(kit.ui().root.activeElement);
  place(talkItems(room));
  if (wasAtEnd) toEnd();
  else if (anchor && talk.drawn.has(anchor.key)) {
    talk.body.scrollTop += talk.drawn.get(anchor.key).element.offsetTop - anchor.top;
  }
  if (room && room.last) talk.isNew = false;
  drawComposer();
  if (hadFocus && !kit.ui().root.activeElement) focusFirst(); // what had it is gone
}

/** Everything in the list as {key, sign, build}: `sign` is equal while it looks the same. */
function talkItems(room) {
  const texts = words();
  const items = [];
  const open = openChat();
  const isHere = (entry) => entry.chat === state.chat || (!entry.chat && open && open.id === state.chat);
  const pending = outbox().filter(isHere);
  const messages = room ? inOrder(room) : [];
  if (!messages.length && !pending.length) items.push(room ? waitItem(room) : helloItem());
  if (room && room.first > 1) {
    items.push({ key: "earlier", sign: String(Boolean(room.fetching)), build: () => earlier(room) });
  }
  let day = null;
  let before = null;
  const lines = messages.map((message) => ({ message })).concat(pending.map((entry) => ({ entry, message: asMessage(entry) })));
  lines.forEach(({ message, entry }, at) => {
    const time = new Date(message.at);
    if (dayOf(time) !== day) {
      day = dayOf(time);
      before = null;
      items.push({ key: `day:${day}`, sign: dayWords(time), build: () => make("li", { class: "day" }, dayWords(time)) });
    }
    const following = lines[at + 1];
    const isFirst = !before || before.author !== message.author || before.authorName !== message.authorName;
    const isLast = !following || following.message.author !== message.author || dayOf(new Date(following.message.at)) !== day;
    const isSent = !entry && message.author === "visitor" && !following;
    items.push(messageItem(message, entry, { isFirst, isLast, isSent }));
    before = message;
  });
  if (isFormWanted(messages, pending)) items.push({ key: "follow-up", sign: "", build: buildFollowUp });
  const chat = state.chats.get(state.chat);
  if (chat && chat.state === "closed") {
    items.push({ key: "ended", sign: "", build: () => make("li", { class: "day" }, texts.endedLead) });
  }
  return items;
}

/** A message of the outbox, as if it were said. */
function asMessage(entry) {
  return { author: "visitor", authorName: null, text: entry.text, attachments: entry.files, at: entry.at };
}

function helloItem() {
  const texts = words();
  const leave = make("button", { class: "plain leave", type: "button", click: () => enterContact() }, texts.leaveDetails);
  return {
    key: "hello",
    sign: String(askedFields().length),
    build: () =>
      make(
        "li",
        { class: "hello" },
        make("h3", {}, texts.nothing),
        make("p", { class: "lead" }, isBlocked() ? texts.blocked : texts.nothingLead),
        askedFields().length ? leave : null,
      ),
  };
}

function waitItem(room) {
  const texts = words();
  const again = () => {
    room.hasFailed = false;
    fetchNewest(room).then(show, () => show());
    show();
  };
  return {
    key: "wait",
    sign: String(room.hasFailed),
    build: () =>
      room.hasFailed
        ? make("li", { class: "hello" }, make("p", { class: "lead" }, texts.unloaded), make("button", { class: "plain", type: "button", click: again }, texts.reload))
        : make("li", { class: "hello" }, make("p", { class: "lead" }, texts.loading)),
  };
}

function earlier(room) {
  const texts = words();
  const button = make("button", { class: "plain", type: "button", click: () => goEarlier(room) }, room.fetching ? texts.loading : texts.earlier);
  return make("li", { class: "earlier" }, button);
}

function goEarlier(room) {
  if (room.fetching) return;
  fetchOlder(room).then(show, () => show());
}

/** Bring the list to `items`: what looks the same stays the element it was, so that nothing flickers or loses focus. */
function place(items) {
  const { items: parent, drawn: known } = talk;
  let at = parent.firstElementChild;
  const wanted = new Set(items.map((item) => item.key));
  for (const [key, entry] of known) {
    if (wanted.has(key)) continue;
    if (at === entry.element) at = at.nextElementSibling;
    entry.element.remove();
    known.delete(key);
  }
  for (const { key, sign, build } of items) {
    let entry = known.get(key);
    if (!entry || entry.sign !== sign) {
      const element = build();
      if (entry) {
        if (at === entry.element) at = element;
        entry.element.replaceWith(element);
      }
      entry = { element, sign };
      known.set(key, entry);
    }
    if (entry.element === at) at = at.nextElementSibling;
    else parent.insertBefore(entry.element, at);
  }
}

function isAtEnd() {
  const { body } = talk;
  return body.scrollHeight - body.scrollTop - body.clientHeight < 60;
}

function toEnd() {
  talk.body.scrollTop = talk.body.scrollHeight;
  talk.wasAtEnd = true;
  hideBelow();
}

/** A message that is in sight, and where: what was added above must not move it, also when it is drawn anew. */
function firstInSight() {
  const { body, drawn: known } = talk;
  const edge = body.scrollTop + body.offsetTop;
  let best = null;
  for (const [key, { element }] of known) {
    const top = element.offsetTop;
    const isBelow = element.classList.contains("message") && top + element.offsetHeight > edge;
    if (isBelow && (!best || top < best.top)) best = { key, top };
  }
  return best;
}

function onScroll() {
  if (!talk) return;
  talk.wasAtEnd = isAtEnd();
  const room = state.chat && state.rooms.get(state.chat);
  if (room && room.last && room.first > 1 && talk.body.scrollTop < 60 && !talk.isNew) goEarlier(room);
  if (isAtEnd()) {
    hideBelow();
    markRead();
  }
}

/** Something was said below what is in sight. */
function showBelow() {
  if (!talk || talk.below || isAtEnd()) return;
  talk.below = make("button", { class: "below", type: "button", click: toEnd }, words().newBelow, icon("down"));
  talk.body.append(talk.below);
}

function hideBelow() {
  if (talk && talk.below) {
    const hadFocus = kit.ui().root.activeElement === talk.below;
    talk.below.remove();
    talk.below = null;
    if (hadFocus) focusFirst();
  }
}

/** Whether the visitor has the newest message of the chat before their eyes. */
function isReading() {
  return Boolean(pane && talk && state.view === "chat" && state.chat && !document.hidden && kit.isShown() && isAtEnd());
}
