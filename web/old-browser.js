// What a browser shows that knows no modules. It is no module itself, and in the language of 2009.
(function () {
  var app = document.getElementById("app");
  if (app) {
    app.textContent =
      "Sockpit cannot run in this browser, which is too old. " +
      "Open it in Chrome or Edge 123, Firefox 120, Safari 17.5, or anything later.";
  }
})();
