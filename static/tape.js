// The tape: answers as lines, the newest last. The lines are fetched when it is opened and after each sign that devices
// answered; what is still awaited stands below. Who pauses, or scrolls up, is told how many came meanwhile.
(() => {
  "use strict";
  const tape = document.getElementById("tape");
  if (!tape) return;
  const view = tape.querySelector(".tape-lines"), list = tape.querySelector("ol"), awaited = tape.querySelector(".awaited");
  const follow = tape.querySelector("[data-follow]"), held = tape.querySelector("[data-held]");
  const earlier = tape.querySelector("[data-earlier]"), choice = tape.querySelector("select");
  const run = document.getElementById("warroom").dataset.run;
  const REST = 250, MOST = 3000, TICK = 1000; // ms between two fetches; lines that are kept on the page; ms between two looks at the clock
  let newest = null, waiting = [], busy = false, again = false, timer = 0;

  const following = () => follow.getAttribute("aria-pressed") === "true";

  async function fetchPiece(query) {
    if (run) query.run = run;
    const answer = await fetch(`${tape.dataset.tape}?${new URLSearchParams(query)}`, { headers: { "X-Requested-With": "bothways" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    return answer.json();
  }

  // what came since, at most four times a second, and once more for what comes meanwhile
  async function news() {
    if (!tape.open || document.hidden) return;
    if (busy) { again = true; return; }
    busy = true;
    try {
      do {
        again = false;
        const piece = await fetchPiece(newest === null ? {} : { after: newest });
        if (newest === null) countEarlier(piece.earlier);
        newest = Math.max(newest ?? 0, piece.lines.at(-1)?.id ?? 0);
        await take(piece.lines);
        expect(piece.awaited);
        again ||= piece.more;
        await new Promise((done) => setTimeout(done, REST));
      } while (again && tape.open);
    } catch { again = false; } finally { busy = false; }
  }

  function take(lines) {
    waiting.push(...lines);
    if (following()) show();
    held.textContent = waiting.length ? `${waiting.length} came meanwhile` : "";
  }

  function show() {
    list.append(...waiting.map(made));
    waiting = [];
    while (list.children.length > MOST) list.firstElementChild.remove();
    tape.querySelector("[data-empty]").hidden = list.children.length > 0;
    view.scrollTop = view.scrollHeight;
  }

  function made({ device, html }) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const line = holder.content.firstElementChild;
    if (![...choice.options].some((one) => one.value === device)) choice.add(new Option(device, device));
    line.hidden = Boolean(choice.value) && choice.value !== device;
    window.bothways.times(line);
    return line;
  }

  // --- what is awaited ------------------------------------------------------------------------------------------------
  function expect(questions) {
    awaited.replaceChildren(...questions.map(({ device, what, since, seconds }) => {
      const line = document.createElement("li");
      Object.assign(line.dataset, { device, since, seconds: seconds ?? "" });
      const name = Object.assign(document.createElement("b"), { textContent: device });
      line.append(name, ` ${what} `, Object.assign(document.createElement("span"), { className: "muted" }));
      line.hidden = Boolean(choice.value) && choice.value !== device;
      return line;
    }));
    if (following()) view.scrollTop = view.scrollHeight; // what is awaited stands below the lines, and pushes them up
    clearInterval(timer);
    if (questions.length) timer = setInterval(clock, TICK);
    clock();
  }

  function clock() {
    for (const line of awaited.children) {
      const passed = Math.max(0, Math.round((Date.now() - new Date(line.dataset.since)) / 1000));
      const of = line.dataset.seconds ? ` of ${Math.round(Number(line.dataset.seconds))}` : "";
      line.lastElementChild.textContent = `asked, ${passed}${of} s`;
    }
  }

  // --- what people do -------------------------------------------------------------------------------------------------
  function setFollowing(on) {
    follow.setAttribute("aria-pressed", on);
    follow.textContent = on ? "Following" : "Paused, follow again";
    if (on) take([]);
  }

  function countEarlier(count) {
    earlier.hidden = !count;
    earlier.querySelector("span").textContent = count;
  }

  async function fetchEarlier() {
    const oldest = list.firstElementChild;
    earlier.disabled = true;
    try {
      const piece = await fetchPiece({ before: oldest?.dataset.row ?? "" });
      const height = view.scrollHeight;
      list.prepend(...piece.lines.map(made));
      view.scrollTop += view.scrollHeight - height;
      countEarlier(piece.earlier);
    } catch { window.bothways.toast("The server cannot be reached just now.", "error"); } finally { earlier.disabled = false; }
  }

  follow.addEventListener("click", () => setFollowing(!following()));
  earlier.addEventListener("click", fetchEarlier);
  choice.addEventListener("change", () => {
    for (const line of tape.querySelectorAll("li")) line.hidden = Boolean(choice.value) && choice.value !== line.dataset.device;
    if (following()) view.scrollTop = view.scrollHeight;
  });
  view.addEventListener("scroll", () => {
    if (following() && view.scrollHeight - view.scrollTop - view.clientHeight > 60) setFollowing(false); // reads further up
  });
  tape.addEventListener("toggle", () => { if (tape.open) news(); });
  document.addEventListener("answered", news);
  document.addEventListener("visibilitychange", news);
  if (tape.open) news();
})();
