// Marks of important lines, filters of the timeline, and images that are pasted or dropped into a note.
(() => {
  "use strict";
  const rail = document.getElementById("log");
  const list = document.getElementById("timeline");
  const note = document.getElementById("note");
  if (!rail) return;

  // --- marks ------------------------------------------------------------------------------------------------------
  rail.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-pin], [data-unpin]");
    if (!button) return;
    const seq = button.dataset.pin || button.dataset.unpin;
    button.disabled = true;
    const answer = await window.bothways.post(rail.dataset.pins, { event: seq, pinned: button.dataset.pin ? "yes" : "no" });
    button.disabled = false;
    if (!answer.ok) window.bothways.toast(answer.error, "error");
    else document.dispatchEvent(new Event("acted"));
  });

  // --- filters ----------------------------------------------------------------------------------------------------
  const form = document.getElementById("filter-form");
  const told = document.getElementById("filtered");
  const query = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));

  async function filter() {
    const wanted = query();
    const answer = await fetch(`${form.dataset.older}?${wanted}`, { headers: { "X-Requested-With": "bothways" } }).catch(() => null);
    const found = await answer?.json().catch(() => null);
    if (!answer?.ok) return window.bothways.toast(found?.error || "The server cannot be reached just now.", "error");
    window.bothways.timeline.show(found, wanted.size ? wanted : null);
    told.textContent = wanted.size ? `on: ${found.events.length + found.older} lines` : "";
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
  form.addEventListener("reset", () => setTimeout(filter));

  // --- images -----------------------------------------------------------------------------------------------------
  const image = (items) => [...(items ?? [])].find((file) => file.type.startsWith("image/"));

  async function add(file) {
    const body = new FormData();
    body.set("image", file);
    const answer = await window.bothways.post(rail.dataset.images, body);
    if (!answer.ok) return window.bothways.toast(answer.error, "error");
    note.setRangeText(`${answer.words}\n`, note.selectionStart, note.selectionEnd, "end");
    note.dispatchEvent(new Event("input", { bubbles: true }));
    note.focus();
  }

  note?.addEventListener("paste", (event) => {
    const file = image(event.clipboardData.files);
    if (file) { event.preventDefault(); add(file); }
  });
  note?.addEventListener("dragover", (event) => { if (image(event.dataTransfer.items)) event.preventDefault(); });
  note?.addEventListener("drop", (event) => {
    const file = image(event.dataTransfer.files);
    if (file) { event.preventDefault(); add(file); }
  });
})();
