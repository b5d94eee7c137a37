// The operations page: a table a concern, set as text; built anew only where its shape changes.
import { make, say } from "./dom.js";

export class Operations {
  constructor(place) {
    this.place = place;
    this.shape = "";
  }

  show(tables) {
    const shape = JSON.stringify(tables.map(({ title, columns, rows }) => [title, columns, rows.length]));
    if (shape !== this.shape) this.build(tables);
    this.shape = shape;
    tables.forEach((table, at) => {
      const { note, cells } = this.parts[at];
      say(note, table.note);
      table.rows.flat().forEach(({ text, alarm }, number) => {
        say(cells[number], text);
        cells[number].className = alarm ? `alarm-${alarm}` : "";
      });
    });
  }

  build(tables) {
    this.place.replaceChildren();
    this.parts = tables.map(({ title, columns, rows }) => {
      const panel = make(this.place, "section", "panel");
      const head = make(panel, "header", "panel-head");
      make(head, "h2", "", title);
      const note = make(head, "span", "note");
      const table = make(make(panel, "div", "panel-body ops-body"), "table");
      const names = make(make(table, "thead"), "tr");
      for (const column of columns) make(names, "th", "", column).scope = "col";
      const body = make(table, "tbody");
      const cells = rows.flatMap((row) => {
        const line = make(body, "tr");
        return row.map((_, at) => make(line, at ? "td" : "th"));
      });
      return { note, cells };
    });
  }
}
