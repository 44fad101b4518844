// One message: name, text, files, time and what became of it.

function messageItem(message, entry, { isFirst, isLast, isSent }) {
  const became = entry ? stateWords(entry) : isSent ? words().sent : "";
  const key = entry || message.clientId ? `c:${entry ? entry.id : message.clientId}` : `m:${message.number}`;
  const sign = JSON.stringify([isFirst, isLast, became, Boolean(entry), entry && entry.failed]);
  return { key, sign, build: () => buildMessage(message, entry, { isFirst, isLast, became }) };
}

function buildMessage(message, entry, { isFirst, isLast, became }) {
  const isMine = message.author === "visitor";
  const kinds = ["message", isMine && "mine", isFirst && "first", isLast && "last", entry && "pending", entry && entry.failed && "trouble-of"];
  return make(
    "li",
    { class: kinds.filter(Boolean).join(" ") },
    isFirst && !isMine ? make("span", { class: "who", dir: "auto" }, nameOf(message)) : make("span", { class: "hear" }, nameOf(message)),
    message.text ? make("div", { class: "bubble", dir: "auto" }, ...linked(message.text)) : null,
    message.attachments.length ? make("div", { class: "files" }, ...message.attachments.map((file) => fileElement(message, file))) : null,
    isLast || became ? noteOf(message, entry, became) : null,
  );
}

function noteOf(message, entry, became) {
  const texts = words();
  const time = make("time", { datetime: message.at, title: inWords(new Date(message.at), { dateStyle: "full", timeStyle: "short" }) }, clock(new Date(message.at)));
  if (!entry) return make("div", { class: "note" }, became ? make("span", { class: "state" }, became) : null, time);
  if (!entry.failed) return make("div", { class: "note" }, make("span", { class: "state" }, became));
  const again = make("button", { type: "button", click: () => sendAgain(entry) }, texts.again);
  const drop = () => {
    dropOut(entry);
    show();
    focusFirst();
  };
  return make(
    "div",
    { class: "note failed", role: "alert" },
    icon("alert"),
    make("span", { class: "state" }, became),
    again,
    make("button", { type: "button", click: drop }, texts.drop),
  );
}

/** A picture as a picture, anything else as a card; both open or save the file. */
function fileElement(message, file) {
  if (!file.url) return make("div", { class: "card" }, icon("file"), cardWords(file)); // on its way
  const attributes = { href: addressOf(file), target: "_blank", rel: "noopener noreferrer", click: (event) => follow(event, message, file) };
  if (!isPicture(file.type)) {
    return make("a", { class: "card", download: file.name, "aria-label": words().download(file.name), ...attributes }, icon("file"), cardWords(file));
  }
  const canvas = make("canvas", { width: file.width || 240, height: file.height || 180, role: "img", "aria-label": words().picture(file.name) });
  const link = make("a", { class: "picture", ...attributes }, canvas);
  showPicture(canvas, message, file).catch(() => link.replaceWith(make("a", { class: "card", ...attributes }, icon("file"), cardWords(file))));
  return link;
}

function cardWords(file) {
  return make("span", {}, make("b", { dir: "auto" }, file.name), make("small", {}, sizeWords(file.size)));
}

async function showPicture(canvas, message, file) {
  const scale = Math.min(1, THUMB / Math.max(file.width || 240, file.height || 180));
  canvas.width = Math.max(1, Math.round((file.width || 240) * scale));
  canvas.height = Math.max(1, Math.round((file.height || 180) * scale));
  await drawPicture(canvas, await fetchFile(await freshAddress(message, file)));
}

/** An address that is too old is fetched anew before it is followed. */
function follow(event, message, file) {
  if (Date.now() - message.fetchedAt < LINK_LIFE) return;
  event.preventDefault();
  freshAddress(message, file).then(
    (address) => make("a", { href: address, target: "_blank", rel: "noopener noreferrer", download: isPicture(file.type) ? null : file.name }).click(),
    () => {},
  );
}
