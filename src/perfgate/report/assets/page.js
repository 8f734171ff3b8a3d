"use strict";
/* Tables that sort and search; then the charts. */
(() => {
  const sortable = (table) => {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "descending" ? "ascending" : "descending";
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", direction);
      const sign = direction === "ascending" ? 1 : -1;
      const compare = column === 0 ? (a, b) => a.localeCompare(b) : (a, b) => a - b;
      const keyed = [...body.rows].map((row) => [row.classList.contains("total"), row.cells[column].dataset.sort, row]);
      keyed.sort((a, b) => b[0] - a[0] || sign * compare(a[1], b[1]));
      body.append(...keyed.map(([, , row]) => row));
    }));
  };

  /* Rows of a table, or whatever else lies side by side in one element. */
  const searchable = (field) => {
    const place = document.getElementById(field.dataset.search);
    const all = [...(place.tBodies ? place.tBodies[0].rows : place.children)];
    const found = document.querySelector(`[data-found="${field.dataset.search}"]`);
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      all.forEach((each) => { each.hidden = !(each.dataset.text ?? each.textContent).toLowerCase().includes(wanted); });
      found.textContent = wanted ? all.filter((each) => !each.hidden).length + " of " + all.length : "";
    });
  };

  document.querySelectorAll("table.sortable").forEach(sortable);
  document.querySelectorAll("input[data-search]").forEach(searchable);
  document.querySelectorAll("input[data-all]").forEach((box) => {
    const show = () => document.getElementById(box.dataset.all).classList.toggle("whole", box.checked);
    box.addEventListener("change", show);
    show(); // a browser may remember the box from before
  });
  perfgateCharts(JSON.parse(document.getElementById("data").textContent));
})();
