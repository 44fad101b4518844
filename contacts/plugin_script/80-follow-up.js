// The follow-up form: the visitor leaves a phone number or an e-mail (KIND-2). Typed, therefore unqualified (QUAL-1).

const FIELDS = {
  mobileNumber: { type: "tel", inputmode: "tel", autocomplete: "tel", maxlength: 50 },
  email: { type: "email", inputmode: "email", autocomplete: "email", maxlength: 254 },
  name: { type: "text", autocomplete: "name", maxlength: 100 },
};

function askedFields() {
  const { followUp } = desk.site;
  return Object.keys(FIELDS).filter((name) => followUp[name]);
}

function showForm(body, headingId) {
  const { texts } = ui;
  const asked = askedFields();
  if (!asked.length) {
    body.replaceChildren(...intro(headingId, texts.nothing, texts.nothingLead));
    return;
  }
  const both = asked.includes("mobileNumber") && asked.includes("email");
  const rows = asked.map((name) => row(name, name === "name" && asked.length > 1));
  const trouble = make("div", { class: "alert", role: "alert" });
  const send = make("button", { class: "send", type: "submit" }, texts.send);
  const form = make(
    "form",
    { novalidate: true, submit: (event) => submit(event, { body, form, rows, trouble, send, headingId }) },
    ...rows.map((entry) => entry.element),
    both ? make("p", { class: "hint" }, texts.oneOf) : null,
    trouble,
    send,
  );
  body.replaceChildren(...intro(headingId, texts.title, texts.lead), form);
}

function intro(headingId, title, lead) {
  return [make("h2", { id: headingId }, title), make("p", { class: "lead" }, lead)];
}

/** One field: its input, and a place for what is wrong with it. */
function row(name, optional) {
  const { texts } = ui;
  const id = `contact-desk-${name}`;
  const input = make("input", { id, name, ...FIELDS[name], "aria-describedby": `${id}-wrong`, input: () => complain(entry, null) });
  const wrong = make("div", { id: `${id}-wrong` });
  const label = make("label", { for: id }, texts[name], optional ? make("span", { class: "optional" }, texts.optional) : null);
  const entry = { name, input, wrong, element: make("div", {}, label, input, wrong) };
  return entry;
}

/** Say what is wrong with a field; null: nothing any more. */
function complain(entry, words) {
  if (words) entry.input.setAttribute("aria-invalid", "true");
  else entry.input.removeAttribute("aria-invalid");
  entry.wrong.replaceChildren(...(words ? [make("p", { class: "wrong" }, icon("alert"), make("span", {}, words))] : []));
}

/** What can be said without asking the desk: {field: words}. */
function check(values, asked) {
  const { errors } = ui.texts;
  const wrong = {};
  if (values.mobileNumber && values.mobileNumber.replace(/\D/g, "").length < 7) wrong.mobileNumber = errors.mobileNumber;
  if (values.email && !/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(values.email)) wrong.email = errors.email;
  const points = asked.filter((name) => name !== "name");
  if (points.length === 2 && !points.some((name) => values[name])) wrong.mobileNumber = errors.oneNeeded;
  if (points.length === 1 && !values[points[0]]) wrong[points[0]] = errors[`${points[0]}Needed`];
  if (!points.length && !values.name) wrong.name = errors.nameNeeded;
  return wrong;
}

function submit(event, parts) {
  event.preventDefault();
  const { rows, trouble, send } = parts;
  if (send.getAttribute("aria-disabled") === "true") return;
  const values = {};
  for (const { name, input } of rows) if (input.value.trim()) values[name] = input.value.trim();
  trouble.replaceChildren();
  if (showWrong(rows, check(values, rows.map((entry) => entry.name)))) return;
  const { texts } = ui;
  send.setAttribute("aria-disabled", "true");
  send.textContent = texts.sending;
  inLine("follow-up", () => changeUser("POST", "me/contact", values), (error) => {
    send.removeAttribute("aria-disabled");
    send.textContent = texts.send;
    if (error) showRefusal(error, parts);
    else showThanks(parts, values);
  });
}

/** Whether there was anything to show; the first wrong field gets the focus. */
function showWrong(rows, wrong) {
  for (const entry of rows) complain(entry, wrong[entry.name] || null);
  const first = rows.find((entry) => wrong[entry.name]);
  if (first) first.input.focus();
  return Boolean(first);
}

function showRefusal(error, { rows, trouble }) {
  const { errors } = ui ? ui.texts : TEXTS.en;
  const wrong = {};
  for (const path of [error.path, ...error.details.map((detail) => detail.path)]) {
    if (path in FIELDS) wrong[path] = errors[path];
  }
  if (error.status === 400 && showWrong(rows, wrong)) return;
  const words = error.status === 429 ? errors.throttled : errors.other;
  trouble.replaceChildren(make("p", { class: "wrong trouble" }, icon("alert"), make("span", {}, words)));
}

function showThanks({ body, headingId }, values) {
  announce("onFollowUpChanged", values);
  if (!ui || !body.isConnected) return;
  const { texts } = ui;
  const again = () => {
    showForm(body, headingId);
    body.querySelector("input").focus();
  };
  const heading = make("h2", { id: headingId, tabindex: "-1" }, texts.thanks);
  body.replaceChildren(
    make(
      "div",
      { class: "done" },
      make("div", { class: "tick" }, icon("tick")),
      heading,
      make("p", { class: "lead" }, texts.thanksLead),
      make("button", { class: "again", type: "button", click: again }, texts.again),
    ),
  );
  heading.focus(); // read out, and the place from which Tab goes on
}
