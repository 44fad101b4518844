// The follow-up form (CHAT-7): after the first message of somebody the desk cannot reach, and for who would rather leave
// a number than write. Typed by the visitor, therefore unqualified (QUAL-1).

const FIELDS = {
  mobileNumber: { type: "tel", inputmode: "tel", autocomplete: "tel", maxlength: 50 },
  email: { type: "email", inputmode: "email", autocomplete: "email", maxlength: 254 },
  name: { type: "text", autocomplete: "name", maxlength: 100 },
};

let answered = null; // {chat, last}: the form was filled in there; it says thank you until the next message

function askedFields() {
  const { followUp } = desk.site;
  return Object.keys(FIELDS).filter((name) => followUp[name]);
}

const isMandatory = () => Boolean(desk.site.followUp.mandatory);

/** Whether the form stands below what the visitor has said in this chat. */
function isFormWanted(messages, pending) {
  if (isThanked(pending)) return true;
  if (!state.asksContact || !askedFields().length || isBlocked()) return false;
  const chat = state.chat && state.chats.get(state.chat);
  if (!chat || chat.state !== "open" || pending.length || !messages.some((message) => message.author === "visitor")) return false;
  return isMandatory() || kit.read.tab(LATER) !== ownVeil();
}

function isThanked(pending) {
  return Boolean(answered && answered.chat === state.chat && !pending.length && roomOf(answered.chat).last === answered.last);
}

/** Whether a site that insists on it gets its answer before the next message. */
function isContactFirst() {
  if (!isMandatory() || !state.chat) return false;
  const room = state.rooms.get(state.chat);
  return Boolean(room) && state.asksContact && isFormWanted(inOrder(room), outbox().filter((entry) => !entry.failed));
}

function buildFollowUp() {
  const box = make("li", { class: "follow" });
  const later = () => {
    kit.write.tab(LATER, ownVeil());
    show();
    focusFirst();
  };
  showForm(box, { later: isMandatory() ? null : later, chat: state.chat });
  return box;
}

/** The form alone, without a conversation. */
function buildContact() {
  const body = make("div", { class: "body" });
  showForm(body, { later: null, chat: null });
  return [body];
}

function enterContact() {
  goTo("contact");
  redraw();
  focusFirst();
}

function showForm(box, { later, chat }) {
  const { details } = words();
  const asked = askedFields();
  const both = asked.includes("mobileNumber") && asked.includes("email");
  const rows = asked.map((name) => row(name, name === "name" && asked.length > 1));
  const trouble = make("div", { role: "alert" });
  const send = make("button", { class: "main leave-details", type: "submit" }, details.send);
  const form = make(
    "form",
    { novalidate: true, submit: (event) => submit(event, { box, rows, trouble, send, later, chat }) },
    ...rows.map((entry) => entry.element),
    both ? make("p", { class: "hint" }, details.oneOf) : null,
    trouble,
    send,
    later ? make("button", { class: "later", type: "button", click: later }, details.later) : null,
  );
  box.replaceChildren(make("h3", {}, details.title), make("p", { class: "lead" }, details.lead), form);
}

/** One field: its input, and a place for what is wrong with it. */
function row(name, optional) {
  const { details } = words();
  const id = `contact-desk-${name}`;
  const input = make("input", { id, name, ...FIELDS[name], "aria-describedby": `${id}-wrong`, input: () => complain(entry, null) });
  const wrong = make("div", { id: `${id}-wrong` });
  const label = make("label", { for: id }, details[name], optional ? make("span", { class: "optional" }, details.optional) : null);
  const entry = { name, input, wrong, element: make("div", {}, label, input, wrong) };
  return entry;
}

/** Say what is wrong with a field; null: nothing any more. */
function complain(entry, text) {
  if (text) entry.input.setAttribute("aria-invalid", "true");
  else entry.input.removeAttribute("aria-invalid");
  entry.wrong.replaceChildren(...(text ? [make("p", { class: "wrong" }, icon("alert"), make("span", {}, text))] : []));
}

/** What can be said without asking the desk: {field: words}. */
function check(values, asked) {
  const { errors } = words();
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
  send.setAttribute("aria-disabled", "true");
  send.textContent = words().details.sending;
  kit.inLine("follow-up", () => kit.changeUser("POST", "me/contact", values), (error) => {
    send.removeAttribute("aria-disabled");
    send.textContent = words().details.send;
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
  const { errors } = words();
  const wrong = {};
  for (const path of [error.path, ...(error.details || []).map((detail) => detail.path)]) {
    if (path in FIELDS) wrong[path] = errors[path];
  }
  if (error.status === 400 && showWrong(rows, wrong)) return;
  const text = error.status === 429 ? errors.throttled : errors.other;
  trouble.replaceChildren(make("p", { class: "wrong trouble" }, icon("alert"), make("span", {}, text)));
}

function showThanks({ box, later, chat }, values) {
  state.asksContact = false;
  answered = chat && { chat, last: roomOf(chat).last };
  announce("onFollowUpChanged", values);
  if (!box.isConnected) return;
  const { details } = words();
  const again = () => {
    showForm(box, { later, chat });
    box.querySelector("input").focus();
  };
  const heading = make("h3", { tabindex: "-1" }, details.thanks);
  box.replaceChildren(
    make(
      "div",
      { class: "done" },
      make("div", { class: "tick" }, icon("tick")),
      heading,
      make("p", { class: "lead" }, details.thanksLead),
      chat ? null : make("button", { class: "plain", type: "button", click: again }, details.again),
    ),
  );
  show();
  heading.focus(); // read out, and the place from which Tab goes on
}
