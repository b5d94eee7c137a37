// The map: two canvas layers, pulses where warnings are, a card at the pointer, a click into the area below.
import { fit, layer } from "./canvas.js";
import { go, hrefOf, usual, wanted } from "./address.js";
import { fitSheet, outline, paint } from "./mapdraw.js";
import { featureAt, sheetFor } from "./sheet.js";
import { hideCard, showArea, showName } from "./card.js";
import { pointIn } from "./stage.js";
import { Zoom } from "./zoom.js";

export class MapView {
  constructor(parent, words, { side, zooms } = {}) {
    this.side = side;
    this.zoom = new Zoom();
    this.parent = parent;
    this.words = words;
    this.base = layer(parent);
    this.over = layer(parent);
    this.marks = parent.appendChild(document.createElement("div"));
    this.note = parent.appendChild(document.createElement("div"));
    this.note.className = "map-note";
    this.drawn = "";
    parent.addEventListener("pointermove", (event) => this.point(event));
    parent.addEventListener("pointerleave", () => this.leave());
    parent.addEventListener("click", () => this.enter());
    if (zooms) this.zoomed();
  }

  async show(figure) {
    this.figure = figure;
    if (this.etag !== figure.etag) {
      this.note.textContent = this.sheet ? "" : this.words().map_loading;
      const sheet = await sheetFor(figure).catch(() => null);
      if (!sheet || this.figure.etag !== figure.etag) return;
      this.sheet = sheet;
      this.etag = figure.etag;
      this.note.textContent = "";
      this.zoom.reset();
      this.leave();
    }
    const { steps, colours, here, language, pulses } = this.figure;
    const now = JSON.stringify([this.etag, steps, colours, here, language, pulses]);
    if (now !== this.drawn) this.draw();
    this.drawn = now;
    this.pulse();
  }

  resize() {
    if (!this.sheet) return;
    this.draw();
    this.pulse();
  }

  draw() {
    const surface = fit(this.base);
    this.place = this.zoom.apply(fitSheet(this.sheet, surface.width, surface.height, this.side));
    const started = performance.now();
    paint(surface, this.sheet, this.figure, this.place);
    this.parent.dataset.drawn = (performance.now() - started).toFixed(1);
    this.parent.dataset.area = this.figure.area;
    this.parent.dataset.steps = this.figure.steps.join(" ");
  }

  // The wheel zooms, a drag moves, a double click shows the whole; drawn at most once a frame.
  zoomed() {
    let from = null;
    this.parent.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom.about(...pointIn(this.parent, event), Math.exp(-event.deltaY / 400));
      this.soon();
    }, { passive: false });
    this.parent.addEventListener("pointerdown", (event) => {
      from = event.button ? null : pointIn(this.parent, event);
      this.dragged = false;
    });
    addEventListener("pointermove", (event) => {
      if (!from) return;
      const to = pointIn(this.parent, event);
      if (!this.dragged && Math.hypot(to[0] - from[0], to[1] - from[1]) < 6) return;
      this.dragged = true;
      this.zoom.move(to[0] - from[0], to[1] - from[1]);
      from = to;
      this.soon();
    });
    addEventListener("pointerup", () => (from = null));
    this.parent.addEventListener("dblclick", () => {
      this.zoom.reset();
      this.soon();
    });
  }

  soon() {
    if (!this.sheet || this.asked) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      this.draw();
      this.pulse();
    });
  }

  pulse() {
    const marked = this.figure.pulses;
    while (this.marks.children.length < marked.length) this.marks.appendChild(document.createElement("i"));
    [...this.marks.children].forEach((mark, at) => {
      if (at >= marked.length) return (mark.className = "");
      const [x, y, colour, name] = marked[at];
      mark.className = `pulse pulse-${name}`;
      mark.style.left = `${this.place.left + x * this.place.scale}px`;
      mark.style.top = `${this.place.top + y * this.place.scale}px`;
      mark.style.color = colour;
    });
  }

  point(event) {
    if (!this.sheet || !this.place) return;
    const [x, y] = pointIn(this.parent, event);
    const { scale, left, top } = this.place;
    const feature = featureAt(this.sheet, (x - left) / scale, (y - top) / scale);
    this.event = event;
    if (feature?.code === this.hovered?.code) return feature && this.tell();
    this.hovered = feature;
    this.parent.classList.toggle("clickable", Boolean(feature));
    const { context } = fit(this.over);
    if (!feature) return hideCard();
    outline(context, feature, this.place);
    this.known = null;
    this.tell();
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.ask(feature), 60);
  }

  // The figures of the area under the pointer, written by the server as everywhere else.
  async ask(feature) {
    const query = new URLSearchParams(location.search);
    query.set("lang", this.figure.language);
    const answer = await fetch(`/api/v1/areas/${encodeURIComponent(feature.code)}/card?${query}`).catch(() => null);
    if (!answer?.ok || this.hovered !== feature) return;
    this.known = await answer.json();
    if (this.hovered === feature) this.tell();
  }

  tell() {
    if (this.known) showArea(this.event, this.known);
    else showName(this.event, this.hovered[this.figure.language === "en" ? "en" : "zh"]);
  }

  leave() {
    this.hovered = null;
    this.known = null;
    clearTimeout(this.asking);
    fit(this.over);
    hideCard();
  }

  enter() {
    if (this.dragged || !this.hovered || this.hovered.into === this.figure.here) return;
    go(hrefOf({ ...usual(wanted()), area: this.hovered.into }));
    hideCard();
  }
}
