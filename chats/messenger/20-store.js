// What survives a change of the page: messages that are not sent yet (the outbox), the draft, the place in the window.
// All of it belongs to a browser identity (veil id) and is only ever shown to and sent for that one.

const OUT = "ch-out:"; // one key for each message: tabs that write at the same time do not overwrite each other
const DRAFT = "ch-draft"; // {veil, text, files}
const PLACE = "ch-place"; // in the tab: {veil, view, chat}
const LATER = "ch-later"; // in the tab: the follow-up form was put off

const FORGOTTEN = 7 * 24 * 60 * 60 * 1000; // milliseconds

const unkept = new Map(); // messages for which the browser has no room, or gives us none: kept as long as the page

const ownVeil = () => (desk.session ? desk.session.veil : null);

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What is to be sent, in the order in which it was written. */
function outbox() {
  const entries = Array.from(unkept.values());
  try {
    for (let at = 0; at < localStorage.length; at += 1) {
      const key = localStorage.key(at);
      const entry = key.startsWith(OUT) ? parsed(localStorage.getItem(key)) : null;
      if (entry && entry.id) entries.push(entry);
    }
  } catch {
    // Refused, as in a sandboxed frame.
  }
  return entries.filter((entry) => entry.veil === ownVeil()).sort((a, b) => a.order - b.order);
}

function keepOut(entry) {
  unkept.delete(entry.id);
  try {
    localStorage.setItem(OUT + entry.id, JSON.stringify(entry));
  } catch {
    unkept.set(entry.id, entry);
  }
}

function dropOut(entry) {
  unkept.delete(entry.id);
  kit.write.local(OUT + entry.id, null);
}

/** What was written since a session ran out goes on under the identity that the new one has. */
function adoptOut(veilBefore) {
  const veil = ownVeil();
  if (!veilBefore || veilBefore === veil) return;
  for (const key of localKeys()) {
    const entry = parsed(kit.read.local(key));
    if (entry && entry.veil === veilBefore) keepOut({ ...entry, veil });
  }
  for (const entry of unkept.values()) if (entry.veil === veilBefore) entry.veil = veil;
}

/** What somebody else at this computer could not send and never came back for does not lie here for ever. */
function clearOut() {
  for (const key of localKeys()) {
    const entry = parsed(kit.read.local(key));
    const isOld = !entry || Date.now() - entry.order > FORGOTTEN;
    if (isOld && (!entry || entry.veil !== ownVeil())) kit.write.local(key, null);
  }
}

function localKeys() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(OUT));
  } catch {
    return [];
  }
}

function readDraft() {
  const draft = parsed(kit.read.local(DRAFT));
  return draft && draft.veil === ownVeil() ? draft : { text: "", files: [] };
}

function keepDraft(text, files) {
  const isNothing = !text && !files.length;
  kit.write.local(DRAFT, isNothing ? null : JSON.stringify({ veil: ownVeil(), text, files }));
}

function readPlace() {
  const place = parsed(kit.read.tab(PLACE));
  return place && place.veil === ownVeil() ? place : null;
}

function keepPlace() {
  const { view, chat } = state;
  kit.write.tab(PLACE, view ? JSON.stringify({ veil: ownVeil(), view, chat }) : null);
}
