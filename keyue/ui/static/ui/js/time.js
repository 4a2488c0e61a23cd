// Countdowns: text and tone from data-due and data-start, by the server's clock and in the server's words.
const words = JSON.parse(document.querySelector('meta[name="ky-words"]').content);
const skew = Date.parse(document.documentElement.dataset.now) - Date.now() || 0;
const now = () => Date.now() + skew;
const say = (key, value) => words[key].replace("{}", value);
function span(milliseconds) {
  const s = Math.max(1, Math.floor(milliseconds / 1000));
  const [m, h, d] = [60, 3600, 86400].map((unit) => Math.floor(s / unit));
  const parts =
    d >= 2 ? { day: d } : d ? { day: d, hour: h % 24 } : h ? { hour: h, minute: m % 60 } : m ? { minute: m } : { second: s };
  const amount = ([unit, n]) => words[unit][n === 1 ? 0 : 1].replace("{}", n);
  return Object.entries(parts).filter(([, n]) => n).map(amount).join(" ");
}

function refresh(el) {
  const due = Date.parse(el.dataset.due);
  const left = due - now();
  const quarter = (due - Date.parse(el.dataset.start || el.dataset.due)) / 4;
  const tone = left < 0 ? "late" : left <= Math.max(quarter, 3600000) ? "soon" : "open";
  const text = say(left < 0 ? "over" : "left", span(Math.abs(left)));
  if (el.lastElementChild.textContent !== text) el.lastElementChild.textContent = text;
  const old = el.dataset.s;
  for (const it of tone === old ? [] : [el, el.parentElement.closest(".row, .prail > li, .banner")]) {
    if (it?.dataset.s !== old) continue;
    it.dataset.s = tone;
    it.querySelector(":scope > .g use")?.setAttribute("href", `#g-${tone}`);
  }
  return Math.abs(left) < 61000;
}

let timer;
function tick() {
  clearTimeout(timer);
  const close = [...document.querySelectorAll("[data-due]")].map(refresh).some(Boolean);
  timer = setTimeout(tick, close ? 1000 : 20000); // by the second only around the instant itself
}
window.ky = { now, say, span };
for (const type of ["htmx:load", "visibilitychange"]) document.addEventListener(type, tick);
tick();
