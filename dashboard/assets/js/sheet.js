// A map's geometry: fetched once, made into paths in its own units, and searched by point.
const sheets = new Map();
const CELLS = 48;
// Areas of a sheet without outlines are framed and named themselves where they are no more than these.
const NAMED = 80;
let ground = null;

export async function sheetFor({ area, detail, etag }) {
  const key = `${area} ${detail} ${etag}`;
  if (!sheets.has(key)) {
    const fetched = fetch(`/api/v1/areas/${encodeURIComponent(area)}/geometry?detail=${detail}`)
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`geometry: ${answer.status}`))))
      .then(prepare);
    fetched.catch(() => sheets.delete(key));
    sheets.set(key, fetched);
    if (sheets.size > 12) sheets.delete(sheets.keys().next().value);
  }
  return sheets.get(key);
}

function prepare(sheet) {
  const framed = sheet.outlines.code.length || sheet.features.code.length > NAMED ? sheet.outlines : sheet.features;
  sheet.frames = framed.code.map((_, at) => ({ ...part(framed, at), box: box(framed.path[at]) }));
  sheet.border = new Path2D(sheet.border);
  return sheet;
}

function part({ code, zh, en, into, at, path }, n) {
  return { code: code[n], zh: zh[n], en: en[n], into: into[n], at: at[n], path: new Path2D(path[n]) };
}

// What is filled, in its order, as [step, paths]: the areas of a step together, then each that lies upon an earlier one.
export function fills({ features, upon }, steps) {
  const above = new Set(upon);
  const beneath = new Map();
  features.path.forEach((path, at) => {
    if (above.has(at)) return;
    if (!beneath.has(steps[at])) beneath.set(steps[at], []);
    beneath.get(steps[at]).push(path);
  });
  return [...beneath, ...upon.map((at) => [steps[at], [features.path[at]]])];
}

// An area of the sheet by its code, or undefined.
export function featureOf({ features }, code) {
  const found = features.code.indexOf(code);
  return found < 0 ? undefined : part(features, found);
}

// Of a path whose rings each begin at a point and go on in steps: "M10 10l5 0 0-5z".
function box(path) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of path.split("M").slice(1)) {
    let [x, y] = [0, 0];
    const numbers = ring.match(/-?\d+/g);
    for (let i = 0; i < numbers.length; i += 2) {
      x += Number(numbers[i]);
      y += Number(numbers[i + 1]);
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return [left, top, right, bottom];
}

function index(paths) {
  const size = 10001 / CELLS;
  const cells = Array.from({ length: CELLS * CELLS }, () => []);
  paths.forEach((path, at) => {
    const [left, top, right, bottom] = box(path);
    for (let row = Math.floor(top / size); row <= Math.floor(bottom / size); row++)
      for (let column = Math.floor(left / size); column <= Math.floor(right / size); column++)
        cells[row * CELLS + column]?.push(at);
  });
  return { size, cells };
}

function covers(path, x, y) {
  ground ??= document.createElement("canvas").getContext("2d");
  return ground.isPointInPath(new Path2D(path), x, y);
}

// The feature at a point in the sheet's own units, or null. What is near where is found out for the first point.
export function featureAt(sheet, x, y) {
  if (x < 0 || y < 0) return null;
  sheet.index ??= index(sheet.features.path);
  const { size, cells } = sheet.index;
  const near = cells[Math.floor(y / size) * CELLS + Math.floor(x / size)] ?? [];
  const found = near.findLast((at) => covers(sheet.features.path[at], x, y));
  return found === undefined ? null : part(sheet.features, found);
}
