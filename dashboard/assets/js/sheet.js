// A map's geometry: fetched once, made into paths in its own units, and searched by point.
const sheets = new Map();
const CELLS = 48;

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

function path(rings) {
  const made = new Path2D();
  for (const ring of rings) {
    made.moveTo(ring[0], ring[1]);
    for (let i = 2; i < ring.length; i += 2) made.lineTo(ring[i], ring[i + 1]);
    made.closePath();
  }
  return made;
}

function box(rings) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings)
    for (let i = 0; i < ring.length; i += 2) {
      left = Math.min(left, ring[i]);
      right = Math.max(right, ring[i]);
      top = Math.min(top, ring[i + 1]);
      bottom = Math.max(bottom, ring[i + 1]);
    }
  return [left, top, right, bottom];
}

function prepare(sheet) {
  const lines = new Path2D();
  for (const part of [...sheet.features, ...sheet.outlines]) {
    part.path = path(part.rings);
    part.box = box(part.rings);
  }
  for (const feature of sheet.features) lines.addPath(feature.path);
  sheet.lines = lines;
  sheet.borderPath = path(sheet.border);
  sheet.index = index(sheet.features);
  return sheet;
}

function index(features) {
  const size = 10001 / CELLS;
  const cells = Array.from({ length: CELLS * CELLS }, () => []);
  features.forEach(({ box: [left, top, right, bottom] }, at) => {
    for (let row = Math.floor(top / size); row <= Math.floor(bottom / size); row++)
      for (let column = Math.floor(left / size); column <= Math.floor(right / size); column++)
        cells[row * CELLS + column]?.push(at);
  });
  return { size, cells };
}

function inside(rings, x, y) {
  let odd = false;
  for (const ring of rings)
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
      if (ring[i + 1] > y !== ring[j + 1] > y && x < ((ring[j] - ring[i]) * (y - ring[i + 1])) / (ring[j + 1] - ring[i + 1]) + ring[i])
        odd = !odd;
  return odd;
}

// The feature at a point in the sheet's own units, or null.
export function featureAt({ features, index: { size, cells } }, x, y) {
  if (x < 0 || y < 0) return null;
  const near = cells[Math.floor(y / size) * CELLS + Math.floor(x / size)] ?? [];
  const found = near.find((at) => inside(features[at].rings, x, y));
  return found === undefined ? null : features[found];
}
