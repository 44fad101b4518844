// What happens in the visitor's chats while the page is open: read from the desk's stream as long as somebody looks at
// the page and there is something to wait for, asked for now and then where no stream gets through.

const TALKS = "ch-talks"; // "<user id> 1": this visitor has a chat that is open
const QUIET = 50000; // milliseconds without a sign of life after which a stream is taken for dead
const POLLS = { open: 3000, closed: 10000, hidden: 30000 }; // milliseconds

const live = {
  stop: null, // ends the stream that is wanted
  connected: false,
  failures: 0,
  after: null, // the last event that was heard
  timer: 0, // of the next poll
  polling: false,
};

/** Whether somebody looks at the page and waits for something. */
function liveWanted() {
  return Boolean(desk.session && !document.hidden && (shown || desk.talks));
}

/** Begin or end listening, as it is wanted now. */
function checkLive() {
  if (!liveWanted()) stopStream();
  else if (!live.stop) listen();
  planPoll();
}

function stopStream() {
  if (live.stop) live.stop.abort();
  live.stop = null;
  live.connected = false;
}

/** Somebody else is here now: what was heard before is not theirs. */
function restartLive() {
  stopStream();
  live.after = null;
  live.failures = 0;
  checkLive();
}

async function listen() {
  const stop = new AbortController();
  live.stop = stop;
  let error = null;
  try {
    await readStream(stop);
  } catch (fault) {
    error = fault instanceof DeskError ? fault : null;
  }
  if (live.stop !== stop) return; // ended by us
  live.connected = false;
  // A desk without a stream (404) is not asked every second; one that ended after it had worked is asked at once.
  live.failures = error && error.status && !error.passing && error.status !== 401 ? 6 : live.failures + 1;
  planPoll();
  setTimeout(() => {
    if (live.stop !== stop) return;
    live.stop = null;
    checkLive();
  }, pause(live.failures, error) * (0.7 + Math.random() * 0.6)); // not all visitors at the same moment
}

async function readStream(stop) {
  const { token } = desk.session;
  const from = live.after === null ? "" : `?after=${encodeURIComponent(live.after)}`;
  const response = await fetch(`${API}stream${from}`, {
    headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream" },
    credentials: "omit",
    cache: "no-store",
    signal: stop.signal,
  });
  const isStream = (response.headers.get("Content-Type") || "").startsWith("text/event-stream");
  if (!response.ok || !isStream) {
    if (response.status === 401) await asVisitor("GET", "me"); // a session that ran out begins anew
    const retryAfter = Number(response.headers.get("Retry-After")) || 0;
    throw new DeskError("no_stream", "No stream.", { status: response.ok ? 404 : response.status, retryAfter });
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const alarm = setTimeout(() => reader.cancel(), QUIET);
    const { done, value } = await reader.read().finally(() => clearTimeout(alarm));
    if (done || live.stop !== stop) return;
    if (!live.connected) connected();
    rest = takeEvents(rest + decoder.decode(value, { stream: true }));
  }
}

/** The first byte is here. What happened before it is asked for once. */
function connected() {
  live.connected = true;
  live.failures = 0;
  refresh();
}

/** Hear the events that are complete; what is left waits for more. */
function takeEvents(text) {
  const blocks = text.split(/\r\n\r\n|\n\n|\r\r/);
  const rest = blocks.pop();
  for (const block of blocks) guard(hear, "stream")(block);
  return rest;
}

function hear(block) {
  const event = { event: "message", data: [] };
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (name === "data") event.data.push(value);
    else if (name === "event" || name === "id") event[name] = value;
  }
  if (event.id !== undefined) live.after = event.id;
  if (!event.data.length) return;
  const data = JSON.parse(event.data.join("\n"));
  if (event.event === "reset") refresh();
  else if (event.event === "chat") hearChat(data);
  else if (event.event === "message" && messenger) messenger.hearMessage(data);
  else if (event.event === "unread") hearUnread(data.unread);
}

function hearChat(chat) {
  if (chat.state === "open") setTalks(true);
  if (messenger) messenger.hearChat(chat);
}

/** Ask again later, wherever nothing tells us. Hidden and closed: not before the visitor is back. */
function planPoll() {
  clearTimeout(live.timer);
  if (!desk.session || live.connected || !(shown || (desk.talks && !document.hidden))) return;
  const kind = document.hidden ? "hidden" : shown ? "open" : "closed";
  live.timer = setTimeout(guard(poll, "poll"), POLLS[kind]);
}

async function poll() {
  if (!offline()) await refresh();
  planPoll();
}

/** Fetch what may have happened. Never rejects. */
async function refresh() {
  if (live.polling || !desk.session) return;
  live.polling = true;
  try {
    if (messenger && shown) await messenger.refresh();
    else await countChats();
  } catch (error) {
    if (!(error instanceof DeskError)) warn("refresh:", error);
  } finally {
    live.polling = false;
  }
}

/** The visitor's chats; badge and wish to listen follow. */
async function countChats() {
  const { user } = desk;
  const answer = await asVisitor("GET", "chats");
  if (desk.user && desk.user.id === user.id) noteChats(answer.chats);
  return answer;
}

function noteChats(chats) {
  setTalks(chats.some((chat) => chat.state === "open"));
  hearUnread(chats.reduce((sum, chat) => sum + chat.unread, 0));
}

/** What the desk said may be older than what was read since: while it is being read, the window counts itself. */
function hearUnread(unread) {
  if (!(unread && messenger && messenger.isReading())) setUnread(unread);
}

function setUnread(unread) {
  if (!desk.user) return;
  if (desk.user.unread !== unread) {
    desk.user.unread = unread;
    announce("onBadgeChanged", unread);
  }
  showBadge(unread);
}

function setTalks(talks) {
  if (!desk.user) return;
  writeLocal(TALKS, `${desk.user.id} ${talks ? 1 : 0}`);
  if (desk.talks === talks) return;
  desk.talks = talks;
  checkLive();
}

/** After a boot: has this visitor a chat? Strangers have none; of others it is asked once for each browser. */
function learnTalks() {
  const [id, talks] = (readLocal(TALKS) || "").split(" ");
  if (id === desk.user.id || desk.user.unread || desk.user.kind === "anonymous") {
    desk.talks = Boolean(desk.user.unread) || (id === desk.user.id && talks === "1");
  } else {
    desk.talks = false;
    refresh();
  }
}

/** An earlier page left a message unsent: the window's script sends it, open or not. */
function sendUnsent() {
  let keys = [];
  try {
    keys = Object.keys(localStorage);
  } catch {
    // Refused.
  }
  if (keys.some((key) => key.startsWith("ch-out:"))) fetchMessenger().then(() => desk.user && messenger.visitorIsHere(), () => {});
}

document.addEventListener("visibilitychange", guard(checkLive, "stream"));
addEventListener("online", guard(() => {
  live.failures = 0;
  stopStream();
  checkLive();
  if (messenger) messenger.backOnline();
}, "stream"));
addEventListener("storage", guard((event) => {
  if (event.key === TALKS && desk.user && event.newValue === `${desk.user.id} 1` && !desk.talks) {
    desk.talks = true;
    checkLive();
  }
}, "stream"));
addEventListener("pagehide", guard(stopStream, "stream"));
addEventListener("pageshow", guard((event) => event.persisted && checkLive(), "stream"));
