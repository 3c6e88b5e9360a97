// For hosts that serve files as they are: says so when the page at hand is too old to be believed.
(() => {
  "use strict";
  const root = document.documentElement;
  const published = Number(root.dataset.published);
  if (!published || root.dataset.stale) return;
  const check = () => {
    if (Date.now() - published < 180000 || root.dataset.stale) return;
    root.dataset.stale = "yes";
    const banner = document.querySelector(".banner");
    banner.className = "banner unknown";
    banner.querySelector("use").setAttribute("href", "#unknown");
    banner.querySelector("h1").textContent = root.dataset.lateBanner;
    document.querySelectorAll(".state").forEach((state) => {
      const was = state.classList.contains("down") ? root.dataset.lateDown : root.dataset.lateUnknown;
      state.className = "state unknown";
      state.querySelector("use").setAttribute("href", "#unknown");
      state.lastChild.textContent = " " + was;
    });
  };
  check();
  setInterval(check, 10000);
})();
