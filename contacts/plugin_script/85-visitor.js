// Who is on the page: boot, renewed sessions, shutdown; one thing at a time, in the order it was asked for.

const BOOT_LOCK = 5000; // milliseconds a boot waits for another tab's

const desk = {
  options: null, // of the boot that stands; null before it and after shutdown
  bootsAhead: 0, // boots asked for and not answered yet
  over: false, // after shutdown
  session: null, // {token, veil}
  user: null,
  site: null,
  talks: false, // whether they have a chat that is open
  clockOffset: 0, // milliseconds the desk's clock is ahead of this computer's
};
let line = Promise.resolve(); // whoever writes waits for the one before
let renewing = null;
let retry = null; // {options, timer} of a boot to be tried again
let failedBoots = 0;

/** Makes `action` safe to hand to the page: what it throws is told to the developer, not to the page. */
function guard(action, name) {
  return (...args) => {
    try {
      const result = action(...args);
      if (result && typeof result.catch === "function") result.catch((error) => warn(`${name}:`, error));
      return result;
    } catch (error) {
      warn(`${name}:`, error);
      return undefined;
    }
  };
}

/** Call what the page gave us; a fault in it is the page's. */
function tell(callback, ...args) {
  if (typeof callback === "function") guard(callback, "callback")(...args);
}

/** Do `action` after everything asked for before; tell `callback` (error, result). */
function inLine(name, action, callback) {
  line = line.then(async () => {
    try {
      tell(callback, null, await action());
    } catch (error) {
      if (!(error instanceof DeskError)) warn(`${name}:`, error);
      else warn(`${name}: ${error.code}${error.path ? ` (${error.path})` : ""}: ${error.message}`);
      tell(callback, error, null);
    }
  });
}

/** The body of a boot (api.md). `page`: the page view that it is to count; null for none. */
function bootBody(options, page) {
  const body = {
    pluginKey: options.pluginKey,
    veilId: veilId(),
    session: readSession(),
    page: page || undefined,
    platform: "web",
    language: primaryLanguage(options.language) || primaryLanguage(navigator.language) || undefined,
    referrer: (!originTold && referrer()) || undefined,
    utm: (options.trackUtmSource !== false && !originTold && utm()) || undefined,
  };
  for (const key of ["memberId", "memberHash", "profile", "profileOnce", "unsubscribeEmail", "unsubscribeTexting"]) {
    if (options[key] !== undefined && options[key] !== null) body[key] = options[key];
  }
  return body;
}

/** Boots of several tabs go one after another, so that each sees the cookies the one before was given. */
async function oneTabAtATime(action) {
  if (!navigator.locks) return action();
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), BOOT_LOCK);
  let entered = false;
  try {
    return await navigator.locks.request("contact-desk-boot", { signal: giveUp.signal }, () => {
      entered = true;
      clearTimeout(timer);
      return action();
    });
  } catch (error) {
    if (entered) throw error;
    return action(); // the other tab hangs, or locks are refused here
  } finally {
    clearTimeout(timer);
  }
}

/**
 * BOOT: who is this? Afterwards cookies, session, user and site are those of the answer. The desk counts the page view
 * of the boot itself; `returning` after a session ran out, the page counts once more, for a new visit begins.
 */
async function identify(options, { returning = false } = {}) {
  const veilBefore = desk.session && desk.session.veil;
  const page = currentPage();
  const isViewed = options.trackDefaultEvent !== false && (returning || page !== lastViewed);
  const answer = await oneTabAtATime(async () => {
    const booted = await call("POST", "boot", { body: bootBody(options, isViewed ? page : null) });
    keepVeilId(booted.veilId); // the desk's word counts: it may have given this browser a new one (BOOT-3, BOOT-6)
    keepSession(booted.session.token);
    return booted;
  });
  originTold = true;
  lastViewed = page;
  desk.session = { token: answer.session.token, veil: answer.veilId };
  desk.clockOffset = Date.parse(answer.session.expiresAt) - SESSION_LENGTH * 1000 - Date.now() || 0;
  desk.site = answer.site;
  setUser(answer.user);
  return veilBefore;
}

function setUser(user) {
  const unread = desk.user ? desk.user.unread : 0;
  desk.user = user;
  if (user.unread !== unread) announce("onBadgeChanged", user.unread);
  showBadge(user.unread);
}

/** A browser may prepare a page that nobody ever looks at; a visit begins when it is shown. */
function seen() {
  if (!document.prerendering) return null;
  return new Promise((shown) => document.addEventListener("prerenderingchange", shown, { once: true }));
}

async function boot(options) {
  dropRetry();
  await seen();
  // What the person before did is told under the old session, while it is there.
  if (desk.session) await flush();
  try {
    await identify(options);
  } catch (error) {
    if (error.passing) retryLater(options, error);
    throw error;
  }
  bootDone(options);
  return desk.user;
}

function bootDone(options) {
  failedBoots = 0;
  desk.options = options;
  desk.over = false;
  takeUnsent();
  learnTalks();
  showDesk(options);
  restartLive();
  if (messenger) messenger.visitorIsHere();
  else sendUnsent();
  watchHistory();
  viewPage();
}

/** Whatever became of the boot: events that waited for it belong to whoever is there now. */
function bootOver() {
  desk.bootsAhead -= 1;
  if (desk.bootsAhead || !desk.session) return;
  adoptEvents();
  gather();
}

/** No connection at boot: the callback knows already; go on trying, so that the page recovers by itself. */
function retryLater(options, error) {
  failedBoots += 1;
  retry = { options, timer: setTimeout(guard(tryAgain, "boot"), pause(failedBoots, error)) };
}

function tryAgain() {
  if (!retry) return;
  const { options } = retry;
  dropRetry();
  desk.bootsAhead += 1;
  inLine("boot", () => boot(options).finally(bootOver));
}

function dropRetry() {
  if (retry) clearTimeout(retry.timer);
  retry = null;
}

/** A session that ran out: boot again as before, once for all calls that notice it. */
function renew() {
  if (!renewing) {
    if (readSession() === desk.session.token) forgetSession(); // else another tab has a newer one
    renewing = identify(desk.options, { returning: true })
      .then((veilBefore) => {
        adoptEvents(veilBefore);
        restartLive();
        if (messenger) messenger.visitorIsHere(veilBefore);
      })
      .finally(() => {
        renewing = null;
      });
  }
  return renewing;
}

/** A call as the visitor of now, also while the page is left; boots again once when the session has run out. */
async function asVisitor(method, path, body) {
  if (!desk.session) throw new DeskError("not_booted", "boot comes first.");
  const { token } = desk.session;
  try {
    const answer = await call(method, path, { body, token, keepalive: true });
    // Only the cookie of this session slides: one that was deleted, or replaced by another tab, stays so.
    if (readSession() === token) keepSession(token);
    return answer;
  } catch (error) {
    if (error.code !== "session_expired" || !desk.options) throw error;
    if (desk.session && desk.session.token === token) await renew();
    if (!desk.session) throw error;
    return call(method, path, { body, token: desk.session.token, keepalive: true });
  }
}

async function shutdown() {
  dropRetry();
  hideDesk();
  const { session } = desk;
  if (session) await flush();
  forgetSession();
  dropEvents();
  Object.assign(desk, { session: null, options: null, user: null, site: null, talks: false, over: true });
  stopStream();
  if (messenger) messenger.visitorIsGone();
  lastViewed = null;
  if (!session) return null;
  try {
    await call("POST", "shutdown", { token: session.token });
  } catch (error) {
    // Nobody holds the token any more; the desk ends the session by itself after 30 minutes.
    if (!error.passing && error.code !== "session_expired") throw error;
  }
  return null;
}

async function changeUser(method, path, body) {
  setUser(await asVisitor(method, path, body));
  return desk.user;
}
