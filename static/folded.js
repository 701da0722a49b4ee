// The parts of the incident's page that are folded away: their content is fetched when they are opened, or a moment before,
// when somebody points at them. The feed brings only the changes of those that somebody opened here.
(() => {
  "use strict";
  const versions = new Map(); // part -> the number of the event up to which its content tells; 0 = it is on its way

  const names = () => [...versions.keys()].sort();

  async function fetchContent(place) {
    const { part, from } = place.dataset;
    if (versions.has(part)) return;
    versions.set(part, 0); // from now on the feed brings it, too
    try {
      const answer = await fetch(from, { headers: { "X-Requested-With": "bothways", Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      take(await answer.json());
    } catch {
      if (versions.get(part) === 0) versions.delete(part); // opened again it is tried again, and its link stays
    }
  }

  // parts as of the event of a number; what is older than what is shown is left
  function take({ upto, parts }) {
    for (const [name, html] of Object.entries(parts)) {
      if (versions.get(name) > upto) continue;
      if (versions.has(name)) versions.set(name, upto);
      window.bothways.replacePart(name, html);
    }
  }

  // what opening this details would show
  const within = (details) => [...details.querySelectorAll("[data-part]")].filter((place) => place.closest("details") === details);

  function coming(event) {
    const details = event.target instanceof Element && event.target.closest("summary")?.parentElement;
    if (details) within(details).forEach(fetchContent);
  }

  document.addEventListener("toggle", (event) => { if (event.target.open) within(event.target).forEach(fetchContent); }, true);
  for (const moment of ["pointerover", "focusin"]) document.addEventListener(moment, coming);
  window.bothways.folded = { names, take };
  addEventListener("DOMContentLoaded", () => document.querySelectorAll("details[open]").forEach((details) => within(details).forEach(fetchContent)));
})();
