// The last 24 hours as bars over the usual day: the running hour fainter, the usual one a dashed line.
import { FONT } from "./canvas.js";
import { grid } from "./trend.js";

const LEFT = 46;
const BOTTOM = 24;
const TOP = 8;

export function drawFlow({ context: pen, width, height }, figure) {
  const hours = figure.x.length;
  const step = (width - LEFT) / hours;
  const y = (value) => height - BOTTOM - (value / figure.top) * (height - BOTTOM - TOP);
  pen.font = `16px ${FONT}`;
  grid(pen, width, figure, y, LEFT);
  const fill = pen.createLinearGradient(0, TOP, 0, height - BOTTOM);
  fill.addColorStop(0, figure.now.colour);
  fill.addColorStop(1, "#145a8c");
  figure.now.values.forEach((value, hour) => {
    pen.globalAlpha = hour === hours - 1 ? 0.5 : 0.92;
    pen.fillStyle = fill;
    pen.fillRect(LEFT + hour * step + 2, y(value), step - 4, y(0) - y(value));
  });
  pen.globalAlpha = 1;
  pen.strokeStyle = "#ffe9a8";
  pen.lineWidth = 2.5;
  pen.lineJoin = "round";
  pen.setLineDash([7, 5]);
  pen.beginPath();
  let drawn = false;
  figure.usual.values.forEach((value, hour) => {
    if (value === null) return;
    const x = LEFT + (hour + 0.5) * step;
    if (drawn) pen.lineTo(x, y(value));
    else pen.moveTo(x, y(value));
    drawn = true;
  });
  pen.stroke();
  pen.setLineDash([]);
  pen.fillStyle = "#9dbdd8";
  pen.textAlign = "center";
  for (let hour = hours - 1; hour >= 0; hour -= 4)
    pen.fillText(figure.x[hour].slice(0, 2), Math.min(width - 10, LEFT + (hour + 0.5) * step), height - 4);
  return (x) => {
    const hour = Math.floor((x - LEFT) / step);
    if (hour < 0 || hour >= hours) return null;
    const told = (value) => (value === null ? "—" : value.toLocaleString("en"));
    return [figure.x[hour], ...[figure.now, figure.usual].map((s) => [s.name, told(s.values[hour])])];
  };
}
