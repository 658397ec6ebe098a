// Copies where the reader of this page comes from into every form that is sent to /f/.
(function () {
  var params = new URLSearchParams(location.search);
  var fields = { page: location.origin + location.pathname, referrer: document.referrer };
  params.forEach(function (value, name) {
    if (/^(utm_\w+|gclid|yclid|fbclid)$/.test(name)) fields[name] = value.slice(0, 256);
  });
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.action || form.action.indexOf("/f/") < 0) return;
    Object.keys(fields).forEach(function (name) {
      if (!fields[name] || form.elements[name]) return;
      var input = document.createElement("input");
      input.type = "hidden";
      input.name = name;
      input.value = fields[name];
      form.appendChild(input);
    });
  });
})();
