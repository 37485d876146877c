// Keys of the queue, over a table that works without them: rows by n and p, x ticks, o opens.
(() => {
  "use strict";

  const KEYS_OFF = "portal.keys.off";
  const rows = () => Array.from(document.querySelectorAll("#main .table tbody tr"));
  const current = () => rows().findIndex((row) => row.contains(document.activeElement));

  function go(step) {
    const all = rows();
    if (!all.length) return false;
    const from = current();
    const place = from < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(from + step, 0), all.length - 1);
    const target = all[place].querySelector("input[type=checkbox], a");
    if (!target) return false;
    target.focus();
    all[place].scrollIntoView({ block: "nearest" });
    return true;
  }

  const within = (selector) => (current() < 0 ? null : rows()[current()].querySelector(selector));

  const KEYS = {
    n: () => go(1),
    p: () => go(-1),
    x: () => {
      const box = within("input[type=checkbox]");
      if (box) box.click();
      return Boolean(box);
    },
    o: () => {
      const link = within(".actions a") || within("a");
      if (link) link.click();
      return Boolean(link);
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
    if (typing || localStorage.getItem(KEYS_OFF) === "1") return;
    if (document.getElementById("shortcuts")?.open) return;
    const act = KEYS[event.key];
    if (act && act()) event.preventDefault();
  });
})();
