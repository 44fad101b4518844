// The upload of an import: a file is dropped or chosen, told, checked for what can be known here, and sent with progress.
// Without this script the form does the same, without progress.

import { headers, words } from "./words.js";

const form = document.querySelector("[data-upload]");
const say = form.dataset;
const input = form.querySelector("input[type=file]");
const drop = form.querySelector("[data-drop]");
const chosen = form.querySelector("[data-chosen]");
const problem = form.querySelector("[data-problem]");
const progress = form.querySelector("[data-progress]");
const bar = progress.querySelector("progress");
const told = progress.querySelector("[data-progress-words]");
const button = form.querySelector("[type=submit]");
let sending = null;

const size = (bytes) => {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = bytes ? Math.min(Math.floor(Math.log10(bytes) / 3), 3) : 0;
  const value = bytes / 1000 ** power;
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: units[power], unitDisplay: power ? "short" : "long", maximumFractionDigits: value < 10 && power ? 1 : 0 }).format(value);
};

function refuse(text) {
  problem.querySelector("[data-problem-words]").textContent = text;
  problem.hidden = !text;
  if (text) problem.scrollIntoView({ block: "nearest" });
}

function show() {
  const [file] = input.files;
  chosen.hidden = !file;
  chosen.textContent = file ? words(say.wordChosen, { name: file.name, size: size(file.size) }) : "";
  refuse(file ? wrongWith(file) : "");
}

function wrongWith(file) {
  if (file.size === 0) return say.wordEmpty;
  return file.size > Number(say.max) ? say.wordLarge : "";
}

function finish() {
  sending = null;
  progress.hidden = true;
  drop.hidden = false;
  button.disabled = false;
}

function send(file) {
  const request = new XMLHttpRequest();
  sending = request;
  refuse("");
  drop.hidden = true;
  progress.hidden = false;
  button.disabled = true;
  bar.value = 0;
  told.textContent = words(say.wordSending, { percent: 0 });
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.floor((event.loaded / event.total) * 100);
    bar.value = percent;
    told.textContent = percent < 100 ? words(say.wordSending, { percent }) : say.wordReading;
    if (percent >= 100) bar.removeAttribute("value");
  });
  request.addEventListener("load", () => {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      /* a page of some proxy: nothing to read */
    }
    if (request.status === 201 && answer.url) {
      location.assign(answer.url);
      return;
    }
    finish();
    refuse(answer.error || say.wordLost);
  });
  request.addEventListener("error", () => {
    finish();
    refuse(say.wordLost);
  });
  request.addEventListener("abort", finish);
  const body = new FormData();
  body.append(input.name, file);
  request.open("POST", location.pathname);
  for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
  request.send(body);
}

input.addEventListener("change", show);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const [file] = input.files;
  const wrong = file ? wrongWith(file) : say.wordNone;
  if (wrong) refuse(wrong);
  else if (!sending) send(file);
});
form.querySelector("[data-stop]").addEventListener("click", () => sending?.abort());

for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, () => drop.classList.add("import-drop-over"));
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("import-drop-over"));
// Beside the box a dropped file would be opened by the browser, and the page be gone.
for (const name of ["dragover", "drop"]) {
  addEventListener(name, (event) => {
    if (event.target !== input) event.preventDefault();
  });
}
addEventListener("pageshow", finish);
form.noValidate = true;
show();
