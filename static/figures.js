// Draws the figures of a page. Each is drawn when it comes near the screen and again when something changed: after the
// words, at most three times a second, and more rarely where drawing takes long (a busy machine, many open pages).
(() => {
  "use strict";
  const REDRAW = { timeline: 2000 }; // ms between two drawings of one figure
  const OFTEN = 334, WORDS_FIRST = 200, SHARE = 6; // SHARE: a figure takes at most one part in six of the time
  const STILL = { displayModeBar: false, responsive: false, doubleClick: false, scrollZoom: false };

  class Picture {
    constructor(element) {
      this.element = element;
      this.which = element.dataset.which;
      this.period = REDRAW[this.which] ?? OFTEN;
      this.last = -this.period;
      this.took = 0; // ms that the last drawing took
      this.stale = true;
      this.width = 0;
      new IntersectionObserver(([seen]) => { this.seen = seen.isIntersecting; this.next(); }, { rootMargin: "300px" }).observe(element);
      new ResizeObserver(() => { if (this.room() !== this.width) this.redraw(); }).observe(element);
    }

    room() { return Math.max(320, Math.floor(this.element.clientWidth / 8) * 8); }

    redraw() { this.stale = true; this.next(); }

    next() {
      if (!this.stale || !this.seen || this.busy || document.hidden) return;
      this.busy = true;
      const rest = Math.max(this.period, SHARE * this.took);
      setTimeout(() => this.draw(), Math.max(this.drawn ? WORDS_FIRST : 0, this.last + rest - performance.now()));
    }

    async draw() {
      this.stale = false;
      this.width = this.room();
      const { base, run } = this.element.dataset;
      const query = new URLSearchParams({ theme: document.documentElement.dataset.theme, width: this.width });
      if (run) query.set("run", run);
      try {
        const answer = await fetch(`${base}${this.which}?${query}`);
        if (answer.ok && !answer.redirected) await this.change(await answer.text());
      } catch { this.stale = true; } finally {
        this.last = performance.now();
        this.busy = false;
        if (this.stale) setTimeout(() => this.next(), 1000);
      }
    }

    async change(text) {
      if (text === this.drawn) return;
      const began = performance.now();
      await this.show(JSON.parse(text));
      this.drawn = text;
      this.took = performance.now() - began;
    }

    async show(figure) {
      if (figure.empty) return;
      await Plotly.react(this.element, figure.data, figure.layout, STILL);
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
  document.addEventListener("visibilitychange", () => pictures.forEach((picture) => picture.next()));
  window.bothways.redraw = redraw;
})();
