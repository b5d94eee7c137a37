// Where a map is looked at: how many times larger, and how far moved, in stage pixels.
const MOST = 12;

export class Zoom {
  constructor() {
    this.reset();
  }

  reset() {
    this.times = 1;
    this.x = 0;
    this.y = 0;
  }

  // What fits the window, as it is looked at.
  apply({ scale, left, top }) {
    return { scale: scale * this.times, left: left * this.times + this.x, top: top * this.times + this.y };
  }

  // Larger or smaller about a point that stays where it is; at its smallest the whole is in its place again.
  about(x, y, factor) {
    const times = Math.min(MOST, Math.max(1, this.times * factor));
    if (times === 1) return this.reset();
    this.x = x - ((x - this.x) * times) / this.times;
    this.y = y - ((y - this.y) * times) / this.times;
    this.times = times;
  }

  move(x, y) {
    if (this.times === 1) return;
    this.x += x;
    this.y += y;
  }
}
