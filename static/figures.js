// Draws the figures of a page. Each is drawn when it comes near the screen and again when something changed: after the
// words, at most three times a second, and more rarely where drawing takes long (a busy machine, many open pages).
// The drawing library is large: it is fetched when the page stands, and until then the paths are the server's own SVG.
(() => {
  "use strict";
  const REDRAW = { timeline: 2000 }; // ms between two drawings of one figure
  const OFTEN = 334, WORDS_FIRST = 200, SHARE = 6; // SHARE: a figure takes at most one part in six of the time
  const STILL = { displayModeBar: false, responsive: false, doubleClick: false, scrollZoom: false };

  const files = document.currentScript.dataset;
  let library = null; // a promise: the drawing library is there

  function fetchLibrary() {
    library ??= new Promise((done, failed) => {
      const style = Object.assign(document.createElement("link"), { id: "plotly.js-style-global", className: "no-inline-styles" });
      Object.assign(style, { rel: "stylesheet", href: files.style });
      const script = Object.assign(document.createElement("script"), { src: files.library, onload: done });
      script.onerror = () => { library = null; script.remove(); failed(new Error("the drawing library did not come")); };
      document.head.append(style, script);
    });
    return library;
  }

  class Picture {
    constructor(element) {
      this.element = element;
      this.which = element.dataset.which;
      this.period = REDRAW[this.which] ?? OFTEN;
      this.last = -this.period;
      this.took = 0; // ms that the last drawing took
      this.stale = true;
      this.width = 0;
      new IntersectionObserver(([seen]) => { this.seen = seen.isIntersecting; this.next(); }, { rootMargin: this.which === "paths" ? "2500px" : "300px" }).observe(element);
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
      const { base, run, beside } = this.element.dataset;
      const query = new URLSearchParams({ theme: document.documentElement.dataset.theme, width: this.width });
      if (run) query.set("run", run);
      if (beside) query.set("beside", beside);
      const early = this.which === "paths" && !window.Plotly;
      if (early) query.set("as", "svg");
      try {
        if (!early) await fetchLibrary();
        const answer = await fetch(`${base}${this.which}?${query}`);
        if (answer.ok && !answer.redirected) await (early ? this.showEarly(await answer.text()) : this.change(await answer.text()));
      } catch { this.stale = true; } finally {
        this.last = performance.now();
        this.busy = false;
        if (this.stale) setTimeout(() => this.next(), 1000);
      }
    }

    showEarly(svg) {
      if (!svg || window.Plotly) return;
      this.element.innerHTML = svg;
      this.drawn = "early";
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
      if (this.drawn === "early") this.element.replaceChildren();
      await Plotly.react(this.element, figure.data, figure.layout, STILL);
      this.element.dataset.drawn = String(Number(this.element.dataset.drawn || 0) + 1);
      if (this.listening) return;
      this.listening = true;
      this.element.on("plotly_click", (event) => {
        this.choose(event.points[0]?.customdata);
      });
    }

    choose(key) {
      const address = this.element.dataset.hop || document.getElementById("hop-url")?.dataset.hop;
      if (key && address) window.bothways.open(address + encodeURIComponent(key), null);
    }
  }

  const pictures = [...document.querySelectorAll(".figure")].map((element) => new Picture(element));
  for (const picture of pictures) {
    picture.element.addEventListener("click", (event) => picture.choose(event.target.closest("svg [data-key]")?.dataset.key));
  }
  // when the words and the first drawing stand
  const whenIdle = window.requestIdleCallback ?? ((act) => setTimeout(act, 500));
  const later = () => whenIdle(() => fetchLibrary().then(() => redraw(), () => {}), { timeout: 8000 });
  if (document.readyState === "complete") later();
  else addEventListener("load", later);

  const redraw = (names) => {
    for (const picture of pictures) if (!names || names.includes(picture.which)) picture.redraw();
  };
  document.addEventListener("themechange", () => redraw());
  document.addEventListener("visibilitychange", () => pictures.forEach((picture) => picture.next()));
  window.bothways.redraw = redraw;
})();
