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
  /** Until there are conversations, the way to reach the team is the follow-up form. */
  openChat() {
    showMessenger();
  },
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

function ContactDesk(method, ...args) {
  if (!Object.prototype.hasOwnProperty.call(METHODS, method)) return warn(`unknown method "${String(method)}"`);
  guard(METHODS[method], method)(...args);
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
