// Inside the frame: tells the page around it how high the form is. The height is no secret, so any page may hear it.
const tell = () => parent.postMessage({ keyue: "height", height: Math.ceil(document.body.getBoundingClientRect().height) }, "*");
new ResizeObserver(tell).observe(document.body);
addEventListener("load", tell);
document.addEventListener("htmx:afterSettle", () => {
  tell();
  parent.postMessage({ keyue: "top" }, "*");
});
