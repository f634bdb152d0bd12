// Names and roles for controls that the theme and the widget library leave nameless.
(function () {
  "use strict";

  // A slider's handle: its name is the label beside it, its value is the number that is shown.
  function nameSlider(handle) {
    var row = handle.closest(".widget-inline-hbox");
    var label = row && row.querySelector(".widget-label");
    if (!label) return;
    var readout = row.querySelector(".widget-readout");
    label.removeAttribute("title"); // it says "null"
    handle.setAttribute("aria-label", label.textContent.trim());
    function tellValue() {
      var value = readout && readout.textContent.trim();
      if (value && handle.getAttribute("aria-valuetext") !== value) handle.setAttribute("aria-valuetext", value);
    }
    tellValue();
    // The slider writes its index there at every move; the reader wants the value.
    new MutationObserver(tellValue).observe(handle, { attributes: true, attributeFilter: ["aria-valuetext"] });
    if (readout) {
      new MutationObserver(tellValue).observe(readout, { childList: true, characterData: true, subtree: true });
      readout.removeAttribute("contenteditable"); // what is typed there changes nothing
      readout.setAttribute("aria-hidden", "true"); // the slider says it already
    }
    // What the picture shows now is said when it changes.
    var pictures = row.parentElement.lastElementChild;
    if (pictures !== row) pictures.setAttribute("aria-live", "polite");
  }

  // The buttons that unfold answers and hints have one name for all: the title beside the button says which it is.
  function nameFold(button) {
    button.setAttribute("aria-label", "Show or hide: " + button.parentElement.textContent.replace(/\s+/g, " ").trim());
  }

  function nameAll() {
    document.querySelectorAll('.toggle-button[aria-label="Toggle hidden content"]').forEach(nameFold);
    document.querySelectorAll(".noUi-handle[role=slider]:not([aria-label])").forEach(nameSlider);
    // The theme draws its colour-mode icons as named pictures inside a button that has a name already.
    document.querySelectorAll(".theme-switch-button svg[aria-labelledby], .theme-switch-button svg[role]").forEach(function (icon) {
      icon.removeAttribute("aria-labelledby");
      icon.removeAttribute("role");
      icon.setAttribute("aria-hidden", "true");
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    // The words on the search button are its name.
    document.querySelectorAll("button.search-button-field").forEach(function (button) {
      if (button.textContent.trim()) button.removeAttribute("aria-label");
    });
    // The link to the first page stands outside of all landmarks.
    document.querySelectorAll(".sidebar-primary-item:has(> .navbar-brand)").forEach(function (item) {
      item.setAttribute("role", "navigation");
      item.setAttribute("aria-label", "Home");
    });
    nameAll();
    new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
  });

  // A formula in a line of text does not break: one that is wider than the line scrolls by itself.
  function fitFormulas() {
    var formulas = document.querySelectorAll("main mjx-container");
    formulas.forEach(function (formula) {
      if (formula.hasAttribute("display")) return; // the theme lets it scroll
      var block = formula.parentElement.closest("p, li, dd, td, div, section");
      formula.classList.toggle("wider-than-line", formula.firstElementChild.getBoundingClientRect().width > block.clientWidth);
    });
    // The Tab key meets the formulas that scroll, so that the arrow keys can move them, and no others.
    formulas.forEach(function (formula) {
      var scrolls = formula.scrollWidth > formula.clientWidth && getComputedStyle(formula).overflowX === "auto";
      if (scrolls) formula.tabIndex = 0;
      else formula.removeAttribute("tabindex");
    });
  }
  document.addEventListener("DOMContentLoaded", function () {
    new ResizeObserver(fitFormulas).observe(document.querySelector("main"));
  });

  // Paper is white: print a dark page as a light one.
  var theme = null;
  window.addEventListener("beforeprint", function () {
    theme = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
  });
  window.addEventListener("afterprint", function () {
    if (theme) document.documentElement.dataset.theme = theme;
  });
})();
