// The incident's live page. The database is the record, the socket is a hint: subscribe first, fetch everything after
// the last number that we have, merge, and fetch again on every gap, wake-up and reconnection.
(() => {
  "use strict";
  const root = document.getElementById("warroom");
  const light = document.getElementById("live");
  const list = document.getElementById("timeline");
  const url = root.dataset;
  const POLL = 5000, WATCHED_POLL = 30000, REDRAW = 334, SLOWEST = 15000;
  let have = Number(url.upto), told = have;
  let fetching = false, socket = null, attempts = 0, pollTimer = 0, retryTimer = 0, over = false;

  // --- the record -----------------------------------------------------------------------------------------------
  async function fetchNews() {
    if (fetching || over) return;
    fetching = true;
    try {
      do {
        const wanted = told;
        const query = new URLSearchParams({ after: have, ...(url.run ? { run: url.run } : {}) });
        const answer = await fetch(`${url.feed}?${query}`, { headers: { Accept: "application/json" } });
        if (answer.redirected || answer.status === 401 || answer.status === 403 || answer.status === 404) return end();
        if (!answer.ok) throw new Error(String(answer.status));
        const news = await answer.json();
        merge(news);
        if (!news.more && news.upto < wanted) break; // told of a number that is not readable yet: the next hint or poll
      } while (have < told);
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
    if (news.more) told = Math.max(told, have + 1);
    root.dataset.upto = have;
    if (news.figures.length) redraw(news.figures);
  }

  function addLine(seq, html) {
    if (list.querySelector(`[data-seq="${seq}"]`)) return;
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    const line = holder.content.firstElementChild;
    line.classList.add("fresh");
    list.prepend(line);
    window.bothways.times(line.parentNode);
  }

  function replace(name, html) {
    const part = document.getElementById(`part-${name}`);
    if (!part) return;
    const opened = [...part.querySelectorAll("details[open][id]")].map((node) => node.id);
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    if (focused && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return later(name, html);
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
    socket.onopen = () => { attempts = 0; show("live", "live"); poll(WATCHED_POLL); };
    socket.onmessage = (message) => {
      told = Math.max(told, JSON.parse(message.data).upto);
      if (told > have) fetchNews();
    };
    socket.onclose = (event) => {
      if (over) return;
      if (event.code === 4403) return end();
      show("away", "reconnecting");
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

  function end() {
    over = true;
    clearInterval(pollTimer);
    if (socket) socket.close();
    show("away", "signed out, reload the page");
  }

  // --- the pictures ---------------------------------------------------------------------------------------------
  // Each is drawn when it is on the screen, again when something changed, and at most three times a second.
  class Picture {
    constructor(element) {
      this.element = element;
      this.which = element.dataset.which;
      this.last = -REDRAW;
      this.stale = true;
      this.width = 0;
      new IntersectionObserver(([seen]) => { this.seen = seen.isIntersecting; this.next(); }, { rootMargin: "300px" }).observe(element);
      new ResizeObserver(() => { if (this.room() !== this.width) this.redraw(); }).observe(element);
    }

    room() { return Math.max(320, Math.floor(this.element.clientWidth / 8) * 8); }

    redraw() { this.stale = true; this.next(); }

    next() {
      if (!this.stale || !this.seen || this.busy) return;
      this.busy = true;
      setTimeout(() => this.draw(), Math.max(0, this.last + REDRAW - performance.now()));
    }

    async draw() {
      this.stale = false;
      this.width = this.room();
      const theme = document.documentElement.dataset.theme;
      const query = new URLSearchParams({ theme, width: this.width, ...(url.run ? { run: url.run } : {}) });
      try {
        const answer = await fetch(`${url.figure}${this.which}?${query}`);
        if (answer.ok && !answer.redirected) await this.show(await answer.json());
      } catch { this.stale = true; } finally {
        this.last = performance.now();
        this.busy = false;
        if (this.stale) setTimeout(() => this.next(), 1000);
      }
    }

    async show(drawn) {
      if (drawn.empty) return;
      const still = { displayModeBar: false, responsive: false, doubleClick: false, scrollZoom: false };
      await Plotly.react(this.element, drawn.data, drawn.layout, still);
      this.element.dataset.drawn = String(Number(this.element.dataset.drawn || 0) + 1);
      if (this.listening) return;
      this.listening = true;
      this.element.on("plotly_click", (event) => {
        const key = event.points[0]?.customdata;
        if (key) window.bothways.open(document.getElementById("hop-url").dataset.hop + encodeURIComponent(key), null);
      });
    }
  }
  const pictures = [...document.querySelectorAll(".figure")].map((element) => new Picture(element));

  function redraw(names) {
    for (const picture of pictures) if (!names || names.includes(picture.which)) picture.redraw();
  }

  // --- waking up ------------------------------------------------------------------------------------------------
  const wake = () => { if (!document.hidden) { connect(); fetchNews(); } };
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("pageshow", (event) => event.persisted && wake());
  document.addEventListener("themechange", () => redraw());
  connect();
  fetchNews();
})();
