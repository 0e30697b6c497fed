// What pages need alive: keys, selection, filters that act at once. Without it pages are read and forms are sent all
// the same. Nothing newer than Chromium 86.
(function () {
  "use strict";
  var all = function (selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); };
  var one = function (selector, root) { return (root || document).querySelector(selector); };
  document.documentElement.classList.add("scripted");

  all("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

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

  // Figures beside the places follow what waits, as long as somebody looks at the page: a browser has few connections to a
  // site, and pages behind others must not hold them.
  var figures = all("[data-count]");
  if (figures.length && window.EventSource) {
    var events = null;
    var mute = function () { if (events) { events.close(); events = null; } };
    var listen = function () {
      if (document.hidden) { mute(); return; }
      if (events) { return; }
      events = new EventSource("/events");
      events.addEventListener("counts", function (event) {
        var counts = JSON.parse(event.data);
        figures.forEach(function (figure) {
          figure.textContent = counts[figure.getAttribute("data-count")] || "";
          figure.hidden = !figure.textContent;
        });
      });
    };
    document.addEventListener("visibilitychange", listen);
    window.addEventListener("pagehide", mute);
    window.addEventListener("pageshow", listen);
    listen();
  }

  // 拟发稿: articles are put in order by dragging, or with Alt and an arrow; the numbers beside them are what is sent.
  all("[data-order]").forEach(function (articles) {
    var dragged = null;
    var own = function (place) {
      var row = place && place.closest ? place.closest("li") : null;
      return row && row.parentNode === articles ? row : null;
    };
    var number = function () {
      all("li", articles).forEach(function (row, at) { one(".place", row).value = String(at + 1); });
    };
    all("li", articles).forEach(function (row) { row.draggable = true; });
    articles.addEventListener("dragstart", function (event) {
      dragged = own(event.target);
      if (!dragged) { return; }
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
      dragged.classList.add("dragged");
    });
    articles.addEventListener("dragover", function (event) {
      if (!dragged) { return; }
      event.preventDefault();
      var over = own(event.target);
      if (!over || over === dragged) { return; }
      var box = over.getBoundingClientRect();
      articles.insertBefore(dragged, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
    });
    articles.addEventListener("drop", function (event) { if (dragged) { event.preventDefault(); } });
    articles.addEventListener("dragend", function () {
      if (!dragged) { return; }
      dragged.classList.remove("dragged");
      dragged = null;
      number();
    });
    articles.addEventListener("keydown", function (event) {
      var row = event.altKey ? own(event.target) : null;
      var up = event.key === "ArrowUp";
      if (!row || (!up && event.key !== "ArrowDown")) { return; }
      event.preventDefault();
      var focused = document.activeElement;
      var other = up ? row.previousElementSibling : row.nextElementSibling;
      if (other) { articles.insertBefore(row, up ? other : other.nextSibling); number(); focused.focus(); }
    });
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

  // 编稿: what is written is kept on every pause, in this browser and at the server; nothing is lost when the session
  // ends, the power goes, or somebody else saves meanwhile.
  var form = one("form[data-write]");
  if (form) {
    var key = "minyi-draft-" + form.getAttribute("data-write");
    var names = ["title", "body", "credit", "comment"];
    var said = one("[data-kept]", form);
    var field = function (name) { return form.elements[name]; };
    var texts = function () { var out = {}; names.forEach(function (name) { out[name] = field(name).value; }); return out; };
    var same = function (a, b) { return names.every(function (name) { return a[name].replace(/\r\n/g, "\n") === b[name].replace(/\r\n/g, "\n"); }); };
    var first = texts();
    var store = function (value) {
      try { if (value) { localStorage.setItem(key, JSON.stringify(value)); } else { localStorage.removeItem(key); } } catch (full) { /* not available */ }
    };
    var stored = null;
    try { stored = JSON.parse(localStorage.getItem(key)); } catch (none) { stored = null; }
    var say = function (text) { if (said) { said.textContent = text; } };
    var count = function () {
      var chars = field("body").value.replace(/\s/g, "").length;
      var shown = one("[data-chars]", form);
      shown.textContent = String(chars);
      shown.parentNode.classList.toggle("over", chars > Number(field("body").getAttribute("data-advised")));
    };
    var measured = function (answer) {
      one("[data-pages]", form).textContent = answer.pages ? " · " + answer.pages : "";
      one("[data-title-meter]", form).textContent = answer.title && answer.title.length > 1 ? "印成 " + answer.title.length + " 行：" + answer.title.join(" ／ ") : "";
    };
    if (stored && stored.rev === field("rev").value && !same(stored, first)) {
      names.forEach(function (name) { field(name).value = stored[name]; });
      say("已恢复本机上 " + stored.at + " 写下的文字");
    } else if (stored && stored.rev !== field("rev").value && !one(".alert")) {
      // Written before the saved text changed: kept until its writer has seen both.
      var old = document.createElement("details");
      old.className = "notice warn";
      var head = document.createElement("summary");
      head.textContent = "本机上还有 " + stored.at + " 写下、未保存的文字（其后编稿已有改动），点开查看";
      var pre = document.createElement("div");
      pre.className = "lines small";
      pre.textContent = stored.title + "\n" + stored.body + "\n" + stored.credit;
      var away = document.createElement("button");
      away.type = "button";
      away.textContent = "不再保留";
      away.addEventListener("click", function () { store(null); old.remove(); });
      old.appendChild(head); old.appendChild(pre); old.appendChild(away);
      form.parentNode.insertBefore(old, form);
    }
    // 校对 and 一键整理: each proposal is taken or left by one press. Places are counted in characters.
    var put = function (name, start, end, before, after) {
      var chars = Array.from(field(name).value);
      if (chars.slice(start, end).join("") !== before) { return false; }
      chars.splice.apply(chars, [start, end - start].concat(Array.from(after)));
      field(name).value = chars.join("");
      return true;
    };
    var ignored = {};
    var choice = function (text, run) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "small";
      button.textContent = text;
      button.addEventListener("click", run);
      return button;
    };
    var row = function (list, head, told) {
      var li = document.createElement("li");
      var strong = document.createElement("b");
      strong.textContent = head;
      li.appendChild(strong);
      li.appendChild(document.createTextNode(" " + told + " "));
      list.appendChild(li);
      return li;
    };
    var looked = function (hits) {
      var card = one("[data-looks]"), list = one("[data-looks-list]");
      if (!card) { return; }
      var open = hits.filter(function (hit) { return !ignored[hit.text + hit.reason]; });
      list.textContent = "";
      card.hidden = !open.length;
      one("[data-looks-count]").textContent = String(open.length);
      open.forEach(function (hit) {
        var li = row(list, "“" + hit.text + "”", hit.label + "：" + hit.reason + (hit.severity === "严重" ? "（严重）" : ""));
        if (hit.severity === "严重") { li.className = "severe"; }
        if (hit.proposal !== null) {
          li.appendChild(choice(hit.proposal ? "改为“" + hit.proposal + "”" : "删去", function () {
            put(hit.field, hit.start, hit.end, hit.text, hit.proposal); changed();
          }));
        }
        li.appendChild(document.createTextNode(" "));
        li.appendChild(choice("不改", function () { ignored[hit.text + hit.reason] = true; looked(hits); }));
      });
    };
    var tidyButton = one("[data-tidy]"), tidyBox = one("[data-tidy-box]");
    if (tidyButton) {
      tidyButton.addEventListener("click", function () {
        var body = new URLSearchParams();
        ["csrf", "rev", "step"].concat(names).forEach(function (name) { body.append(name, field(name).value); });
        fetch(location.pathname.replace(/\/$/, "") + "/tidy", { method: "POST", body: body, credentials: "same-origin" }).then(function (answer) {
          return answer.ok ? answer.json() : Promise.reject(answer.status);
        }).then(function (changes) {
          var list = one("[data-tidy-list]"), told = one("[data-tidy-told]");
          list.textContent = "";
          tidyBox.hidden = false;
          told.textContent = changes.length ? "可整理 " + changes.length + " 处" : "格式已经整齐";
          [one("[data-tidy-all]"), one("[data-tidy-none]")].forEach(function (button) { button.hidden = !changes.length; });
          var take = function (chosen) {
            chosen.slice().sort(function (a, b) { return b.start - a.start; }).forEach(function (one) { put("body", one.start, one.end, one.before, one.after); });
            changed();
          };
          one("[data-tidy-all]").onclick = function () { take(changes); tidyBox.hidden = true; };
          one("[data-tidy-none]").onclick = function () { tidyBox.hidden = true; };
          changes.forEach(function (change) {
            var shown = function (text) { return text === "" ? "（无）" : text.replace(/\n/g, "↵").replace(/ /g, "␣"); };
            var li = row(list, shown(change.before) + " → " + shown(change.after), change.reason);
            li.appendChild(choice("采用", function () { take([change]); tidyButton.click(); }));
          });
        }).catch(function () { say("没有整理成，请稍后再试"); });
      });
    }
    all("[data-snippet]").forEach(function (button) {
      button.addEventListener("click", function () {
        var box = field("body"), at = box.selectionStart, text = button.getAttribute("data-snippet");
        box.value = box.value.slice(0, at) + text + box.value.slice(box.selectionEnd);
        box.focus();
        box.setSelectionRange(at + text.length, at + text.length);
        changed();
      });
    });
    // 拼合: a sentence goes where the cursor stands, each once; whoever it is of is credited. Saved with the text.
    var takeSentence = function (tick) {
      var box = field("body"), text = tick.getAttribute("data-sentence"), credit = field("credit");
      var at = document.activeElement === box ? box.selectionEnd : box.value.length;
      if (at === box.value.length && /[^\n]$/.test(box.value) && !box.dataset.merged) { text = "\n" + text; }
      box.dataset.merged = "1";
      box.value = box.value.slice(0, at) + text + box.value.slice(at);
      box.setSelectionRange(at + text.length, at + text.length);
      tick.getAttribute("data-credit").split("、").forEach(function (person) {
        if (person && credit.value.indexOf(person.split(/[（(]/)[0]) < 0) { credit.value += (credit.value ? "、" : "") + person; }
      });
      tick.checked = true;
      tick.disabled = true;
      changed();
    };
    all("[data-sentence]").forEach(function (tick) { tick.addEventListener("change", function () { takeSentence(tick); }); });
    var nextSentence = one("[data-next-sentence]");
    if (nextSentence) {
      nextSentence.addEventListener("click", function () {
        var open = all("[data-merging] li").filter(function (li) { return one("[data-sentence]", li) && !one("[data-sentence]:disabled", li); })[0];
        if (open) { takeSentence(one("[data-sentence]", open)); } else { say("各件来稿所说都已取入"); }
      });
    }
    var now = function () { return new Date().toTimeString().slice(0, 5); };
    // After signing in again in another window, this page takes the new token and goes on.
    var renew = function () {
      return fetch(location.pathname, { credentials: "same-origin" }).then(function (answer) {
        return answer.redirected || !answer.ok ? null : answer.text();
      }).then(function (text) {
        var found = text && /name="csrf" value="([0-9a-f]+)"/.exec(text);
        if (!found) { return false; }
        all("input[name=csrf]").forEach(function (input) { input.value = found[1]; });
        return true;
      });
    };
    var out = false;
    var keep = function (again) {
      var body = new URLSearchParams();
      ["csrf", "rev", "step"].concat(names).forEach(function (name) { body.append(name, field(name).value); });
      return fetch(location.pathname.replace(/\/$/, "") + "/draft", { method: "POST", body: body, credentials: "same-origin" }).then(function (answer) {
        if (answer.ok) {
          out = false;
          return answer.json().then(function (told) { measured(told); looked(told.hits); say("已自动保存 " + told.at); });
        }
        if ((answer.status === 401 || answer.status === 403) && again) {
          return renew().then(function (renewed) { return renewed ? keep(false) : Promise.reject(answer.status); });
        }
        return Promise.reject(answer.status);
      });
    };
    var kept = function () {
      keep(true).catch(function (status) {
        out = true;
        say(status === 401 || status === 403
          ? "登录已过期：文字已存在本机。请在新窗口登录，本页会接着保存"
          : "暂时连不上服务器：文字已存在本机，连上后会自动保存");
      });
    };
    var timer = 0;
    var changed = function () {
      count();
      var value = texts();
      if (same(value, first)) { store(null); } else { value.rev = field("rev").value; value.at = now(); store(value); }
      clearTimeout(timer);
      timer = setTimeout(kept, 800);
    };
    form.addEventListener("input", changed);
    window.addEventListener("focus", function () { if (out) { kept(); } });
    // A press of a button is tried with a token that is still good; what was written stays until the server has it.
    var sent = false;
    form.addEventListener("submit", function (event) {
      if (sent) { return; }
      var button = event.submitter || document.activeElement;
      event.preventDefault();
      clearTimeout(timer);
      keep(true).then(function () { return true; }, function (status) { return !(status === 401 || status === 403); }).then(function (good) {
        if (!good) { out = true; say("登录已过期：文字已存在本机。请在新窗口登录，再点一次"); return; }
        sent = true;
        store(null);
        var carry = document.createElement("input");
        carry.type = "hidden"; carry.name = "do"; carry.value = button && button.value || "";
        form.appendChild(carry);
        form.submit();
      });
    });
    document.addEventListener("keydown", function (event) {
      if (!(event.ctrlKey || event.metaKey)) { return; }
      var button = one('[data-ctrl="' + event.key + '"]');
      if (button) { event.preventDefault(); button.click(); }
    });
    count();
    keep(true).catch(function () { return null; });
  }

  // 代录: what is pasted is told apart at once, save for what the typist has changed; Ctrl+Enter sends.
  var typed = one("form[data-typed]");
  if (typed) {
    var raw = typed.elements.raw, touched = {}, asked = "", wait = 0, gone = false;
    var parts = ["title", "body", "name", "unit", "phone", "district"];
    parts.forEach(function (name) {
      typed.elements[name].addEventListener("input", function () { touched[name] = true; });
    });
    var propose = function () {
      if (raw.value === asked || !raw.value.trim()) { return Promise.resolve(); }
      asked = raw.value;
      var body = new URLSearchParams();
      ["csrf", "raw"].forEach(function (name) { body.append(name, typed.elements[name].value); });
      return fetch("/typed/propose", { method: "POST", body: body, credentials: "same-origin" }).then(function (answer) {
        return answer.ok ? answer.json() : Promise.reject(answer.status);
      }).then(function (found) {
        parts.forEach(function (name) { if (!touched[name]) { typed.elements[name].value = found[name]; } });
      });
    };
    raw.addEventListener("input", function () {
      clearTimeout(wait);
      wait = setTimeout(function () { propose().catch(function () { asked = ""; }); }, 250);
    });
    typed.addEventListener("keydown", function (event) {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "Enter") { return; }
      event.preventDefault();
      clearTimeout(wait);
      if (gone) { return; }
      gone = true;
      // What cannot be recognised here is recognised by the server.
      propose().catch(function () { return null; }).then(function () { typed.submit(); });
    });
    raw.focus();
  }
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
