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

// The pattern of what is unknown, in stage pixels, or in a map's units where `unit` says how many a pixel has.
export function hatched(pen, scale = 1) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const ink = tile.getContext("2d");
  ink.fillStyle = "#1c2937";
  ink.fillRect(0, 0, 8, 8);
  ink.strokeStyle = "#5b6b7c";
  ink.lineWidth = 1.6;
  ink.beginPath();
  for (const shift of [-8, 0, 8]) {
    ink.moveTo(shift - 1, 9);
    ink.lineTo(shift + 9, -1);
  }
  ink.stroke();
  const pattern = pen.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern;
}

export const FONT = '"Grid Sans", "Grid Sans Rare", sans-serif';
