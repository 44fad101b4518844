// Times, names and texts as they are shown.

// An address ends before white space, brackets and quotes; what is no address stays text.
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`{}|\\^\u0000-\u0020\u200b-\u200f\u202a-\u202e\u2066-\u2069「」『』【】()（）]+/giu;
const TRAILING = /[.,!?;:…。、，．！？]+$/u;
// “https://shop.example/a에서”: a particle follows an address without a space.
const PARTICLE = /(?<=[\x21-\x7e])(?:에서|에게|으로|로|에|을|를|은|는|이|가|의|도|の|を|に|で|は|が|へ|と)$/u;

/** `text` as nodes: text, and links to what is an http address. Nothing of it is ever read as HTML. */
function linked(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "").replace(PARTICLE, "");
    if (!isWebAddress(address)) continue;
    nodes.push(text.slice(at, match.index));
    nodes.push(make("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, address));
    at = match.index + address.length;
  }
  nodes.push(text.slice(at));
  return nodes;
}

function isWebAddress(address) {
  try {
    const { protocol, hostname, username, password } = new URL(address);
    // "https://bank.example@evil.example" looks like what it is not.
    return ["http:", "https:"].includes(protocol) && Boolean(hostname) && !username && !password;
  } catch {
    return false;
  }
}

function inWords(time, options) {
  return new Intl.DateTimeFormat(kit.ui().language, options).format(time);
}

const clock = (time) => inWords(time, { hour: "numeric", minute: "2-digit" });
const dayOf = (time) => `${time.getFullYear()}-${time.getMonth()}-${time.getDate()}`;

function dayWords(time) {
  const now = new Date();
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayOf(time) === dayOf(now)) return words().today;
  if (dayOf(time) === dayOf(yesterday)) return words().yesterday;
  const year = time.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  return inWords(time, { ...year, month: "long", day: "numeric", weekday: "short" });
}

/** In the list: today the time, else the day. */
function whenWords(time) {
  const now = new Date();
  if (dayOf(time) === dayOf(now)) return clock(time);
  const year = time.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  return inWords(time, { ...year, month: "short", day: "numeric" });
}

const siteName = () => desk.site.name;
const nameOf = (message) => (message.author === "visitor" ? words().you : message.authorName || siteName() || words().site);
