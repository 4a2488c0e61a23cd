// Canned answers and articles beside a composer: opened by its button or by / in an empty field, put in at the cursor.
const box = () => document.getElementById("canned-box");
const field = () => document.querySelector(".composer textarea");
function open(is) {
  if (!box()) return;
  box().hidden = !is;
  document.getElementById("phrases")?.setAttribute("aria-expanded", String(is));
  if (!is) return field()?.focus();
  const find = document.getElementById("canned-find");
  find.value = "";
  window.htmx.trigger(find, "find");
  find.focus();
}
// which canned answers are in it goes along, and is forgotten with the words
function note(code) {
  const kept = field()?.form.elements.scripts;
  if (kept && code) kept.value = [...new Set([...kept.value.split(" ").filter(Boolean), code])].join(" ");
}
document.addEventListener("input", ({ target }) => {
  if (target === field() && !target.value.trim() && target.form.elements.scripts) target.form.elements.scripts.value = "";
});
function insert(text, code) {
  const into = field();
  const at = into.selectionStart ?? into.value.length;
  into.setRangeText(text, at, into.selectionEnd ?? at, "end");
  note(code);
  open(false);
  into.dispatchEvent(new Event("input", { bubbles: true }));
}
document.addEventListener("click", ({ target }) => {
  if (target.closest("#phrases")) return open(box().hidden);
  const offered = target.closest("#canned-box [data-text]");
  if (offered) return insert(offered.dataset.text, offered.dataset.script);
  if (box() && !box().hidden && !target.closest("#canned-box")) open(false);
});
const stops = () => [document.getElementById("canned-find"), ...box().querySelectorAll("[data-text]")];
// what was found anew while somebody walks along it must not take the keyboard from them
let place = -1;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (box()?.contains(detail.target)) place = stops().indexOf(document.activeElement);
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (place > 0 && box()?.contains(detail.target) && !box().contains(document.activeElement)) (stops()[place] ?? stops()[0]).focus();
});
document.addEventListener("keydown", (event) => {
  if (!box() || box().hidden || !event.target.closest("#canned-box")) return;
  if (event.key === "Escape") event.preventDefault(), event.stopPropagation(), open(false);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) event.preventDefault(), stops().at((stops().indexOf(document.activeElement) + step) % stops().length).focus();
  else if (event.key === "Enter" && event.target === stops()[0]) event.preventDefault(), stops()[1]?.click();
}, true);
