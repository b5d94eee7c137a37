// Explore's own decisions: the order of a table, filters in the address, what a part stands for, zoom.
import assert from "node:assert/strict";
import { test } from "node:test";
import { indicatorOf } from "../../dashboard/assets/js/about.js";
import { withChoice } from "../../dashboard/assets/js/filters.js";
import { ordered, pressed } from "../../dashboard/assets/js/table.js";
import { Zoom } from "../../dashboard/assets/js/zoom.js";

const rows = [[3], [null], [1], [2]].map(([sort]) => ({ cells: [{ sort }] }));
const sorted = (sort) => ordered(rows, [{ key: "n" }], sort).map((row) => row.cells[0].sort);

test("a table sorts both ways and no data comes last either way", () => {
  assert.deepEqual(sorted(""), [3, null, 1, 2]);
  assert.deepEqual(sorted("n"), [1, 2, 3, null]);
  assert.deepEqual(sorted("-n"), [3, 2, 1, null]);
  assert.deepEqual(sorted("-unknown"), [3, null, 1, 2]);
});

test("a heading pressed sorts down, then up, then not", () => {
  assert.equal(pressed("", "n"), "-n");
  assert.equal(pressed("-n", "n"), "n");
  assert.equal(pressed("n", "n"), "");
  assert.equal(pressed("-other", "n"), "-n");
});

test("a filter chosen goes into the address beside what is there, and out of it again", () => {
  assert.equal(withChoice("?lang=en", "category", "flood"), "?lang=en&category=flood");
  assert.equal(withChoice("?category=flood", "category", ""), "");
});

test("a tile, a choice and a marked part say which indicator they are", () => {
  const part = (id, indicator) => ({ closest: () => ({ id, dataset: { indicator } }) });
  assert.equal(indicatorOf(part("kpi-closing_rate-value")), "closing_rate");
  assert.equal(indicatorOf(part("choice-backlog")), "backlog");
  assert.equal(indicatorOf(part("", "on_time_rate")), "on_time_rate");
  assert.equal(indicatorOf({ closest: () => null }), null);
});

test("zooming leaves the point under the pointer where it is, and ends with the whole", () => {
  const zoom = new Zoom();
  const place = { scale: 0.1, left: 20, top: 10 };
  const at = (x) => zoom.apply(place).left + x * zoom.apply(place).scale;
  zoom.about(120, 60, 2);
  assert.equal(at(1000), 120);
  zoom.about(300, 80, 1.5);
  assert.ok(Math.abs(zoom.apply(place).scale - 0.3) < 1e-9);
  zoom.about(5, 5, 0.01);
  assert.deepEqual(zoom.apply(place), place);
});
