// Calls to the desk, and what can be said about one that failed.

const ANSWER_TIME = 20000; // milliseconds until a call without an answer is given up

/** What a callback gets when something was refused or could not be done. `code` and `path` are those of the API. */
class DeskError extends Error {
  constructor(code, message, { path = null, status = 0, retryAfter = 0, details = [] } = {}) {
    super(message);
    this.name = "DeskError";
    Object.assign(this, { code, path, status, retryAfter, details });
  }

  /** Whether the same call may well succeed later: no connection, too many calls, a fault on the other side. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** One call; the answer's JSON (null for an empty one) or a DeskError. `keepalive`: it may outlive the page. */
async function call(method, path, { body, token, keepalive = false } = {}) {
  const headers = {};
  const text = body === undefined ? undefined : JSON.stringify(body); // throws for what is no JSON: not to be retried
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ANSWER_TIME);
  let response;
  let answer;
  try {
    response = await fetch(API + path, {
      method,
      headers,
      keepalive,
      body: text,
      credentials: "omit",
      cache: "no-store",
      signal: stop.signal,
    });
    answer = await response.text();
  } catch {
    throw new DeskError("network_error", "The desk could not be reached.");
  } finally {
    clearTimeout(timer);
  }
  let data = null;
  try {
    data = answer ? JSON.parse(answer) : null;
  } catch {
    // A proxy's page instead of an answer.
    if (response.ok) throw new DeskError("network_error", "The answer was not the desk's.");
  }
  if (response.ok) return data;
  const error = (data && data.error) || {};
  throw new DeskError(error.code || `http_${response.status}`, error.message || response.statusText, {
    path: error.path || null,
    status: response.status,
    retryAfter: Number(response.headers.get("Retry-After")) || 0,
    details: error.details || [],
  });
}

/** Milliseconds until the next try after `failures` failed ones: 1, 2, 4 … 60 seconds, or what the desk asked for. */
function pause(failures, error) {
  const own = Math.min(60, 2 ** Math.min(failures - 1, 6));
  return Math.max(own, (error && error.retryAfter) || 0) * 1000;
}

/** Tell the site's developer. Not an error: the page itself is in order. */
function warn(...words) {
  console.warn("[ContactDesk]", ...words);
}
