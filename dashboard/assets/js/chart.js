// A drawn figure: draws when it changes or the screen does, and tells what lies under the pointer.
import { fit, layer } from "./canvas.js";
import { pointIn } from "./stage.js";
import { hideCard, showLines } from "./card.js";

export function chart(parent, draw) {
  const canvas = layer(parent);
  let figure = null;
  let written = "";
  let tell = () => null;
  const paint = () => {
    if (figure && parent.clientWidth) tell = draw(fit(canvas), figure);
  };
  canvas.addEventListener("pointermove", (event) => {
    const lines = tell(...pointIn(canvas, event));
    if (lines) showLines(event, lines);
    else hideCard();
  });
  canvas.addEventListener("pointerleave", hideCard);
  return {
    show(next) {
      const now = JSON.stringify(next);
      if (now === written) return;
      written = now;
      figure = next;
      paint();
    },
    resize: paint,
  };
}
