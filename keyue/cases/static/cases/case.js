// The page of one case: choosing a way to answer, and a conversation that begins at its end.
document.addEventListener("click", (event) => {
  const way = event.target.closest("[data-focus]");
  const focus = () => document.getElementById(way.dataset.focus)?.focus();
  // by its key at once, so that what is typed next is not lost; by mouse after the way itself has the focus; the arrow
  // keys between the ways must stay there
  if (way && !event.isTrusted) focus();
  else if (way && event.detail) setTimeout(focus);
});
const talk = () => document.querySelector("[data-bottom]");
const toEnd = () => talk()?.scrollTo(0, talk().scrollHeight);
let atEnd = true;
document.addEventListener("htmx:beforeSwap", () => {
  const box = talk();
  atEnd = !box || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
});
document.addEventListener("htmx:afterSettle", () => atEnd && toEnd());
// the newest is in view at first; a link to an entry leads there; a font that comes late makes it all longer
if (!location.hash) toEnd(), document.fonts.ready.then(() => atEnd && toEnd());

// on paper it says when it was printed, by the server's clock and in the company's zone
addEventListener("beforeprint", () => {
  for (const it of document.querySelectorAll("[data-printed]"))
    it.textContent = new Intl.DateTimeFormat("sv-SE", { timeZone: it.dataset.printed, dateStyle: "short", timeStyle: "short" }).format(ky.now());
});

// what was written and not yet sent outlives an act that loads the page anew
const words = () => document.getElementById("say_body");
const slot = () => words()?.closest("[data-draft]").dataset.draft;
addEventListener("pagehide", () => {
  const way = words()?.form.querySelector("[name=via]:checked")?.value;
  const whisper = words()?.form.elements.whisper?.checked; // the customer must not get what was written to colleagues
  const scripts = words()?.form.elements.scripts?.value;
  if (words()?.value.trim()) sessionStorage.setItem(slot(), JSON.stringify({ text: words().value, way, whisper, scripts }));
  else if (words()) sessionStorage.removeItem(slot());
});
const kept = words() && !words().value && JSON.parse(sessionStorage.getItem(slot()) ?? "null");
if (kept) {
  words().value = kept.text;
  const way = words().form.querySelector(`[name=via][value="${CSS.escape(kept.way ?? "")}"]`);
  if (way) way.checked = true;
  if (kept.scripts && words().form.elements.scripts) words().form.elements.scripts.value = kept.scripts;
  if (kept.whisper && words().form.elements.whisper) words().form.elements.whisper.checked = true;
}

// a refresh that was on its way when somebody asked for the form of the title, or began to type in it, must take
// neither the form nor the words; it comes afterwards
let missed;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const typing = detail.target.id === "head" && detail.target.querySelector("#title input, #title.htmx-request");
  if (detail.requestConfig.triggeringEvent?.type === "refresh" && typing) (detail.shouldSwap = false), (missed = true);
});
document.addEventListener("htmx:afterSettle", () => {
  const head = document.getElementById("head");
  if (missed && !head.querySelector("#title input, #title.htmx-request")) (missed = false), window.htmx.trigger(head, "refresh");
});
