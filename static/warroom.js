// The incident's live page. The database is the record, the socket is a hint: subscribe first, fetch everything after
// the last number that we have, merge, and fetch again on every gap, wake-up and reconnection.
(() => {
  "use strict";
  const root = document.getElementById("warroom");
  const light = document.getElementById("live");
  const list = document.getElementById("timeline");
  const url = root.dataset;
  const POLL = 5000, WATCHED_POLL = 30000, SLOWEST = 15000, BREATH = 150, FRESH = 2000; // ms
  let have = Number(url.upto), announced = have;
  let fetching = false, socket = null, attempts = 0, pollTimer = 0, retryTimer = 0, over = false;
  const shown = new Map(); // part -> its HTML, so that what did not change is left alone

  // --- the record -----------------------------------------------------------------------------------------------
  async function fetchNews() {
    if (fetching || over || document.hidden) return; // whoever is not looked at fetches once, on waking up
    fetching = true;
    try {
      do {
        const wanted = announced;
        const query = new URLSearchParams({ after: have, ...(url.run ? { run: url.run } : {}) });
        const answer = await fetch(`${url.feed}?${query}`, { headers: { Accept: "application/json" } });
        if (answer.redirected || answer.status === 401 || answer.status === 403 || answer.status === 404) return end();
        if (!answer.ok) throw new Error(String(answer.status));
        const news = await answer.json();
        merge(news);
        if (!news.more && news.upto < wanted) break; // this number is not readable yet: the next hint or poll
        await new Promise((done) => setTimeout(done, BREATH)); // in a burst, several events make one change of the page
      } while (have < announced);
    } catch {
      setTimeout(fetchNews, 1000 + Math.random() * 1000);
    } finally {
      fetching = false;
    }
  }

  function merge(news) {
    for (const { seq, html } of news.events) if (seq > have) addLine(seq, html);
    for (const [name, html] of Object.entries(news.parts)) replace(name, html);
    have = Math.max(have, news.upto);
    if (news.more) announced = Math.max(announced, have + 1);
    root.dataset.upto = have;
    if (news.figures.length) redraw(news.figures);
  }

  function addLine(seq, html) {
    if (list.querySelector(`[data-seq="${seq}"]`)) return;
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    const line = holder.content.firstElementChild;
    line.classList.add("fresh"); // no animation: each of its frames would cost every open page a repaint
    setTimeout(() => line.classList.remove("fresh"), FRESH);
    list.prepend(line);
    window.bothways.times(line);
  }

  function replace(name, html) {
    const part = document.getElementById(`part-${name}`);
    if (!part || shown.get(name) === html) return;
    const opened = [...part.querySelectorAll("details[open][id]")].map((node) => node.id);
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    if (focused && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return later(name, html);
    shown.set(name, html);
    part.innerHTML = html;
    const section = part.closest("section.more");
    if (section) section.hidden = !html.trim();
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus();
    htmx.process(part);
  }

  function later(name, html) {
    document.activeElement.addEventListener("blur", () => setTimeout(() => replace(name, html), 200), { once: true });
  }

  // --- the hint -------------------------------------------------------------------------------------------------
  function connect() {
    clearTimeout(retryTimer);
    if (over || (socket && socket.readyState < 2)) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}${url.socket}`);
    socket.onopen = () => { attempts = 0; show("live", "live"); poll(WATCHED_POLL); socket.send("here"); };
    socket.onmessage = (message) => {
      const news = JSON.parse(message.data);
      if (news.here) return people(news.here);
      announced = Math.max(announced, news.upto);
      if (announced > have) fetchNews();
    };
    socket.onclose = (event) => {
      if (over) return;
      if (event.code === 4403) return end();
      show("away", "reconnecting");
      people([]);
      poll(POLL);
      const wait = Math.min(SLOWEST, 400 * 2 ** attempts++);
      retryTimer = setTimeout(connect, wait / 2 + Math.random() * wait / 2);
    };
  }

  function poll(period) {
    clearInterval(pollTimer);
    pollTimer = setInterval(() => { if (!document.hidden) fetchNews(); }, period);
  }

  function show(state, words) {
    light.dataset.state = state;
    light.textContent = words;
  }

  function people(names) {
    const others = names.filter((name) => name !== url.me);
    const shown = others.slice(0, 4).join(", ") + (others.length > 4 ? ` and ${others.length - 4} more` : "");
    const here = document.getElementById("here");
    here.textContent = others.length ? `also here: ${shown}` : "";
    here.title = others.join(", ");
  }

  function end() {
    over = true;
    clearInterval(pollTimer);
    if (socket) socket.close();
    show("away", "signed out, reload the page");
  }

  const redraw = (names) => window.bothways.redraw(names);

  // --- waking up ------------------------------------------------------------------------------------------------
  const wake = () => { if (!document.hidden) { connect(); fetchNews(); } };
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("pageshow", (event) => event.persisted && wake());
  connect();
  fetchNews();
})();
