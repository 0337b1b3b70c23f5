"use strict";
// Without this the tables are as they were written; with it a column's name is a button that sorts by that column.
const number = (text) => (/^-?[\d,]+(\.\d+)?\b/.test(text) ? parseFloat(text.replaceAll(",", "")) : NaN);
// Numbers by size, before text by letters.
const compare = (one, other) => {
  const [a, b] = [number(one), number(other)];
  if (Number.isNaN(a) !== Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
  return a - b || one.localeCompare(other, "en", { numeric: true });
};
const sort = (table, head) => {
  const [heads, body] = [[...head.parentElement.cells], table.tBodies[0]];
  const turned = head.getAttribute("aria-sort") === "ascending";
  for (const each of heads) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", turned ? "descending" : "ascending");
  const texts = new Map([...body.rows].map((row) => [row, row.cells[head.cellIndex].textContent.trim()]));
  const rows = [...body.rows].sort((a, b) => compare(texts.get(a), texts.get(b)));
  body.append(...(turned ? rows.reverse() : rows));
};
for (const table of document.querySelectorAll("table.sorts")) {
  for (const head of table.tHead.querySelectorAll("th")) {
    if (table.querySelector(`td:nth-child(${head.cellIndex + 1}) svg`)) continue; // pictures have no order
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(table, head));
    head.append(button);
  }
}
