// track: events wait here and go in batches. Each remembers the browser identity (veil id) it happened under and is
// only ever sent for that one, so that what one person did is never told of the next.

const BATCH = 15; // of 4 KB at most: stays below the 64 KB that a leaving page may still send
const WAITING_EVENTS = 1000; // more than that are not kept while the desk is out of reach; the oldest go first
const GATHERING = 400; // milliseconds in which events join one batch
const SETTLING = 100; // milliseconds after which a failed call was not the work of a page that is being left

const waiting = []; // {event: {name, property, at}, veil}: veil is null until the first boot
let sending = null; // the promise of the flush that is under way
let gatherTimer = 0;
let failedFlushes = 0;
let inFlight = []; // the batch that is being sent
let leavings = 0; // how often this page was left (it may come back from the page cache)
let lastEventAt = 0;

/** Dates become ISO times, what JSON does not know is dropped; done at once, so that later changes do not show. */
function snapshot(value) {
  return JSON.parse(JSON.stringify(value));
}

/** Record an event under the present visitor, or under the one who boots next. */
function record(name, property) {
  if (typeof name !== "string" || !name.trim()) return warn("track needs the name of the event");
  if (desk.over && !desk.bootsAhead) return; // after shutdown, until the next boot, nobody is there
  // One by one: two events of a page never carry the same time, and keep their order.
  lastEventAt = Math.max(lastEventAt + 1, Date.now() + desk.clockOffset);
  const event = { name, property: snapshot(property || {}), at: new Date(lastEventAt).toISOString() };
  waiting.push({ event, veil: presentVeil() });
  if (waiting.length > WAITING_EVENTS) waiting.shift();
  gather();
}

/** Null while a boot is ahead: then it is the next visitor's. */
function presentVeil() {
  return desk.session && !desk.bootsAhead ? desk.session.veil : null;
}

function gather(milliseconds = GATHERING) {
  if (gatherTimer || !desk.session) return;
  gatherTimer = setTimeout(() => {
    gatherTimer = 0;
    if (!desk.bootsAhead) flush(); // else after that boot
  }, milliseconds);
}

/** Give the events that waited for a boot, or those since a session ran out, to the visitor of now. */
function adoptEvents(veilBefore = null) {
  for (const entry of [...waiting, ...inFlight]) {
    if (entry.veil === null || entry.veil === veilBefore) entry.veil = desk.session.veil;
  }
}

/** The visitor is gone: what could not be sent for them is told of nobody; what waits for the next boot stays. */
function dropEvents() {
  const kept = waiting.filter((entry) => entry.veil === null);
  waiting.splice(0, waiting.length, ...kept);
}

/** Send what waits, batch by batch. Settles when nothing is left or the desk is out of reach; never rejects. */
function flush() {
  if (!sending) {
    sending = sendAll().finally(() => {
      sending = null;
    });
  }
  return sending;
}

async function sendAll() {
  while (desk.session && !offline()) {
    inFlight = nextBatch();
    if (!inFlight.length) return;
    try {
      await sendBatch(inFlight);
      inFlight = [];
      failedFlushes = 0;
    } catch (error) {
      await putBack();
      failedFlushes += 1;
      gather(pause(failedFlushes, error));
      return;
    }
  }
}

/**
 * A batch that failed waits again, unless the page is being left: then the browser tells us "failed" of a call that
 * outlives the page and arrives, and sending it again would tell everything twice.
 */
async function putBack() {
  const leavingsBefore = leavings;
  await new Promise((done) => setTimeout(done, SETTLING));
  if (leavings === leavingsBefore) waiting.unshift(...inFlight);
  inFlight = [];
}

function offline() {
  return navigator.onLine === false;
}

/** Takes the oldest events of the present identity out of the queue. */
function nextBatch() {
  const batch = [];
  for (let at = 0; at < waiting.length && batch.length < BATCH; ) {
    if (waiting[at].veil === desk.session.veil) batch.push(...waiting.splice(at, 1));
    else at += 1;
  }
  return batch;
}

/**
 * Throws only what may pass. An event the desk refuses is dropped and named; those beside it still arrive, one by one.
 * `batch` holds those that are still to be sent.
 */
async function sendBatch(batch) {
  const events = batch.map((entry) => entry.event);
  try {
    await asVisitor("POST", "events", { events });
  } catch (error) {
    if (error.passing || error.code === "session_expired") throw error;
    if (batch.length === 1) return warn(`event "${events[0].name}" was refused:`, error.message);
    while (batch.length) {
      await sendBatch([batch[0]]);
      batch.shift();
    }
  }
}

/** The page is going: what waits goes in calls that outlive it, or is kept for the next page. */
function sendLast() {
  leavings += 1;
  if (offline()) waiting.unshift(...inFlight); // it cannot have arrived
  while (desk.session && !offline() && !failedFlushes) {
    const batch = nextBatch();
    if (!batch.length) break;
    const events = batch.map((entry) => entry.event);
    call("POST", "events", { body: { events }, token: desk.session.token, keepalive: true }).catch(() => {});
  }
  storeUnsent();
}

/** Out of reach on leaving: the next page of this browser sends them. */
function storeUnsent() {
  const veil = desk.session ? desk.session.veil : veilId();
  const own = waiting.filter((entry) => entry.veil === veil || entry.veil === null);
  if (!own.length) return;
  const stored = readUnsent();
  const all = (stored.veil === veil ? stored.events : []).concat(own.map((entry) => entry.event));
  writeLocal(UNSENT, JSON.stringify({ veil, events: all.slice(-WAITING_EVENTS) }));
  waiting.length = 0;
}

function readUnsent() {
  try {
    const stored = JSON.parse(readLocal(UNSENT));
    return stored && Array.isArray(stored.events) ? stored : { veil: null, events: [] };
  } catch {
    return { veil: null, events: [] };
  }
}

/** After a boot: events an earlier page could not send. Those of another identity are nobody's any more. */
function takeUnsent() {
  const { veil, events } = readUnsent();
  writeLocal(UNSENT, null);
  if (veil === desk.session.veil) waiting.unshift(...events.map((event) => ({ event, veil })));
}
