// The trend: bars and a line over days, three grid lines, a date a week.
import { FONT } from "./canvas.js";

const LEFT = 52;
const BOTTOM = 24;
const TOP = 10;

export function drawTrend({ context: pen, width, height }, figure) {
  const days = figure.x.length;
  const step = (width - LEFT) / Math.max(1, days);
  const y = (value) => height - BOTTOM - (value / figure.top) * (height - BOTTOM - TOP);
  pen.font = `16px ${FONT}`;
  grid(pen, width, figure, y, LEFT);
  const bar = Math.max(2, step * 0.62);
  figure.bars.values.forEach((value, day) => {
    pen.fillStyle = figure.bars.colour;
    pen.globalAlpha = figure.running && day === days - 1 ? 0.45 : 0.95;
    pen.fillRect(LEFT + day * step + (step - bar) / 2, y(value), bar, y(0) - y(value));
  });
  pen.globalAlpha = 1;
  line(pen, figure, (day) => LEFT + (day + 0.5) * step, y);
  pen.fillStyle = "#9dbdd8";
  pen.textAlign = "center";
  for (let day = days - 1; day >= 0; day -= 7)
    pen.fillText(figure.x[day], Math.min(width - 22, LEFT + (day + 0.5) * step), height - 4);
  return (x) => {
    const day = Math.floor((x - LEFT) / step);
    if (day < 0 || day >= days) return null;
    return [figure.x[day], ...[figure.bars, figure.line].map((s) => [s.name, s.values[day].toLocaleString("en")])];
  };
}

export function grid(pen, width, figure, y, left) {
  pen.strokeStyle = "#14365c";
  pen.fillStyle = "#9dbdd8";
  pen.textAlign = "right";
  pen.lineWidth = 1;
  for (const [share, label] of figure.ticks) {
    const at = Math.round(y(share * figure.top)) + 0.5;
    pen.beginPath();
    pen.moveTo(left, at);
    pen.lineTo(width, at);
    pen.stroke();
    pen.fillText(label, left - 8, at + 6);
  }
}

function line(pen, figure, x, y) {
  pen.strokeStyle = figure.line.colour;
  pen.lineWidth = 2.5;
  pen.lineJoin = "round";
  const values = figure.line.values;
  const whole = figure.running ? values.length - 1 : values.length;
  pen.beginPath();
  values.slice(0, whole).forEach((value, day) => (day ? pen.lineTo(x(day), y(value)) : pen.moveTo(x(day), y(value))));
  pen.stroke();
  if (!figure.running || whole < 1) return;
  pen.setLineDash([4, 4]);
  pen.beginPath();
  pen.moveTo(x(whole - 1), y(values[whole - 1]));
  pen.lineTo(x(whole), y(values[whole]));
  pen.stroke();
  pen.setLineDash([]);
}
