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
  // A row is seen when neither the box above its table nor the filters of the page send it away.
  const away = new WeakMap();
  const keep = (row, by, kept) => {
    const reasons = away.get(row) ?? new Set();
    if (kept) reasons.delete(by);
    else reasons.add(by);
    away.set(row, reasons);
    row.hidden = reasons.size > 0;
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
        keep(row, "words", wanted.every((word) => text.includes(word)));
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
    if (/^\u2212?[\d\u202f]+(\.\d+)?$/.test(text)) return text.replace("\u2212", "-").replaceAll("\u202f", "");
    return /^[=+\-@]/.test(text) ? `'${text}` : text;
  };
  const cells = (row) =>
    Array.from(row.cells)
      .filter((cell) => !cell.classList.contains("bar"))
      .map((cell) => forSheet(cell.textContent.replace(/\s+/g, (space) => (space === "\u202f" ? space : " ")).trim()));

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
      const source = document.getElementById(id);
      const paragraphs = Array.from(source.querySelectorAll("p"), (p) => p.textContent.replace(/[ \n\t]+/g, " ").trim());
      const done = await copy(source.matches("pre") ? source.textContent : paragraphs.join("\n\n") + "\n");
      tell(id, done ? "Copied" : "The browser refused to copy");
    });
  }

  // Filters: the numbers of every combination stand in the page, this only looks them up.
  const FILTER = "#filter?";
  const table = document.getElementById("filter-data");
  const filters = table && (() => {
    const data = JSON.parse(table.textContent);
    const selects = Array.from(document.querySelectorAll(".chooser select"));
    const places = Object.fromEntries(Array.from(document.querySelectorAll("[data-put]"), (e) => [e.dataset.put, e]));
    const [reach, diamond] = document.querySelectorAll(".chosen :is(.reach, .diamond)");
    const rows = Array.from({ length: data.total }, (_, i) => document.getElementById(data.row + (i + 1)));
    const groups = new Map();
    rows.forEach((row, i) => {
      const box = row.closest("details");
      groups.set(box, [...(groups.get(box) ?? []), i]);
    });
    const drawn = rows.map((row) => document.querySelectorAll(`.drawing [data-row="${CSS.escape(row.id)}"]`));
    const note = document.querySelector(".kept");
    const chosen = () => selects.map((select) => Number(select.value));
    const is = (some) => some.some((choice) => choice > 0);

    const look = () => {
      const choices = chosen();
      const at = data.at[choices.reduce((place, choice, i) => place * data.choices[i].length + choice, 0)];
      const pool = at < 0 ? null : data.pools[at];
      const put = (name, text) => { places[name].textContent = text; };
      for (const name of ["rate", "ci", "k", "studies", "leaks", "mean", "pi", "tau2", "of"]) put(name, pool ? pool[name] : "\u2014");
      if (!pool) { put("ci", ""); put("k", "0"); put("studies", "0"); put("of", ""); }
      put("what", selects.map((select) => select.selectedOptions[0].textContent).join(" \u00b7 "));
      put("mind", pool ? [pool.why, pool.mixed].filter(Boolean).join(" ") : "No observation matches this choice.");
      const [low, middle, high] = pool ? pool.bar : [];
      diamond.classList.toggle("hollow", Boolean(pool) && !pool.pooled);
      diamond.setAttribute("d", pool ? `M${low} 5L${middle} 1.2L${high} 5L${middle} 8.8Z` : "");
      reach.setAttribute("d", pool && pool.wide ? `M${pool.wide[0]} 5H${pool.wide[1]}` : "");
      const kept = choices.map((choice, i) => new Set(data.choices[i][choice]));
      const stays = rows.map((_, i) => kept.every((set) => set.has(i)));
      rows.forEach((row, i) => {
        keep(row, "filters", stays[i]);
        for (const part of drawn[i]) part.classList.toggle("apart", !stays[i]);
      });
      for (const [box, members] of groups) {
        const match = box.querySelector(".match");
        match.hidden = !is(choices);
        const count = members.filter((i) => stays[i]).length;
        match.textContent = `${count} of ${members.length} match the filters`;
        box.classList.toggle("bare", count === 0);
      }
      note.hidden = !is(choices);
      note.textContent = `Filtered: ${stays.filter(Boolean).length} of ${data.total} observations are shown.`;
    };
    const write = () => {
      const words = new URLSearchParams();
      for (const select of selects) {
        if (select.value !== "0") words.set(select.dataset.column, select.selectedOptions[0].dataset.key);
      }
      history.replaceState(null, "", is(chosen()) ? FILTER + words : "#filter");
    };
    const read = () => {
      const words = new URLSearchParams(location.hash.slice(FILTER.length));
      for (const select of selects) {
        const wanted = words.get(select.dataset.column);
        const found = Array.from(select.options).find((option) => option.value !== "0" && option.dataset.key === wanted);
        select.value = found ? found.value : "0";
      }
      look();
    };
    for (const select of selects) {
      select.addEventListener("change", () => {
        look();
        write();
      });
    }
    document.querySelector(".chooser .reset").addEventListener("click", () => {
      for (const select of selects) select.value = "0";
      look();
      write();
    });
    look();
    return { read };
  })();

  // Two rates of every study: both stand in the page, a choice narrows what is seen of them.
  const RATES = /^#([^?]+)\?rates=(\w+)$/;
  const views = document.querySelectorAll(".views");
  for (const box of views) {
    box.addEventListener("change", (event) => {
      document.getElementById(box.dataset.of).dataset.rates = event.target.value;
      history.replaceState(null, "", event.target.value === "both" ? `#${box.dataset.of}` : `#${box.dataset.of}?rates=${event.target.value}`);
    });
  }
  const narrowed = () => {
    const [, id, rates] = location.hash.match(RATES) ?? [];
    const box = Array.from(views).find((one) => one.dataset.of === id);
    const wanted = box && Array.from(box.querySelectorAll("input")).find((one) => one.value === rates);
    if (!wanted) return false;
    wanted.checked = true;
    document.getElementById(id).dataset.rates = rates;
    document.getElementById(id).scrollIntoView();
    return true;
  };

  const reveal = () => {
    if (narrowed()) return;
    if (filters && location.hash.startsWith(FILTER)) {
      filters.read();
      document.getElementById("filter").scrollIntoView();
      return;
    }
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  // A card beside a study that has the pointer or the focus: what was counted, where it stands, what to mind.
  const card = document.getElementById("card");
  const STUDY = ".table a[href^='#study.'], .drawing [data-row]";
  let spoken = null;
  let leaving = 0;
  const heading = (one) => one.closest("table").tHead.rows[0].cells[one.cellIndex].textContent;
  const cell = (row, label) => {
    const found = row && Array.from(row.cells).find((one) => heading(one) === label);
    return found ? found.textContent.replace(/\s+/g, " ").trim() : "";
  };
  const sayings = (target) => {
    const row = target.dataset.row ? document.getElementById(target.dataset.row) : target.closest("tr");
    const way = row.cells[0].querySelector("a[href^='#study.']");
    const study = way && document.getElementById(decodeURIComponent(way.hash.slice(1)));
    const title = study ? study.cells[0].querySelector("small") : null;
    const sheet = Array.from(row.cells).find((one) => /^Row in /.test(heading(one)));
    const place = [cell(row, "In the source"), sheet && `${heading(sheet).slice(7)}, row ${sheet.textContent.trim()}`];
    const counted = ["Procedure", "Counted", "Imaging", "Leaks / n", "Seen / positive", "Rate"].map((name) => cell(row, name));
    return [
      ["", row.cells[0].textContent.trim()],
      ["", title ? title.textContent.trim() : ""],
      ["", counted.filter(Boolean).join(" \u00b7 ")],
      ["Source: ", place.filter(Boolean).join("; ")],
      ["Left out: ", cell(row, "Reason")],
      ["Note: ", cell(row, "Note")],
      ["The study: ", study && study !== row ? cell(study, "Note") : ""],
    ].filter(([, text]) => text);
  };
  const hide = () => {
    clearTimeout(leaving);
    if (spoken) spoken.removeAttribute("aria-describedby");
    spoken = null;
    card.hidden = true;
  };
  const place = () => {
    const at = spoken.getBoundingClientRect();
    const below = at.bottom + 6;
    const fits = below + card.offsetHeight < innerHeight || at.top < card.offsetHeight + 12;
    card.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - card.offsetWidth - 8))}px`;
    card.style.top = `${fits ? below : at.top - card.offsetHeight - 6}px`;
  };
  const show = (target) => {
    clearTimeout(leaving);
    if (spoken === target) return;
    hide();
    spoken = target;
    card.replaceChildren(...sayings(target).map(([term, text]) => {
      const line = document.createElement("p");
      const name = document.createElement("b");
      name.textContent = term;
      line.append(...(term ? [name] : []), text);
      return line;
    }));
    card.hidden = false;
    if (!target.dataset.row) target.setAttribute("aria-describedby", "card");
    place();
  };
  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 250);
  };
  const study = (event) => (event.target instanceof Element ? event.target.closest(STUDY) : null);
  addEventListener("pointerover", (event) => {
    const target = study(event);
    if (target && event.pointerType !== "touch") show(target);
    else if (card.contains(event.target)) clearTimeout(leaving);
    else if (spoken && spoken !== document.activeElement) leave();
  });
  addEventListener("focusin", (event) => {
    const target = study(event);
    if (target && target.matches(":focus-visible")) show(target);
    else if (spoken) hide();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  addEventListener("scroll", () => {
    if (spoken) place();
  }, { passive: true });
  // The whole line of a study in a forest plot answers, and leads to its line in the table.
  for (const picture of document.querySelectorAll(".drawing svg")) {
    picture.addEventListener("pointerenter", () => {
      for (const part of picture.querySelectorAll("[data-row]")) {
        const box = part.getBBox();
        const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        for (const side of ["x", "y", "width", "height"]) ground.setAttribute(side, box[side]);
        ground.setAttribute("fill", "transparent");
        part.prepend(ground);
      }
    }, { once: true });
    picture.addEventListener("click", (event) => {
      const part = event.target.closest("[data-row]");
      if (part && getSelection().isCollapsed) location.hash = part.dataset.row;
    });
  }

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
