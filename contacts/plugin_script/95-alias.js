// A page that was written for the common call style `ChannelIO("boot", {…})` keeps its calls: they are passed on under
// a second global name. It is there when the script element asks for it (data-alias="ChannelIO"), or when the page
// brought the queue of that name along: the snippet such sites have in their pages, with this script's address in it.

const ALIAS = "ChannelIO";
// What is called otherwise here, and what does nothing here.
const OTHER_NAMES = { userId: "memberId", locale: "language" };
const OTHER_METHODS = { show: "showMessenger", hide: "hideMessenger", onShow: "onShowMessenger", onHide: "onHideMessenger" };
const WITHOUT_EFFECT = ["hidePopup", "mobileMessengerMode", "disableImageDownload"];

/** The options of such a boot or updateUser as ours. `tags` are said apart. */
function ownOptions(options) {
  const own = {};
  for (const [name, value] of Object.entries(options && typeof options === "object" ? options : {})) {
    if (value === undefined || name === "tags" || WITHOUT_EFFECT.includes(name)) continue;
    if (name === "unsubscribed" || name === "unsubscribe") {
      own.unsubscribeEmail = own.unsubscribeTexting = Boolean(value);
    } else own[OTHER_NAMES[name] || name] = value;
  }
  // Such pages often write the number of their customer as a number.
  if (typeof own.memberId === "number") own.memberId = String(own.memberId);
  return own;
}

/** The user as those pages know it: `alert` is the number of what is unread. */
function withAlert(callback) {
  return typeof callback === "function" ? (error, user) => callback(error, user && { ...user, alert: user.unread }) : callback;
}

const PASSED_ON = {
  boot(options, callback) {
    ContactDesk("boot", ownOptions(options), withAlert(callback));
    if (options && Array.isArray(options.tags) && options.tags.length) ContactDesk("addTags", options.tags.slice(0, 10));
  },
  updateUser(changes, callback) {
    ContactDesk("updateUser", ownOptions(changes), withAlert(callback));
    if (changes && Array.isArray(changes.tags) && changes.tags.length) ContactDesk("addTags", changes.tags.slice(0, 10));
  },
  addTags: (tags, callback) => ContactDesk("addTags", tags, withAlert(callback)),
  removeTags: (tags, callback) => ContactDesk("removeTags", tags, withAlert(callback)),
  /** Chats of the service that the page comes from are not here: their ids open the visitor's own chat. */
  openChat: (chat, text) => ContactDesk("openChat", typeof chat === "number" ? String(chat) : chat, text),
  onBadgeChanged: (callback) => ContactDesk("onBadgeChanged", (unread) => tell(callback, unread, unread)),
  setPage(page, profile) {
    ContactDesk("setPage", page);
    if (profile && typeof profile === "object") ContactDesk("updateUser", { profile });
  },
};

function channelCall(method, ...args) {
  if (Object.prototype.hasOwnProperty.call(PASSED_ON, method)) guard(PASSED_ON[method], method)(...args);
  else ContactDesk(Object.prototype.hasOwnProperty.call(OTHER_METHODS, method) ? OTHER_METHODS[method] : method, ...args);
}

function addAlias() {
  const there = window[ALIAS];
  const queue = typeof there === "function" && Array.isArray(there.q) ? there.q : null;
  if (!queue && (SCRIPT.dataset.alias !== ALIAS || there)) return; // not asked for, or the other service itself is there
  channelCall.q = [];
  channelCall.c = (words) => channelCall(...words); // how that snippet hands its words over
  window[ALIAS] = channelCall;
  for (const words of queue || []) guard(() => channelCall(...words), "queue")();
}
addAlias();
