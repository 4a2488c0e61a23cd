// Inside the frame: tells the page around it how high the form is. The height is no secret, so any page may hear it.
const main = document.getElementById("main"); // not the body, which is never lower than the frame itself
const tell = () => parent.postMessage({ keyue: "height", height: Math.ceil(main.getBoundingClientRect().bottom + scrollY) }, "*");
new ResizeObserver(tell).observe(main);
addEventListener("load", tell);
document.addEventListener("htmx:afterSettle", () => {
  tell();
  parent.postMessage({ keyue: "top" }, "*");
});
