// The editor of a routing rule (CHAT-10): the filter builder of the contact list inside a form. What it edits is the
// text of a field, which is shown as it stands where this does not run.

import { loadCatalogue } from "../contacts/filter-catalogue.js";
import { liveCheck } from "../contacts/filter-check.js";
import { treeEditor } from "../contacts/filter-rows.js";
import { conditionsOf, meant, readTree, writeTree } from "../contacts/filter-tree.js";
import { number, toast, words } from "../contacts/words.js";

const place = document.querySelector("[data-rule-filter]");
const field = document.getElementById("id_filter");
const form = field?.form;
const say = { ...place?.dataset };
const part = (name) => place.querySelector(`[data-filter-${name}]`);

let editor = null;
let tree = null;
let places = [];
let refused = false;
let sending = false;

const check = liveCheck(() => say.checkUrl, ({ problems, sentence, count, failed }) => {
  const counted = part("count");
  if (failed) counted.textContent = say.wordFailed;
  else if (problems) refuse(problems);
  else {
    tell(sentence || say.wordEverybody);
    counted.textContent = count === null ? say.wordSlow : count === 1 ? say.wordOne : words(say.wordMany, { n: number(count) });
  }
});

function tell(message, wrong = false) {
  place.classList.toggle("filter-refused", wrong);
  part("sentence").textContent = message;
}

function refuse(problems) {
  refused = true;
  part("count").textContent = "";
  const elsewhere = editor.showProblems(problems, places);
  tell(elsewhere.length ? elsewhere.map(({ message }) => message).join(" ") : say.wordMend, true);
}

const unfinished = () => [...conditionsOf(tree)].find((node) => editor.partMissing(node));

function changed() {
  refused = false;
  editor.clearProblems();
  tell("");
  check.stop();
  part("count").textContent = "";
  const written = writeTree(meant(tree));
  places = written.places;
  field.value = Object.keys(written.document).length ? JSON.stringify(written.document) : "";
  if (unfinished()) return;
  part("count").textContent = say.wordCounting;
  check.ask(written.document);
}

function draw() {
  editor = treeEditor(tree, {
    tools: { catalogue: draw.catalogue, say, units: draw.catalogue.units, names: JSON.parse(say.names || "{}") },
    changed: () => {
      changed();
      form.setAttribute("data-changed", "");
    },
  });
  part("rows").replaceChildren(editor.element);
}

/** Finishes what was typed; what is missing is said at its row. */
async function settled() {
  if (!(await editor.settle())) tell(say.wordMend, true);
  else if (unfinished()) {
    editor.showMissing(unfinished(), say.wordFillIn);
    tell(say.wordIncomplete, true);
  } else if (!refused) return true;
  editor.focusWrong();
  return false;
}

async function start() {
  try {
    tree = readTree(JSON.parse(field.value || "{}"));
    draw.catalogue = await loadCatalogue(say.fieldsUrl);
  } catch {
    toast("error", say.wordNoFields); // the text of the field is what can still be edited
    return;
  }
  Object.assign(say, draw.catalogue.words);
  draw();
  field.closest("[data-rule-text]").hidden = true;
  part("foot").hidden = false;
  changed();
  // Before every other listener: a form that is not whole is not sent, and nothing says that it is on its way.
  form.addEventListener(
    "submit",
    async (event) => {
      if (sending) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const { submitter } = event;
      if (!(await settled())) return;
      await new Promise((later) => setTimeout(later)); // a form is not sent from within its own event
      sending = true;
      form.requestSubmit(submitter);
      sending = false;
    },
    { capture: true },
  );
  // Enter in a condition finishes a value; it does not send the rule.
  place.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input") && !event.defaultPrevented && !event.isComposing) event.preventDefault();
  });
}

if (place && form) start();
