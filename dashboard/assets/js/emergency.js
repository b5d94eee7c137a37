// The switch of emergency mode: asks for the desk and for how long, sends it, and waits for the screens to follow.
import { make, options, say } from "./dom.js";

const ROLE = "gridpulse-desk";
const HOURS = [1, 2, 6, 12, 24];

// What is sent: hours only where it begins and shall end by itself.
export function wish(on, by, hours) {
  return on && hours ? { on, by, hours: Number(hours) } : { on, by };
}

export class Emergency {
  constructor(button, place, words) {
    this.words = words;
    this.button = button;
    this.place = place;
    this.place.hidden = true;
    button.addEventListener("click", () => (this.place.hidden ? this.open() : this.close()));
    place.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.build();
  }

  build() {
    const box = make(this.place, "form", "emergency-box");
    box.setAttribute("role", "dialog");
    this.title = make(box, "h2");
    this.about = make(box, "p");
    const field = (name) => {
      const label = make(box, "label");
      return { label, name: make(label, "span"), choice: Object.assign(make(label, "select"), { name }) };
    };
    this.role = field("role");
    this.hours = field("hours");
    this.told = make(box, "output");
    const buttons = make(box, "div", "emergency-buttons");
    this.sure = make(buttons, "button", "emergency-sure");
    this.sure.type = "submit";
    this.cancel = make(buttons, "button");
    this.cancel.type = "button";
    this.cancel.addEventListener("click", () => this.close());
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.box = box;
  }

  show(told) {
    // What was asked for has come: the form has done its work.
    if (this.sent !== undefined && told.on === this.sent) this.close();
    this.state = told;
    if (!this.place.hidden) this.fill();
  }

  open() {
    if (!this.state) return;
    this.place.hidden = false;
    say(this.told, "");
    this.fill();
    this.role.choice.focus();
  }

  close() {
    this.place.hidden = true;
    this.sent = undefined;
    this.button.focus({ preventScroll: true });
  }

  fill() {
    const words = this.words();
    const { on, name, desks, foreign } = this.state;
    const title = words[on ? "emergency_ask_end" : "emergency_ask"].replace("{area}", name);
    say(this.title, title);
    this.box.setAttribute("aria-label", title);
    say(this.about, foreign ? words.emergency_foreign : words.emergency_about);
    say(this.role.name, words.desk_as);
    options(this.role.choice, desks, this.role.choice.value || localStorage.getItem(ROLE) || desks[0]?.[0]);
    if (!this.role.choice.value) this.role.choice.value = desks[0]?.[0];
    say(this.hours.name, words.emergency_for);
    const spans = HOURS.map((n) => [String(n), words.emergency_hours.replace("{n}", n)]);
    options(this.hours.choice, [...spans, ["", words.emergency_open]], this.hours.choice.value || "2");
    this.hours.label.hidden = on;
    say(this.sure, on ? words.emergency_stop : words.emergency_go);
    this.sure.disabled = foreign || this.sent !== undefined;
    say(this.cancel, words.emergency_cancel);
  }

  async send() {
    const { area, on } = this.state;
    this.sent = !on;
    this.fill();
    localStorage.setItem(ROLE, this.role.choice.value);
    say(this.told, this.words().desk_sent);
    const answer = await fetch(`/api/v1/areas/${encodeURIComponent(area)}/emergency`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(wish(!on, this.role.choice.value, this.hours.choice.value)),
    }).catch(() => null);
    if (answer?.ok) return;
    this.sent = undefined;
    const reason = answer ? (await answer.json().catch(() => ({}))).detail ?? answer.status : this.words().banner_down;
    say(this.told, this.words().desk_failed.replace("{reason}", reason));
    this.fill();
  }
}
