// Sends what people do and write without leaving the page: nothing navigates, nothing scrolls. When the login has ended a
// dialog asks for it over the page; when it was renewed in another tab, the new token is fetched and the same is sent again.
(() => {
  "use strict";
  const body = document.body.dataset;
  const HEADERS = { "X-Requested-With": "bothways", Accept: "application/json" };
  const SHOWN = 6000; // ms that a message stays
  let putOff = false; // somebody closed the login dialog without a login
  let asking = null; // the login dialog that is open, as a promise: true = logged in again

  // {ok, status, messages, error, offline}; a status of 0 = the server was not reached. What is tried again by itself does
  // not ask for a login that somebody put off.
  async function post(url, fields, byItself = false) {
    for (let attempt = 0; ; attempt++) {
      const sent = fields instanceof FormData ? fields : new URLSearchParams(fields); // files need a form
      sent.set("csrfmiddlewaretoken", body.csrf);
      let answer;
      try {
        answer = await fetch(url, { method: "POST", body: sent, headers: { ...HEADERS, "X-CSRFToken": body.csrf } });
      } catch {
        return { ok: false, status: 0, offline: true, messages: [], error: "The server cannot be reached just now." };
      }
      const said = await answer.json().catch(() => ({}));
      const again = attempt < 2 && (answer.status === 401 || answer.status === 403) && (await renewed(answer.status, byItself));
      if (!again) return { ok: answer.ok, status: answer.status, messages: said.messages ?? [], error: words(answer, said), ...said };
    }
  }

  function words(answer, said) {
    if (answer.ok) return "";
    return said.error || said.messages?.map((one) => one.text).join(" ") || `This was refused (${answer.status}).`;
  }

  // Is there a login, or a new token, with which the same may be sent again?
  async function renewed(status, byItself) {
    const old = body.csrf;
    const answer = await fetch(body.session, { headers: HEADERS }).catch(() => null);
    if (answer?.status === 401) return byItself && putOff ? false : login();
    if (!answer?.ok) return false;
    const now = await answer.json();
    if (now.user !== body.user) location.reload(); // another person: the page has to ask again what may be seen
    body.csrf = now.csrf;
    return status === 401 || now.csrf !== old;
  }

  function login() {
    asking ??= askForLogin().finally(() => { asking = null; });
    return asking;
  }

  function askForLogin() {
    const dialog = document.getElementById("relogin");
    const [form, problem] = [dialog.querySelector("form"), dialog.querySelector("[role=alert]")];
    form.username.value = body.user;
    problem.hidden = true;
    dialog.showModal();
    form.password.focus();
    return new Promise((done) => {
      form.onsubmit = async (event) => {
        event.preventDefault();
        problem.textContent = await tryLogin(form);
        problem.hidden = !problem.textContent;
        if (!problem.textContent) finish(true);
      };
      const finish = (entered) => { putOff = !entered; form.password.value = ""; dialog.close(); done(entered); };
      dialog.querySelector("[data-later]").onclick = () => finish(false);
      dialog.oncancel = () => finish(false);
    });
  }

  // why it was refused, empty when it worked
  async function tryLogin(form) {
    try {
      const page = new DOMParser().parseFromString(await (await fetch(body.login)).text(), "text/html");
      const token = page.querySelector("input[name=csrfmiddlewaretoken]").value;
      const fields = { username: form.username.value, password: form.password.value, csrfmiddlewaretoken: token };
      await fetch(body.login, { method: "POST", body: new URLSearchParams(fields), headers: { "X-CSRFToken": token } });
      const answer = await fetch(body.session, { headers: HEADERS });
      if (!answer.ok) return "That name and password do not fit.";
      const now = await answer.json();
      if (now.user !== body.user) location.reload();
      body.csrf = now.csrf;
      document.dispatchEvent(new Event("loggedin"));
      return "";
    } catch {
      return "The server cannot be reached just now.";
    }
  }

  function toast(text, tone) {
    const line = document.createElement("p");
    line.className = tone || "";
    line.textContent = text;
    document.getElementById("toasts").append(line);
    setTimeout(() => line.remove(), SHOWN);
  }

  // --- forms that act: data-send ----------------------------------------------------------------------------------
  async function submit(form, button) {
    const fields = new FormData(form);
    if (button?.name) fields.set(button.name, button.value);
    const buttons = [...form.querySelectorAll("button")].filter((one) => !one.disabled);
    buttons.forEach((one) => { one.disabled = true; });
    const answer = await post(form.action, fields);
    buttons.forEach((one) => { one.disabled = false; });
    if (!answer.ok) document.dispatchEvent(new CustomEvent("refused", { detail: { form, answer } }));
    if (!answer.ok) return toast(answer.error, "error");
    for (const one of answer.messages) toast(one.text, one.tone);
    form.closest("dialog")?.close();
    if (form.closest("dialog")) form.reset();
    document.dispatchEvent(new CustomEvent("acted", { detail: form }));
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("send" in form.dataset) || event.defaultPrevented) return;
    event.preventDefault();
    submit(form, event.submitter);
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (opener.dataset.field) dialog.querySelector(`[name="${opener.dataset.field}"]`).value = opener.dataset.value;
      dialog.showModal();
    }
    event.target.closest("[data-close-dialog]")?.closest("dialog").close();
  });

  Object.assign(window.bothways, { post, login, toast });
})();
