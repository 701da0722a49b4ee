// Draws attention without stealing it: how much is unread in the tab's title, its icon and the bar of a phone; what is
// new is announced politely; notifications only for those who ask for them.
(() => {
  "use strict";
  const root = document.getElementById("warroom");
  const announcer = document.getElementById("announcer");
  const rail = document.getElementById("log");
  const button = document.querySelector("[data-notify]");
  const icon = document.querySelector("link[rel=icon]");
  const title = document.title, drawnIcon = icon.href;
  const QUIET = new Set(["walked", "so-far", "run-queued", "exported", "asking"]); // not worth a person's attention
  const TOGETHER = 1200, MOST = 3; // ms in which news are said together, and how many of them in full
  const WORDS = 160; // characters of one announcement
  let unread = 0, news = [], timer = 0, seen = false;

  const reading = () => seen && !document.hidden && document.hasFocus();
  const wanted = () => { try { return localStorage.getItem("bothways.notify") === "1"; } catch { return false; } };
  const words = (line) => [line.dataset.who, ...[...line.querySelectorAll(".did, .body")].map((one) => one.textContent)].join(" ").slice(0, WORDS);

  // a line that has just come into the timeline
  function came(line) {
    const mine = line.dataset.who === root.dataset.me;
    if (mine || [...line.classList].some((name) => QUIET.has(name))) return;
    news.push(words(line));
    timer ||= setTimeout(say, TOGETHER);
    if (!reading()) count(unread + 1);
  }

  function say() {
    const rest = news.length - MOST;
    announcer.textContent = [...news.slice(-MOST), ...(rest > 0 ? [`and ${rest} more`] : [])].join(". ");
    if (wanted() && !reading()) notify(news);
    [news, timer] = [[], 0];
  }

  function count(number) {
    unread = number;
    document.title = unread ? `(${unread}) ${title}` : title;
    for (const badge of document.querySelectorAll("[data-unread]")) badge.textContent = unread ? `(${unread})` : "";
    drawIcon();
  }

  function drawIcon() {
    if (!unread) { icon.href = drawnIcon; return; }
    const sheet = Object.assign(document.createElement("canvas"), { width: 32, height: 32 });
    const pen = sheet.getContext("2d");
    pen.fillStyle = "#c4202d";
    pen.beginPath();
    pen.arc(16, 16, 16, 0, 2 * Math.PI);
    pen.fill();
    pen.fillStyle = "#ffffff";
    pen.font = "bold 20px sans-serif";
    pen.textAlign = "center";
    pen.fillText(unread > 9 ? "9+" : String(unread), 16, 23);
    icon.href = sheet.toDataURL("image/png");
  }

  const read = () => { if (unread && reading()) count(0); };
  new IntersectionObserver(([entry]) => { seen = entry.isIntersecting; read(); }, { rootMargin: "0px 0px -80px" }).observe(rail.querySelector(".rail-list"));
  addEventListener("focus", read);
  document.addEventListener("visibilitychange", read);

  // --- notifications: opt-in ----------------------------------------------------------------------------------------
  function notify(lines) {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    try {
      const shown = new Notification(title, { body: lines.slice(-MOST).join("\n"), tag: `bothways-${root.dataset.incident}` });
      shown.onclick = () => { window.focus(); shown.close(); };
    } catch { /* some phones notify only for installed workers */ }
  }

  function showChoice() {
    button.setAttribute("aria-pressed", String(wanted() && Notification.permission === "granted"));
    button.textContent = button.getAttribute("aria-pressed") === "true" ? "Notifying" : "Notify me";
  }

  async function choose() {
    const on = button.getAttribute("aria-pressed") !== "true";
    if (on && (await Notification.requestPermission()) !== "granted") return window.bothways.toast("This browser does not allow notifications from here.", "warning");
    try { localStorage.setItem("bothways.notify", on ? "1" : "0"); } catch { /* for this page only */ }
    showChoice();
  }

  if ("Notification" in window) {
    button.hidden = false;
    button.addEventListener("click", choose);
    showChoice();
  }
  Object.assign(window.bothways, { came });
})();
