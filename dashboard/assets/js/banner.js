// Says what state the screen is in, and while there is no connection, how old what it shows has become.
import { apply } from "./props.js";

const PATIENCE = 1500;

export class Banner {
  constructor(stage, words) {
    this.stage = stage;
    this.words = words;
    this.fresh = null;
    this.lost = null;
    setInterval(() => this.tell(), 1000);
    this.say(words().banner_connecting);
  }

  say(text) {
    apply({ banner: { children: text } });
  }

  state(name) {
    apply({ stage: { "data-state": name } });
  }

  live() {
    this.fresh = performance.now();
    this.lost = null;
  }

  stale(age) {
    this.lost = null;
    if (age !== null) this.fresh = performance.now() - age * 1000;
    // A screen that never had a snapshot shows the reason alone, not its empty frames.
    this.state(this.fresh === null ? "connecting" : "stale");
  }

  problem(detail) {
    this.lost = null;
    this.state("problem");
    this.say(detail);
  }

  down() {
    this.lost ??= performance.now();
    this.tell();
  }

  tell() {
    if (this.lost === null || this.fresh === null || performance.now() - this.lost < PATIENCE) return;
    this.state("down");
    this.say(this.words().banner_down.replace("{age}", this.age((performance.now() - this.fresh) / 1000)));
  }

  age(seconds) {
    for (const [key, size, top] of [["for_s", 1, 90], ["for_m", 60, 5400], ["for_h", 3600, 172800]])
      if (seconds < top) return this.words()[key].replace("{n}", Math.floor(seconds / size));
    return this.words().for_d.replace("{n}", Math.floor(seconds / 86400));
  }
}
