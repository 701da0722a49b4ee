// Small things on every page: copy buttons, questions before something ends, local times.
(() => {
  "use strict";
  async function copy(button) {
    const text = document.getElementById(button.dataset.copy).textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      const range = document.createRange();
      range.selectNodeContents(document.getElementById(button.dataset.copy));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 1600);
  }

  // --- times: in UTC, or as on this machine, by one switch ------------------------------------------------------------
  const ZONE = "bothways.zone";
  const local = () => { try { return localStorage.getItem(ZONE) === "local"; } catch { return false; } };
  const two = (number) => String(number).padStart(2, "0");
  const here = () => new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts().find((one) => one.type === "timeZoneName").value;

  // the same moment in the form that the server chose: 02:13, 02:13:01, 2026-11-30 02:13 …
  function asHere(moment, form) {
    const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
    const clock = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(two);
    return form.replace(/\d{4}-\d\d-\d\d/, day).replace(/\d\d:\d\d:\d\d/, clock.join(":")).replace(/^\d\d:\d\d$|(?<= )\d\d:\d\d$/, clock.slice(0, 2).join(":"));
  }

  function times(root) {
    const shownHere = local();
    for (const node of root.querySelectorAll("time[datetime]")) {
      node.dataset.utc ??= node.textContent;
      const text = shownHere ? asHere(new Date(node.dateTime), node.dataset.utc) : node.dataset.utc;
      if (node.textContent !== text) node.textContent = text;
    }
    for (const node of root.querySelectorAll(".zone")) node.textContent = shownHere ? here() : "UTC";
  }

  // both forms of a time, for who points at it: a long page has hundreds of times, and writing them all holds up its start
  function bothZones(event) {
    const node = event.target instanceof Element && event.target.closest("time[datetime]");
    if (!node || node.title) return;
    const moment = new Date(node.dateTime);
    node.title = `${moment.toISOString().slice(0, 19).replace("T", " ")} UTC, here ${moment.toLocaleString()}`;
  }

  function switchZone() {
    try { localStorage.setItem(ZONE, local() ? "utc" : "local"); } catch { return; }
    times(document);
    document.dispatchEvent(new Event("zonechange"));
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-copy],[data-toggle-zone]");
    if (!target) return;
    if ("toggleZone" in target.dataset) switchZone();
    else copy(target);
  });
  document.addEventListener("submit", (event) => {
    const token = event.target.querySelector("input[name=csrfmiddlewaretoken]");
    if (token && !token.value) token.value = document.body.dataset.csrf; // live parts are made once for all viewers
    const question = event.target.dataset.ask;
    if (question && !confirm(question)) event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
  document.addEventListener("pointerover", bothZones);
  // a link to a part that is folded away opens it
  function unfold() {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const folded = target && target.closest("details.folded");
    if (folded) folded.open = true;
  }
  addEventListener("hashchange", unfold);
  document.addEventListener("click", (event) => { if (event.target.closest("a[href^='#']")) setTimeout(unfold); });
  unfold();
  times(document);
  window.bothways = { times, local };
})();
