// The chat window: what is typed is kept until the server has it, and what comes in is shown once, whatever the network does.
const $ = (id) => document.getElementById(id);
const words = JSON.parse($("words").textContent);
const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");
const { base, live, lang, id } = document.body.dataset;
const isFramed = "framed" in document.body.dataset && parent !== window;
const SLOT = `keyue-chat-${id}`, LARGEST = 20 << 20, MOST = 9, QUIET = 45000;
// --- what outlives a reload: the token, what is not sent yet, and that the notice was agreed to -----------------------
// A browser that denies a frame of another site its own storage leaves it to the page around it, which is the company's.
const ours = (() => { try { return localStorage; } catch {} })();
const store = { token: "", outbox: [], notice: "" };
let host = ""; // the origin of the page around, known once it has spoken
const recall = (text) => { try { Object.assign(store, JSON.parse(text ?? "null")); } catch {} };
const keep = () => {
  const text = JSON.stringify({ ...store, outbox: store.outbox.map(({ files, ...it }) => it).filter((it) => it.body || it.person) });
  try { ours ? ours.setItem(SLOT, text) : host && parent.postMessage({ keyue: "keep", text }, host); } catch {}
};
recall(ours?.getItem(SLOT));
let identity = "", standing = {}, newest = 0, closed = "", begun = false, isOpen = !isFramed, unread = 0, files = [];
const shown = new Map(); // id of a line, or key of one not yet sent -> its elements
// --- showing ------------------------------------------------------------------------------------------------------------
const el = (tag, set = {}, ...inside) => { const made = Object.assign(document.createElement(tag), set); made.append(...inside); return made; };
const clock = (at) => new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hour12: false }).format(at);
const dayOf = (at) => at.toDateString();
const size = (n) => (n > 1 << 20 ? `${(n / (1 << 20)).toFixed(1)} MB` : `${Math.max(1, Math.round(n / 1024))} KB`);
const atEnd = () => $("log").scrollHeight - $("log").scrollTop - $("log").clientHeight < 90;
const toEnd = () => ($("log").scrollTop = $("log").scrollHeight);
// addresses become links, everything else stays text
function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"'\u3000-\u303f\uff00-\uffef]+)/).map((part, n) =>
    n % 2 ? el("a", { href: part, textContent: part, target: "_blank", rel: "noopener noreferrer nofollow" }) : part);
}
function put(line, key) {
  const at = new Date(line.at), stay = atEnd();
  const old = shown.get(line.key) ?? shown.get(line.id);
  const bubble = el("div", { className: `${line.side} say` });
  if (line.side === "auto") bubble.append(el("strong", { className: "att", textContent: say("auto") }));
  else bubble.append(el("span", { className: "sr", textContent: `${line.side === "me" ? say("me") : line.by ?? say("somebody")}: ` }));
  bubble.append(...linked(line.gone ? say("gone") : line.text));
  for (const file of line.files ?? [])
    bubble.append(file.url ? el("a", { className: "att", href: file.url, textContent: `${file.name} (${size(file.size)})`, download: file.name })
      : el("span", { className: "att", textContent: `${file.name} (${size(file.size)})` }));
  const under = el("p", { className: `under ${line.side}` });
  if (line.source) under.append(el("a", { href: line.source.url, textContent: say("source", { name: line.source.title }), target: "_blank", rel: "noopener" }), " ");
  under.append(el("span", { textContent: [line.side === "us" ? line.by : "", clock(at)].filter(Boolean).join(" ") }), el("span", { className: "how" }));
  const pair = { bubble, under, line };
  const day = old?.bubble.previousElementSibling; // by the visitor's clock, which the server's may contradict
  if (day?.className === "day") day.remove();
  if (old) old.bubble.remove(), old.under.remove(), shown.delete(old.line.id ?? old.line.key);
  place(pair, at);
  shown.delete(line.key), shown.set(line.id ?? key, pair);
  if (line.side === "me" && line.id) how(pair, line.read ? "read" : "sent");
  if (stay || line.side === "me") toEnd();
  return pair;
}
// in the order in which the server has them; what is not sent yet comes last
function place({ bubble, under, line }, at) {
  const others = [...shown.values()];
  const next = line.id && others.filter((it) => !it.line.id || it.line.id > line.id).sort((a, b) => (a.line.id ?? Infinity) - (b.line.id ?? Infinity))[0];
  bubble.dataset.day = dayOf(at);
  for (const it of [bubble, under]) $("log").insertBefore(it, next ? next.bubble : null);
  const last = [...$("log").querySelectorAll("[data-day]")].filter((it) => it !== bubble && it.compareDocumentPosition(bubble) & 4).at(-1)?.dataset.day;
  if (bubble.dataset.day === (last ?? dayOf(new Date()))) return;
  $("log").insertBefore(el("p", { className: "day", textContent: at.toLocaleDateString(lang, { month: "long", day: "numeric" }) }), bubble);
}
function how({ under }, name, ...more) {
  under.classList.toggle("bad", name === "failed" || name === "kept");
  under.querySelector(".how").replaceChildren(` ${say(name)}`, ...more);
}
function receive(line, fresh) {
  if (shown.has(line.id)) return;
  (newest = Math.max(newest, line.id)), (store.outbox = store.outbox.filter((it) => it.key !== line.key));
  put(line);
  if (line.side !== "me") $("typing").textContent = "";
  if (fresh && line.side !== "me" && !isOpen) tellUnread(unread + 1);
  keep(), seen();
}
const tellUnread = (n) => ((unread = n), isFramed && parent.postMessage({ keyue: "unread", n }, "*")); // a number, no secret
function stand(it) {
  standing = it;
  const { state, agent, ahead, asked, robot } = it;
  const text = state === "open" ? say("serving", { name: agent }) : state === "ended" ? say("over")
    : state !== "queued" ? "" : robot && !asked ? say("robot") : closed ? "" : ahead ? say("queue", { n: ahead }) : asked ? say("asked") : say("next");
  if ($("standing").textContent !== text) $("standing").textContent = text;
  const going = state === "queued" || state === "open";
  $("finish").hidden = !going, $("person").hidden = !store.notice && !begun || state === "open" || (going && asked);
  $("solved").hidden = !(state === "queued" && robot && !asked);
  $("contact").hidden = !(closed && state !== "open") && $("leave").getAttribute("aria-expanded") !== "true";
  if (atEnd()) toEnd();
}
function ready() {
  $("start").hidden = Boolean(begun || store.notice), $("composer").hidden = !(begun || store.notice);
  $("closed").textContent = closed, $("closed").hidden = !closed, $("leave").hidden = Boolean(closed);
  stand(standing);
}
// --- asking the server --------------------------------------------------------------------------------------------------
async function call(name, body, { form = false } = {}) {
  const headers = { Authorization: `Bearer ${store.token}`, ...(form ? {} : { "Content-Type": "application/json" }) };
  const answer = await fetch(`${base}${name}/?lang=${lang}`, { method: "POST", headers, body: form ? body : JSON.stringify(body ?? {}), credentials: "omit" });
  const value = await answer.json().catch(() => ({}));
  return { ok: answer.ok, status: answer.status, wait: Number(answer.headers.get("Retry-After")) || 5, value };
}
async function begin() {
  const { ok, status, value } = await call("begin", { token: store.token, identity, after: newest });
  if (!ok) throw Object.assign(new Error(value.said), { status });
  if (value.other) (store.outbox = []), shown.forEach(({ bubble, under }) => (bubble.remove(), under.remove())), shown.clear();
  (store.token = value.token), (begun ||= value.begun), (closed = value.closed);
  for (const line of value.lines) receive(line, newest > 0 && !isOpen);
  keep(), ready(), stand(value.standing);
}
// --- sending: one after the other, each with a key of its own, until it is there ----------------------------------------
let isSending = false, tries = 0, resend;
const later = () => Math.min(30000, 1000 * 2 ** Math.min(tries++, 5)) * (0.75 + Math.random() / 2);
async function send() {
  clearTimeout(resend);
  const it = store.outbox.find((one) => !one.failed);
  if (isSending || !it || !store.token) return;
  const pair = (isSending = true) && shown.get(it.key);
  if (pair) how(pair, "sending");
  const form = it.files?.length ? new FormData() : new URLSearchParams();
  for (const name of ["key", "body", "email", "phone", "notice"]) if (it[name]) form.set(name, it[name]);
  if (it.person) form.set("person", "1");
  if (identity) form.set("identity", identity);
  for (const file of it.files ?? []) form.append("files", file);
  let wait = 0;
  try {
    const { ok, status, wait: asked, value } = await call("say", form, { form: true });
    if (ok) (tries = 0), (begun = true), done(it, value.line);
    else if (status === 429) wait = asked * 1000, pair && how(pair, "wait");
    else if (status === 403 && value.code === "token") await begin();
    else if (status >= 500) wait = later(), pair && how(pair, "kept");
    else fail(it, value.said || String(status));
  } catch { wait = later(); pair && how(pair, "kept"); }
  isSending = false;
  if (wait) resend = setTimeout(send, wait);
  else if (store.outbox.some((one) => !one.failed)) send();
}
function done(it, line) {
  store.outbox = store.outbox.filter((one) => one.key !== it.key);
  if (!shown.has(line.id)) put(line), (newest = Math.max(newest, line.id));
  if (it.email || it.phone) $("line").textContent = say("left"), ($("line").hidden = false);
  keep(), ready();
}
function fail(it, why) {
  it.failed = true;
  const again = el("button", { type: "button", textContent: say("again") }), drop = el("button", { type: "button", textContent: say("drop") });
  again.onclick = () => ((it.failed = false), keep(), send());
  drop.onclick = () => { store.outbox = store.outbox.filter((one) => one !== it); const p = shown.get(it.key); p?.bubble.remove(); p?.under.remove(); keep(); $("body").focus(); };
  const pair = shown.get(it.key);
  if (pair) how(pair, "failed", `: ${why}`, again, drop);
  fault(why), keep();
}
const fault = (text) => (($("fault").textContent = text), ($("fault").hidden = !text));
const key = () => (crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join(""));
function queue(it) {
  const full = { key: key(), at: new Date().toISOString(), notice: begun ? "" : store.notice, ...it };
  store.outbox.push(full), keep(), draw(full), send();
}
const draw = (it) => it.body || it.files?.length ? how(put({ side: "me", key: it.key, at: it.at, text: it.body ?? "", files: (it.files ?? []).map(({ name, size }) => ({ name, size })) }, it.key), it.failed ? "failed" : "sending") : 0;
$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = $("body").value.trim(), [email, phone] = [$("email").value.trim(), $("phone").value.trim()];
  const asks = !$("contact").hidden;
  if (!body && !files.length && !(asks && (email || phone))) return $("body").focus();
  if (closed && asks && !email && !phone && !store.left && standing.state !== "open") return fault($("contact-why").textContent), $("email").focus();
  fault("");
  queue({ body: body || (files.length ? "" : [email, phone].filter(Boolean).join(" ")), files, ...(asks ? { email, phone } : {}) });
  store.left ||= Boolean(asks && (email || phone));
  $("body").value = "", (files = []), listFiles(), grow(), $("body").focus();
});
$("person").onclick = $("no").onclick = () => { queue({ body: $("person").textContent.trim(), person: true }); $("body").focus(); };
$("yes").onclick = () => finish(null);
$("finish").onclick = () => $("ending").showModal();
$("ending").addEventListener("close", () => {
  if ($("ending").returnValue === "end") finish(Number($("ending").querySelector("[name=score]:checked")?.value) || null);
  $("ending").returnValue = "", $("body").focus();
});
async function finish(score) {
  try {
    const { ok, value } = await call("end", { score });
    if (ok) stand(value.standing); else fault(value.said ?? say("refresh"));
  } catch { fault(say("offline")); }
}
$("agree").onclick = () => { store.notice = $("agree").dataset.notice; keep(), ready(), $("body").focus(); };
$("leave").onclick = () => {
  const open = $("leave").getAttribute("aria-expanded") !== "true";
  $("leave").setAttribute("aria-expanded", String(open)), ($("contact").hidden = !open);
  (open ? $("email") : $("body")).focus();
};
// --- typing, files, keys ------------------------------------------------------------------------------------------------
const grow = () => { $("body").style.height = "auto"; $("body").style.height = `${Math.min(132, $("body").scrollHeight + 2)}px`; };
let toldAt = 0;
$("body").addEventListener("input", () => {
  grow(), fault("");
  if (standing.state === "open" && Date.now() - toldAt > 3000) (toldAt = Date.now()), call("typing").catch(() => {});
});
$("body").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) event.preventDefault(), $("composer").requestSubmit();
});
document.addEventListener("keydown", ({ key: pressed, isComposing }) => {
  if (pressed === "Escape" && !isComposing && isFramed && !$("ending").open) parent.postMessage({ keyue: "close" }, "*");
});
function add(list) {
  for (const file of list) {
    if (file.size > LARGEST) fault(say("large", { name: file.name, most: 20 }));
    else if (files.length >= MOST) fault(say("many", { most: MOST }));
    else files.push(file);
  }
  listFiles();
}
function listFiles() {
  $("files").replaceChildren(...files.map((file) => {
    const off = el("button", { type: "button", textContent: "\u00d7", ariaLabel: `${say("drop")} ${file.name}` });
    off.onclick = () => { files = files.filter((one) => one !== file); listFiles(); $("body").focus(); };
    return el("li", {}, `${file.name} (${size(file.size)})`, off);
  }));
}
$("pick").addEventListener("change", () => (fault(""), add($("pick").files), ($("pick").value = ""), $("body").focus()));
$("body").addEventListener("paste", ({ clipboardData }) => clipboardData.files.length && add(clipboardData.files));
// --- hearing ------------------------------------------------------------------------------------------------------------
let typingUntil, readSoon, readUpto = 0;
function seen() {
  const last = Math.max(0, ...[...shown.values()].filter(({ line }) => line.side !== "me" && line.id).map(({ line }) => line.id));
  if (!isOpen || document.hidden || last <= readUpto || !begun) return;
  clearTimeout(readSoon), readSoon = setTimeout(async () => {
    const { ok } = await call("read", { upto: last }).catch(() => ({}));
    if (ok) readUpto = Math.max(readUpto, last);
  }, 400);
}
const told = {
  line: (line) => receive(line, true),
  standing: stand,
  seen: ({ upto }) => shown.forEach((pair) => pair.line.side === "me" && pair.line.id <= upto && how(pair, "read")),
  typing: () => {
    $("typing").textContent = say("typing", { name: standing.agent || say("somebody") });
    clearTimeout(typingUntil), typingUntil = setTimeout(() => ($("typing").textContent = ""), 5000);
  },
  ready: () => offline(false),
};
const offline = (is) => (($("line").hidden = !is), is && ($("line").textContent = say("offline")));
let pulse, hurry, failures = 0;
async function listen() {
  const stop = new AbortController();
  const alive = () => { clearTimeout(pulse); pulse = setTimeout(() => stop.abort(), QUIET); };
  (hurry = () => stop.abort()), alive();
  try {
    await begin(), send();
    const answer = await fetch(`${live}?after=${newest}`, { headers: { Authorization: `Bearer ${store.token}` }, signal: stop.signal, cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw Object.assign(new Error(), { status: answer.status });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { value, done: over } = await reader.read();
      if (over) break;
      alive(), (failures = 0);
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const text of events) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(text) ?? [];
        if (name) told[name]?.(JSON.parse(data));
      }
    }
  } catch ({ status, message }) {
    if (status === 404 || status === 410) return fault(message), ($("composer").hidden = true);
    if (status === 403 && identity) identity = ""; // a name that the server does not take is not insisted on
    if (failures > 0 || !navigator.onLine) offline(true);
  }
  clearTimeout(pulse), failures++;
  const wait = failures < 2 ? 300 + Math.random() * 700 : Math.min(30000, 1000 * 2 ** Math.min(failures - 1, 5)) * (0.75 + Math.random() / 2);
  await new Promise((go) => { const slow = setTimeout(go, wait); hurry = () => (clearTimeout(slow), go()); });
  listen();
}
addEventListener("online", () => (tries = 0, hurry?.(), send()));
addEventListener("offline", () => (offline(true), hurry?.()));
document.addEventListener("visibilitychange", () => !document.hidden && seen());
// --- the page around it -------------------------------------------------------------------------------------------------
let introduced;
addEventListener("message", ({ source, origin, data }) => {
  if (source !== parent || !data) return;
  if (data.keyue === "identity") {
    const changed = introduced === undefined && data.token !== identity;
    if (introduced && !ours) recall(data.kept);
    (host = origin), (identity = data.token), introduced?.();
    if (changed) location.reload();
  }
  if (data.keyue === "open" || data.keyue === "closed") {
    isOpen = data.keyue === "open";
    if (isOpen) tellUnread(0), seen(), toEnd(), ($("composer").hidden ? $("agree") : $("body")).focus();
  }
});
if (isFramed) {
  ($("fold").hidden = false), ($("fold").onclick = () => parent.postMessage({ keyue: "close" }, "*"));
  await new Promise((go) => { introduced = go; setTimeout(go, 1500); parent.postMessage({ keyue: "hello" }, "*"); });
  introduced = undefined;
}
for (const it of store.outbox) draw(it);
ready(), listen();
