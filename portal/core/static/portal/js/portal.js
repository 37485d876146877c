// Improvements over pages that already work without any script. No inline code, no eval.
(() => {
  "use strict";

  const BUSY = "正在提交…";
  const KEYS_OFF = "portal.keys.off";
  const asOpened = new WeakMap();
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // ---- what is set up anew whenever a part of the page was swapped in
  function prepare(root) {
    const focus = one("[data-autofocus]", root);
    if (focus && !focus.dataset.focused) {
      focus.dataset.focused = "1";
      focus.focus();
    }
    all("[data-select-all]", root).forEach((box) => (box.hidden = false));
    all("[data-batch]", root).forEach(showSelection);
    if (navigator.clipboard) all("[data-copy]", root).forEach((button) => (button.hidden = false));
    all("form[data-unsaved]", root).forEach((form) => asOpened.set(form, snapshot(form)));
    // A table that turns out wider than its frame scrolls inside it, and the keyboard reaches it.
    all(".table-frame:not([tabindex])", root).forEach((frame) => {
      if (frame.scrollWidth <= frame.clientWidth + 1) return;
      frame.classList.add("table-wide");
      frame.tabIndex = 0;
    });
  }

  // ---- unsaved changes
  function snapshot(form) {
    const parts = new Map();
    for (const [name, value] of new FormData(form)) {
      if (name === "autosaved") continue;
      const text = value instanceof File ? value.name : value.replace(/\r\n?/g, "\n");
      parts.set(name, parts.has(name) ? `${parts.get(name)}\n&${text}` : text);
    }
    return parts;
  }

  const differs = (before, now) =>
    [...new Set([...before.keys(), ...now.keys()])].some((name) => (before.get(name) || "") !== (now.get(name) || ""));

  function hasUnsaved() {
    return all("form[data-unsaved]").some(
      (form) => !form.dataset.sent && asOpened.has(form) && differs(asOpened.get(form), snapshot(form)),
    );
  }

  // A field that was saved by itself (portal/js/filing.js) does not hold anybody up.
  document.addEventListener("portal:saved", (event) => {
    asOpened.get(event.target)?.set(event.detail.name, event.detail.text);
  });

  window.addEventListener("beforeunload", (event) => {
    if (hasUnsaved()) event.preventDefault();
  });

  // ---- double submission: the second click finds the buttons disabled
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || "unguarded" in form.dataset) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    const pressed = event.submitter;
    // After the event, so that the pressed button's own name and value are still sent.
    setTimeout(() => {
      for (const button of form.elements) {
        if (button.type !== "submit") continue;
        button.disabled = true;
        if (button === pressed) {
          button.dataset.text = button.textContent;
          button.textContent = BUSY;
        }
      }
    }, 0);
  });

  function release(form) {
    delete form.dataset.sent;
    for (const button of form.elements) {
      if (button.type !== "submit") continue;
      button.disabled = false;
      if (button.dataset.text) button.textContent = button.dataset.text;
    }
  }

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) all("form[data-sent]").forEach(release);
  });

  // ---- selection for the batch bar
  const boxesOf = (form) =>
    Array.from(form.elements).filter((item) => item.type === "checkbox" && !item.dataset.selectAll);

  function showSelection(form) {
    const boxes = boxesOf(form);
    const count = boxes.filter((box) => box.checked).length;
    const text = one("[data-batch-count]", form);
    if (text) {
      text.dataset.hint = text.dataset.hint || text.textContent;
      text.textContent = count ? `已选 ${count} 项` : text.dataset.hint;
    }
    form.classList.toggle("has-selection", count > 0);
  }

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.type !== "checkbox") return;
    if (box.dataset.selectAll) {
      const table = box.closest("table");
      all(`input[name="${box.dataset.selectAll}"]`, table).forEach((item) => (item.checked = box.checked));
    } else {
      const master = one("[data-select-all]", box.closest("table") || document);
      if (master && master.dataset.selectAll === box.name) {
        const peers = all(`input[name="${box.name}"]`, box.closest("table"));
        const checked = peers.filter((item) => item.checked).length;
        master.checked = checked === peers.length;
        master.indeterminate = checked > 0 && checked < peers.length;
      }
    }
    all("[data-batch]").forEach(showSelection);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("batch" in form.dataset)) return;
    if (boxesOf(form).some((box) => box.checked)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = one("[data-batch-count]", form);
    if (text) text.textContent = "还没有勾选，请先在表中勾选。";
  }, true);

  // ---- copying
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "已复制";
    } catch {
      button.textContent = "请手工复制";
    }
  });

  // ---- upload with progress; the answer is the page the ordinary form would have led to
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("upload" in form.dataset)) return;
    const bar = one("progress", form);
    const state = one("[data-upload-state]", form);
    const input = one("input[type=file]", form);
    if (!input.files.length && !one("input[name=uploads]", form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      state.textContent = "请先选择文件。";
      input.focus();
      return;
    }
    if (!window.htmx) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
    const button = one("button[type=submit]", form);
    button.disabled = true;
    bar.hidden = false;
    const request = new XMLHttpRequest();
    const fail = (text) => {
      bar.hidden = true;
      state.textContent = text;
      release(form);
    };
    request.open("POST", form.action);
    request.responseType = "document";
    request.upload.addEventListener("progress", (step) => {
      if (!step.lengthComputable) return;
      bar.value = Math.round((step.loaded / step.total) * 100);
      state.textContent = step.loaded < step.total ? `已上传 ${bar.value}%` : "已传完，正在检查文件…";
    });
    request.addEventListener("load", () => {
      const page = request.response;
      const main = page && one("#main", page);
      if (request.status === 413) return fail("文件过大，没有上传。");
      if (!main) return fail("没有上传，请刷新页面后重试。");
      const slot = form.closest(".file-slot");
      one("#main").replaceWith(document.adoptNode(main));
      if (request.responseURL !== location.href) history.replaceState(null, "", request.responseURL);
      window.htmx.process(one("#main"));
      prepare(document);
      const back = slot && document.getElementById(slot.id);
      if (back && !one("[data-autofocus]")) one("input[type=file], a", back)?.focus();
    });
    request.addEventListener("error", () => fail("网络中断，没有上传，请重试。"));
    request.send(new FormData(form));
  }, true);

  // ---- keyboard
  const shortcuts = () => document.getElementById("shortcuts");
  const keysOff = () => localStorage.getItem(KEYS_OFF) === "1";

  function toggleHelp() {
    const help = shortcuts();
    if (!help) return;
    if (help.open) {
      help.close();
      return;
    }
    const row = one("[data-shortcuts-switch]", help);
    row.hidden = false;
    one("input", row).checked = !keysOff();
    help.showModal();
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-shortcuts]")) return;
    event.preventDefault();
    toggleHelp();
  });

  document.addEventListener("change", (event) => {
    if (event.target.id === "shortcuts-on") {
      localStorage.setItem(KEYS_OFF, event.target.checked ? "" : "1");
    }
  });

  const follow = (...names) => {
    for (const name of names) {
      const link = one(`a[data-key="${name}"]`);
      if (link) {
        link.click();
        return true;
      }
    }
    return false;
  };

  const press = (name) => {
    const button = one(`button[data-key="${name}"]`);
    if (button) button.click();
    return Boolean(button);
  };

  // Fields for words keep their keys; a box or a button that is ticked leaves them to the page.
  const TYPING = "input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]";

  const KEYS = {
    "?": () => (toggleHelp(), true),
    "/": () => {
      const target = one("[data-filter] input:not([type=hidden]), [data-filter] select");
      if (target) target.focus();
      return Boolean(target);
    },
    j: () => follow("next", "next-page"),
    k: () => follow("previous", "previous-page"),
    u: () => follow("up"),
    c: () => press("claim"),
    e: () => {
      const target = one("#decide input[type=radio]:checked, #decide input[type=radio], #decide a.btn");
      if (target) target.focus();
      return Boolean(target);
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest(TYPING)) return;
    if (keysOff() || (shortcuts()?.open && event.key !== "?")) return;
    const act = KEYS[event.key];
    if (act && act()) event.preventDefault();
  });

  // ---- one open menu at a time, closed by Escape or a click elsewhere
  document.addEventListener("click", (event) => {
    all(".post-switch[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    all(".post-switch[open]").forEach((menu) => {
      menu.open = false;
      one("summary", menu).focus();
    });
  });

  document.addEventListener("htmx:afterSwap", (event) => prepare(event.target.parentNode || document));
  document.addEventListener("DOMContentLoaded", () => prepare(document));
})();
