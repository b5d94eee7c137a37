// The heatmap: a row a category, a column an hour; as many rows as can be read.
import { FONT } from "./canvas.js";

const BOTTOM = 24;
const GAP = 2;
const LEAST = 21;

export function drawHeat({ context: pen, width, height }, figure) {
  const rows = Math.min(figure.rows.length, Math.floor((height - BOTTOM) / LEAST));
  if (rows < 1) return () => null;
  pen.font = `16px ${FONT}`;
  const left = Math.min(150, Math.max(...figure.rows.map((name) => pen.measureText(name).width)) + 10);
  const wide = (width - left) / 24;
  const high = Math.min(30, (height - BOTTOM) / rows);
  pen.textBaseline = "middle";
  figure.rows.slice(0, rows).forEach((name, row) => {
    pen.fillStyle = "#c9def0";
    pen.textAlign = "right";
    pen.fillText(shorten(pen, name, left - 10), left - 8, (row + 0.5) * high + 1);
    figure.steps[row].forEach((step, hour) => {
      pen.fillStyle = figure.colours[step];
      pen.fillRect(left + hour * wide, row * high, wide - GAP, high - GAP);
    });
  });
  pen.fillStyle = "#9dbdd8";
  pen.textAlign = "center";
  for (let hour = 0; hour < 24; hour += 3)
    pen.fillText(String(hour), left + (hour + 0.5) * wide, rows * high + BOTTOM / 2 + 1);
  return (x, y) => {
    const hour = Math.floor((x - left) / wide);
    const row = Math.floor(y / high);
    if (hour < 0 || hour > 23 || row < 0 || row >= rows) return null;
    const time = `${String(hour).padStart(2, "0")}:00–${String(hour + 1).padStart(2, "0")}:00`;
    return [figure.rows[row], [time, figure.counts[row][hour].toLocaleString("en")]];
  };
}

function shorten(pen, name, room) {
  if (pen.measureText(name).width <= room) return name;
  let kept = name;
  while (kept.length > 1 && pen.measureText(`${kept}…`).width > room) kept = kept.slice(0, -1);
  return `${kept}…`;
}
