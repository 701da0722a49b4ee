// Sets dark or light before the page is painted: the reader's choice, else what the system prefers.
(() => {
  "use strict";
  const system = matchMedia("(prefers-color-scheme: light)");
  const chosen = () => localStorage.getItem("theme");
  const GROUND = { dark: "#0d1117", light: "#ffffff" }; // of the bar above the page, where a phone has one
  const apply = () => {
    const theme = chosen() || (system.matches ? "light" : "dark");
    if (document.documentElement.dataset.theme === theme) return;
    document.documentElement.dataset.theme = theme;
    document.querySelector("meta[name=theme-color]")?.setAttribute("content", GROUND[theme]);
    document.dispatchEvent(new CustomEvent("themechange", { detail: theme }));
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-toggle-theme]");
    if (!button) return;
    localStorage.setItem("theme", document.documentElement.dataset.theme === "light" ? "dark" : "light");
    apply();
  });
})();
