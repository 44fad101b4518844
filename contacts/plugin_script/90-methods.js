// The global function: its methods (API-1), its callbacks, and what was asked for before the script arrived.

const BOOT_OPTIONS = [
  "pluginKey",
  "memberId",
  "memberHash",
  "profile",
  "profileOnce",
  "language",
  "unsubscribeEmail",
  "unsubscribeTexting",
  "trackDefaultEvent",
  "trackUtmSource",
  "hideChannelButtonOnBoot",
  "customLauncherSelector",
  "zIndex",
  "appearance",
];

const listeners = {
  onBadgeChanged: [],
  onChatCreated: [],
  onFollowUpChanged: [],
  onShowMessenger: [],
  onHideMessenger: [],
};

function announce(name, ...args) {
  for (const callback of listeners[name].slice()) tell(callback, ...args);
}

const MAX_PARAMETERS = 10; // CHAT-8, beside those about the visitor
const MAX_PARAMETER = 20; // characters
const ABOUT_VISITOR = ["name", "email", "mobileNumber", "memberId"];
const MAX_ABOUT_VISITOR = 100;

/**
 * `chat`: the id of a chat; without one the visitor's open chat, or a new one. `text` is put into the field, for the
 * visitor to send. `parameters` go to the room with the visitor's next message (CHAT-8).
 */
function openChat(chat, text, { parameters } = {}) {
  const what = { open: true };
  if (typeof chat === "string" && chat) what.chat = chat;
  if (typeof text === "string" && text) what.text = text;
  const wrong = parameters ? wrongParameter(parameters) : null;
  if (wrong) warn(`openChat: ${wrong}; no parameter is passed on`);
  else if (parameters) what.parameters = { ...parameters };
  showMessenger(what);
}

/** Longer ones are refused, never cut: the site's developer sees it, the visitor's message is not held up by it. */
function wrongParameter(parameters) {
  const length = (text) => Array.from(text).length;
  const own = Object.keys(parameters).filter((name) => !ABOUT_VISITOR.includes(name));
  if (own.length > MAX_PARAMETERS) return `at most ${MAX_PARAMETERS} parameters`;
  for (const [name, value] of Object.entries(parameters)) {
    const limit = own.includes(name) ? MAX_PARAMETER : MAX_ABOUT_VISITOR;
    if (typeof value !== "string" || length(value) > limit) return `parameter "${name}" is a text of at most ${limit} characters`;
    if (!name || length(name) > MAX_PARAMETER) return `the name of a parameter has 1 to ${MAX_PARAMETER} characters`;
  }
  return null;
}

/** The methods that wait for a boot wait in line; those about the window act at once. */
const METHODS = {
  boot(options, callback) {
    const own = options && typeof options === "object" ? { ...options } : {};
    for (const key of Object.keys(own)) if (!BOOT_OPTIONS.includes(key)) warn(`boot: unknown option "${key}"`);
    desk.bootsAhead += 1;
    inLine("boot", () => boot(own).finally(bootOver), callback);
  },
  shutdown(callback) {
    inLine("shutdown", shutdown, callback);
  },
  updateUser(changes, callback) {
    inLine("updateUser", () => changeUser("PATCH", "me", changes || {}), callback);
  },
  addTags(tags, callback) {
    inLine("addTags", () => changeUser("POST", "me/tags", { add: tags, remove: [] }), callback);
  },
  removeTags(tags, callback) {
    inLine("removeTags", () => changeUser("POST", "me/tags", { add: [], remove: tags }), callback);
  },
  track(name, property) {
    record(name, property);
  },
  setPage,
  resetPage,
  showMessenger() {
    showMessenger();
  },
  hideMessenger() {
    hideMessenger();
  },
  openChat,
  showChannelButton() {
    showLauncher(true);
  },
  hideChannelButton() {
    showLauncher(false);
  },
  setAppearance,
  clearCallbacks() {
    for (const name of Object.keys(listeners)) listeners[name].length = 0;
  },
};
for (const name of Object.keys(listeners)) {
  METHODS[name] = (callback) => {
    if (typeof callback === "function") listeners[name].push(callback);
    else warn(`${name} needs a function`);
  };
}

const unknown = new Set(); // methods nobody knows, named once each

function ContactDesk(method, ...args) {
  if (Object.prototype.hasOwnProperty.call(METHODS, method)) guard(METHODS[method], method)(...args);
  else if (!unknown.has(method)) {
    unknown.add(method);
    warn(`unknown method "${String(method)}"`);
  }
  return undefined;
}
ContactDesk.version = 1;

addEventListener("pagehide", guard(sendLast, "last events"));
addEventListener("online", guard(() => {
  failedFlushes = 0;
  tryAgain();
  if (!desk.bootsAhead) flush();
}, "online"));
document.addEventListener("visibilitychange", guard(() => {
  if (document.visibilityState === "hidden" && !desk.bootsAhead) flush();
}, "last events"));

const asked = (window.ContactDesk && window.ContactDesk.q) || [];
window.ContactDesk = ContactDesk;
for (const words of Array.from(asked)) guard(() => ContactDesk(...words), "queue")();
