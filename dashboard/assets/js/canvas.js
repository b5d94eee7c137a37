// A canvas as sharp as the screen, measured in stage pixels.
import { STAGE } from "./stage.js";

export function layer(parent) {
  const canvas = document.createElement("canvas");
  parent.appendChild(canvas);
  return canvas;
}

// Sizes the canvas to its parent and returns a context whose unit is one stage pixel.
export function fit(canvas) {
  const width = canvas.parentElement.clientWidth;
  const height = canvas.parentElement.clientHeight;
  const ratio = STAGE.scale * devicePixelRatio;
  const wide = Math.max(1, Math.round(width * ratio));
  const high = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height, ratio };
}

export const FONT = '"Grid Sans", "Grid Sans Rare", sans-serif';
