// 报送: the form of contributors. Without it the form is sent all the same. Nothing newer than Chromium 86.
(function () {
  "use strict";
  var all = function (selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); };
  var one = function (selector, root) { return (root || document).querySelector(selector); };

  // What a device keeps is gone once its receipt is shown, and not before.
  if (one("[data-sent]") || location.search === "?answered=1" || location.search === "?done=submitted") {
    try {
      var sentPlace = sessionStorage.getItem("minyi-sent");
      if (sentPlace) { localStorage.removeItem(sentPlace); sessionStorage.removeItem("minyi-sent"); }
    } catch (none) { /* not available */ }
  }

  var form = one("form[data-report]");
  if (!form) { return; }
  var own = form.hasAttribute("data-own");
  var place = "minyi-report-" + form.getAttribute("data-owner") + "-" + form.getAttribute("data-report");
  var TEXTS = ["title", "body", "causes", "suggestions"];
  var boxes = TEXTS.concat(["name", "unit", "post", "kind", "district", "phone", "others", "place", "subject", "open", "open_reason", "topic", "as_unit"])
    .filter(function (name) { return form.elements[name]; });
  var field = function (name) { return form.elements[name]; };
  var note = one("[data-kept]", form), near = one("[data-near]", form), hint = one("[data-hint]", form);
  var told = one("[data-proposed]", form), whole = one("[data-whole]", form), files = field("files");
  var read = function () { var out = {}; boxes.forEach(function (name) { out[name] = field(name).value; }); return out; };
  var written = function (value) { return TEXTS.some(function (name) { return value[name]; }); };
  var plain = function (text) { return (text || "").replace(/\r\n/g, "\n"); };
  var same = function (a, b) { return TEXTS.every(function (name) { return plain(a[name]) === plain(b[name]); }); };
  var begun = read();

  // On this device: `reached` says that the server has the same, so what it shows is as new or newer.
  var save = function (value, reached) {
    try { localStorage.setItem(place, JSON.stringify({ value: value, reached: reached })); return true; } catch (full) { return false; }
  };
  var old = null;
  try { old = JSON.parse(localStorage.getItem(place)); } catch (none) { old = null; }
  if (old && old.value && written(old.value) && !one(".alert") && !same(old.value, begun) && (!written(begun) || !old.reached)) {
    boxes.forEach(function (name) { if (old.value[name]) { field(name).value = old.value[name]; } });
    note.textContent = "已接着本机上没有写完的文字";
    if (written(begun)) {
      // What the server has was written elsewhere, or before: it can still be looked up.
      var other = document.createElement("details"), head = document.createElement("summary"), texts = document.createElement("div");
      other.className = "notice warn";
      head.textContent = "已接着本机上没有存到服务器的文字；服务器上另有一份，点开查看";
      texts.className = "lines small";
      texts.textContent = TEXTS.map(function (name) { return begun[name]; }).filter(Boolean).join("\n");
      other.appendChild(head);
      other.appendChild(texts);
      form.parentNode.insertBefore(other, form);
    }
  }

  var post = function (path) {
    var body = new URLSearchParams();
    ["csrf", "corrects"].concat(boxes).forEach(function (name) { body.append(name, field(name).value); });
    return fetch(path, { method: "POST", body: body, credentials: "same-origin" }).then(function (answer) {
      return answer.ok ? answer.json() : Promise.reject(answer.status);
    });
  };

  // Word counts, and what is still lacking.
  var chars = function (text) { return Array.from(text.replace(/\s/g, "")).length; };
  var advise = function () {
    var value = read(), total = 0;
    TEXTS.forEach(function (name) {
      var count = chars(value[name]);
      if (name !== "title") { total += count; }
      all("[data-chars-of=" + name + "]", form).forEach(function (shown) { shown.textContent = count ? count + " 字" : ""; });
    });
    var text = value.body + value.causes + value.suggestions, lacks = [], long = [];
    if (chars(value.body) >= 20) {
      if (!/[省市区县旗镇乡村路街巷桥站]|小区|社区|学校|医院|公园|市场|全国|各地/.test(text)) { lacks.push("什么地方"); }
      if (!/[年月日时]|近来|近期|目前|最近|长期|经常|现在|一直|每天/.test(text)) { lacks.push("什么时候"); }
      if (!value.suggestions && !/建议|希望|应当|应该|呼吁|请求|请有关/.test(text)) { lacks.push("您的建议"); }
      if (chars(text) < 50) { lacks.push("具体情况"); }
    }
    if (chars(value.title) > 40) { long.push("标题宜在 40 字以内"); }
    if (total > 1500) { long.push("共 " + total + " 字，一般 1500 字以内为好"); }
    hint.textContent = (lacks.length ? ["写上" + lacks.join("、") + "，更容易被采用"] : []).concat(long).join("；");
  };

  // One question at a time; what changed meanwhile is asked for afterwards.
  var asking = false, again = false;
  var look = function () {
    if (asking) { again = true; return; }
    asking = true;
    post("/report/similar").then(function (found) {
      var mine = found.own.map(function (one) { return "《" + one.title + "》"; }).join("、");
      near.textContent = found.count ? "已有 " + found.count + " 条相近来稿" + (mine ? "，其中您报过：" + mine : "") + "。您仍可报送，有新情况请写明" : "";
    }).catch(function () { near.textContent = ""; }).then(function () {
      asking = false;
      if (again) { again = false; look(); }
    });
  };
  var keep = function () {
    if (!own) { note.textContent = "已暂存在本机"; return; }
    var value = read();
    post("/report/draft").then(function (kept) {
      note.textContent = "已暂存 " + kept.at;
      if (same(value, read())) { save(value, true); }
    }).catch(function (status) {
      note.textContent = status === 401 || status === 403
        ? "登录已过期：文字已存在本机，重新登录后打开本页会接着写"
        : "已暂存在本机（暂时没有存到服务器）";
    });
  };
  // The hint is to be there 300 ms after a pause; keeping has more time.
  var HINT = 150, KEEP = 500, hinting = 0, pause = 0, sending = false, hinted = "";
  var changed = function () {
    advise();
    save(read(), false);
    clearTimeout(hinting);
    clearTimeout(pause);
    hinting = setTimeout(function () {
      var text = TEXTS.map(function (name) { return field(name).value; }).join("\n");
      if (!sending && text !== hinted) { hinted = text; look(); }
    }, HINT);
    pause = setTimeout(function () { pause = 0; if (!sending) { keep(); } }, KEEP);
  };
  form.addEventListener("input", function (event) { if (event.target !== files) { changed(); } });
  // A page that is put away is kept at once: phones end it without a word.
  document.addEventListener("visibilitychange", function () {
    if (document.hidden && pause && !sending) { clearTimeout(pause); pause = 0; if (own && written(read())) { keep(); } }
  });

  // One box first: what is pasted there is told apart at once, what is written when one asks; either can be taken back.
  var asOne = "";
  // Nothing appears in a box that somebody is about to write in.
  var put = function (name, text) {
    if (text && !field(name).value && field(name) !== document.activeElement) { field(name).value = text; }
  };
  var propose = function (titleOnly) {
    var before = field("body").value;
    return post("/report/propose").then(function (found) {
      // Somebody who goes on writing is not interrupted.
      if (field("body").value !== before) { return; }
      put("title", found.title);
      if (!titleOnly) {
        ["name", "unit", "phone"].forEach(function (name) { if (field(name)) { put(name, found[name]); } });
        if (!field("causes").value && !field("suggestions").value && found.body) {
          asOne = before;
          ["body", "causes", "suggestions"].forEach(function (name) { field(name).value = found[name]; });
          whole.hidden = before === found.body;
          if (found.causes || found.suggestions) { one("[data-parts]", form).open = true; }
        }
        told.textContent = "已按文字拟出，请核对后提交";
      }
      changed();
    });
  };
  one("[data-propose]", form).addEventListener("click", function (event) {
    event.preventDefault();
    if (!field("body").value.trim()) { told.textContent = "请先写下要反映的事"; field("body").focus(); return; }
    propose(false).catch(function () { told.textContent = "暂时没有分成，可以自己填写"; });
  });
  whole.addEventListener("click", function () {
    field("body").value = asOne; field("causes").value = ""; field("suggestions").value = "";
    whole.hidden = true; told.textContent = "已合回一段";
    changed();
  });
  field("body").addEventListener("paste", function () {
    if (written(read())) { return; }
    setTimeout(function () { if (chars(field("body").value) >= 60) { propose(false).catch(function () { return null; }); } }, 0);
  });
  var entitle = function () {
    if (!field("title").value && chars(field("body").value) >= 12) { propose(true).catch(function () { return null; }); }
  };
  field("body").addEventListener("change", entitle);
  field("title").addEventListener("blur", entitle);

  // Big pictures are made smaller here: a phone's uplink is slow, and nobody needs 12 million points.
  var SIDE = 2000, BIG = 600 * 1024;
  var size = function (bytes) { return bytes >= 1048576 ? (bytes / 1048576).toFixed(1) + " MB" : Math.max(1, Math.round(bytes / 1024)) + " KB"; };
  var shrunk = function (file) {
    if (!/^image\/(jpeg|png|webp|heic|heif|bmp)$/.test(file.type) || file.size < BIG) { return Promise.resolve(file); }
    return new Promise(function (done) {
      var reader = new FileReader();
      reader.onerror = function () { done(file); };
      reader.onload = function () {
        var picture = new Image();
        picture.onerror = function () { done(file); };
        picture.onload = function () {
          var by = Math.min(1, SIDE / Math.max(picture.naturalWidth, picture.naturalHeight));
          var canvas = document.createElement("canvas");
          canvas.width = Math.max(1, Math.round(picture.naturalWidth * by));
          canvas.height = Math.max(1, Math.round(picture.naturalHeight * by));
          var pen = canvas.getContext("2d");
          // What is see-through becomes white: JPEG has no other way.
          pen.fillStyle = "#fff";
          pen.fillRect(0, 0, canvas.width, canvas.height);
          pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
          canvas.toBlob(function (blob) {
            done(blob && blob.size < file.size ? new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" }) : file);
          }, "image/jpeg", 0.85);
        };
        picture.src = reader.result;
      };
      reader.readAsDataURL(file);
    });
  };
  var chosen = [], shown = one("[data-files]", form), advice = shown.textContent, working = Promise.resolve();
  var list = function () {
    var carry = new DataTransfer();
    chosen.forEach(function (each) { carry.items.add(each.file); });
    files.files = carry.files;
    shown.textContent = "";
    chosen.forEach(function (each, at) {
      var row = document.createElement("span"), away = document.createElement("button");
      row.className = "file";
      row.textContent = each.file.name + "（" + size(each.file.size) + (each.file.size < each.was ? "，原 " + size(each.was) : "") + "） ";
      away.type = "button";
      away.className = "plain";
      away.textContent = "移除";
      away.setAttribute("aria-label", "移除 " + each.file.name);
      away.addEventListener("click", function () { chosen.splice(at, 1); list(); });
      row.appendChild(away);
      shown.appendChild(row);
    });
    if (!chosen.length) { shown.textContent = advice; }
  };
  if (window.DataTransfer && window.File) {
    files.addEventListener("change", function () {
      var added = Array.prototype.slice.call(files.files);
      shown.textContent = "正在处理图片…";
      // Those chosen before stay: a phone's camera gives one picture at a time.
      working = working.then(function () { return Promise.all(added.map(shrunk)); }).then(function (done) {
        done.forEach(function (file, at) { chosen.push({ file: file, was: added[at].size }); });
        list();
      });
    });
  }

  form.addEventListener("submit", function (event) {
    if (sending) { event.preventDefault(); return; }
    clearTimeout(hinting);
    clearTimeout(pause);
    event.preventDefault();
    sending = true;
    note.textContent = "正在提交…";
    working.then(function () {
      try { sessionStorage.setItem("minyi-sent", place); } catch (full) { /* not available */ }
      form.submit();
    });
  });
  // Come back to by the way back: it can be sent again, as the same item.
  window.addEventListener("pageshow", function (event) { if (event.persisted) { sending = false; } });
  advise();
}());
