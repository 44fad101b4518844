// Who matches, asked while somebody edits: a moment after the last change, one question at a time. The overtaken one
// is dropped, and after a slow answer the next question waits longer, so that statements do not pile up on the server.

import { headers } from "./words.js";

const WAIT = 250; // milliseconds after the last change
const LONGEST_WAIT = 2000;

/** address(): where to ask; answered({problems | sentence, count | failed}): called for the last question only. */
export function liveCheck(address, answered) {
  let asking = null;
  let timer = 0;
  let wait = WAIT;

  function stop() {
    clearTimeout(timer);
    asking?.abort();
    asking = null;
  }

  async function check(filter) {
    const mine = (asking = new AbortController());
    const began = performance.now();
    let answer;
    try {
      const response = await fetch(address(), { method: "POST", headers: { ...headers(), "Content-Type": "application/json" }, body: JSON.stringify(filter), signal: mine.signal });
      answer = await response.json();
      if (!response.ok && !answer.problems) answer = { failed: true };
    } catch (error) {
      if (error.name === "AbortError") return;
      answer = { failed: true };
    }
    wait = Math.min(Math.max(WAIT, performance.now() - began), LONGEST_WAIT);
    if (asking === mine) answered(answer);
  }

  return {
    stop,
    ask(filter) {
      stop();
      timer = setTimeout(check, wait, filter);
    },
  };
}
