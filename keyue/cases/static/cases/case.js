// The page of one case: choosing a way to answer, and a conversation that begins at its end.
document.addEventListener("click", (event) => {
  const way = event.target.closest("[data-focus]");
  // by mouse or by its key; the arrow keys between the ways must stay there
  if (way && (!event.isTrusted || event.detail)) setTimeout(() => document.getElementById(way.dataset.focus)?.focus());
});
const talk = () => document.querySelector("[data-bottom]");
const toEnd = () => talk()?.scrollTo(0, talk().scrollHeight);
let atEnd = true;
document.addEventListener("htmx:beforeSwap", () => {
  const box = talk();
  atEnd = !box || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
});
document.addEventListener("htmx:afterSettle", () => atEnd && toEnd());
if (!location.hash) toEnd();
