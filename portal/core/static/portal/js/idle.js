// Two minutes before a session ends, a notice with a button that keeps it. The server decides: it is
// asked how long is left (which prolongs nothing), because another tab may have been used meanwhile.
(() => {
  "use strict";

  const WARN = 120; // seconds before the end
  const notice = document.querySelector("[data-idle-left]");
  if (!notice) return;
  const form = notice.querySelector("form");
  let before = null;
  let timer = 0;

  function later(seconds) {
    clearTimeout(timer);
    timer = setTimeout(ask, Math.max(seconds, 5) * 1000);
  }

  function settle({ seconds }) {
    if (seconds > WARN) {
      hide();
      later(seconds - WARN);
    } else if (seconds > 0) {
      show();
      later(Math.min(seconds, 15));
    } else {
      notice.querySelector("#idle-text").textContent =
        "登录已超时退出。请先复制没有保存的内容，再重新登录；直接提交的，内容会为您暂存。";
      show();
      form.hidden = true;
    }
  }

  function show() {
    if (!notice.hidden) return;
    notice.hidden = false;
    before = document.activeElement;
    form.querySelector("button").focus();
  }

  function hide() {
    if (notice.hidden) return;
    notice.hidden = true;
    if (before) before.focus();
  }

  function ask() {
    fetch(notice.dataset.idleLeft, { headers: { Accept: "application/json" } })
      .then((answer) => answer.json())
      .then(settle)
      .catch(() => later(60));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    })
      .then((answer) => answer.json())
      .then(settle)
      .catch(() => later(5));
  });

  // A machine that slept, or a tab that lay behind, learns it when it is looked at again.
  window.addEventListener("focus", ask);
  ask();
})();
