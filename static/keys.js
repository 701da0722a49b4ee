// The keyboard: single keys for what is done often, and the palette (Ctrl+K) for everything. Single keys do nothing while
// somebody types or a dialog is open, and can be switched off (WCAG 2.1.4).
(() => {
  "use strict";
  const help = document.getElementById("keys"), palette = document.getElementById("palette");
  if (!help) return; // nobody is logged in
  const room = document.getElementById("warroom");
  const input = palette.querySelector("input"), list = palette.querySelector("ul"), allowed = document.getElementById("keys-on");
  const OFF = "bothways.keys", MOST = 12;
  let all = [], fitting = [], chosen = 0;

  const isOff = () => { try { return localStorage.getItem(OFF) === "off"; } catch { return false; } };
  const typing = (node) => node.matches?.("input, textarea, select, [contenteditable]");
  const dialogOpen = () => Boolean(document.querySelector("dialog[open]"));
  const find = (selector) => document.querySelector(selector);

  // --- what the keys do -----------------------------------------------------------------------------------------------
  const KEYS = { n: note, r: runAgain, "/": filter, j: () => step(1), k: () => step(-1), "?": showHelp };

  function note() { find("#note")?.focus(); }

  const runForm = () => find("#part-controls form[action$='/runs']");

  function runAgain() {
    const form = runForm();
    if (form && confirm("Start another run? It asks the devices again.")) form.requestSubmit();
  }

  function filter() {
    const details = document.getElementById("timeline-filters");
    if (details) details.open = true;
    find("#filter-form [name=words], main input[type=search], main input[name=q]")?.focus();
  }

  // through the lines of the timeline; Tab goes on from there
  function step(by) {
    const lines = [...document.querySelectorAll("#timeline > li[data-seq]")];
    if (!lines.length) return;
    const at = lines.findIndex((line) => line === document.activeElement || line.contains(document.activeElement));
    const line = lines[Math.max(0, Math.min(lines.length - 1, at + by))];
    line.tabIndex = -1;
    line.focus();
    line.scrollIntoView({ block: "nearest" });
  }

  function showHelp() {
    allowed.checked = !isOff();
    help.showModal();
  }

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      if (palette.open || !dialogOpen()) { event.preventDefault(); openPalette(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isOff() || typing(event.target) || dialogOpen()) return;
    const act = Object.hasOwn(KEYS, event.key) && KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  allowed.addEventListener("change", () => {
    try { allowed.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "off"); } catch { /* for this page only */ }
  });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-keys]")) showHelp(); });

  // --- the palette ----------------------------------------------------------------------------------------------------
  async function openPalette() {
    if (palette.open) return;
    all = onThisPage();
    input.value = "";
    palette.showModal();
    match();
    const query = room ? `?incident=${room.dataset.incident}` : "";
    const answer = await fetch(palette.dataset.from + query, { headers: { "X-Requested-With": "bothways" } }).catch(() => null);
    const more = answer?.ok && !answer.redirected ? await answer.json() : null;
    if (!more || !palette.open) return;
    const device = ({ words, hop, run }) => ({ words, kind: "device", act: () => window.bothways.open(`${room.dataset.drawerOf}?${new URLSearchParams({ run, hop })}`, null) });
    const page = (kind) => ({ words, url }) => ({ words, kind, act: () => location.assign(url) });
    all = [...all, ...more.devices.map(device), ...more.runs.map(page("run")), ...more.incidents.map(page("incident"))];
    match();
  }

  function onThisPage() {
    const acts = [
      find("#note") && { words: "Write a note", kind: "do", act: note },
      runForm() && { words: "Run again", kind: "do", act: runAgain },
      find("#filter-form") && { words: "Filter the timeline", kind: "do", act: filter },
      { words: "Dark or light", kind: "do", act: () => find("[data-toggle-theme]").click() },
      { words: "Times in UTC or as on this machine", kind: "do", act: () => find("[data-toggle-zone]").click() },
      { words: "Keyboard", kind: "do", act: showHelp },
    ].filter(Boolean);
    const parts = [...document.querySelectorAll("main h2[id]")].filter((one) => one.closest("details.folded, section, aside") && !one.closest("[hidden], dialog"));
    const links = [...document.querySelectorAll("header nav a, #part-controls a.button")];
    return [
      ...acts,
      ...parts.map((one) => ({ words: one.textContent.trim(), kind: "part", act: () => goTo(one) })),
      ...links.map((one) => ({ words: one.textContent.trim(), kind: "page", act: () => location.assign(one.href) })),
    ];
  }

  function goTo(title) {
    const folded = title.closest("details.folded");
    if (folded) folded.open = true;
    title.tabIndex = -1;
    title.focus();
    title.scrollIntoView({ block: "start" });
  }

  // each word that was typed has to be in it; what begins with it comes first
  function match() {
    const typed = input.value.trim().toLowerCase(), words = typed.split(/\s+/);
    const fits = all.filter((one) => words.every((word) => `${one.words} ${one.kind}`.toLowerCase().includes(word)));
    const first = (one) => (one.words.toLowerCase().startsWith(typed) ? 0 : 1);
    fitting = [...byNumber(typed), ...fits.sort((a, b) => first(a) - first(b))].slice(0, MOST);
    if (typed) fitting.push({ words: `Search the incidents for “${input.value.trim()}”`, kind: "search", act: () => location.assign(`/?q=${encodeURIComponent(input.value.trim())}`) });
    choose(0);
  }

  function byNumber(typed) {
    const number = /^#?(\d{1,9})$/.exec(typed)?.[1];
    return number ? [{ words: `Incident #${number}`, kind: "incident", act: () => location.assign(`/incidents/${number}`) }] : [];
  }

  function choose(index) {
    chosen = (index + fitting.length) % Math.max(1, fitting.length);
    list.replaceChildren(...fitting.map((one, at) => {
      const line = Object.assign(document.createElement("li"), { id: `palette-${at}`, role: "option", textContent: one.words });
      line.setAttribute("aria-selected", at === chosen);
      line.append(Object.assign(document.createElement("span"), { className: "muted small", textContent: one.kind }));
      return line;
    }));
    if (fitting.length) input.setAttribute("aria-activedescendant", `palette-${chosen}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function take(one) {
    palette.close(); // gives the focus back, before what is chosen takes it
    if (one) setTimeout(one.act);
  }

  input.addEventListener("input", match);
  palette.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) { event.preventDefault(); choose(chosen + by); }
    if (event.key === "Enter") { event.preventDefault(); take(fitting[chosen]); }
  });
  list.addEventListener("click", (event) => {
    const line = event.target.closest("li");
    if (line) take(fitting[[...list.children].indexOf(line)]);
  });
  for (const dialog of [help, palette]) dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
})();
