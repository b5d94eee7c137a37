// What stands on the desk at a glance: shown where no warning is chosen.
import { make } from "./dom.js";

export class DeskOverview {
  constructor(place, words) {
    this.words = words;
    this.box = make(place, "article", "desk-overview");
  }

  // Drawn anew only where something of it changed, so that a link keeps the keyboard's focus; `to` is a warning's address.
  show(overview, shown, to) {
    this.box.hidden = !shown;
    const words = this.words();
    const now = JSON.stringify([overview, words.desk_overview, location.search]);
    if (!shown || this.drawn === now) return;
    this.drawn = now;
    const focused = this.box.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    this.box.replaceChildren();
    make(this.box, "h2", "", words.desk_overview);
    this.counts(overview);
    make(this.box, "h3", "", words.desk_due_first);
    if (!overview.due.length) make(this.box, "p", "", words.desk_due_none);
    for (const one of overview.due) this.due(one, to(one.id));
    const halves = make(this.box, "div", "desk-halves");
    this.bars(halves, words.desk_kinds, overview.kinds);
    this.bars(halves, words.desk_places, overview.places);
    make(this.box, "p", "desk-hint", words.desk_choose);
    if (focused) [...this.box.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  }

  counts({ states, counts }) {
    const table = make(this.box, "table");
    const head = make(make(table, "thead"), "tr");
    make(head, "td");
    for (const state of states) make(head, "th", "", state).scope = "col";
    const body = make(table, "tbody");
    for (const [colour, label, numbers] of counts) {
      const line = make(body, "tr");
      const name = make(line, "th");
      name.scope = "row";
      make(name, "span", `badge badge-${colour}`, label);
      for (const number of numbers) make(line, "td", number ? "" : "none", String(number));
    }
  }

  due(one, href) {
    const line = make(this.box, "a", "desk-due");
    line.setAttribute("href", href);
    make(line, "span", `badge badge-${one.colour}`, one.colour_label);
    const text = make(line, "span", "desk-text");
    make(text, "b", "", one.what);
    make(text, "span", "", one.where);
    make(line, "span", "desk-left", one.left);
  }

  bars(halves, title, entries) {
    if (!entries.length) return;
    const half = make(halves, "section");
    make(half, "h3", "", title);
    for (const [label, href, count, share] of entries) {
      const line = make(half, href ? "a" : "div", "desk-bar-line");
      if (href) line.setAttribute("href", href);
      make(line, "span", "", label);
      make(line, "b", "", String(count));
      make(line, "i").style.width = `${100 * share}%`;
    }
  }
}
