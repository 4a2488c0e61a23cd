// Puts a chat button and, when it is used, the chat window (a frame of its own origin) into the page that loads this.
// Attributes of the tag, all optional:  data-lang="zh|en"  data-theme="light|dark"  data-identity="<signed token>"
((told) => {
  const tag = document.currentScript;
  const home = new URL(tag.src).origin;
  const lang = tag.dataset.lang || (document.documentElement.lang.startsWith("en") ? "en" : "zh");
  const words = told.labels[lang === "en" ? "en" : "zh"];
  const mark = `keyue-chat-${told.id}`;
  // a browser may deny storage to a frame of another site: then this page keeps what the frame has to remember
  const store = (name, value) => { try { localStorage.setItem(name, value); } catch {} };
  const stored = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const introduce = () => say({ keyue: "identity", token: tag.dataset.identity || "", kept: stored(`${mark}-kept`) });
  const style = (el, css) => (el.style.cssText = `all:initial;${css}`);
  const side = told.side === "left" ? "left" : "right";
  const under = `position:fixed;${side}:20px;z-index:2147483000;`;
  const button = document.createElement("button");
  button.type = "button";
  style(button, `${under}bottom:20px;width:56px;height:56px;border-radius:28px;background:${told.colour};cursor:pointer;box-sizing:border-box;display:grid;place-items:center;box-shadow:0 4px 16px #0004`);
  const NS = "http://www.w3.org/2000/svg";
  const icon = document.createElementNS(NS, "svg"), path = document.createElementNS(NS, "path");
  for (const [name, value] of [["viewBox", "0 0 16 16"], ["width", "26"], ["height", "26"], ["aria-hidden", "true"], ["fill", "none"], ["stroke", told.ink], ["stroke-width", "1.4"]]) icon.setAttribute(name, value);
  icon.append(path);
  const badge = document.createElement("span");
  style(badge, "position:absolute;top:-4px;right:-4px;min-width:20px;height:20px;border-radius:10px;background:#b3261e;color:#fff;font:600 12px/20px system-ui,sans-serif;text-align:center;padding:0 5px;box-sizing:border-box;display:none");
  button.append(icon, badge);
  button.addEventListener("focus", () => button.matches(":focus-visible") && (button.style.outline = `3px solid ${told.colour}`, button.style.outlineOffset = "3px"));
  button.addEventListener("blur", () => (button.style.outline = "none"));
  let frame, isOpen = false, isThere = false;
  const small = () => innerWidth < 480 || innerHeight < 420;
  const place = () => frame && style(frame, `${small() ? "position:fixed;inset:0;z-index:2147483001;width:100%;height:100%" : `${under}bottom:88px;width:380px;height:min(640px,calc(100vh - 108px));border-radius:12px;box-shadow:0 8px 40px #0005`};border:0;color-scheme:normal;background:transparent;display:${isOpen ? "block" : "none"}`);
  const say = (value) => isThere && frame.contentWindow?.postMessage(value, home);
  function load() {
    if (frame) return;
    const url = new URL(`${home}/chat/${told.id}/?framed=1`);
    url.searchParams.set("lang", lang);
    if (tag.dataset.theme) url.searchParams.set("theme", tag.dataset.theme);
    frame = document.createElement("iframe");
    Object.assign(frame, { src: url.href, title: words.open, allow: "clipboard-write", id: `${mark}-frame` });
    place();
    document.body.append(frame);
  }
  function show(open) {
    isOpen = open;
    load();
    place();
    path.setAttribute("d", open ? "M4 6l4 4 4-4" : "M2.5 4a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H7.5L4.5 13.5V11h-1a1 1 0 0 1-1-1z");
    button.setAttribute("aria-expanded", String(open));
    button.setAttribute("aria-label", open ? words.close : words.open);
    if (open) count(0);
    say({ keyue: open ? "open" : "closed" });
    store(mark, open ? "open" : "used");
  }
  function count(n) {
    badge.style.display = n ? "block" : "none";
    badge.textContent = n > 99 ? "99+" : String(n);
    if (n) button.setAttribute("aria-label", `${words.open}, ${n} ${words.new}`);
  }
  button.addEventListener("click", () => { show(!isOpen); if (isOpen) frame.focus(); }); // what the frame itself takes may come before it is laid out
  addEventListener("resize", place);
  addEventListener("keydown", ({ key, isComposing }) => { if (key === "Escape" && isOpen && !isComposing) show(false), button.focus(); });
  addEventListener("message", ({ source, origin, data }) => {
    if (!frame || source !== frame.contentWindow || origin !== home || !data) return;
    if (data.keyue === "hello") (isThere = true), introduce(), say({ keyue: isOpen ? "open" : "closed" });
    if (data.keyue === "keep" && typeof data.text === "string" && data.text.length < 200000) store(`${mark}-kept`, data.text);
    if (data.keyue === "close") show(false), button.focus();
    if (data.keyue === "unread" && !isOpen) count(data.n);
  });
  function begin() {
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-label", words.open);
    path.setAttribute("d", "M2.5 4a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H7.5L4.5 13.5V11h-1a1 1 0 0 1-1-1z");
    document.body.append(button);
    // a chat that is under way goes on: its answers are counted on the button
    if (stored(mark) === "open") show(true);
    else if (stored(mark)) load();
  }
  document.body ? begin() : addEventListener("DOMContentLoaded", begin);
  // what the page's own script may call: open, close, and who has signed in or out meanwhile
  window.KeyueChat = {
    open: () => show(true), close: () => show(false),
    identify: (token) => { tag.dataset.identity = token || ""; introduce(); },
  };
})(/*told*/ {});
