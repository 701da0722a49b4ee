// Dialogs whose content is asked for when they open, so that whoever edits starts from the values of now; and what became of
// a field that somebody else changed meanwhile.
(() => {
  "use strict";
  const HEADERS = { "X-Requested-With": "bothways" };
  const me = document.body.dataset.user;

  async function open(opener) {
    const dialog = document.getElementById(opener.dataset.fetchDialog);
    const answer = await fetch(opener.dataset.from, { headers: HEADERS }).catch(() => null);
    if (answer?.status === 401 && (await window.bothways.login())) return open(opener);
    if (!answer?.ok) return window.bothways.toast(answer ? `This was refused (${answer.status}).` : "The server cannot be reached just now.", "error");
    dialog.innerHTML = await answer.text();
    htmx.process(dialog);
    window.bothways.times(dialog);
    dialog.showModal();
    dialog.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }

  // --- somebody else was faster: both values are shown, and one click keeps either -------------------------------------
  function clash(form, { field, now, yours }) {
    const box = form.querySelector(`[data-field="${CSS.escape(field)}"]`);
    if (!box) return;
    const said = box.querySelector(".clash");
    said.textContent = `Somebody changed this to “${now || "nothing"}” meanwhile; yours is “${yours || "nothing"}”. `;
    said.append(button("Keep theirs", () => settle(box, now, now)), button("Mine instead", () => settle(box, now, yours)));
    said.hidden = false;
    said.querySelector("button").focus(); // also brings the field into view
  }

  function settle(box, now, chosen) {
    box.querySelector("[name^=was-]").value = now;
    box.querySelector("input:not([type=hidden]), select, textarea").value = chosen;
    box.querySelector(".clash").hidden = true;
  }

  function button(text, act) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: text });
    made.addEventListener("click", act);
    return made;
  }

  // --- buttons that are for some people only: live parts are made once for all viewers ----------------------------------
  const staff = document.getElementById("log")?.hasAttribute("data-staff"); // may correct what others wrote
  function mine(root) {
    const named = (text) => text.split(" ").includes(me);
    for (const node of root.querySelectorAll("[data-unless]")) node.hidden = named(node.dataset.unless);
    for (const node of root.querySelectorAll("[data-only]")) node.hidden = !named(node.dataset.only);
    for (const node of root.querySelectorAll("[data-author]")) node.hidden = !staff && node.dataset.author !== me;
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-fetch-dialog]");
    if (opener) open(opener);
  });
  document.addEventListener("refused", (event) => {
    for (const one of event.detail.answer.clashes ?? []) clash(event.detail.form, one);
  });
  const root = document.getElementById("warroom");
  if (root) {
    new MutationObserver((changes) => changes.forEach((one) => mine(one.target))).observe(root, { childList: true, subtree: true });
    mine(root);
  }
})();
