"use strict";
(() => {
  const live = document.getElementById("live");
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const order = new Map();

  const tell = (id, text) => {
    live.textContent = text;
    for (const place of document.querySelectorAll(".told")) place.textContent = place.dataset.told === id ? text : "";
  };
  const words = (cell) => cell.innerText.replace(/\s+/g, " ").trim();
  const bodyRows = (table) => Array.from(table.tBodies[0].rows);
  const key = (row, column) => {
    const cell = row.cells[column];
    const value = cell.dataset.order;
    return value === undefined || value.trim() === "" || Number.isNaN(Number(value)) ? words(cell) : Number(value);
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (a === "" || b === "") return (a === "") - (b === "");
    return collator.compare(String(a), String(b));
  };

  const sort = (table, column, direction) => {
    const rows = order.get(table).slice();
    const heads = Array.from(table.tHead.rows[0].cells);
    if (direction !== "none") {
      const sign = direction === "ascending" ? 1 : -1;
      const keys = new Map(rows.map((row) => [row, key(row, column)]));
      rows.sort((a, b) => sign * compare(keys.get(a), keys.get(b)));
    }
    table.tBodies[0].append(...rows);
    heads.forEach((head, i) => {
      if (head.firstElementChild) head.setAttribute("aria-sort", i === column ? direction : "none");
    });
    const name = column < 0 ? "" : words(heads[column]);
    tell(table.id, direction === "none" ? "Order of the page" : `Sorted by ${name}, ${direction}`);
  };

  for (const table of document.querySelectorAll(".table table")) {
    order.set(table, bodyRows(table));
    if (order.get(table).length < 2) continue;
    Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" };
        sort(table, column, next[head.getAttribute("aria-sort")]);
      });
    });
  }

  for (const select of document.querySelectorAll("select[data-sort]")) {
    select.addEventListener("change", () => {
      const column = Number(select.value);
      sort(document.getElementById(select.dataset.sort), column, column < 0 ? "none" : "ascending");
    });
  }

  for (const input of document.querySelectorAll("input[data-filter]")) {
    input.addEventListener("input", () => {
      const rows = bodyRows(document.getElementById(input.dataset.filter));
      const wanted = input.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) {
        const text = row.textContent.toLocaleLowerCase();
        row.hidden = !wanted.every((word) => text.includes(word));
      }
      const shown = rows.filter((row) => !row.hidden).length;
      tell(input.dataset.filter, wanted.length ? `${shown} of ${rows.length} rows` : "");
    });
  }

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.setAttribute("readonly", "");
      area.className = "live";
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };

  // A spreadsheet runs a pasted cell that starts like a formula; numbers lose what only a reader needs.
  const forSheet = (text) => {
    if (/^\u2212?[\d\u2009]+(\.\d+)?$/.test(text)) return text.replace("\u2212", "-").replaceAll("\u2009", "");
    return /^[=+\-@]/.test(text) ? `'${text}` : text;
  };
  const cells = (row) =>
    Array.from(row.cells)
      .filter((cell) => !cell.classList.contains("bar"))
      .map((cell) => forSheet(cell.textContent.replace(/\s+/g, (space) => (space === "\u2009" ? space : " ")).trim()));

  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.addEventListener("click", async () => {
      const table = document.getElementById(button.dataset.copy);
      const rows = bodyRows(table).filter((row) => !row.hidden);
      const lines = [table.tHead.rows[0], ...rows].map((row) => cells(row).join("\t"));
      if (live.dataset.caveat) lines.push(live.dataset.caveat);
      const done = await copy(lines.join("\n") + "\n");
      tell(table.id, done ? `Copied ${rows.length} rows` : "The browser refused to copy");
    });
  }

  for (const button of document.querySelectorAll("button[data-copy-text]")) {
    button.addEventListener("click", async () => {
      const id = button.dataset.copyText;
      const paragraphs = Array.from(document.querySelectorAll(`#${id} p`));
      const done = await copy(paragraphs.map((p) => p.textContent.replace(/\s+/g, " ").trim()).join("\n\n") + "\n");
      tell(id, done ? "Copied" : "The browser refused to copy");
    });
  }

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  // Paper shows what the reader has opened, and always the rows behind the answer, the studies and the figures.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details.shown:not([open])"));
    for (const box of opened) box.open = true;
  });
  addEventListener("afterprint", () => {
    for (const box of opened) box.open = false;
  });
})();
