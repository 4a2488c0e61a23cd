// Preferences, menus, dialogs, toasts, uploads, revealed fields, copying, and errors in place.
const root = document.documentElement;
const fields = "input:not([type=hidden]), textarea, select";
const on = (type, act) => document.addEventListener(type, act);
const flip = (el, name, a, b, first = b) => (el.dataset[name] = (el.dataset[name] ?? first) === a ? b : a);
const prefs = {
  theme: () => flip(root, "theme", "dark", "light", matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"),
  nav: () => flip(document.querySelector(".app"), "nav", "rail", "full"),
  keys: () => flip(root, "keys", "off", "on"),
  density: (value, button) => {
    for (const el of document.querySelectorAll("[data-density]")) el.dataset.density = value;
    for (const el of button.parentElement.children) el.setAttribute("aria-pressed", el === button);
    return value;
  },
};
function prefer(button) {
  const [name, value] = button.dataset.pref.split("=");
  document.cookie = `ky_${name}=${prefs[name](value, button)};path=/;max-age=31536000;samesite=lax`;
}
function open(dialog) {
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector(`[autofocus], :is(${fields})`) ?? dialog.querySelector("footer .pri"))?.focus();
}
function copy(el) {
  const area = document.createElement("textarea"); // without TLS a browser has no clipboard: select and copy
  area.value = el.dataset.copy;
  el.parentElement.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  el.classList.add("copied");
  setTimeout(() => el.classList.remove("copied"), 2000);
}
on("click", (event) => {
  const hit = (selector) => event.target.closest(selector);
  const dialog = document.getElementById(hit("[data-open]")?.dataset.open);
  if (dialog) event.preventDefault(), open(dialog);
  if (hit("[data-pref]")) prefer(hit("[data-pref]"));
  if (hit("[data-close]") || event.target.matches("dialog.palette")) hit("dialog").close();
  if (hit("[data-copy]")) copy(hit("[data-copy]"));
  if (hit("[data-print]")) print();
  for (const menu of document.querySelectorAll("details.drop[open]")) // a dialog gives the focus back to its menu's button
    if (!menu.contains(event.target) || hit(".menu :is(a, button)")) (menu.open = false), hit('.menu [hx-target="#dialog"]') && menu.firstElementChild.focus();
});
on("ky:close", () => document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close()));

// toasts: 6 seconds, 10 with a button; they wait while somebody reads them
const toasts = document.getElementById("toasts");
function expire(toast) {
  let timer;
  const go = () => (timer = setTimeout(() => toast.remove(), toast.querySelector("button") ? 10000 : 6000));
  for (const type of ["mouseenter", "focusin"]) toast.addEventListener(type, () => clearTimeout(timer));
  for (const type of ["mouseleave", "focusout"]) toast.addEventListener(type, go);
  go();
}
setTimeout(() => toasts?.append(...toasts.children), 150); // anew: of what stands there from the start nobody is told
const arrived = (changes) => changes.flatMap((c) => [...c.addedNodes]).filter((n) => n.matches?.(".toast")).forEach(expire);
if (toasts) new MutationObserver(arrived).observe(toasts, { childList: true });

// uploads: one chip a chosen file, and each can be taken out again
const chosen = new WeakMap();
function show(input, files) {
  const [held, box] = [new DataTransfer(), input.closest("[data-upload]")];
  for (const file of files) held.items.add(file);
  input.files = held.files;
  chosen.set(input, files);
  const chip = (file) => {
    const el = document.importNode(box.querySelector("template").content, true).firstElementChild;
    el.querySelector("span").textContent = file.name;
    el.querySelector(".n").textContent = file.size < 1e6 ? `${Math.ceil(file.size / 1e3)} KB` : `${(file.size / 1e6).toFixed(1)} MB`;
    el.querySelector("button").addEventListener("click", () => show(input, files.filter((other) => other !== file)));
    return el;
  };
  box.querySelector(".files").replaceChildren(...files.map(chip));
}
on("change", ({ target }) => {
  if (target.matches("[data-upload] input[type=file]"))
    show(target, [...((target.multiple && chosen.get(target)) || []), ...target.files]);
});

// errors: a sentence where the reader is, never a lost form
function complain(el, html) {
  const form = el.closest("form");
  const banner = new DOMParser().parseFromString(html, "text/html").querySelector(".banner");
  banner.dataset.trouble = "";
  (form?.querySelector(fields) ? form : document.getElementById("notices")).prepend(banner);
  banner.scrollIntoView({ block: "nearest" });
}
const trouble = (name) => document.getElementById(`trouble-${name}`).innerHTML;
on("htmx:beforeRequest", () => document.querySelectorAll("[data-trouble]").forEach((el) => el.remove()));
on("htmx:sendError", ({ detail }) => complain(detail.elt, trouble("network")));
on("htmx:beforeSwap", ({ detail }) => {
  const { xhr, target, boosted } = detail;
  const problem = xhr.responseText.includes("data-problem");
  if (xhr.status >= 400 && (problem || !detail.shouldSwap)) {
    detail.shouldSwap = false;
    complain(detail.requestConfig.elt, problem ? xhr.responseText : trouble("server"));
  } else if (!boosted && /^\s*<!doctype/i.test(xhr.responseText)) {
    detail.shouldSwap = false; // a page where a fragment was due: the session has ended
    location.assign(xhr.responseURL);
  } else if (target.matches(".sensitive")) {
    const covered = target.cloneNode(true);
    setTimeout(() => target.replaceChildren(...covered.childNodes), 30000);
  }
});
on("htmx:afterSwap", ({ detail }) => detail.target.matches("dialog") && open(detail.target));
on("htmx:afterRequest", ({ target, detail }) => detail.successful && target.closest(".toast")?.remove());
