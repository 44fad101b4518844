// What the browser remembers: first-party cookies of the page's own host, local storage where cookies are refused.

const YEAR = 365 * 24 * 60 * 60; // seconds
const SESSION_LENGTH = 30 * 60; // seconds (BOOT-8)
const VEIL = "ch-veil-id";
const SESSION = "ch-session";
const UNSENT = "ch-events";

/** The value of a cookie; null when there is none or cookies are out of reach (a sandboxed frame). */
function readCookie(name) {
  try {
    const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
  } catch {
    return null;
  }
}

/** Whether the browser kept it. */
function writeCookie(name, value, seconds) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  try {
    document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
  } catch {
    return false;
  }
  return seconds === 0 || readCookie(name) === value;
}

function readLocal(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // refused, as in a sandboxed frame
  }
}

function writeLocal(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Refused or full: the page goes on, the visitor is a new one next time.
  }
}

/** What this tab remembers from page to page. */
function readTab(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

function writeTab(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  } catch {
    // As above.
  }
}

/** 128 random bits as 32 hexadecimal digits. */
function newVeilId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The veil id of this browser. A first one is made here, before any request, and kept in both places, so that
 * boots of several tabs at the same moment speak of the same browser (BOOT-12).
 */
function veilId() {
  const known = readCookie(VEIL) || readLocal(VEIL);
  if (known) return known;
  keepVeilId(newVeilId());
  return readCookie(VEIL) || readLocal(VEIL);
}

/** Keep the veil id for a year from now (BOOT-9). */
function keepVeilId(value) {
  writeCookie(VEIL, value, YEAR);
  writeLocal(VEIL, value);
}

/**
 * The session of this browser; null when it is over. Local storage holds it only where cookies are refused: whoever
 * deletes the cookie must be a stranger at once (BOOT-7).
 */
function readSession() {
  const cookie = readCookie(SESSION);
  if (cookie) return cookie;
  const [token, until] = (readLocal(SESSION) || "").split(" ");
  return token && Number(until) > Date.now() ? token : null;
}

/** Keep the session 30 minutes from now; called after each answer, because activity slides it (BOOT-8). */
function keepSession(token) {
  const kept = writeCookie(SESSION, token, SESSION_LENGTH);
  writeLocal(SESSION, kept ? null : `${token} ${Date.now() + SESSION_LENGTH * 1000}`);
}

function forgetSession() {
  writeCookie(SESSION, "", 0);
  writeLocal(SESSION, null);
}
