// The drawer: the answers behind a hop or a reason, over the page. It has an address (?e=e12, ?hop=fw-b, ?reason=e1,e2), stays
// up to date while answers come, and lines of an answer can be quoted into a note.
(() => {
  "use strict";
  const drawer = document.getElementById("drawer");
  const content = drawer.querySelector(".content");
  const room = document.getElementById("warroom");
  const NAMED = ["e", "hop", "reason"]; // what an address may name
  const REST = 1500; // ms between two looks for newer answers
  const LINES = 40, CHARACTERS = 4000; // of one quotation
  const HEADERS = { "X-Requested-With": "drawer" };
  let opener = null, shown = "", timer = 0, opening = 0;

  async function open(url, from) {
    const mine = ++opening;
    opener = from;
    shown = url;
    content.textContent = "Loading …";
    drawer.querySelector("h2").textContent = "";
    if (!drawer.open) drawer.showModal();
    let html;
    try {
      const answer = await fetch(url, { headers: HEADERS });
      if (answer.redirected) return location.reload();
      html = answer.ok ? await answer.text() : `<p>This could not be loaded (${answer.status}).</p>`;
    } catch {
      html = "<p>The server cannot be reached just now.</p>";
    }
    if (mine !== opening) return; // something else was opened meanwhile
    content.innerHTML = html;
    stand();
    drawer.scrollTop = 0;
    document.dispatchEvent(new CustomEvent("looking", { detail: about().device ?? "" }));
  }

  const about = () => content.querySelector("[data-title]")?.dataset ?? {};

  function stand() {
    drawer.querySelector("h2").textContent = about().title ?? "Evidence";
    drawer.querySelector(".bar [data-link]").hidden = !about().link;
    htmx.process(content);
    window.bothways.times(content);
    for (const answer of content.querySelectorAll("details.answer[open]:not([data-asked])")) {
      answer.dataset.asked = "";
      answer.dispatchEvent(new Event("toggle"));
    }
  }

  // --- newer answers ------------------------------------------------------------------------------------------------
  function answered(event) {
    const waits = "waits" in about() || event.detail.includes(about().device);
    if (drawer.open && waits) timer ||= setTimeout(renew, REST);
  }

  const selecting = () => !getSelection().isCollapsed && content.contains(getSelection().anchorNode);

  async function renew() {
    timer = 0;
    if (!drawer.open) return;
    if (selecting()) { timer = setTimeout(renew, REST); return; } // somebody marks lines: they stay where they are
    const mine = opening;
    const answer = await fetch(shown, { headers: HEADERS }).catch(() => null);
    if (!answer?.ok || answer.redirected || mine !== opening) return;
    const holder = document.createElement("div");
    holder.innerHTML = await answer.text();
    if (mine === opening && !selecting()) take(holder);
  }

  // what is there already stays as it is, open and read to where it was; an answer never changes
  function take(holder) {
    const focused = document.activeElement, at = drawer.scrollTop;
    for (const fresh of holder.querySelectorAll("details.answer")) {
      const old = content.querySelector(`details.answer[data-evidence="${CSS.escape(fresh.dataset.evidence)}"]`);
      if (old) fresh.replaceWith(old);
    }
    content.replaceChildren(...holder.childNodes);
    stand();
    drawer.scrollTop = at;
    if (content.contains(focused)) focused.focus({ preventScroll: true });
  }

  // --- addresses ----------------------------------------------------------------------------------------------------
  // where the drawer of this address is to be had; empty = the address names none, or one of another page
  function named(address) {
    if (!room || address.pathname !== location.pathname) return "";
    const query = new URLSearchParams(address.search);
    if (!NAMED.some((name) => query.get(name))) return "";
    if (!query.get("run") && room.dataset.run) query.set("run", room.dataset.run);
    return `${room.dataset.drawerOf}?${query}`;
  }

  function closed() {
    opening++;
    if (opener?.isConnected) opener.focus();
    document.dispatchEvent(new CustomEvent("looking", { detail: "" }));
    const query = new URLSearchParams(location.search);
    if (!NAMED.some((name) => query.has(name))) return;
    NAMED.forEach((name) => query.delete(name)); // a reload does not open again what was closed
    history.replaceState(history.state, "", `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`);
  }

  async function copyLink(button) {
    const link = new URL(button.dataset.link || about().link, location.href).href;
    try {
      await navigator.clipboard.writeText(link);
      window.bothways.toast("The link is copied.", "success");
    } catch {
      prompt("The link:", link); // a browser lets no page copy without encryption
    }
  }

  // --- quotations ---------------------------------------------------------------------------------------------------
  function quote(button) {
    const answer = button.closest(".in, .content");
    const marked = selecting() && answer.contains(getSelection().anchorNode) ? getSelection().toString() : "";
    const text = marked || answer.querySelector("pre.raw:last-of-type, pre.raw")?.textContent || "";
    const whole = text.replace(/\s+$/, "").split("\n");
    const lines = text.slice(0, CHARACTERS).replace(/\s+$/, "").split("\n").slice(0, LINES);
    const left = whole.length - lines.length;
    if (left > 0) lines.push(`… ${left} more line${left === 1 ? "" : "s"}`);
    const name = button.dataset.of.replace(/[\\`*_[\]<>]/g, "\\$&");
    // code by indentation: nothing that a device printed can end it
    const quoted = [`${button.dataset.quote} (${name}):`, "", ...lines.map((line) => `    ${line}`)].map((line) => `> ${line}`.trimEnd());
    const note = document.getElementById("note");
    const before = note.value && !note.value.endsWith("\n") ? "\n" : "";
    note.setRangeText(`${before}${quoted.join("\n")}\n\n`, note.value.length, note.value.length, "end");
    note.dispatchEvent(new Event("input", { bubbles: true }));
    opener = null;
    drawer.close();
    note.focus();
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-drawer],[data-close],[data-link],[data-quote]");
    if (!target) return followed(event);
    if (target.dataset.drawer) open(target.dataset.drawer, target);
    else if ("close" in target.dataset) drawer.close();
    else if (target.dataset.quote) quote(target);
    else if (target.matches("button")) copyLink(target);
  });

  // an answer that a text refers to opens over the page
  function followed(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const url = link.matches(".ref") && link.pathname.endsWith("/reason") ? link.href : named(link);
    if (!url) return;
    event.preventDefault();
    open(url, link);
  }

  // pressing the button must not take away what is marked
  drawer.addEventListener("mousedown", (event) => { if (event.target.closest("[data-quote]")) event.preventDefault(); });
  drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
  drawer.addEventListener("close", closed);
  document.addEventListener("answered", answered);
  if (!document.getElementById("note")) document.documentElement.classList.add("no-note"); // nowhere to quote to
  window.bothways.open = open;
  const first = named(location);
  if (first) addEventListener("DOMContentLoaded", () => open(first, null));
})();
