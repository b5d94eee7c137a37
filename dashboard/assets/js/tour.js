// The tour on the wall: its switch in the map's corner, and moving the address by the plan.
import { go, keeping, pageOf, THEMES, wanted } from "./address.js";
import { TourPlan, staying } from "./tourplan.js";

const USUAL = 20;
// The red warnings the tour knew on its last page, so that one raised while it moved on is new on this one.
const SEEN = "gridpulse-tour-seen";
const seconds = () => performance.now() / 1000;

export class Tour {
  constructor(place, words) {
    this.words = words;
    this.switch = place.appendChild(document.createElement("button"));
    this.label = this.switch.appendChild(document.createElement("span"));
    this.bar = this.switch.appendChild(document.createElement("i"));
    this.switch.addEventListener("click", () => this.toggle());
    for (const kind of ["pointermove", "keydown", "wheel"])
      addEventListener(kind, (event) => event.isTrusted && this.plan?.hold(seconds()), { passive: true });
    setInterval(() => this.tell(), 250);
    this.read();
  }

  // The seconds of a stay stand in the address: `tour=20`.
  read() {
    const asked = Number(new URLSearchParams(location.search).get("tour"));
    const stay = staying(asked, this.faster);
    if (!stay) this.plan = null;
    else if (this.plan) this.plan.seconds = stay;
    else this.plan = new TourPlan(stay, seconds(), JSON.parse(sessionStorage.getItem(SEEN) ?? "null"));
  }

  toggle() {
    const query = new URLSearchParams(location.search);
    if (this.plan) query.set("tour", "0");
    else query.set("tour", String(USUAL));
    history.replaceState(null, "", `${location.pathname}?${query}`);
    this.read();
    this.tell();
  }

  show(tour) {
    this.stops = tour.stops;
    this.faster = tour.faster;
    this.read();
    this.at ??= this.plan ? (this.plan.at = this.here()) : null;
    const href = this.plan?.next(seconds(), tour.stops, tour.reds);
    sessionStorage.setItem(SEEN, JSON.stringify([...(this.plan?.seen ?? [])]));
    if (href) this.move(keeping(href, location.search, ["tour", "lang", "window", "detail"]));
    this.tell();
  }

  // Another page of the tour is another document; within one, only the address changes.
  move(href) {
    if (pageOf(href.split("?")[0]) === pageOf(location.pathname)) go(href, true);
    else location.replace(href);
  }

  // Which stop this is, -1 where it is none.
  here() {
    const now = wanted();
    return (this.stops ?? []).findIndex(
      (stop) => stop.area === (now.area ?? this.stops[0].area) && stop.page === now.page &&
        (THEMES.includes(stop.page) || stop.indicator === (now.indicator ?? stop.indicator)),
    );
  }

  tell() {
    const words = this.words();
    const at = this.here();
    let label = words.tour_off;
    if (this.plan?.alarm) label = `${words.tour_alarm} · ${this.plan.alarm.text}`;
    else if (this.plan?.isHeld(seconds())) label = words.tour_held;
    else if (this.plan) label = words.tour_on.replace("{at}", at < 0 ? "–" : at + 1).replace("{n}", this.stops?.length ?? 0);
    if (this.label.textContent !== label) this.label.textContent = label;
    this.switch.className = this.plan?.alarm ? "tour-alarm" : this.plan ? "tour-on" : "";
    this.bar.style.transform = `scaleX(${this.plan && !this.plan.isHeld(seconds()) ? this.plan.share(seconds()).toFixed(3) : 0})`;
  }
}
