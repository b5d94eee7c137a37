// The chosen warning: its facts, reasons and history, and the buttons that act on it.
import { make, options, say } from "./dom.js";

const ROLE = "gridpulse-desk";

export class WarningCard {
  constructor(place, words, language) {
    this.words = words;
    this.language = language;
    this.empty = make(place, "div", "desk-empty");
    this.box = make(place, "article", "desk-card");
    const head = make(this.box, "header");
    this.badge = make(head, "span", "badge");
    this.title = make(head, "h2");
    this.state = make(head, "span", "desk-chip");
    this.facts = make(this.box, "dl");
    this.why = make(this.box, "section");
    this.whyTitle = make(this.why, "h3");
    this.reason = make(this.why, "p");
    this.form();
    this.historyTitle = make(this.box, "h3");
    this.history = make(this.box, "ol");
    this.map = make(this.box, "a", "desk-map");
  }

  form() {
    const form = make(this.box, "form", "desk-form");
    form.addEventListener("submit", (event) => event.preventDefault());
    const label = make(form, "label");
    this.asLabel = make(label, "span");
    this.role = make(label, "select");
    this.role.addEventListener("change", () => localStorage.setItem(ROLE, this.role.value));
    this.note = make(form, "textarea");
    this.note.maxLength = 2000;
    this.note.rows = 2;
    this.buttons = make(form, "div", "desk-buttons");
    this.told = make(form, "output");
  }

  // `row` is the warning's line, whose change says that the card is old.
  show(id, row, desks) {
    if (!id) say(this.empty, "");
    this.box.hidden = !id || this.card?.id !== id;
    this.desks = desks;
    if (!id) return (this.key = null);
    const key = JSON.stringify([id, this.language(), row?.state, row?.colour, row?.amount, row?.desk, row?.escalated]);
    if (key !== this.key || performance.now() - this.read > 10000) this.ask(id, key);
  }

  async ask(id, key) {
    this.key = key;
    this.read = performance.now();
    const answer = await fetch(`/api/v1/warnings/${encodeURIComponent(id)}/card?lang=${this.language()}`).catch(() => null);
    if (this.key !== key) return;
    if (!answer?.ok) return say(this.empty, answer ? (await answer.json()).detail : "");
    this.fill(await answer.json());
  }

  fill(card) {
    const words = this.words();
    if (this.card?.id !== card.id || this.card?.state !== card.state) say(this.told, "");
    this.card = card;
    this.box.hidden = false;
    say(this.empty, "");
    this.badge.className = `badge badge-${card.colour}`;
    say(this.badge, card.colour_label);
    say(this.title, card.title);
    say(this.state, card.state_label);
    this.facts.replaceChildren();
    for (const [name, value] of card.facts) {
      make(this.facts, "dt", "", name);
      make(this.facts, "dd", "", value);
    }
    this.why.hidden = !card.explanation;
    say(this.whyTitle, words.desk_why);
    say(this.reason, card.explanation);
    say(this.asLabel, words.desk_as);
    options(this.role, this.desks, localStorage.getItem(ROLE) ?? this.desks[0]?.[0]);
    if (!this.role.value) this.role.value = this.desks[0]?.[0];
    this.note.placeholder = words.desk_note;
    this.note.setAttribute("aria-label", words.desk_note);
    this.doings(card.actions);
    say(this.historyTitle, words.desk_history);
    this.lines(card.history);
    say(this.map, words.desk_map);
    this.map.hidden = !card.map;
    if (card.map) this.map.setAttribute("href", card.map);
  }

  doings(actions) {
    const now = JSON.stringify(actions);
    if (this.buttons.dataset.actions === now) return;
    this.buttons.dataset.actions = now;
    this.buttons.replaceChildren();
    for (const [name, label] of actions) {
      const button = make(this.buttons, "button", `do-${name}`, label);
      button.type = "button";
      button.addEventListener("click", () => this.act(name));
    }
  }

  lines(history) {
    this.history.replaceChildren();
    for (const { at, what, colour, by, note } of history) {
      const line = make(this.history, "li", `of-${colour}`);
      make(line, "time", "", at);
      make(line, "b", "", what);
      make(line, "span", "", by);
      if (note) make(line, "p", "", note);
    }
  }

  async act(action) {
    const note = this.note.value.trim();
    if (action === "comment" && !note) return this.note.focus();
    const body = JSON.stringify({ action, by: this.role.value, note });
    for (const button of this.buttons.children) button.disabled = true;
    const answer = await fetch(`/api/v1/warnings/${encodeURIComponent(this.card.id)}/actions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    }).catch(() => null);
    for (const button of this.buttons.children) button.disabled = false;
    const words = this.words();
    if (answer?.ok) {
      this.note.value = "";
      say(this.told, words.desk_sent);
      for (const pause of [800, 2500, 6000]) setTimeout(() => (this.read = -Infinity), pause);
      return;
    }
    const reason = answer ? (await answer.json().catch(() => ({}))).detail ?? answer.status : words.banner_down;
    say(this.told, words.desk_failed.replace("{reason}", reason));
  }
}
