// 从 Word 粘贴: paragraphs, tables and levels stay, everything that is no text goes. Nothing newer than Chromium 86.
(function () {
  "use strict";
  var box = document.querySelector("form[data-write] textarea[name=body]");
  if (!box) { return; }
  var OFFICE = /class="?Mso|mso-|urn:schemas-microsoft-com|name="?Generator"?[^>]*(Word|WPS|Office)/i;
  var GONE = /^(STYLE|SCRIPT|META|LINK|TITLE|XML|DEL|IMG|OBJECT|VIDEO|INPUT|SELECT|TEXTAREA|BUTTON)$/;
  var BLOCK = /^(P|H[1-6]|LI|DIV|UL|OL|TABLE|TBODY|THEAD|TR|TD|TH|BLOCKQUOTE|PRE|HR)$/;
  // Comments, their marks, notes at the foot, headers, fields, what is hidden.
  var JUNK_CLASS = /msocom|MsoComment|MsoFootnote|MsoEndnote|MsoHeader|MsoFooter|msoDel/i;
  var JUNK_STYLE = /mso-element:\s*(comment|footnote|endnote|header|footer|field-begin|field-end)|display:\s*none|mso-hide:\s*all/i;
  var NUMBERED = /^\s*([一二三四五六七八九十]+、|第[一二三四五六七八九十]+[章节条]|[（(][一二三四五六七八九十\d]+[）)]|\d+[.．、)）]|[①-⑳])/;
  var CHINESE = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
  var inChinese = function (n) {
    if (n < 10) { return CHINESE[n]; }
    return (n < 20 ? "" : CHINESE[Math.floor(n / 10)]) + "十" + (n % 10 ? CHINESE[n % 10] : "");
  };
  // The office's own numbers, by level: 一、（一）1.（1）.
  var mark = function (level, n) {
    if (level === 1) { return inChinese(n) + "、"; }
    if (level === 2) { return "（" + inChinese(n) + "）"; }
    return level === 3 ? n + "." : "（" + n + "）";
  };
  var attribute = function (node, name) { return node.getAttribute(name) || ""; };
  var gone = function (node) {
    return GONE.test(node.tagName) || /^[VMW]:/.test(node.tagName)
      || JUNK_CLASS.test(attribute(node, "class")) || JUNK_STYLE.test(attribute(node, "style"));
  };
  var tidy = function (text) {
    return text.replace(/[\s\u00a0\u3000]+/g, " ").trim()
      .replace(/([\u2e80-\u9fff\uff00-\uffef\u3000-\u303f“”‘’—…]) (?=[\u2e80-\u9fff\uff00-\uffef\u3000-\u303f“”‘’—…])/g, "$1");
  };
  // The number that Word counted itself stands in a span of its own; a bullet is no number.
  var counted = function (node) {
    var bullet = /Wingdings|Symbol/i.test(attribute(node, "style") + attribute(node.parentNode, "style") + node.innerHTML);
    var text = tidy(node.textContent);
    return bullet || !/[\d一二三四五六七八九十①-⑳]|^[（(]?[a-zA-Z][.)）]/.test(text) ? "" : text;
  };
  // The marks of HTML's own lists: by their depth, unless they say that they are Chinese.
  var listed = function (item) {
    var list = item.parentNode;
    if (!list || list.tagName !== "OL") { return ""; }
    var depth = 0;
    for (var up = list; up; up = up.parentNode) { depth += up.tagName === "OL" || up.tagName === "UL" ? 1 : 0; }
    var n = Number(attribute(list, "start")) || 1;
    for (var before = item.previousElementSibling; before; before = before.previousElementSibling) {
      n += before.tagName === "LI" ? 1 : 0;
    }
    var chinese = /chinese|cjk|japanese|ideographic/i.test(attribute(list, "style") + attribute(item, "style"));
    return mark(depth + (chinese ? 0 : 2), n);
  };
  var read = function (html) {
    var lines = [], now = null;
    var end = function () {
      if (now) {
        var text = now.text.split("\u0000").map(tidy).filter(Boolean);
        text.forEach(function (line, at) { lines.push({ text: (at ? "" : now.mark) + line, level: at ? 0 : now.level }); });
      }
      now = null;
    };
    var say = function (text) { now = now || { text: "", mark: "", level: 0 }; now.text += text; };
    var row = function (tr) {
      var cells = Array.prototype.slice.call(tr.children).map(function (cell) {
        var inner = read(cell.innerHTML).map(function (line) { return line.text; });
        return inner.join("").replace(/[|｜]/g, "／");
      });
      if (cells.some(Boolean)) { lines.push({ text: "|" + cells.join("|") + "|", level: 0 }); }
    };
    var walk = function (node) {
      if (node.nodeType === 3) { if (now || node.nodeValue.trim()) { say(node.nodeValue); } return; }
      if (node.nodeType !== 1 || gone(node)) { return; }
      if (node.tagName === "BR") { say(/page-break/i.test(attribute(node, "style")) ? "" : "\u0000"); return; }
      if (/mso-list:\s*Ignore/i.test(attribute(node, "style"))) { say(counted(node)); return; }
      if (node.tagName === "TR") { end(); row(node); return; }
      var block = BLOCK.test(node.tagName);
      if (block) { end(); }
      if (node.tagName === "LI") { now = { text: "", mark: listed(node), level: 0 }; }
      var head = /^H([1-6])$/.exec(node.tagName) || /mso-outline-level:\s*([1-6])/i.exec(attribute(node, "style"));
      if (head) { now = { text: "", mark: "", level: Number(head[1]) }; }
      // A paragraph within a list item is that item.
      var kept = now;
      Array.prototype.forEach.call(node.childNodes, function (child) {
        if (kept && kept === now && child.tagName === "P" && !now.text.trim()) {
          Array.prototype.forEach.call(child.childNodes, walk);
        } else {
          walk(child);
        }
      });
      if (block) { end(); }
    };
    Array.prototype.forEach.call(new DOMParser().parseFromString(html, "text/html").body.childNodes, walk);
    end();
    return lines;
  };
  // A heading by its style alone gets the number of its level; a lone one on top is the title of the whole.
  var levelled = function (lines) {
    var heads = lines.filter(function (line) { return line.level; });
    var tops = heads.filter(function (line) { return line.level === 1; });
    if (lines.length && tops.length === 1 && lines[0] === tops[0] && heads.length > 1) { lines[0].level = 0; }
    var levels = heads.map(function (line) { return line.level; }).filter(Boolean);
    var first = Math.min.apply(null, levels.concat(9)), counts = [0, 0, 0, 0, 0, 0, 0, 0];
    return lines.map(function (line) {
      if (!line.level) { return line.text; }
      var level = line.level - first + 1;
      counts[level] += 1;
      for (var deeper = level + 1; deeper < counts.length; deeper += 1) { counts[deeper] = 0; }
      return NUMBERED.test(line.text) ? line.text : mark(level, counts[level]) + line.text;
    });
  };
  box.addEventListener("paste", function (event) {
    var html = event.clipboardData ? event.clipboardData.getData("text/html") : "";
    if (!OFFICE.test(html)) { return; }
    var text = levelled(read(html)).join("\n");
    if (!text) { return; }
    event.preventDefault();
    // By this the browser's own undo takes it back.
    if (!document.execCommand("insertText", false, text)) {
      box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
}());
