// What pages need alive: keys, selection, filters that act at once. Without it pages are read and forms are sent all
// the same. Nothing newer than Chromium 86.
(function () {
  "use strict";
  var all = function (selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); };
  var one = function (selector, root) { return (root || document).querySelector(selector); };
  document.documentElement.classList.add("scripted");

  // Filters act when they are changed.
  all("form[data-auto]").forEach(function (form) {
    form.addEventListener("change", function () {
      all("select", form).forEach(function (select) { select.disabled = select.value === ""; });
      form.submit();
    });
  });

  // Addresses shown once are whole ones.
  all("code.long").forEach(function (code) {
    if (code.textContent.charAt(0) === "/") { code.textContent = location.origin + code.textContent; }
  });

  var list = one("#list");
  var rows = list ? all("tbody tr", list) : [];
  var link = function (row) { return one("a", row); };
  var current = function () {
    var row = document.activeElement && document.activeElement.closest ? document.activeElement.closest("tbody tr") : null;
    return rows.indexOf(row);
  };
  var last = 0;
  var go = function (to) {
    if (!rows.length) { return; }
    last = Math.max(0, Math.min(rows.length - 1, to));
    link(rows[last]).focus();
    rows[last].scrollIntoView({ block: "nearest" });
  };

  if (list) {
    var head = one("[data-all]", list);
    if (head) {
      head.addEventListener("change", function () {
        all("input[name=item]", list).forEach(function (box) { box.checked = head.checked; });
      });
    }
    list.addEventListener("focusin", function () { var at = current(); if (at >= 0) { last = at; } });
    // Nothing ticked means the item one stands on.
    list.addEventListener("submit", function () {
      var ticked = all("input[name=item]:checked", list);
      if (!ticked.length && rows[last]) { one("input[name=item]", rows[last]).checked = true; }
      var at = one("input[name=at]", list);
      if (at) { at.value = String(last); }
    });
    var asked = new URLSearchParams(location.search).get("at");
    go(asked === null ? 0 : Number(asked) || 0);
  }

  // The button may stand in any form of the page; a click sends it with its own value.
  var press = function (key) {
    var open = one("details.menu[open]");
    var target = open ? one('[data-nth="' + key + '"]', open) : null;
    target = target || one('[data-key="' + key + '"]');
    if (!target) { return false; }
    if (target.tagName === "DETAILS") {
      target.open = !target.open;
      var field = one("input, select, textarea", target);
      if (target.open && field) { field.focus(); }
    } else {
      target.click();
    }
    return true;
  };

  // Enter in a field of a menu means the menu's own button, not the first one of the form.
  all("details.menu").forEach(function (menu) {
    menu.addEventListener("keydown", function (event) {
      var button = one("[data-default]", menu);
      if (event.key === "Enter" && button && event.target.tagName === "INPUT") { event.preventDefault(); button.click(); }
    });
    menu.addEventListener("toggle", function () {
      if (menu.open) { all("details.menu[open]").forEach(function (other) { if (other !== menu) { other.open = false; } }); }
    });
  });

  document.addEventListener("keydown", function (event) {
    var key = event.key;
    var place = event.target;
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(place.tagName) && place.type !== "checkbox";
    if (key === "Escape") {
      all("details.menu[open], details[data-help][open]").forEach(function (menu) { menu.open = false; });
      if (typing) { place.blur(); go(last); }
      return;
    }
    if (typing || event.ctrlKey || event.altKey || event.metaKey) { return; }
    var done = true;
    if (key === "ArrowDown" && rows.length) { go(current() < 0 ? last : last + 1); }
    else if (key === "ArrowUp" && rows.length) { go(last - 1); }
    else if (key === " " && rows.length && place.tagName !== "BUTTON" && place.tagName !== "SUMMARY" && place.type !== "checkbox") {
      var box = one("input[name=item]", rows[last]);
      if (box) { box.checked = !box.checked; }
    }
    else if (key === "?") { var help = one("details[data-help]"); if (help) { help.open = !help.open; } else { done = false; } }
    else if (key === "n" || key === "p") {
      var to = one(key === "n" ? 'a[rel="next"]' : 'a[rel="prev"]');
      if (to) { to.click(); } else { done = false; }
    }
    else if (/^[0-9a-z]$/.test(key)) { done = press(key); }
    else { done = false; }
    if (done) { event.preventDefault(); }
  });
}());
