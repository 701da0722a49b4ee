// Small things on every page: copy buttons, questions before something ends, the evidence drawer, local times.
(() => {
  "use strict";
  const drawer = document.getElementById("drawer");
  let opener = null;

  async function open(url, from) {
    opener = from;
    drawer.querySelector(".content").textContent = "Loading …";
    drawer.querySelector("h2").textContent = "";
    if (!drawer.open) drawer.showModal();
    let html;
    try {
      const answer = await fetch(url, { headers: { "X-Requested-With": "drawer" } });
      if (answer.redirected) return location.reload();
      html = answer.ok ? await answer.text() : `<p>This could not be loaded (${answer.status}).</p>`;
    } catch {
      html = "<p>The server cannot be reached just now.</p>";
    }
    const content = drawer.querySelector(".content");
    content.innerHTML = html;
    const title = content.querySelector("[data-title]");
    drawer.querySelector("h2").textContent = title ? title.dataset.title : "Evidence";
    drawer.scrollTop = 0;
    htmx.process(content);
    times(content);
    content.querySelectorAll("details.answer[open]").forEach((d) => d.dispatchEvent(new Event("toggle")));
  }

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

  function times(root) {
    for (const node of root.querySelectorAll("time[datetime]")) node.title = new Date(node.dateTime).toLocaleString();
  }

  // an answer that a text refers to opens over the page
  document.addEventListener("click", (event) => {
    const ref = event.target.closest("a.ref");
    if (!ref || !drawer || event.ctrlKey || event.metaKey || !ref.pathname.endsWith("/reason")) return;
    event.preventDefault();
    open(ref.href, ref);
  });
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-drawer],[data-copy],[data-close]");
    if (!target) return;
    if (target.dataset.drawer) open(target.dataset.drawer, target);
    else if (target.dataset.copy) copy(target);
    else drawer.close();
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
  if (drawer) {
    drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
    drawer.addEventListener("close", () => opener && opener.isConnected && opener.focus());
  }
  times(document);
  window.bothways = { open, times };
})();
