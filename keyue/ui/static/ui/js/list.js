// Selecting rows: [data-pick] boxes in a [data-select], [data-pick-all] over them, a .bulk bar that says how many.
const boxesOf = (list) => [...list.querySelectorAll("[data-pick]")];
function tally(list) {
  const boxes = boxesOf(list);
  const n = boxes.filter((box) => box.checked).length;
  for (const box of boxes) box.closest(".row, tr").setAttribute("aria-selected", box.checked);
  for (const all of list.querySelectorAll("[data-pick-all]"))
    Object.assign(all, { checked: n > 0 && n === boxes.length, indeterminate: n > 0 && n < boxes.length });
  for (const bar of list.querySelectorAll(".bulk")) bar.hidden = n === 0;
  for (const el of list.querySelectorAll("[data-count]")) el.textContent = el.dataset.count.replace("{}", n);
}
function pick(list, checked) {
  for (const box of boxesOf(list)) box.checked = checked;
  tally(list);
}
const lists = () => document.querySelectorAll("[data-select]");
document.addEventListener("click", ({ target }) => {
  const list = target.closest("[data-select]");
  if (list && target.matches("[data-pick-all]")) pick(list, target.checked);
  else if (list && target.closest("[data-unselect]")) pick(list, false);
  else if (list && target.matches("[data-pick]")) tally(list);
});
document.addEventListener("ky:unselect", () => lists().forEach((list) => pick(list, false)));
document.addEventListener("htmx:load", () => lists().forEach(tally));
lists().forEach(tally);

// What is typed into the search is looked for while it is typed. That it is left, by a click on something in the list,
// must not fetch the same list again: the click would meet rows that are gone.
document.addEventListener("change", (event) => event.target.id === "filter_q" && event.stopPropagation(), true);
