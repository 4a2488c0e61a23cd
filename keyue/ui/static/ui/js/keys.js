// The keyboard: data-key="x" is clicked (a field: focused) by that key; J K walk the rows of [data-list].
const typing = (el) => el.matches("textarea, select, [contenteditable=true], input:not([type=checkbox], [type=radio])");
const seen = (el) => el.getClientRects().length > 0;
const inRow = "[data-list] :is(.row, tbody tr)";
const current = () => document.querySelector('[data-list] [aria-current="true"]');

function move(step) {
  const rows = [...document.querySelectorAll(inRow)].filter(seen);
  const at = rows.indexOf(current());
  const next = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
  current()?.removeAttribute("aria-current");
  next?.setAttribute("aria-current", "true");
  next?.querySelector("a[href]")?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}
// the bar of selected rows goes before the current row, that before the page; folded navigation counts too
function press(key) {
  const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((el) => seen(el) || key.startsWith("g "));
  const el = all.find((x) => x.closest(".bulk")) ?? all.find((x) => current()?.contains(x)) ?? all.find((x) => !x.closest(inRow));
  if (el) typing(el) ? el.focus() : el.click();
  return el;
}
function escape(target) {
  const menu = document.querySelector("details.drop[open]");
  if (menu) (menu.open = false), menu.querySelector("summary").focus();
  else if (target.closest("[data-inline]")) window.htmx.trigger(target.closest("[data-inline]"), "cancel");
  else if (typing(target)) target.blur();
  else document.dispatchEvent(new CustomEvent("ky:unselect"));
}
function search(event, palette) {
  const stops = [palette.querySelector("input"), ...palette.querySelectorAll(".found a")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) stops.at((stops.indexOf(document.activeElement) + step) % stops.length).focus();
  else if (event.key === "Enter" && event.target === stops[0] && stops[1]) stops[1].click();
  else if (event.key === "Escape") palette.close(); // a search field would only empty itself
  else return;
  event.preventDefault();
}
const singles = {
  j: () => move(1),
  k: () => move(-1),
  x: () => current()?.querySelector("[data-pick]")?.click(),
  enter: () => current()?.querySelector("a[href]")?.click(),
  "?": () => document.querySelector('[data-open="keys"]')?.click(),
};
let afterG = -1500;
document.addEventListener("keydown", (event) => {
  const { target, timeStamp } = event;
  if (event.isComposing || event.keyCode === 229) return;
  const key = event.key.toLowerCase();
  const [chord, dialog] = [event.ctrlKey || event.metaKey, target.closest("dialog")];
  if (chord && key === "enter" && (target.form || dialog)) return (target.form ?? dialog.querySelector("form"))?.requestSubmit();
  if (dialog) return dialog.matches(".palette") && search(event, dialog);
  if (key === "escape") return escape(target);
  if (chord && key === "k" && press("ctrl k")) return event.preventDefault();
  if (target.matches(".editable") && [" ", "enter"].includes(key)) return event.preventDefault(), window.htmx.trigger(target, "edit");
  if (event.altKey && press(`alt ${event.code.slice(3).toLowerCase()}`)) return event.preventDefault();
  const phrases = key === "/" && !target.value && target.closest(".composer")?.querySelector('[data-key="/"]');
  if (phrases) return event.preventDefault(), phrases.click();
  if (typing(target) || chord || event.altKey || document.documentElement.dataset.keys === "off") return;
  const wanted = timeStamp - afterG < 1500 ? `g ${key}` : key;
  afterG = wanted === "g" ? timeStamp : -1500;
  if (wanted === "enter" && target.closest("a, button, summary, input, [role=button]")) return;
  if (wanted in singles ? (singles[wanted](), true) : press(wanted)) event.preventDefault();
});
