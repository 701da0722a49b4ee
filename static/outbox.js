// No word is lost: drafts are kept while they are typed, and a note stays in the outbox of this browser until the server
// has it. Each note has an id of its own, so that what is sent twice is kept once.
(() => {
  "use strict";
  const RETRY = 5000, LATE = 60000; // ms; a note that was written this long before it is sent says when it was written
  const user = document.body.dataset.user;
  const root = document.getElementById("warroom");
  const memory = new Map(); // where the browser keeps nothing
  const stored = {
    get(key) { try { return localStorage.getItem(key); } catch { return memory.get(key) ?? null; } },
    set(key, text) { memory.set(key, text); try { localStorage.setItem(key, text); } catch { /* full or forbidden: memory only */ } },
    drop(key) { memory.delete(key); try { localStorage.removeItem(key); } catch { /* as above */ } },
  };

  // --- drafts -----------------------------------------------------------------------------------------------------
  const draftKey = (field) => `bothways.draft.${user}.${location.pathname}.${field.id}`;

  function keepDraft(field) {
    const key = draftKey(field);
    const kept = stored.get(key);
    if (kept && !field.value) field.value = kept;
    field.addEventListener("input", () => (field.value ? stored.set(key, field.value) : stored.drop(key)));
  }

  // a form that the browser sends itself: its draft goes when the next page says what became of it
  function leave(event) {
    for (const field of event.target.querySelectorAll("textarea[data-draft]")) sessionStorage.setItem(`sent.${draftKey(field)}`, "1");
  }

  function arrived(field) {
    const sent = `sent.${draftKey(field)}`;
    if (sessionStorage.getItem(sent) && document.querySelector(".messages .success, .messages .warning")) stored.drop(draftKey(field));
    sessionStorage.removeItem(sent);
  }

  for (const field of document.querySelectorAll("textarea[data-draft]")) {
    arrived(field);
    keepDraft(field);
  }
  document.addEventListener("submit", (event) => { if (!("send" in event.target.dataset) && event.target.id !== "note-form") leave(event); });
  document.addEventListener("acted", (event) => {
    for (const field of event.detail?.querySelectorAll("textarea[data-draft]") ?? []) stored.drop(draftKey(field));
  });

  // --- notes ------------------------------------------------------------------------------------------------------
  const form = document.getElementById("note-form");
  if (!root || !form) return;
  const list = document.getElementById("timeline");
  const box = `bothways.outbox.${user}.${root.dataset.incident}`;
  let flushing = false, timer = 0;

  const waiting = () => JSON.parse(stored.get(box) || "[]");
  const keep = (notes) => (notes.length ? stored.set(box, JSON.stringify(notes)) : stored.drop(box));
  const change = (id, more) => keep(waiting().map((note) => (note.id === id ? { ...note, ...more } : note)));
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = form.elements.text;
    const text = field.value.trim();
    if (!text) return;
    keep([...waiting(), { id: newId(), text, at: new Date().toISOString(), east: window.bothways.local() ? -new Date().getTimezoneOffset() : 0 }]);
    field.value = "";
    stored.drop(draftKey(field));
    show();
    flush(false);
  });
  form.elements.text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  async function flush(byItself = true) {
    clearTimeout(timer);
    if (flushing) return;
    flushing = true;
    try {
      for (const note of waiting()) {
        if (!note.refused && !(await send(note, byItself))) break;
      }
    } finally {
      flushing = false;
      show();
      if (waiting().some((note) => !note.refused)) timer = setTimeout(() => flush(), RETRY);
    }
  }

  // minutes: a note may begin with a clock time, of the zone in which the page shows times
  const east = () => (window.bothways.local?.() ? -new Date().getTimezoneOffset() : 0);

  // true = go on with the next one
  async function send(note, byItself) {
    change(note.id, { sending: true });
    show();
    const late = Date.now() - new Date(note.at) > LATE ? { at: note.at } : {};
    const answer = await window.bothways.post(form.action, { text: note.text, client_id: note.id, east: note.east ?? 0, ...late }, byItself);
    if (answer.ok) {
      keep(waiting().filter((other) => other.id !== note.id));
      document.dispatchEvent(new Event("acted"));
      return true;
    }
    const gone = answer.status === 401 || answer.offline || answer.status >= 500;
    change(note.id, gone ? { sending: false, failed: answer.error } : { sending: false, refused: answer.error });
    return !gone;
  }

  function show() {
    list.querySelectorAll(".pending").forEach((line) => line.remove());
    for (const note of waiting()) list.prepend(line(note));
  }

  function line(note) {
    const item = document.createElement("li");
    item.className = "note pending";
    const state = document.createElement("span");
    state.className = note.refused ? "bad" : "open";
    state.textContent = note.refused ? `not taken: ${note.refused}` : note.failed && !note.sending ? "not sent, will retry" : "sending …";
    const words = document.createElement("div");
    words.className = "body";
    words.textContent = note.text;
    item.append(state, words);
    if (note.refused) item.append(button("Edit", () => edit(note)), button("Discard", () => discard(note)));
    return item;
  }

  function button(text, act) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: text });
    made.addEventListener("click", act);
    return made;
  }

  function edit(note) {
    const field = form.elements.text;
    field.value = [field.value, note.text].filter(Boolean).join("\n");
    stored.set(draftKey(field), field.value);
    discard(note);
    field.focus();
  }

  function discard(note) {
    keep(waiting().filter((other) => other.id !== note.id));
    show();
  }

  document.addEventListener("timelineshown", show);
  addEventListener("online", () => flush());
  document.addEventListener("loggedin", () => flush());
  document.addEventListener("connected", () => flush());
  show();
  flush();
})();
