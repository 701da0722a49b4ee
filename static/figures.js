// Draws the figures of a page. Each is drawn when it comes near the screen, again when something changed, and at most
// three times a second.
(() => {
  "use strict";
  const REDRAW = { timeline: 2000 }; // ms between two drawings of one figure
  const OFTEN = 334;
  const STILL = { displayModeBar: false, responsive: false, doubleClick: false, scrollZoom: false };

  class Picture {
    constructor(element) {
      this.element = element;
      this.which = element.dataset.which;
      this.period = REDRAW[this.which] ?? OFTEN;
      this.last = -this.period;
      this.stale = true;
      this.width = 0;
      new IntersectionObserver(([seen]) => { this.seen = seen.isIntersecting; this.next(); }, { rootMargin: "300px" }).observe(element);
      new ResizeObserver(() => { if (this.room() !== this.width) this.redraw(); }).observe(element);
    }

    room() { return Math.max(320, Math.floor(this.element.clientWidth / 8) * 8); }

    redraw() { this.stale = true; this.next(); }

    next() {
      if (!this.stale || !this.seen || this.busy) return;
      this.busy = true;
      setTimeout(() => this.draw(), Math.max(0, this.last + this.period - performance.now()));
    }

    async draw() {
      this.stale = false;
      this.width = this.room();
      const { base, run } = this.element.dataset;
      const query = new URLSearchParams({ theme: document.documentElement.dataset.theme, width: this.width });
      if (run) query.set("run", run);
      try {
        const answer = await fetch(`${base}${this.which}?${query}`);
        if (answer.ok && !answer.redirected) await this.show(await answer.json());
      } catch { this.stale = true; } finally {
        this.last = performance.now();
        this.busy = false;
        if (this.stale) setTimeout(() => this.next(), 1000);
      }
    }

    async show(drawn) {
      if (drawn.empty) return;
      await Plotly.react(this.element, drawn.data, drawn.layout, STILL);
      this.element.dataset.drawn = String(Number(this.element.dataset.drawn || 0) + 1);
      if (this.listening) return;
      this.listening = true;
      this.element.on("plotly_click", (event) => {
        const key = event.points[0]?.customdata;
        const address = this.element.dataset.hop || document.getElementById("hop-url")?.dataset.hop;
        if (key && address) window.bothways.open(address + encodeURIComponent(key), null);
      });
    }
  }

  const pictures = [...document.querySelectorAll(".figure")].map((element) => new Picture(element));
  const redraw = (names) => {
    for (const picture of pictures) if (!names || names.includes(picture.which)) picture.redraw();
  };
  document.addEventListener("themechange", () => redraw());
  window.bothways.redraw = redraw;
})();
