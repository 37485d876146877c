// Ranking a shortlist by dragging a row or with its buttons; the numbers follow. Without this file
// the buttons send the form, and the numbers are typed.
(() => {
  "use strict";

  const table = document.querySelector("[data-ranking]");
  if (!table) return;
  const body = table.tBodies[0];
  const form = table.closest("form");
  const said = form.querySelector("[data-ranking-said]");
  const places = form.querySelector("[data-places]");
  const rows = () => Array.from(body.rows);
  const rank = (row) => row.querySelector("[data-rank] input");
  let dragged = null;

  function ends() {
    rows().forEach((row, at) => {
      row.querySelector('[value^="up:"]').disabled = at === 0;
      row.querySelector('[value^="down:"]').disabled = at === body.rows.length - 1;
    });
  }

  function number() {
    rows().forEach((row, at) => {
      const field = rank(row);
      if (field.value === String(at + 1)) return;
      field.value = String(at + 1);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    ends();
  }

  function tell(row) {
    rows().forEach((other) => other.classList.toggle("moved", other === row));
    said.textContent = `${row.dataset.town}现在排第 ${rows().indexOf(row) + 1} 位，尚未保存。`;
  }

  function count() {
    if (!places) return;
    const taken =
      Number(places.dataset.settled) +
      rows().filter((row) => row.querySelector("[data-standing] select").value === "recommended").length;
    const all = places.dataset.places;
    const over = all !== "" && taken > Number(all);
    places.textContent = all === "" ? `已列为推荐 ${taken} 个。` : `已列为推荐 ${taken} 个，名额 ${all} 个${over ? `，超出 ${taken - Number(all)} 个，不能保存` : ""}。`;
    places.classList.toggle("over", over);
  }

  body.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=move]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("tr");
    const other = button.value.startsWith("up:") ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (button.value.startsWith("up:")) body.insertBefore(row, other);
    else body.insertBefore(other, row);
    number();
    tell(row);
    // The button that was pressed may be at the end of its way.
    (button.disabled ? row.querySelector("button[name=move]:not(:disabled)") : button)?.focus();
  });

  // A number that is typed moves its row when the field is left.
  body.addEventListener("change", (event) => {
    const field = event.target;
    if (field.closest("[data-standing]")) count();
    if (!field.closest("[data-rank]")) return;
    const row = field.closest("tr");
    const wanted = Number.parseInt(field.value, 10);
    if (!Number.isInteger(wanted) || wanted < 1) return;
    const others = rows().filter((other) => other !== row);
    body.insertBefore(row, others[wanted - 1] || null);
    number();
    tell(row);
    field.focus();
  });

  rows().forEach((row) => {
    const handle = row.querySelector("[data-handle]");
    handle.hidden = false;
    handle.draggable = true;
    handle.addEventListener("dragstart", (event) => {
      dragged = row;
      row.classList.add("dragging");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.dataset.town);
      event.dataTransfer.setDragImage(row, 0, 0);
    });
    handle.addEventListener("dragend", () => {
      row.classList.remove("dragging");
      if (dragged) {
        number();
        tell(row);
      }
      dragged = null;
    });
  });
  body.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const over = event.target.closest("tr");
    if (!over || over === dragged) return;
    const box = over.getBoundingClientRect();
    body.insertBefore(dragged, event.clientY < box.top + box.height / 2 ? over : over.nextElementSibling);
  });
  body.addEventListener("drop", (event) => event.preventDefault());
  // Enter in a number is no decision.
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  });
  ends();
  count();
})();
