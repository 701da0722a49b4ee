// The list of what happened: newest first by when it happened, grouped by day and person; older lines on demand.
(() => {
  "use strict";
  const list = document.getElementById("timeline");
  const button = document.getElementById("older");
  let filtered = null; // what somebody wants to see only
  const FRESH = 2000, GROUPED = 600000; // ms; the server groups the lines of a new page in the same way
  const UTC = { weekday: "short", day: "2-digit", month: "short", timeZone: "UTC" };

  const lines = () => [...list.children].filter((line) => line.dataset.seq);
  const above = (line) => { do line = line.previousElementSibling; while (line && !line.dataset.seq); return line; };
  const day = (line) => new Date(line.dataset.at).toLocaleDateString("en-GB", window.bothways.local() ? { ...UTC, timeZone: undefined } : UTC).replace(",", "");

  // the mark of a day at its first line, and no name where the line above is by the same person
  function arrange(line) {
    if (!line) return;
    const before = above(line);
    const newDay = !before || day(before) !== day(line);
    const close = before && new Date(before.dataset.at) - new Date(line.dataset.at) < GROUPED;
    if (newDay) line.dataset.day = day(line);
    else delete line.dataset.day;
    line.classList.toggle("same", Boolean(!newDay && close && before.dataset.who === line.dataset.who));
  }

  function made(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content.firstElementChild;
  }

  // newest first, by when it happened, which may be before it was written
  function place(line) {
    const at = new Date(line.dataset.at);
    const older = lines().find((other) => new Date(other.dataset.at) <= at);
    if (older) older.before(line);
    else list.append(line);
    arrange(line);
    arrange(lines()[lines().indexOf(line) + 1]);
    window.bothways.times(line);
  }

  // false = it is there already
  function add(seq, html) {
    if (document.getElementById(`n${seq}`)) return false;
    if (filtered) return true; // what came meanwhile is shown when the filter goes
    const line = made(html);
    const oldest = lines().at(-1);
    if (oldest && !button.hidden && new Date(line.dataset.at) < new Date(oldest.dataset.at)) return true; // comes with the older ones
    line.classList.add("fresh"); // no animation: each of its frames would cost every open page a repaint
    setTimeout(() => line.classList.remove("fresh"), FRESH);
    place(line);
    return line;
  }

  // a line that says something else by now: corrected, or redacted
  function redraw(seq, html) {
    const old = document.getElementById(`n${seq}`);
    if (!old) return;
    const below = lines()[lines().indexOf(old) + 1];
    old.remove();
    arrange(below);
    if (filtered) return append(html);
    place(made(html));
  }

  // --- older lines ------------------------------------------------------------------------------------------------
  async function fetchOlder(upto) {
    const query = new URLSearchParams(filtered ?? "");
    query.set("before", lines().at(-1)?.dataset.seq ?? "");
    if (upto) query.set("upto", upto);
    button.disabled = true;
    try {
      const answer = await fetch(`${button.dataset.older}?${query}`, { headers: { "X-Requested-With": "bothways" } });
      if (!answer.ok) return;
      const { events, older } = await answer.json();
      for (const { seq, html } of events) if (!document.getElementById(`n${seq}`)) append(html);
      button.hidden = !older;
      button.querySelector("span").textContent = older;
    } catch { window.bothways.toast("The server cannot be reached just now.", "error"); } finally { button.disabled = false; }
  }

  function append(html) {
    const line = made(html);
    list.append(line);
    arrange(line);
    window.bothways.times(line);
  }

  // a filtered list in place of this one; null = everything again
  function show({ events, older }, wanted) {
    filtered = wanted;
    list.replaceChildren();
    for (const { html } of events) append(html);
    button.hidden = !older;
    button.querySelector("span").textContent = older;
    document.dispatchEvent(new Event("timelineshown"));
  }

  // the line that an address such as #n123 names: fetched when it is further back
  async function follow() {
    const seq = /^#n(\d{1,12})$/.exec(location.hash)?.[1];
    if (!seq) return;
    if (!document.getElementById(`n${seq}`) && !button.hidden) await fetchOlder(seq);
    const line = document.getElementById(`n${seq}`);
    if (!line) return window.bothways.toast(`There is no line ${seq} in this timeline.`, "warning");
    list.querySelectorAll(".named").forEach((other) => other.classList.remove("named"));
    line.classList.add("named");
    line.scrollIntoView({ block: "center" });
  }

  button.addEventListener("click", () => fetchOlder());
  addEventListener("hashchange", follow);
  document.addEventListener("zonechange", () => lines().forEach(arrange));
  if (window.bothways.local()) lines().forEach(arrange);
  follow();
  window.bothways.timeline = { add, lines, redraw, show };
})();
