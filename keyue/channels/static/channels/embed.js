// Puts the feedback form into the page that loads this script. Attributes of the tag, all optional:
//   data-target="#id"  where to put it (else right here)    data-type="complaint"  what is chosen beforehand
//   data-lang="zh|en"  data-theme="light|dark"  data-title="…" (of the frame)  data-height="720" (until it is known)
(() => {
  const tag = document.currentScript;
  const home = new URL(tag.src).origin;
  const set = tag.dataset;
  const url = new URL(home + "/embed/feedback/");
  for (const name of ["lang", "theme", "type"]) if (set[name]) url.searchParams.set(name, set[name]);
  const frame = document.createElement("iframe");
  frame.src = url.href;
  frame.title = set.title || (set.lang === "en" ? "Feedback and complaints" : "意见反馈与投诉");
  frame.loading = "lazy";
  frame.style.cssText = "display:block;width:100%;border:0;color-scheme:normal";
  frame.style.height = (Number(set.height) || 720) + "px";
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== home || !event.data) return;
    const { keyue, height } = event.data;
    if (keyue === "height" && height > 0 && height < 20000) frame.style.height = height + "px";
    if (keyue === "top" && frame.getBoundingClientRect().top < 0) frame.scrollIntoView({ block: "start" });
  });
  const put = () => {
    const target = set.target && document.querySelector(set.target);
    if (target) target.append(frame);
    else tag.after(frame);
  };
  if (set.target && document.readyState === "loading") document.addEventListener("DOMContentLoaded", put);
  else put();
})();
