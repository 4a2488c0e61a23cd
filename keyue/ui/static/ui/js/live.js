// Live updates: one stream names what has changed; elements with data-live="case:142 promise:*" refresh themselves.
const address = document.body.dataset.liveUrl;
let [pending, source, last, retry, soon] = [new Map()]; // pending: element -> the names it has not yet shown
const wants = (el, name) => el.dataset.live.split(/\s+/).some((w) => w === name || (w.endsWith(":*") && name.startsWith(w.slice(0, -1))));
// what is in use must not move: the reader types in it, or stands on a row of it
const row = '.row[aria-current="true"], tr[aria-current="true"]';
const inUse = (el) => el.closest("main") && (el.contains(document.activeElement) || el.matches(row) || el.querySelector(row));

function offer(el, names) {
  el.id ||= `live-${Math.random().toString(36).slice(2)}`;
  let bar = document.querySelector(`.fresh-bar[data-for="${el.id}"]`);
  if (!bar) {
    bar = Object.assign(document.createElement("button"), { type: "button", className: "fresh-bar" });
    bar.dataset.for = el.id;
    bar.addEventListener("click", () => (bar.remove(), renew(el)));
    el.before(bar);
  }
  bar.textContent = window.ky.say("changes", names.size);
}
const heir = (el) => (el.isConnected ? el : document.getElementById(el.id)); // a refresh puts another in its place
const renew = (el) => pending.delete(el) && heir(el) && window.htmx.trigger(heir(el), "refresh");
function settle() {
  const busy = document.querySelector("[data-live].htmx-request"); // called again before it is swapped, it would forget
  soon = busy ? setTimeout(settle, 150) : undefined;
  for (const [el, names] of busy ? [] : pending) inUse(el) ? offer(el, names) : renew(el);
}
function heard({ data, lastEventId }) {
  last = lastEventId || last;
  const names = data.match(/[a-z_]+:[\w-]+/g) ?? [];
  document.dispatchEvent(new CustomEvent("ky:changed", { detail: { names } }));
  for (const el of document.querySelectorAll("[data-live]"))
    for (const name of names) if (wants(el, name)) pending.set(el, (pending.get(el) ?? new Set()).add(name));
  soon ??= setTimeout(settle, 150 + Math.random() * 350); // gather a burst; not all readers at the same instant
}
function mark(live) {
  const stale = window.ky.say("stale", new Date(window.ky.now()).toTimeString().slice(0, 5));
  for (const el of document.querySelectorAll("[data-live-mark]")) {
    if (!live && el.dataset.off === undefined) [el.dataset.text, el.textContent] = [el.textContent, stale];
    if (live && el.dataset.off !== undefined) el.textContent = el.dataset.text;
    el.toggleAttribute("data-off", !live);
  }
}
function connect() {
  clearTimeout(retry), source?.close();
  source = new EventSource(`${address}?${new URLSearchParams(last ? { since: last } : { at: document.documentElement.dataset.now })}`);
  source.onopen = () => mark(true);
  source.onmessage = heard;
  source.onerror = () => {
    mark(false);
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, 5000 + Math.random() * 5000);
  };
}
// a hidden page gives its connection back: a browser has six for one host
if (address) connect(), document.addEventListener("visibilitychange", () => (document.hidden ? source.close() : connect()));

// what a refresh has changed fades from blue; the ticking of a countdown is no change
const text = (el) => [...el.querySelectorAll("[data-due]")].reduce((all, due) => all.replace(due.textContent, ""), el.textContent);
const parts = (el) => new Map([...el.querySelectorAll(":is(.row, tr, .msg, .ev, .prail > li)[id]")].map((x) => [x.id, text(x)]));
let before;
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => (before = target.dataset.live && { id: target.id, was: parts(target) }));
document.addEventListener("htmx:afterSettle", () => {
  const el = before && document.getElementById(before.id);
  for (const [id, is] of el ? parts(el) : []) if (before.was.get(id) !== is) document.getElementById(id).classList.add("fresh");
  before = undefined;
});
// what a page asks for by itself is no sign of its reader: the time-out goes by people's own steps
document.addEventListener("htmx:configRequest", ({ detail: { headers, triggeringEvent } }) => {
  if (!triggeringEvent || triggeringEvent.type === "refresh") headers["Ky-By-Itself"] = "1";
});
