// A table of plain values: built once a shape, its cells set as text, sorted by the heading last pressed.
import { go } from "./address.js";
import { withChoice } from "./filters.js";

// Rows in the order asked for: `-name` is descending; no data comes last either way.
export function ordered(rows, columns, sort) {
  const at = columns.findIndex((column) => column.key === sort?.replace(/^-/, ""));
  if (at < 0) return rows;
  const down = sort.startsWith("-") ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a.cells[at].sort, b.cells[at].sort];
    if (x === null || y === null) return (x === null) - (y === null);
    return down * (x - y);
  });
}

// Pressing a heading: greatest first, then least first, then as the pack has it.
export function pressed(sort, key) {
  return sort === `-${key}` ? key : sort === key ? "" : `-${key}`;
}

const make = (parent, tag, words) => {
  const part = parent.appendChild(document.createElement(tag));
  if (words !== undefined) part.textContent = words;
  return part;
};

export class Table {
  constructor(place, words) {
    this.place = place;
    this.words = words;
    this.shape = "";
    addEventListener("address", () => this.figure && this.fill());
  }

  show(figure) {
    this.figure = figure;
    if (!figure) return;
    const { kind, first, columns, choices, files } = figure;
    const shape = JSON.stringify([kind, first, columns, choices, files, figure.rows.length]);
    if (shape !== this.shape) this.build();
    this.shape = shape;
    this.fill();
  }

  build() {
    this.place.replaceChildren();
    this.tools(make(this.place, "div"));
    const box = make(this.place, "div");
    box.className = "table-box";
    const table = make(box, "table");
    const head = make(make(table, "thead"), "tr");
    make(head, "th", this.figure.first).scope = "col";
    this.heads = this.figure.columns.map((column) => this.heading(head, column));
    this.body = make(table, "tbody");
    this.lines = this.figure.rows.map(() => {
      const line = make(this.body, "tr");
      const name = make(line, "th");
      name.scope = "row";
      return { line, name, link: make(name, "a"), cells: this.figure.columns.map(() => make(line, "td")) };
    });
  }

  heading(head, column) {
    const cell = make(head, "th");
    cell.scope = "col";
    if (this.figure.kind !== "table") return Object.assign(cell, { textContent: column.label });
    const press = make(cell, "button", column.label);
    press.dataset.indicator = column.indicator;
    press.addEventListener("click", () => {
      const sort = pressed(new URLSearchParams(location.search).get("sort") ?? "", column.key);
      history.replaceState(null, "", location.pathname + withChoice(location.search, "sort", sort));
      this.fill();
    });
    return cell;
  }

  tools(bar) {
    bar.className = "table-tools";
    if (this.figure.kind === "compare") {
      const label = make(bar, "label", this.words().compare_with);
      const choice = make(label, "select");
      choice.name = "compare";
      for (const [code, name] of this.figure.choices) make(choice, "option", name).value = code;
      choice.addEventListener("change", () =>
        go(location.pathname + withChoice(location.search, "compare", choice.value)),
      );
    }
    for (const file of this.figure.files) {
      const link = make(bar, "a", `↓ ${file.label}`);
      link.href = file.href;
      link.className = "tab";
      link.setAttribute("download", "");
    }
  }

  fill() {
    const sort = new URLSearchParams(location.search).get("sort") ?? "";
    this.heads.forEach((head, at) => {
      const key = this.figure.columns[at].key;
      const way = sort === key ? "ascending" : sort === `-${key}` ? "descending" : "none";
      if (this.figure.kind === "table") head.setAttribute("aria-sort", way);
    });
    ordered(this.figure.rows, this.figure.columns, sort).forEach((row, at) => this.set(this.lines[at], row));
  }

  set({ line, link, cells }, row) {
    line.className = row.here ? "here" : "";
    text(link, row.name);
    if (row.href) link.setAttribute("href", row.href);
    else link.removeAttribute("href");
    if (row.indicator) link.dataset.indicator = row.indicator;
    cells.forEach((cell, at) => {
      const { text: words, alarm, mood } = row.cells[at];
      text(cell, words);
      cell.className = alarm ? `alarm-${alarm}` : mood ? `mood-${mood}` : "";
    });
  }
}

function text(part, words) {
  if (part.textContent !== words) part.textContent = words;
}
