// Before the first paint: dark where the system is dark. Without scripts the page stays light.
(function () {
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function paint() { document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light"); }
  paint();
  dark.addEventListener("change", paint);
})();
