"use strict";
(() => {
  // Filters: the line that a number leads to can be copied, and closed again.
  let from = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#main a");
    if (link) from = link;
  });
  const close = () => {
    const [x, y] = [scrollX, scrollY];
    location.hash = "";
    scrollTo(x, y);
    if (from) from.focus({ preventScroll: true });
  };
  const button = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  };
  const open = () => {
    const place = /^#f\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (!place) return;
    const code = place.querySelector("code");
    if (!place.querySelector("button")) {
      const copy = button("Copy", async () => {
        try {
          await navigator.clipboard.writeText(code.textContent);
        } catch {
          getSelection().selectAllChildren(code);
          document.execCommand("copy");
        }
        copy.textContent = "Copied";
      });
      place.append(document.createElement("br"), copy, button("Close", close));
    }
    place.querySelector("button").focus({ preventScroll: true });
  };
  addEventListener("hashchange", open);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && /^#f\d+$/.test(location.hash)) close();
  });
  open();

  // On paper nothing can be unfolded.
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });

  // Tables: a column's heading sorts by it.
  const value = (row, place) => {
    const text = row.cells[place].textContent.trim();
    const number = parseFloat(text.replace(/[,%]/g, ""));
    return /^[-\d]/.test(text) && !Number.isNaN(number) ? number : text;
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    heads.forEach((head, place) => {
      const sort = button("", () => {
        const down = head.getAttribute("aria-sort") !== "descending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].map((row) => [value(row, place), row]);
        rows.sort(([a], [b]) => {
          const order = typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? 1 : -1;
          return down ? -order : order;
        });
        body.append(...rows.map(([, row]) => row));
      });
      sort.append(...head.childNodes);
      head.append(sort);
    });
  }
})();
