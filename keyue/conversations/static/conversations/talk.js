// The console of conversations: who is writing, what has been read, what is on its way, and alerts in the background.
const talk = () => document.getElementById("talk");
const field = () => document.getElementById("say_body");
const post = (url, body = "") => fetch(url, {
  method: "POST", body: new URLSearchParams(body), credentials: "same-origin",
  headers: { "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "" },
}).catch(() => {});

// --- the customer is writing; so is the agent -----------------------------------------------------------------------
let quiet;
document.addEventListener("ky:changed", ({ detail: { names } }) => {
  const sign = document.getElementById("talk-typing");
  if (!sign || !names.includes(`typing:${talk().dataset.talk}`)) return;
  sign.hidden = false;
  clearTimeout(quiet);
  quiet = setTimeout(() => (sign.hidden = true), 5000);
});
let toldAt = 0;
document.addEventListener("input", ({ target }) => {
  const whispers = target.form?.querySelector("[name=whisper]")?.checked; // the customer must not learn of whispers
  if (target !== field() || whispers || !talk().dataset.typing || !target.value || Date.now() - toldAt < 3000) return;
  toldAt = Date.now();
  post(talk().dataset.typing);
});

// --- what the customer said is read when it stands on a page that is looked at ---------------------------------------
let readUpto = {};
function read() {
  const url = talk()?.dataset.seen;
  const last = Math.max(0, ...[...document.querySelectorAll("#talk-log [data-line]")].map((it) => Number(it.dataset.line)));
  if (!url || document.hidden || last <= (readUpto[url] ?? 0)) return;
  readUpto = { [url]: last };
  post(url, { upto: last });
}
document.addEventListener("htmx:afterSettle", read);
document.addEventListener("visibilitychange", read);
read();

// --- a line was taken in: the composer is empty again, with an identity of its own for the next one ---------------------
// What somebody wrote on while the line was on its way is the next one, and stays, also where the line did not go.
const written = (form) => form && JSON.stringify([form.elements.body.value, form.elements.whisper.checked, form.elements.files.files.length]);
const composer = () => document.getElementById("composer");
let sent, wroteOn = "";
document.addEventListener("htmx:beforeSend", ({ target }) => target.id === "composer" && (sent = written(target)));
document.addEventListener("said", ({ detail }) => {
  const form = composer();
  if (!form) return;
  form.elements.once.value = detail.once;
  form.querySelector(".banner[role=alert]")?.closest(".bar").remove();
  if (written(form) === sent) {
    form.reset();
    document.getElementById("promised")?.replaceChildren();
    for (let file; (file = form.querySelector("[data-upload] .file button")); ) file.click(); // its own way of taking a file back, one at a time: each click makes the others anew
    field().value = "";
  }
  field().focus();
  const log = document.getElementById("talk-log");
  log?.scrollTo(0, log.scrollHeight);
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "talk") wroteOn = composer() && sent && written(composer()) !== sent ? field().value : "";
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "talk" || !field() || !wroteOn) return;
  field().value = [field().value, wroteOn].filter(Boolean).join("\n");
  wroteOn = "";
});

// --- alerts, by permission only: a page in the background has given its stream back, so it listens by one of its own ---
const KEY = "ky-alerts";
const isOn = () => localStorage.getItem(KEY) === "on" && window.Notification?.permission === "granted";
function show() {
  const button = document.getElementById("alerts");
  if (!button || !window.Notification) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(isOn()));
}
let sound;
function ring() {
  if (!sound) return;
  const tone = sound.createOscillator(), loud = sound.createGain();
  tone.frequency.value = 660;
  loud.gain.setValueAtTime(0.08, sound.currentTime);
  loud.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.4);
  tone.connect(loud).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.4);
}
document.addEventListener("click", async ({ target }) => {
  if (!target.closest("#alerts")) return;
  if (isOn()) localStorage.removeItem(KEY);
  else if ((await Notification.requestPermission()) === "granted") localStorage.setItem(KEY, "on");
  if (isOn()) (sound ??= new AudioContext()), ring();
  show();
});
document.addEventListener("pointerdown", () => isOn() && (sound ??= new AudioContext()), { once: true });
document.addEventListener("htmx:afterSettle", show);
show();
let source, before, soon;
async function look() {
  soon = undefined;
  const { waiting, said, queued } = document.getElementById("alerts").dataset;
  const now = await fetch(waiting).then((answer) => (answer.ok ? answer.json() : undefined)).catch(() => {});
  if (!now || !document.hidden) return;
  const more = before && (now.last > before.last ? said : now.queue > before.queue ? queued : "");
  before = now;
  if (more) new Notification(more, { tag: "keyue-talk" }).onclick = () => window.focus(), ring();
}
document.addEventListener("visibilitychange", () => {
  source?.close();
  before = source = undefined;
  if (!document.hidden || !isOn()) return;
  look();
  source = new EventSource(`${document.body.dataset.liveUrl}?${new URLSearchParams({ at: new Date(window.ky.now()).toISOString() })}`);
  source.onmessage = ({ data }) => /"conversation:/.test(data) && (soon ??= setTimeout(look, 1500));
});
