// The warnings desk's list: filters in the address, a line a warning, the chosen one beside it.
import { go } from "./address.js";
import { withChoice } from "./filters.js";
import { make, options, say } from "./dom.js";
import { freshReds, listed } from "./desklist.js";
import { chime, soundOn, switchSound } from "./sound.js";
import { WarningCard } from "./deskcard.js";
import { DeskOverview } from "./deskoverview.js";

const asked = () => Object.fromEntries(new URLSearchParams(location.search));
const choose = (name, value) => go(location.pathname + withChoice(location.search, name, value));

export class Desk {
  constructor(list, place, words, language) {
    this.words = words;
    this.known = null;
    this.bar = make(list, "div", "desk-bar");
    this.tabs = make(this.bar, "div", "tabs");
    this.state = this.choice("state");
    this.area = make(this.bar, "select");
    this.area.addEventListener("change", () => this.area.value && go(this.hrefs[this.area.value]));
    this.sound = make(this.bar, "button", "desk-sound");
    this.sound.addEventListener("click", () => {
      switchSound();
      this.fill();
    });
    this.calm = make(list, "div", "desk-calm");
    this.lines = make(list, "div", "desk-lines");
    this.lines.setAttribute("role", "list");
    this.overview = new DeskOverview(place, words);
    this.card = new WarningCard(place, words, language);
    addEventListener("address", () => this.desk && this.fill());
    addEventListener("popstate", () => this.desk && this.fill());
  }

  choice(name) {
    const choice = make(this.bar, "select");
    choice.name = name;
    choice.addEventListener("change", () => choose(name, choice.value));
    return choice;
  }

  show(desk) {
    this.desk = desk;
    const { known, fresh } = freshReds(this.known, desk.rows);
    this.known = known;
    if (fresh.length) chime();
    this.fill();
  }

  fill() {
    const { colour = "", state = "", id = "" } = asked();
    const words = this.words();
    const all = Object.values(this.desk.counts).reduce((sum, [, n]) => sum + n, 0);
    this.colours([["", `${words.desk_all} ${all}`], ...Object.entries(this.desk.counts).map(([c, [l, n]]) => [c, `${l} ${n}`])], colour);
    options(this.state, [["", `${words.desk_state} · ${words.desk_all}`], ...this.desk.states], state);
    this.state.setAttribute("aria-label", words.desk_state);
    this.hrefs = Object.fromEntries(this.desk.areas.map(([code, , href]) => [code, href]));
    options(this.area, this.desk.areas, new URLSearchParams(location.search).get("area") ?? this.desk.areas[0]?.[0]);
    this.area.setAttribute("aria-label", words.desk_area);
    say(this.sound, soundOn() ? words.desk_sound_on : words.desk_sound_off);
    this.sound.setAttribute("aria-pressed", String(soundOn()));
    const rows = listed(this.desk.rows, { colour, state });
    say(this.calm, rows.length ? "" : this.desk.rows.length ? words.desk_none : this.desk.calm);
    this.calm.className = `desk-calm${this.desk.blind ? " calm-blind" : ""}${rows.length ? " hidden" : ""}`;
    while (this.lines.children.length < rows.length) this.line();
    while (this.lines.children.length > rows.length) this.lines.lastChild.remove();
    rows.forEach((row, at) => this.set(this.lines.children[at], row, id));
    this.overview.show(this.desk.overview, !id, (one) => location.pathname + withChoice(location.search, "id", one));
    this.card.show(id, this.desk.rows.find((row) => row.id === id), this.desk.desks);
  }

  colours(entries, chosen) {
    while (this.tabs.children.length < entries.length) {
      const tab = make(this.tabs, "button", "tab");
      tab.addEventListener("click", () => choose("colour", tab.dataset.colour));
    }
    entries.forEach(([code, label], at) => {
      const tab = this.tabs.children[at];
      tab.dataset.colour = code;
      tab.className = `tab tab-${code || "all"}${code === chosen ? " tab-here" : ""}`;
      tab.setAttribute("aria-pressed", String(code === chosen));
      say(tab, label);
    });
  }

  line() {
    const line = make(this.lines, "a", "desk-line");
    line.setAttribute("role", "listitem");
    const parts = { badge: make(line, "span", "badge") };
    const text = make(line, "span", "desk-text");
    parts.what = make(text, "b");
    parts.where = make(text, "span");
    parts.amount = make(line, "span", "desk-amount");
    const state = make(line, "span", "desk-state");
    parts.state = make(state, "b");
    parts.desk = make(state, "span");
    const when = make(line, "span", "desk-when");
    parts.raised = make(when, "span");
    parts.age = make(when, "span");
    line.parts = parts;
  }

  set(line, row, chosen) {
    const { parts } = line;
    line.setAttribute("href", location.pathname + withChoice(location.search, "id", row.id));
    line.className = `desk-line desk-${row.state}${row.id === chosen ? " desk-here" : ""}`;
    if (row.id === chosen) line.setAttribute("aria-current", "true");
    else line.removeAttribute("aria-current");
    parts.badge.className = `badge badge-${row.colour}`;
    say(parts.badge, row.colour_label);
    say(parts.what, row.what);
    say(parts.where, row.where);
    say(parts.amount, row.amount);
    say(parts.state, row.escalated ? `${row.state_label} ▲${row.escalated}` : row.state_label);
    say(parts.desk, row.desk);
    say(parts.raised, row.raised);
    say(parts.age, row.age);
  }
}
