// The incident's live page. The database is the record, the socket is a hint: subscribe first, fetch everything after
// the last number that we have, merge, and fetch again on every gap, wake-up and reconnection.
(() => {
  "use strict";
  const root = document.getElementById("warroom");
  const light = document.getElementById("live");
  const url = root.dataset;
  const POLL = 5000, WATCHED_POLL = 30000, SLOWEST = 15000, BREATH = 150; // ms
  const SILENT = 25000, LOOK = 5000; // ms: the server shows every 10 s that it lives
  let have = Number(url.upto), announced = have;
  let fetching = false, socket = null, attempts = 0, pollTimer = 0, retryTimer = 0, over = false, paused = false;
  let heard = 0; // when the server last showed that it lives
  const SAY = 1000; // ms between two words about what this person does
  let doing = "-", saidDoing = "-", sayTimer = 0, company = { names: [] };
  const shown = new Map(); // part -> its HTML, so that what did not change is left alone

  // --- the record -----------------------------------------------------------------------------------------------
  async function fetchNews() {
    if (fetching || over || paused || document.hidden) return; // whoever is not looked at fetches once, on waking up
    fetching = true;
    try {
      do {
        const wanted = announced;
        const query = new URLSearchParams({ after: have, ...(url.run ? { run: url.run } : {}) });
        const opened = window.bothways.folded.names();
        if (opened.length) query.set("opened", opened.join(","));
        const answer = await fetch(`${url.feed}?${query}`, { headers: { Accept: "application/json", "X-Requested-With": "bothways" } });
        if (answer.status === 401) return signedOut();
        if (answer.redirected || answer.status === 403 || answer.status === 404) return end();
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
    for (const { seq, html } of news.events) {
      const line = seq > have && window.bothways.timeline.add(seq, html);
      if (line instanceof Element) window.bothways.came(line);
    }
    for (const { seq, html } of news.changed ?? []) window.bothways.timeline.redraw(seq, html);
    window.bothways.folded.take(news);
    have = Math.max(have, news.upto);
    if (news.more) announced = Math.max(announced, have + 1);
    root.dataset.upto = have;
    if ("head" in news.parts) people(company.names, company.doing);
    if (news.figures.length) redraw(news.figures);
    if ("progress-line" in news.parts) document.dispatchEvent(new CustomEvent("answered", { detail: news.answered }));
  }

  function replace(name, html) {
    const part = document.getElementById(`part-${name}`);
    if (!part || shown.get(name) === html) return;
    const opened = [...part.querySelectorAll("details[open][id]")].map((node) => node.id);
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    if (focused && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return later(name, html);
    shown.set(name, html);
    part.innerHTML = html;
    const section = part.closest(".more");
    const says = section?.matches(".folded") ? name.endsWith("-line") : section; // what a folded part says stands on its line
    if (says) section.hidden = !html.trim();
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus();
    htmx.process(part);
    window.bothways.times(part);
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
    const mine = socket;
    socket.onopen = () => { attempts = 0; poll(WATCHED_POLL); mine.send("here"); sayDoing(); document.dispatchEvent(new Event("connected")); };
    socket.onmessage = (message) => {
      if (mine !== socket) return;
      alive();
      const news = JSON.parse(message.data);
      if (news.beat) return;
      if (news.here) return people(news.here, news.doing ?? {});
      if (news.upto === undefined) return; // for another page of this incident
      announced = Math.max(announced, news.upto);
      if (announced > have) fetchNews();
    };
    socket.onclose = (event) => {
      if (over || mine !== socket) return;
      if (event.code === 4403) return signedOut();
      show("away", since("reconnecting"));
      people([]);
      poll(POLL);
      const wait = Math.min(SLOWEST, 400 * 2 ** attempts++);
      retryTimer = setTimeout(connect, wait / 2 + Math.random() * wait / 2);
    };
  }

  // --- the light: green only while the server shows that it lives --------------------------------------------------
  function alive() {
    heard = Date.now();
    show("live", "live");
  }

  function lookAtTheLight() {
    if (over || paused || !heard || Date.now() - heard < SILENT) return;
    show("away", since("no sign of life"));
    const silent = socket;
    socket = null;
    silent?.close();
    connect();
    fetchNews();
  }

  const since = (words) => (heard ? `${words} since ${new Date(heard).toLocaleTimeString([], { hour12: false })}` : words);

  function poll(period) {
    clearInterval(pollTimer);
    pollTimer = setInterval(() => { if (!document.hidden) fetchNews(); }, period);
  }

  function show(state, words) {
    light.dataset.state = state;
    light.textContent = words;
  }

  // "riley (commander) is on fw-b"; the roles are those of the incident's head, which is kept live
  function people(names, doing = {}) {
    company = { names, doing };
    const others = names.filter((name) => name !== url.me).map((name) => {
      const roles = [...document.querySelectorAll("#part-head [data-role-of]")].filter((one) => one.dataset.roleOf === name).map((one) => one.dataset.role);
      return [name, roles.length ? `(${[...new Set(roles)].join(", ")})` : "", doing[name] ?? ""].filter(Boolean).join(" ");
    });
    const shown = others.slice(0, 4).join(", ") + (others.length > 4 ? ` and ${others.length - 4} more` : "");
    const here = document.getElementById("here");
    const words = others.length ? `also here: ${shown}` : "";
    if (here.textContent !== words) here.textContent = words;
    here.title = others.join(", ");
  }

  // --- what this person does: said when it changes, at most once a second ---------------------------------------------
  function does(what) {
    doing = what;
    sayTimer ||= setTimeout(() => { sayTimer = 0; if (doing !== saidDoing) sayDoing(); }, SAY);
  }

  function sayDoing() {
    if (socket?.readyState !== 1) return;
    if (doing !== "-" || saidDoing !== "-") socket.send(`doing ${doing}`);
    saidDoing = doing;
  }

  const writes = (event) => event.target.id === "note";
  document.addEventListener("looking", (event) => does(event.detail ? `device ${event.detail}` : "-"));
  document.addEventListener("input", (event) => { if (writes(event)) does(event.target.value ? "note" : "-"); });
  document.addEventListener("focusout", (event) => { if (writes(event)) does("-"); });

  // the login has ended: ask for it over the page, and go on where we were
  async function signedOut() {
    if (paused) return;
    paused = true;
    const answer = await fetch(document.body.dataset.session, { headers: { "X-Requested-With": "bothways" } }).catch(() => null);
    if (answer?.ok) { paused = false; return end(); } // logged in, but not for this incident
    show("away", "signed out");
    const entered = await window.bothways.login();
    paused = false;
    if (entered) return wake();
    show("away", "signed out, reload the page");
    over = true;
  }

  // this person may not see the incident (any more)
  function end() {
    over = true;
    clearInterval(pollTimer);
    if (socket) socket.close();
    show("away", "not for you any more, reload the page");
  }

  window.bothways.replacePart = replace;
  const redraw = (names) => window.bothways.redraw(names);

  // --- waking up ------------------------------------------------------------------------------------------------
  const wake = () => { if (!document.hidden) { connect(); fetchNews(); } };
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("pageshow", (event) => event.persisted && wake());
  document.addEventListener("acted", fetchNews);
  document.addEventListener("loggedin", () => { if (!paused) wake(); });
  setInterval(lookAtTheLight, LOOK);
  connect();
  fetchNews();
})();
