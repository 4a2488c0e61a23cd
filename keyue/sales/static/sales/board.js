// A board: a card dragged onto a column presses the entry of its own menu that leads there.
let card = null;
const entry = (column) => column && card?.querySelector(`[data-to="${CSS.escape(column.dataset.stage)}"]`);
const columnAt = (event) => event.target.closest?.("[data-stage]");
function mark(column) {
  for (const el of document.querySelectorAll("[data-stage][data-over]")) if (el !== column) delete el.dataset.over;
  if (column) column.dataset.over = "";
}
document.addEventListener("dragstart", (event) => {
  card = event.target.closest?.("[data-card]") ?? null;
  if (!card) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.id);
});
document.addEventListener("dragover", (event) => {
  const column = columnAt(event);
  if (!entry(column)) return mark(null);
  event.preventDefault();
  mark(column);
});
document.addEventListener("drop", (event) => {
  const way = entry(columnAt(event));
  if (!way) return;
  event.preventDefault();
  way.click();
});
document.addEventListener("dragend", () => {
  mark(null);
  card = null;
});
// who moved a card goes on where it stands now
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "board") detail.target.querySelector("[data-moved] a")?.focus();
});
