// Cells in rows and columns, a ramp step each; unknown ones are hatched. As many rows as can be read.
import { FONT, hatched } from "./canvas.js";

const BOTTOM = 24;
const GAP = 2;
const LEAST = 19;

export function drawCells({ context: pen, width, height }, figure) {
  const rows = Math.min(figure.rows.length, Math.floor((height - BOTTOM) / LEAST));
  const columns = figure.columns.length;
  if (rows < 1 || columns < 1) return () => null;
  pen.font = `16px ${FONT}`;
  const names = figure.rows.slice(0, rows);
  const left = Math.min(150, Math.max(...names.map((name) => pen.measureText(name).width)) + 10);
  const wide = (width - left) / columns;
  const high = Math.min(64, (height - BOTTOM) / rows);
  const unknown = hatched(pen);
  pen.textBaseline = "middle";
  names.forEach((name, row) => {
    pen.fillStyle = "#c9def0";
    pen.textAlign = "right";
    pen.fillText(shorten(pen, name, left - 10), left - 8, (row + 0.5) * high);
    figure.steps[row].forEach((step, column) => {
      pen.fillStyle = step < 0 ? unknown : figure.colours[step];
      pen.fillRect(left + column * wide, row * high, wide - GAP, high - GAP);
    });
  });
  pen.fillStyle = "#9dbdd8";
  pen.textAlign = "center";
  const room = figure.ticks.filter(Boolean).length === columns ? wide - 4 : Infinity;
  figure.ticks.forEach((tick, column) => {
    if (tick) pen.fillText(shorten(pen, tick, room), left + (column + 0.5) * wide - 1, rows * high + BOTTOM / 2 + 1);
  });
  return (x, y) => {
    const column = Math.floor((x - left) / wide);
    const row = Math.floor(y / high);
    if (column < 0 || column >= columns || row < 0 || row >= rows) return null;
    return [figure.rows[row], [figure.columns[column], figure.counts[row][column].toLocaleString("en")]];
  };
}

function shorten(pen, name, room) {
  if (pen.measureText(name).width <= room) return name;
  let kept = name;
  while (kept.length > 1 && pen.measureText(`${kept}…`).width > room) kept = kept.slice(0, -1);
  return `${kept}…`;
}
