// Paints a map: areas by their step, fine lines between them, glowing outlines, and names that do not collide.
import { FONT, hatched } from "./canvas.js";
import { featureOf, fills } from "./sheet.js";

const ROOM = 22;

// From the sheet's units to stage pixels: as large as fits, in the middle; `side` is left free left and right.
export function fitSheet(sheet, width, height, side = ROOM) {
  const [wide, high] = sheet.size;
  const scale = Math.min((width - 2 * side) / Math.max(1, wide), (height - 2 * ROOM) / Math.max(1, high));
  return { scale, left: (width - wide * scale) / 2, top: (height - high * scale) / 2 };
}

export function paint({ context: pen, ratio }, sheet, figure, place) {
  pen.save();
  pen.translate(place.left, place.top);
  pen.scale(place.scale, place.scale);
  const px = 1 / place.scale;
  const unknown = hatched(pen, place.scale * ratio);
  const lines = new Path2D();
  for (const [step, paths] of fills(sheet, figure.steps)) {
    const path = new Path2D(paths.join(""));
    pen.fillStyle = step === undefined || step < 0 ? unknown : figure.colours[step];
    pen.fill(path);
    lines.addPath(path);
  }
  pen.lineJoin = "round";
  const many = sheet.features.code.length;
  stroke(pen, lines, "#04122699", (many > 400 ? 0.8 : 1.4) * px);
  for (const frame of sheet.frames) stroke(pen, frame.path, "#6fe6ff22", 7 * px);
  for (const frame of sheet.frames) stroke(pen, frame.path, "#7be9ffb0", 1.5 * px);
  glow(pen, sheet.border, px);
  const here = many > 1 && featureOf(sheet, figure.here);
  if (here) stroke(pen, here.path, "#ffffff", 3.5 * px);
  pen.restore();
  names(pen, sheet.frames, figure, place);
  marks(pen, figure.pulses, place);
}

function stroke(pen, path, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke(path);
}

function glow(pen, path, px) {
  stroke(pen, path, "#38d6ff14", 18 * px);
  stroke(pen, path, "#38d6ff2e", 9 * px);
  stroke(pen, path, "#5fe3ff80", 4 * px);
  stroke(pen, path, "#c9f6ff", 1.6 * px);
}

export function outline(pen, feature, place) {
  pen.save();
  pen.translate(place.left, place.top);
  pen.scale(place.scale, place.scale);
  pen.lineJoin = "round";
  stroke(pen, feature.path, "#04122680", 6 / place.scale);
  stroke(pen, feature.path, "#ffffff", 2.6 / place.scale);
  pen.restore();
}

function around(x, y, wide, high) {
  return [x - wide, y - high, x + wide, y + high];
}

function hits(mine, others) {
  return others.some((other) => mine[0] < other[2] && mine[2] > other[0] && mine[1] < other[3] && mine[3] > other[1]);
}

// Where a name may stand: in the middle of its area, then above, below and beside it.
const SHIFTS = [0, -26, 26, -44, 44].flatMap((down) => [0, -0.6, 0.6].map((across) => [across, down]));

// The first place for a box of this half width and height that touches nothing taken, or null.
export function placed(x, y, half, high, taken) {
  for (const [across, down] of SHIFTS) {
    const box = around(x + across * half, y + down, half, high);
    if (!hits(box, taken)) return box;
  }
  return null;
}

// The largest areas are named first, beside warnings and never under them; a name without room is left out.
function names(pen, parts, { language, pulses }, place) {
  const taken = pulses.map(([x, y]) => around(place.left + x * place.scale, place.top + y * place.scale, 13, 13));
  pen.font = `700 17px ${FONT}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  const span = ({ box: [left, top, right, bottom] }) => (right - left) * (bottom - top);
  for (const part of [...parts].sort((a, b) => span(b) - span(a))) {
    const name = part[language === "en" ? "en" : "zh"];
    const half = pen.measureText(name).width / 2 + 4;
    if (half * 2 > (part.box[2] - part.box[0]) * place.scale * 1.5) continue;
    const box = placed(place.left + part.at[0] * place.scale, place.top + part.at[1] * place.scale, half, 13, taken);
    if (!box) continue;
    taken.push(box);
    const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    pen.strokeStyle = "#04122ee0";
    pen.lineWidth = 5;
    pen.strokeText(name, x, y);
    pen.fillStyle = "#f4fbff";
    pen.fillText(name, x, y);
  }
}

const SHAPES = {
  red: [[0, -13], [12, 8], [-12, 8]],
  yellow: [[0, -10], [10, 0], [0, 10], [-10, 0]],
};

// A mark a warning, shaped by its colour, in a light and a dark line so that it stands out from cells of its own colour.
function marks(pen, pulses, place) {
  pen.lineJoin = "round";
  for (const [x, y, colour, name] of [...pulses].reverse()) {
    const [left, top] = [place.left + x * place.scale, place.top + y * place.scale];
    pen.beginPath();
    if (SHAPES[name]) SHAPES[name].forEach(([dx, dy], at) => pen[at ? "lineTo" : "moveTo"](left + dx, top + dy));
    else pen.arc(left, top, 8, 0, 2 * Math.PI);
    pen.closePath();
    pen.strokeStyle = "#04101f";
    pen.lineWidth = 6;
    pen.stroke();
    pen.strokeStyle = "#ffffff";
    pen.lineWidth = 3;
    pen.stroke();
    pen.fillStyle = colour;
    pen.fill();
  }
}
