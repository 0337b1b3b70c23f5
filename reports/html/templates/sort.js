"use strict";
// Without this the tables are as they were written; with it a column's name sorts by that column.
for (const table of document.querySelectorAll("table.sorts")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const number = (text) => (/^-?[\d,]+(\.\d+)?\b/.test(text) ? parseFloat(text.replaceAll(",", "")) : NaN);
  const compare = (one, other) => {
    const [a, b] = [number(one), number(other)];
    if (Number.isNaN(a) || Number.isNaN(b)) return one.localeCompare(other, "en", { numeric: true });
    return a - b;
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const turned = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", turned ? "descending" : "ascending");
      const texts = new Map([...body.rows].map((row) => [row, row.cells[column].textContent.trim()]));
      const rows = [...body.rows].sort((a, b) => compare(texts.get(a), texts.get(b)));
      body.append(...(turned ? rows.reverse() : rows));
    });
  });
}
