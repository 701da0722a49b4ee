// Plays an incident from its beginning: asks for one moment after the other, as fast as was chosen. Without this script,
// Back and Next lead through the moments.
(() => {
  "use strict";
  const player = document.getElementById("player"), place = document.getElementById("played");
  const moments = player.dataset.moments.split(" "), slider = document.getElementById("moment");
  const button = player.querySelector("[data-play]"), pace = document.getElementById("pace");
  let at = Number(slider.value), wanted = at, fetching = false, timer = 0;

  async function show(next) {
    wanted = Math.max(0, Math.min(moments.length - 1, next));
    slider.value = wanted;
    if (fetching) return;
    fetching = true;
    try {
      while (at !== wanted) {
        const going = wanted;
        const query = new URLSearchParams({ upto: moments[going], theme: document.documentElement.dataset.theme });
        query.set("width", Math.floor(place.querySelector(".found").clientWidth / 8) * 8);
        const answer = await fetch(`${player.dataset.from}?${query}`, { headers: { "X-Requested-With": "bothways" } });
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        place.innerHTML = await answer.text();
        window.bothways.times(place);
        at = going;
        history.replaceState(null, "", `?upto=${moments[at]}`);
      }
    } catch {
      stop();
      wanted = slider.value = at;
      window.bothways.toast("This moment could not be fetched.", "error");
    } finally { fetching = false; }
    links();
  }

  function links() {
    for (const link of player.querySelectorAll("[data-step]")) {
      const next = at + Number(link.dataset.step), there = next >= 0 && next < moments.length;
      if (there) { link.href = `?upto=${moments[next]}`; link.removeAttribute("aria-disabled"); }
      else { link.removeAttribute("href"); link.setAttribute("aria-disabled", "true"); }
    }
    if (timer && at === moments.length - 1) stop();
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    button.textContent = "Play";
    button.setAttribute("aria-pressed", "false");
  }

  function start() {
    if (at === moments.length - 1) show(0);
    timer = setInterval(() => { if (!fetching && !document.hidden) show(at + 1); }, 1000 / Number(pace.value));
    button.textContent = "Pause";
    button.setAttribute("aria-pressed", "true");
  }

  button.addEventListener("click", () => (timer ? stop() : start()));
  pace.addEventListener("change", () => { if (timer) { stop(); start(); } });
  slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
  player.addEventListener("click", (event) => {
    const link = event.target.closest("[data-step]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    stop();
    show(at + Number(link.dataset.step));
  });
  for (const hidden of player.querySelectorAll("[hidden]")) hidden.hidden = false;
  // the page came for an unknown width and theme
  addEventListener("DOMContentLoaded", () => { at = -1; show(wanted); });
})();
