// Widgets without a server: loaded after require.js and before the widget manager, it keeps everything inside the book.
(function () {
  "use strict";
  var script = document.currentScript;
  var vendor = script.src.replace(/js\/widgets-local\.js.*$/, "vendor/");
  // The manager looks for a widget that it does not know at this address; without the attribute it would ask another host.
  script.setAttribute("data-jupyter-widgets-cdn", vendor);
  window.requirejs.config({
    paths: {
      // The folder in which the manager looks for its fonts.
      "@jupyter-widgets": vendor + "widgets",
      "@jupyter-widgets/html-manager/dist": vendor + "widgets",
    },
  });
  // The manager calls MathJax by the interface of version 2; hand its calls to version 3.
  document.addEventListener("DOMContentLoaded", function () {
    var mathjax = window.MathJax;
    if (mathjax && !mathjax.Hub) {
      mathjax.Hub = {
        Queue: function (call) {
          if (mathjax.typesetPromise) mathjax.typesetPromise([call[2]]);
        },
      };
    }
  });
})();
