// The postmortem: sections that several people read and write at once. Drafts are kept while they are typed; a saved text
// waits in this browser until the server has it; what somebody else saved meanwhile never replaces what is being typed.
(() => {
  "use strict";
  const root = document.getElementById("postmortem");
  if (!root) return;
  const user = document.body.dataset.user;
  const RETRY = 5000, POLL = 10000, SILENT = 25000, SAYS = 15000, FORGOTTEN = 45000, SLOWEST = 15000; // ms
  const light = document.getElementById("live");
  const key = (what, name) => `bothways.${what}.${user}.${root.dataset.incident}.${name}`;
  const memory = new Map(); // where the browser keeps nothing
  const stored = {
    get(name) { try { return JSON.parse(localStorage.getItem(name)); } catch { return memory.get(name) ?? null; } },
    set(name, value) { memory.set(name, value); try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* full: memory only */ } },
    drop(name) { memory.delete(name); try { localStorage.removeItem(name); } catch { /* as above */ } },
  };
  const sections = () => [...root.querySelectorAll("[data-section]")];
  const holder = (name) => root.querySelector(`[data-section="${name}"]`);
  const editor = (name) => holder(name)?.querySelector("form.editor");
  const isOpen = (name) => { const form = editor(name); return Boolean(form && !form.hidden); };

  // --- writing ----------------------------------------------------------------------------------------------------
  function open(name, draft) {
    const form = editor(name);
    if (!form) return;
    form.hidden = false;
    const field = form.elements.text;
    if (draft) Object.assign(field, { value: draft.text });
    if (draft) [form.elements.base.value, form.elements.settles.value] = [draft.base, draft.settles];
    fit(field);
    say(name);
    return field;
  }

  function close(name) {
    const form = editor(name);
    if (!form) return;
    form.hidden = true;
    stored.drop(key("draft", name));
    stored.drop(key("saving", name));
    say("");
    holder(name).querySelector("[data-edit]")?.focus();
    fetchNews();
  }

  const fit = (field) => { field.style.height = "auto"; field.style.height = `${Math.min(640, field.scrollHeight + 4)}px`; };

  function keep(form) {
    const { text, base, settles } = form.elements;
    stored.set(key("draft", form.dataset.editor), { text: text.value, base: base.value, settles: settles.value });
  }

  root.addEventListener("click", (event) => {
    const edit = event.target.closest("[data-edit]");
    if (edit) open(edit.dataset.edit)?.focus();
    const cancel = event.target.closest("[data-cancel]");
    if (cancel) {
      const form = cancel.closest("form");
      if (form.elements.text.value !== form.elements.text.defaultValue && !confirm("Throw away what you wrote?")) return;
      form.elements.text.value = form.elements.text.defaultValue;
      close(form.dataset.editor);
    }
  });
  root.addEventListener("input", (event) => {
    const form = event.target.closest("form.editor");
    if (!form) return;
    keep(form);
    fit(event.target);
  });
  root.addEventListener("keydown", (event) => {
    const form = event.target.closest("form.editor");
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form.editor")) return;
    event.preventDefault();
    const { text, base, settles } = form.elements;
    const waits = { id: newId(), url: form.getAttribute("action"), text: text.value, base: base.value, settles: settles.value };
    stored.set(key("saving", form.dataset.editor), waits);
    flush(false);
  });
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // --- the outbox -------------------------------------------------------------------------------------------------
  let flushing = false, timer = 0;
  async function flush(byItself = true) {
    clearTimeout(timer);
    if (flushing) return;
    flushing = true;
    try {
      for (const node of sections()) await send(node.dataset.section, byItself);
    } finally {
      flushing = false;
      if (sections().some((node) => waiting(node.dataset.section))) timer = setTimeout(flush, RETRY);
    }
  }

  const waiting = (name) => { const one = stored.get(key("saving", name)); return one && !one.refused ? one : null; };

  async function send(name, byItself) {
    const one = waiting(name);
    if (!one) return;
    state(name, "saving …");
    const fields = { text: one.text, base: one.base, settles: one.settles, client_id: one.id };
    const answer = await window.bothways.post(one.url, fields, byItself);
    if (answer.ok) {
      stored.drop(key("saving", name));
      for (const said of answer.messages) window.bothways.toast(said.text, said.tone);
      if (editor(name)?.elements.text.value === one.text) close(name);
      return;
    }
    const gone = answer.status === 401 || answer.offline || answer.status >= 500;
    if (!gone) stored.set(key("saving", name), { ...one, refused: answer.error });
    state(name, gone ? "not saved yet, will retry" : `not saved: ${answer.error}`, true);
  }

  function state(name, words, trouble) {
    const place = editor(name)?.querySelector(".state");
    if (place) Object.assign(place, { textContent: words, className: `state small ${trouble ? "open" : "muted"}` });
  }

  // --- what others do ---------------------------------------------------------------------------------------------
  let socket = null, attempts = 0, heard = 0, over = false, fetching = false, again = false;
  const digests = new Map();
  const writers = new Map(); // page -> {who, section, at}

  async function fetchNews() {
    if (over || document.hidden) return;
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const have = [...digests.values()].join(",");
      const answer = await fetch(`${root.dataset.feed}?have=${have}`, { headers: { "X-Requested-With": "bothways", Accept: "application/json" } });
      if (answer.status === 404 || answer.status === 403) { over = true; return show("away", "not for you any more, reload the page"); }
      if (answer.ok) merge((await answer.json()).parts);
    } catch { /* the next hint or poll */ } finally {
      fetching = false;
      if (again) { again = false; fetchNews(); }
    }
  }

  function merge(parts) {
    for (const [name, part] of Object.entries(parts)) {
      const node = name === "review" ? document.getElementById("review") : holder(name);
      // what is being written stays; its base stays the old one, so that a save shows that two wrote
      if (!node || isOpen(name) || node.contains(document.activeElement) && document.activeElement.matches("input,textarea,select")) continue;
      const opened = [...node.querySelectorAll("details[open][id]")].map((one) => one.id);
      const focused = node.contains(document.activeElement) ? document.activeElement.dataset.edit : null;
      node.innerHTML = part.html;
      digests.set(name, part.digest);
      for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
      if (focused) node.querySelector("[data-edit]")?.focus();
      window.bothways.times(node);
    }
    writersNow();
  }

  function say(name) {
    if (socket?.readyState === 1) socket.send(`editing ${name || "-"}`);
  }

  function writersNow() {
    for (const place of root.querySelectorAll("[data-writes]")) {
      const names = [...writers.values()].filter((one) => one.section === place.dataset.writes && Date.now() - one.at < FORGOTTEN);
      place.hidden = !names.length;
      place.textContent = names.length ? `${[...new Set(names.map((one) => one.who))].join(", ")} is writing` : "";
    }
  }

  function connect() {
    if (over || (socket && socket.readyState < 2)) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const mine = socket = new WebSocket(`${scheme}://${location.host}${root.dataset.socket}`);
    mine.onopen = () => { attempts = 0; mine.send("here"); sections().forEach((node) => isOpen(node.dataset.section) && say(node.dataset.section)); flush(); };
    mine.onmessage = (message) => {
      heard = Date.now();
      show("live", "live");
      const news = JSON.parse(message.data);
      if (news.editing) { writers.set(news.editing.page, { ...news.editing, at: Date.now() }); writersNow(); }
      if (news.upto) fetchNews();
    };
    mine.onclose = (event) => {
      if (mine !== socket || over) return;
      if (event.code === 4403) { over = true; return show("away", "signed out, reload the page"); }
      show("away", "reconnecting");
      const wait = Math.min(SLOWEST, 400 * 2 ** attempts++);
      setTimeout(connect, wait / 2 + Math.random() * wait / 2);
    };
  }

  function show(state, words) {
    light.dataset.state = state;
    light.textContent = words;
  }

  setInterval(() => { for (const node of sections()) if (isOpen(node.dataset.section)) say(node.dataset.section); writersNow(); }, SAYS);
  setInterval(fetchNews, POLL);
  setInterval(() => { if (heard && Date.now() - heard > SILENT) { show("away", "no sign of life"); socket?.close(); connect(); } }, 5000);
  addEventListener("online", () => { connect(); flush(); fetchNews(); });
  document.addEventListener("visibilitychange", () => { connect(); fetchNews(); });
  document.addEventListener("acted", fetchNews);
  document.addEventListener("loggedin", () => { over = false; connect(); flush(); fetchNews(); });
  for (const node of sections()) {
    const name = node.dataset.section;
    const one = stored.get(key("saving", name));
    const draft = one ?? stored.get(key("draft", name));
    if (draft && open(name, draft) && one?.refused) state(name, `not saved: ${one.refused}`, true);
  }
  connect();
  flush();
})();
