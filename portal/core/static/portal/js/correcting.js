// Naming the fields of a return: a section as a whole, searching while typing, counting what is
// ticked. Without this file the server does the same when the form is sent.
(() => {
  "use strict";

  const form = document.querySelector("[data-asking]");
  if (!form) return;
  const find = form.querySelector("[data-asking-find]");
  const none = form.querySelector("[data-asking-none]");
  const count = form.querySelector("[data-asked-count]");
  const sections = Array.from(form.querySelectorAll("[data-ask-section]"));
  const boxes = (section) => Array.from(section.querySelectorAll('input[name="field"]'));

  function tally() {
    let whole = 0;
    sections.forEach((section) => {
      const fields = boxes(section);
      const chosen = fields.filter((box) => box.checked).length;
      const all = section.querySelector("[data-ask-whole]");
      if (all) {
        all.checked = chosen === fields.length;
        all.indeterminate = chosen > 0 && chosen < fields.length;
      }
      section.querySelector("[data-ask-chosen]").textContent = chosen ? `，已选 ${chosen} 项` : "";
      whole += chosen;
    });
    count.textContent = whole ? `已选 ${whole} 项` : "还没有选择";
  }

  function filter() {
    const words = find.value.trim();
    let shown = 0;
    sections.forEach((section) => {
      const title = section.querySelector("summary").textContent;
      let here = 0;
      section.querySelectorAll("[data-ask-row]").forEach((row) => {
        const kept = row.querySelector("input[type=checkbox]").checked;
        row.hidden = Boolean(words) && !kept && !`${title}${row.textContent}`.includes(words);
        here += row.hidden ? 0 : 1;
      });
      section.hidden = !here;
      if (words && here) section.open = true;
      shown += here;
    });
    none.hidden = !words;
    none.textContent = shown ? `包含“${words}”的和已选的内容 ${shown} 项。` : `没有包含“${words}”的内容。`;
  }

  form.addEventListener("change", (event) => {
    const box = event.target;
    if (box.type !== "checkbox") return;
    const section = box.closest("[data-ask-section]");
    if ("askWhole" in box.dataset) {
      boxes(section).forEach((field) => (field.checked = box.checked));
    }
    tally();
    if (find.value.trim()) filter();
  });
  // What is wanted of a field is asked of it.
  form.addEventListener("input", (event) => {
    const row = event.target.closest("[data-ask-row]");
    if (!row || !event.target.name.startsWith("wanted:") || !event.target.value.trim()) return;
    row.querySelector("input[type=checkbox]").checked = true;
    tally();
  });
  form.querySelector("[data-asking-button]").hidden = true;
  find.addEventListener("input", filter);
  // Enter in a line of text is no decision.
  form.addEventListener("keydown", (event) => {
    const line = event.target;
    if (event.key === "Enter" && line.tagName === "INPUT" && line.type !== "checkbox") event.preventDefault();
  });
  tally();
})();
