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
      var lines = answer.title || [], told = Array.from(field("title").value.trim()).length + " 字";
      if (lines.length > 1) {
        told += "，2 号字印成 " + lines.length + " 行（每行至多 " + answer.title_line + " 字）：" + lines.join(" ／ ");
      } else if (lines.length) { told += "，2 号字印成 1 行（至多 " + answer.title_line + " 字）"; }
      one("[data-title-meter]", form).textContent = told;
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
    // What stands around a place, so that one knows it again.
    var around = function (li, name, start, end) {
      var chars = Array.from(field(name).value.replace(/\n/g, "↵")), small = document.createElement("span");
      var middle = document.createElement("mark");
      small.className = "small muted around";
      middle.textContent = chars.slice(start, end).join("");
      small.appendChild(document.createTextNode(chars.slice(Math.max(0, start - 8), start).join("")));
      small.appendChild(middle);
      small.appendChild(document.createTextNode(chars.slice(end, end + 8).join("")));
      li.appendChild(small);
    };
    var looks = one("[data-looks]"), looksList = one("[data-looks-list]"), hits = [], later = null;
    var mayPass = looks && looks.hasAttribute("data-may-pass");
    var standing = function () { return all("li", looksList); };
    var stand = function (at) {
      var rows = standing();
      if (rows.length) { rows[Math.max(0, Math.min(rows.length - 1, at))].focus(); } else { field("body").focus(); }
    };
    // The place in the text, marked and in sight.
    var show = function (hit) {
      var box = field(hit.field), chars = Array.from(box.value);
      var from = chars.slice(0, hit.start).join("").length;
      box.focus();
      box.setSelectionRange(from, from + hit.text.length);
      box.blur();
      box.focus();
    };
    // What is said of a place is kept at the server, for everybody who has a hand in the manuscript.
    var tell = function (doing, hit, why, at) {
      var body = new URLSearchParams();
      ["csrf", "rev", "step"].concat(names).forEach(function (name) { body.append(name, field(name).value); });
      [["do", doing], ["kind", hit.kind], ["key", hit.key], ["why", why]].forEach(function (pair) { body.append(pair[0], pair[1]); });
      return fetch(location.pathname.replace(/\/$/, "") + "/proof-reading", { method: "POST", body: body, credentials: "same-origin", headers: { Accept: "application/json" } }).then(function (answer) {
        if (answer.ok) { return answer.json().then(function (found) { looked(found); stand(at); }); }
        return answer.text().then(function (text) {
          var told = text;
          try { told = JSON.parse(text).detail; } catch (page) { told = ""; }
          say(told || "没有记下，请稍后再试");
        });
      }).catch(function () { say("暂时连不上服务器，没有记下"); });
    };
    var ask = function (li, doing, hit, at) {
      var old = one("[data-reason]", looks);
      if (old) { old.remove(); }
      var box = document.createElement("div"), input = document.createElement("input");
      box.setAttribute("data-reason", "");
      input.maxLength = 200;
      input.value = doing === "let_pass" ? "本单位用语，无误" : "经核对无误";
      input.setAttribute("aria-label", doing === "let_pass" ? "为什么不是差错" : "不改的理由");
      var end = function () { box.remove(); if (later) { var found = later; later = null; looked(found); } };
      var go = function () {
        var why = input.value.trim();
        if (!why) { input.focus(); return; }
        box.remove();
        later = null;
        tell(doing, hit, why, at);
      };
      input.addEventListener("keydown", function (event) {
        if (event.key === "Enter") { event.preventDefault(); event.stopPropagation(); go(); }
        if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); end(); stand(at); }
      });
      box.appendChild(input);
      box.appendChild(document.createTextNode(" "));
      box.appendChild(choice(doing === "let_pass" ? "以后都放行" : "不改", go));
      li.appendChild(box);
      input.focus();
      input.select();
    };
    var take = function (hit, at) {
      if (hit.proposal === null) { show(hit); return; }
      if (put(hit.field, hit.start, hit.end, hit.text, hit.proposal)) {
        var longer = Array.from(hit.proposal).length - (hit.end - hit.start);
        hits = hits.filter(function (other) { return other !== hit; });
        hits.forEach(function (other) {
          if (other.field === hit.field && other.start >= hit.end) { other.start += longer; other.end += longer; }
        });
        looked(hits);
        stand(at);
      }
      changed();
    };
    var looked = function (found) {
      if (!looks) { return; }
      // While somebody writes a reason the list stands still.
      if (one("[data-reason]", looks)) { later = found; return; }
      var stood = standing().indexOf(document.activeElement && document.activeElement.closest("[data-looks-list] > li"));
      hits = found;
      var open = hits.filter(function (hit) { return !hit.left; });
      var left = hits.filter(function (hit) { return hit.left; });
      looksList.textContent = "";
      one("[data-looks-none]").hidden = open.length > 0;
      one("[data-looks-count]").textContent = open.length ? String(open.length) : "";
      one("[data-looks-keys]").hidden = !open.length;
      open.forEach(function (hit, at) {
        var li = row(looksList, "“" + hit.text + "”", hit.label + "：" + hit.reason + (hit.severity === "严重" ? "（严重）" : ""));
        if (hit.severity === "严重") { li.className = "severe"; }
        li.tabIndex = -1;
        around(li, hit.field, hit.start, hit.end);
        var does = [function () { take(hit, at); }, function () { ask(li, "leave", hit, at); }];
        var first = hit.proposal === null ? "去改" : hit.proposal ? "改为“" + hit.proposal + "”" : "删去";
        [first, "不改"].forEach(function (text, nth) {
          li.appendChild(choice(text, does[nth]));
          li.appendChild(document.createTextNode(" "));
        });
        if (mayPass && hit.may_pass) {
          does.push(function () { ask(li, "let_pass", hit, at); });
          var pass = choice("放行", does[2]);
          pass.title = "列入校对放行：以后各稿都不再提示";
          li.appendChild(pass);
        }
        li.addEventListener("keydown", function (event) {
          if (event.target.tagName === "INPUT" || event.ctrlKey || event.altKey || event.metaKey) { return; }
          var act = /^[123]$/.test(event.key) ? does[Number(event.key) - 1] : null;
          if (act) { act(); }
          else if (event.key === "ArrowDown" || event.key === "F8") { stand(at + 1 < open.length ? at + 1 : 0); }
          else if (event.key === "ArrowUp") { stand(at - 1); }
          else if (event.key === "Enter" && event.target === li) { show(hit); }
          else { return; }
          event.preventDefault();
          event.stopPropagation();
        });
      });
      var leftBox = one("[data-looks-left]"), leftList = one("ul", leftBox);
      leftBox.hidden = !left.length;
      one("summary span", leftBox).textContent = String(left.length);
      leftList.textContent = "";
      left.forEach(function (hit) {
        var li = row(leftList, "“" + hit.text + "”", hit.label + "：" + hit.left.why);
        li.appendChild(choice("撤回", function () { tell("look_again", hit, "", 0); }));
      });
      if (stood >= 0) { stand(stood); }
    };
    if (looks) {
      document.addEventListener("keydown", function (event) {
        if (event.key === "F8" && standing().length && !event.defaultPrevented) { event.preventDefault(); stand(0); }
      });
    }
    var tidyButton = one("[data-tidy]"), tidyBox = one("[data-tidy-box]");
    if (tidyButton) {
      var marked = function (text) { return text.replace(/\n/g, "↵").replace(/ /g, "␣"); };
      var changes = [];
      var takeChanges = function (chosen) {
        chosen.slice().sort(function (a, b) { return b.start - a.start; }).forEach(function (one) {
          var longer = Array.from(one.after).length - (one.end - one.start);
          if (!put("body", one.start, one.end, one.before, one.after)) { return; }
          changes.forEach(function (other) { if (other.start >= one.end) { other.start += longer; other.end += longer; } });
        });
        changes = changes.filter(function (change) { return chosen.indexOf(change) < 0; });
        proposed();
        changed();
      };
      var proposed = function () {
        var list = one("[data-tidy-list]");
        list.textContent = "";
        one("[data-tidy-told]").textContent = changes.length ? "可整理 " + changes.length + " 处" : "格式已经整齐";
        [one("[data-tidy-all]"), one("[data-tidy-none]")].forEach(function (button) { button.hidden = !changes.length; });
        changes.forEach(function (change) {
          var li = document.createElement("li"), text = Array.from(field("body").value);
          [["span", marked(text.slice(Math.max(0, change.start - 6), change.start).join(""))], ["del", marked(change.before)], ["ins", marked(change.after)],
            ["span", marked(text.slice(change.end, change.end + 6).join(""))]].forEach(function (part) {
            var node = document.createElement(part[0]);
            node.textContent = part[1];
            li.appendChild(node);
          });
          li.appendChild(document.createTextNode(" " + change.reason + " "));
          li.appendChild(choice("采用", function () { takeChanges([change]); }));
          li.appendChild(document.createTextNode(" "));
          li.appendChild(choice("不改", function () { changes = changes.filter(function (other) { return other !== change; }); proposed(); }));
          list.appendChild(li);
        });
      };
      one("[data-tidy-all]").addEventListener("click", function () { takeChanges(changes); tidyBox.hidden = true; });
      one("[data-tidy-none]").addEventListener("click", function () { tidyBox.hidden = true; });
      tidyButton.addEventListener("click", function () {
        var body = new URLSearchParams();
        ["csrf", "rev", "step"].concat(names).forEach(function (name) { body.append(name, field(name).value); });
        fetch(location.pathname.replace(/\/$/, "") + "/tidy", { method: "POST", body: body, credentials: "same-origin" }).then(function (answer) {
          return answer.ok ? answer.json() : Promise.reject(answer.status);
        }).then(function (found) {
          tidyBox.hidden = false;
          changes = found;
          proposed();
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
