// The public form: counting along, hiding what an anonymous sender is not asked, sizes, sending.
const all = (selector, act) => document.querySelectorAll(selector).forEach(act);

function count(field) {
  const hint = document.querySelector(`[data-counts="${field.id}"]`);
  if (!hint) return;
  const most = Number(hint.dataset.most);
  hint.textContent = `${field.value.trim().length} / ${most}`;
  hint.classList.toggle("c", field.value.trim().length > most);
}
function conceal(box) {
  const named = box.closest("form").querySelector("[data-unless-anonymous]");
  if (named) named.hidden = box.checked;
}
function tooMuch(form) {
  const files = [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
  const over = files.length > 9 || files.some((f) => f.size > 20 << 20) || files.reduce((n, f) => n + f.size, 0) > 60 << 20;
  const said = form.querySelector("[data-too-much]");
  if (said) said.hidden = !over;
  return over;
}
function begin() {
  all("[data-needs-script]", (el) => (el.hidden = false));
  all("[data-portal] textarea", count);
  all("[data-portal] [name=is_anonymous]", conceal);
  document.querySelector("[data-portal] :is([aria-invalid=true], [data-fault])")?.focus({ preventScroll: true });
}
document.addEventListener("input", ({ target }) => target.matches("[data-portal] textarea") && count(target));
document.addEventListener("change", ({ target }) => {
  if (target.matches("[name=is_anonymous]")) conceal(target);
  if (target.matches("[data-portal] input[type=file]")) tooMuch(target.form);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-portal]") || !tooMuch(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
  const bar = target.querySelector?.("[data-sending]");
  if (!bar || !detail.lengthComputable || detail.total < 200000) return;
  bar.hidden = false;
  bar.firstElementChild.style.setProperty("--v", Math.round((100 * detail.loaded) / detail.total));
});
document.addEventListener("htmx:afterSettle", begin);
begin();
