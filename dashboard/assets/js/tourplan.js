// When a tour moves and where to: a plan without clock or screen, told the time by its caller in seconds.
export const HOLD = 60;

// The seconds of a stay, by what the address asks for; an emergency halves them, but nobody can read in under three.
export function staying(asked, faster) {
  if (!(asked > 0)) return 0;
  const stay = Math.min(600, Math.max(1, asked));
  return faster ? Math.max(Math.min(3, stay), stay / 2) : stay;
}

export class TourPlan {
  constructor(seconds, now, seen = null) {
    this.seconds = seconds;
    this.since = now;
    this.at = -1;
    this.held = -Infinity;
    this.seen = seen && new Set(seen);
    this.alarm = null;
  }

  // Somebody is at the screen: stay for a minute.
  hold(now) {
    this.held = now;
  }

  isHeld(now) {
    return now - this.held < HOLD;
  }

  // How much of the stay is over, 0 to 1.
  share(now) {
    return Math.min(1, (now - this.since) / this.stay());
  }

  stay() {
    return this.alarm ? 2 * this.seconds : this.seconds;
  }

  // The address to go to now, or null. A red warning that was not there before comes first, even while held.
  next(now, stops, reds) {
    const known = this.seen;
    this.seen = new Set(reds.map((red) => red.id));
    const fresh = known && reds.find((red) => !known.has(red.id));
    if (fresh) {
      this.since = now;
      this.alarm = fresh;
      return fresh.href;
    }
    if (!stops.length || this.isHeld(now) || this.share(now) < 1) return null;
    this.since = now;
    this.alarm = null;
    this.at = (this.at + 1) % stops.length;
    return stops[this.at].href;
  }
}
