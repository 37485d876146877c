// While words of documents are typed: placeholders are put in at the cursor and found again, and
// the pages shown stay until newer ones are there. The forms work without it.
(() => {
  "use strict";

  const WORDS = "input[type=text], textarea";
  let last = null;

  document.addEventListener("focusin", (event) => {
    if (event.target.matches(WORDS) && event.target.closest(".sample-columns")) last = event.target;
  });

  function select(field, start, end) {
    field.focus();
    field.setSelectionRange(start, end);
    // Bring the place into view: a text area scrolls to what has just been selected only sometimes.
    const lines = field.value.slice(0, start).split("\n").length - 1;
    const height = parseFloat(getComputedStyle(field).lineHeight) || 24;
    if (field.tagName === "TEXTAREA") field.scrollTop = Math.max(0, lines * height - height * 2);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (button) {
      const field = last || document.getElementById("id_body");
      const text = button.dataset.insert;
      field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
      field.focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    const link = event.target.closest("[data-find]");
    if (!link) return;
    const field = document.getElementById(link.hash.slice(1));
    const start = field ? field.value.indexOf(link.dataset.find) : -1;
    if (start < 0) return;
    event.preventDefault();
    select(field, start, start + link.dataset.find.length);
  });

  // The pages that are shown now, so that they stay until those of the new words are there.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id !== "sample-live") return;
    event.detail.parameters.before = document.getElementById("sample-pages")?.dataset.shown || "";
  });

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-insert]").forEach((button) => (button.hidden = false));
  });
})();
