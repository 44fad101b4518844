// What happens on the site, as it happens (CHAT-4): one open stream per browser, shared by its tabs.
//
//   import { openStream } from "./stream.js";
//   const stream = openStream({
//     url: "/desk/stream/",
//     after: 1234,                       // up to which number the page was drawn; without it a reset comes first
//     on: { message(data, id) {}, chat(data, id) {}, read() {}, memo() {}, presence() {}, reset() {} },
//     state(connected) {},
//   });
//   stream.close();
//
// Events come in order and once each: their numbers have no gaps, so a gap is seen and filled by asking. The tab that
// holds the lock keeps the stream and passes everything on; when it goes, the next one takes over where it stands.
// While the stream cannot be reached, the page asks every two seconds instead, and goes on trying.

const SILENCE = 40_000; // the stream says something every 15 s; so long without a word it is dead
const ASK_EVERY = 2_000;
const ASK_EVERY_HIDDEN = 10_000;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
const WITHOUT_STREAMS = 300_000; // how soon to look again at a desk that runs no streams

class SignedOut extends Error {}

export function openStream(options) {
  const stream = new Stream(options);
  stream.start();
  return { close: () => stream.close() };
}

class Stream {
  constructor({ url, after = null, site = null, on = {}, state = () => {} }) {
    this.url = url;
    this.pollUrl = new URL("poll/", new URL(url, location.href)).href;
    this.last = after === null || after === "" ? null : Number(after);
    this.site = site;
    this.on = on;
    this.state = state;
    this.connected = null;
    this.closed = false;
    this.chain = Promise.resolve(); // one thing at a time: what a gap needs comes before what showed it
    this.hide = () => this.pause();
    this.show = (event) => event.persisted && this.start();
    addEventListener("pagehide", this.hide);
    addEventListener("pageshow", this.show);
  }

  async start() {
    this.stop = new AbortController();
    const { signal } = this.stop;
    let wait = FIRST_WAIT;
    while (!signal.aborted) {
      try {
        await this.catchUp();
        await this.share(signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.tell(false);
        if (error instanceof SignedOut) return;
        await pause(jittered(wait), signal);
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
    }
  }

  close() {
    this.closed = true;
    removeEventListener("pagehide", this.hide);
    removeEventListener("pageshow", this.show);
    this.pause();
  }

  pause() {
    this.stop?.abort();
    this.channel?.close();
    this.channel = null;
  }

  // --- sharing ---------------------------------------------------------------------------------------------

  async share(signal) {
    // Locks exist on https and on this machine only; elsewhere each tab has a stream of its own.
    if (!navigator.locks || !window.BroadcastChannel) return this.lead(signal);
    const name = `dangol-stream:${this.site}`;
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = ({ data }) => this.heard(data);
    this.channel.postMessage({ hello: true });
    await navigator.locks.request(name, { signal }, () => {
      this.leading = true;
      return this.lead(signal).finally(() => (this.leading = false));
    });
  }

  heard(data) {
    if (this.closed) return;
    if (data.hello) {
      if (this.leading) this.pass({ state: this.connected, last: this.last });
    } else if (!this.leading) {
      if (data.state !== undefined && data.state !== null) this.tell(data.state);
      if (data.told) this.take(data.told);
      else if (data.last > this.last) this.fill();
    }
  }

  pass(data) {
    this.channel?.postMessage(data);
  }

  // --- taking in -------------------------------------------------------------------------------------------

  take(told) {
    this.chain = this.chain
      .then(() => {
        if (told.event === "reset" || told.id === this.last + 1) return this.apply(told);
        return told.id > this.last ? this.catchUp() : undefined;
      })
      .catch(() => {}); // what could not be fetched shows as a gap at the next event
    return this.chain;
  }

  fill() {
    this.chain = this.chain.then(() => this.catchUp()).catch(() => {});
    return this.chain;
  }

  apply({ event, id, data }) {
    if (event !== "reset" && id <= this.last) return;
    this.last = id;
    if (this.leading) this.pass({ told: { event, id, data } });
    try {
      this.on[event]?.(data, id);
    } catch (error) {
      reportError(error); // a fault of the page must not stop the stream
    }
  }

  tell(connected) {
    if (this.leading) this.pass({ state: connected });
    if (connected === this.connected) return;
    this.connected = connected;
    this.state(connected);
  }

  // --- asking ----------------------------------------------------------------------------------------------

  address(base) {
    const address = new URL(base, location.href);
    if (this.last !== null) address.searchParams.set("after", this.last);
    if (this.site !== null) address.searchParams.set("site", this.site);
    return address;
  }

  async catchUp() {
    const fresh = this.last === null;
    const response = await fetch(this.address(this.pollUrl), {
      headers: { Accept: "application/json" },
      signal: this.stop.signal,
      cache: "no-store",
    });
    if (response.redirected || response.status === 403) throw new SignedOut();
    if (!response.ok) throw new Error(`poll: ${response.status}`);
    const { site, last, events } = await response.json();
    this.site ??= site;
    if (fresh) this.apply({ event: "reset", id: last, data: {} });
    for (const told of events) this.apply(told);
  }

  // --- the stream ------------------------------------------------------------------------------------------

  async lead(signal) {
    let wait = FIRST_WAIT;
    while (!signal.aborted) {
      const before = performance.now();
      let pauseFor = null;
      try {
        pauseFor = await this.listen(signal);
      } catch (error) {
        if (error instanceof SignedOut) {
          this.tell(false);
          return;
        }
      }
      if (signal.aborted) return;
      // A stream that lasted was not refused: begin with short waits again.
      if (performance.now() - before > LONGEST_WAIT) wait = FIRST_WAIT;
      const until = performance.now() + (pauseFor ?? jittered(wait));
      wait = Math.min(wait * 2, LONGEST_WAIT);
      if (await this.ask(until, signal)) return;
    }
  }

  // Until it is time to try the stream again; true: signed out.
  async ask(until, signal) {
    while (!signal.aborted) {
      try {
        await this.catchUp();
        this.tell(true);
      } catch (error) {
        if (signal.aborted) return false;
        this.tell(false);
        if (error instanceof SignedOut) return true;
      }
      const left = until - performance.now();
      if (left <= 0) return false;
      await pause(Math.min(left, document.hidden ? ASK_EVERY_HIDDEN : ASK_EVERY), signal);
    }
    return false;
  }

  // Reads one stream to its end; how long to wait before the next, where the server says so.
  async listen(signal) {
    const own = new AbortController();
    const end = () => own.abort();
    signal.addEventListener("abort", end);
    let timer = setTimeout(end, SILENCE);
    try {
      const response = await fetch(this.address(this.url), {
        headers: { Accept: "text/event-stream" },
        signal: own.signal,
        cache: "no-store",
      });
      if (response.status === 204) return WITHOUT_STREAMS;
      if (response.status === 403) throw new SignedOut();
      if (!response.ok) return Number(response.headers.get("Retry-After")) * 1_000 || null;
      if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) throw new SignedOut();
      this.tell(true);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new Parser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return null;
        clearTimeout(timer);
        timer = setTimeout(end, SILENCE);
        for (const told of parser.parse(value)) this.take(told);
        await this.chain;
      }
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    }
  }
}

// Server-sent events: blocks of "field: value" lines. One without data only says how far the stream has come, which
// tells the desk nothing: here every number is an event.
class Parser {
  constructor() {
    this.rest = "";
  }

  *parse(text) {
    const blocks = (this.rest + text).split("\n\n");
    this.rest = blocks.pop();
    for (const block of blocks) {
      const fields = {};
      for (const line of block.split("\n")) {
        const colon = line.indexOf(":");
        if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, "");
      }
      if (fields.data && fields.id) {
        yield { event: fields.event ?? "message", id: Number(fields.id), data: JSON.parse(fields.data) };
      }
    }
  }
}

function jittered(milliseconds) {
  return milliseconds * (0.5 + Math.random());
}

function pause(milliseconds, signal) {
  return new Promise((done) => {
    const timer = setTimeout(finish, milliseconds);
    function finish() {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      done();
    }
    signal.addEventListener("abort", finish);
  });
}
