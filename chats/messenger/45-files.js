// Files that go with a message: chosen, dropped or pasted, uploaded at once (CHAT-9: the desk checks what they are).

const MAX_FILES = 10; // in one message
const THUMB = 480; // device pixels, the longer side of a picture that is shown
const REASONS = {
  file_too_large: "fileTooLarge",
  file_empty: "fileEmpty",
  file_broken: "fileBroken",
  storage_full: "fileOther",
  network_error: "fileOffline",
};

let uploads = []; // of the message that is being written: {key, name, size, type, id, sent (0–1), picture, request}

const isPicture = (type) => /^image\/(png|jpe?g|gif|webp)$/.test(type || "");

/** The size in the reader's numbers: “1.2 MB”. */
function sizeWords(bytes) {
  const steps = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(3, bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0);
  const options = { style: "unit", unit: steps[step], unitDisplay: "short", maximumFractionDigits: step > 1 ? 1 : 0 };
  return new Intl.NumberFormat(kit.ui().language, options).format(bytes / 1000 ** step);
}

function addFiles(files) {
  const { errors } = words();
  const room = MAX_FILES - uploads.length;
  const chosen = Array.from(files);
  complainBelow(chosen.length > room ? errors.tooManyFiles(MAX_FILES) : null);
  for (const file of chosen.slice(0, room)) {
    if (!file.size) complainBelow(errors.fileEmpty(file.name));
    else upload(file);
  }
  showUploads();
}

async function upload(file) {
  const name = file.name || "file";
  const entry = { key: kit.newId(), name, size: file.size, type: file.type, id: null, sent: 0, picture: file, veil: ownVeil() };
  uploads.push(entry);
  try {
    const taken = await sendFile(entry, file);
    Object.assign(entry, { id: taken.id, name: taken.name, size: taken.size, type: taken.type, sent: 1 });
  } catch (error) {
    if (!(error instanceof DeskError)) throw error;
    if (!uploads.includes(entry)) return; // taken away meanwhile
    uploads = uploads.filter((one) => one !== entry);
    complainBelow(fileTrouble(error, name));
  }
  keepComposer();
  showUploads();
}

function fileTrouble(error, name) {
  const { errors } = words();
  if (error.code === "blocked") return words().blocked;
  if (error.status === 429) return errors.fileThrottled(name);
  if (error.status === 413) return errors.fileTooLarge(name);
  // Any other reason of the desk's is that it does not take files of that kind.
  return errors[REASONS[error.code] || (error.status === 400 ? "fileType" : "fileOther")](name);
}

/** Upload with progress. A session that ran out is begun anew once. */
async function sendFile(entry, file) {
  const again = async () => {
    await asVisitor("GET", "me"); // renews the session, and keeps it
    return transfer(entry, file);
  };
  return transfer(entry, file).catch((error) => (error.code === "session_expired" ? again() : Promise.reject(error)));
}

function transfer(entry, file) {
  if (!desk.session) return Promise.reject(new DeskError("not_booted", "boot comes first."));
  const request = new XMLHttpRequest();
  entry.request = request;
  request.open("POST", `${kit.api}attachments`);
  request.setRequestHeader("Authorization", `Bearer ${desk.session.token}`);
  request.responseType = "text";
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) entry.sent = event.loaded / event.total;
    showProgress(entry);
  };
  const body = new FormData();
  body.append("file", file, entry.name);
  return new Promise((done, fail) => {
    request.onload = () => {
      const data = parsed(request.responseText);
      if (request.status === 201 && data) return done(data);
      const error = (data && data.error) || {};
      return fail(new DeskError(error.code || `http_${request.status}`, error.message || "", { status: request.status }));
    };
    request.onerror = request.onabort = () => fail(new DeskError("network_error", "The desk could not be reached."));
    request.send(body);
  });
}

function removeUpload(entry) {
  uploads = uploads.filter((one) => one !== entry);
  if (entry.request && !entry.id) entry.request.abort();
  keepComposer();
  showUploads();
}

/**
 * A picture, drawn: a page's content policy may refuse pictures of other hosts, and needs not allow any for this.
 * Rejects when the bytes are no picture this browser knows.
 */
async function drawPicture(canvas, blob) {
  const whole = await createImageBitmap(blob);
  const scale = Math.min(1, THUMB / Math.max(whole.width, whole.height));
  canvas.width = Math.max(1, Math.round(whole.width * scale));
  canvas.height = Math.max(1, Math.round(whole.height * scale));
  canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height);
  whole.close();
}

async function fetchFile(address) {
  const response = await fetch(address, { credentials: "omit" });
  if (!response.ok) throw new DeskError(`http_${response.status}`, "", { status: response.status });
  return response.blob();
}
