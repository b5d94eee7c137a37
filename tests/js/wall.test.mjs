// The wall's own decisions: where a tour goes, how wide a stage is, which page an address is, when lists turn.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changed } from "../../dashboard/assets/js/changes.js";
import { wish } from "../../dashboard/assets/js/emergency.js";
import { hrefOf, keeping, scopeOf, usual } from "../../dashboard/assets/js/address.js";
import { placed } from "../../dashboard/assets/js/mapdraw.js";
import { fills } from "../../dashboard/assets/js/sheet.js";
import { nextPage } from "../../dashboard/assets/js/pager.js";
import { stageIn } from "../../dashboard/assets/js/stage.js";
import { HOLD, staying, TourPlan } from "../../dashboard/assets/js/tourplan.js";

const STOPS = [{ href: "/wall?area=A" }, { href: "/wall?area=B" }];
const RED = { id: "w1", href: "/wall?area=R" };

test("a tour goes round its stops, each for its seconds", () => {
  const plan = new TourPlan(10, 0);
  const went = [5, 10, 15, 20, 30].map((now) => plan.next(now, STOPS, []));
  assert.deepEqual(went, [null, "/wall?area=A", null, "/wall?area=B", "/wall?area=A"]);
});

test("a new red warning comes first and stays twice as long; those there before do not", () => {
  const plan = new TourPlan(10, 0);
  assert.equal(plan.next(1, STOPS, [RED]), null);
  const fresh = { id: "w2", href: "/wall?area=S" };
  assert.equal(plan.next(2, STOPS, [RED, fresh]), fresh.href);
  assert.equal(plan.next(13, STOPS, [RED, fresh]), null);
  assert.equal(plan.next(22, STOPS, [RED, fresh]), STOPS[0].href);
});

test("somebody at the screen holds the tour for a minute, but not a red warning", () => {
  const plan = new TourPlan(10, 0);
  plan.next(0, STOPS, []);
  plan.hold(5);
  assert.equal(plan.next(20, STOPS, []), null);
  assert.equal(plan.next(21, STOPS, [RED]), RED.href);
  assert.equal(plan.next(5 + HOLD + 1, STOPS, [RED]), STOPS[0].href);
});

test("areas of a step are filled together, those that lie upon others after them, each in its turn", () => {
  const sheet = { features: { path: ["a", "b", "c", "d", "e"] }, upon: [1, 3] };
  assert.deepEqual(fills(sheet, [2, 2, -1, 0, 2]), [[2, ["a", "e"]], [-1, ["c"]], [2, ["b"]], [0, ["d"]]]);
  assert.deepEqual(fills(sheet, []), [[undefined, ["a", "c", "e"]], [undefined, ["b"]], [undefined, ["d"]]]);
});

test("a stage is 16:9 at least, and a video wall is filled", () => {
  const form = (width, height, fixed) => {
    const { width: wide, form: name, scale } = stageIn(width, height, fixed);
    return [wide, name, Number(scale.toFixed(3))];
  };
  assert.deepEqual(form(1920, 1080), [1920, "standard", 1]);
  assert.deepEqual(form(1366, 768), [1921, "standard", 0.711]);
  assert.deepEqual(form(1280, 1024), [1920, "standard", 0.667]);
  assert.deepEqual(form(3840, 1080), [3840, "wide", 1]);
  assert.deepEqual(form(5760, 1080), [5760, "panorama", 1]);
  assert.deepEqual(form(5760, 1080, true), [1920, "standard", 1]);
});

test("an address says its page and what is looked at", () => {
  assert.deepEqual(scopeOf({ pathname: "/wall", search: "?area=T1&tour=20" }), { page: "wall", area: "T1" });
  assert.deepEqual(scopeOf({ pathname: "/area/T%201", search: "?lang=en" }), { page: "explore", area: "T 1", lang: "en" });
  assert.deepEqual(scopeOf({ pathname: "/warnings", search: "" }), { page: "warnings" });
});

test("the tour goes along to the next address, and the next address wins", () => {
  assert.equal(keeping("/wall?area=A", "?tour=20&area=B"), "/wall?area=A&tour=20");
  assert.equal(keeping("/wall?tour=0", "?tour=20"), "/wall?tour=0");
});

test("a list that fits stays, a longer one turns its pages and begins again", () => {
  assert.equal(nextPage({ top: 0, shown: 100, whole: 100 }), 0);
  assert.equal(nextPage({ top: 0, shown: 100, whole: 250 }), 100);
  assert.equal(nextPage({ top: 100, shown: 100, whole: 250 }), 150);
  assert.equal(nextPage({ top: 150, shown: 100, whole: 250 }), 0);
});

test("an emergency halves the stay of a tour, but leaves time to read", () => {
  assert.deepEqual([staying(0, true), staying(20, false), staying(20, true), staying(4, true), staying(1, true)], [0, 20, 10, 3, 1]);
});

test("what the switch of emergency mode sends ends by itself only where hours are chosen", () => {
  assert.deepEqual(wish(true, "district", "2"), { on: true, by: "district", hours: 2 });
  assert.deepEqual(wish(true, "district", ""), { on: true, by: "district" });
  assert.deepEqual(wish(false, "district", "2"), { on: false, by: "district" });
});

test("a name on the map stands beside what is taken, and nowhere where there is no room", () => {
  const apart = (a, b) => a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
  assert.deepEqual(placed(100, 100, 30, 13, []), [70, 87, 130, 113]);
  const mark = [87, 87, 113, 113];
  const beside = placed(100, 100, 30, 13, [mark]);
  assert.ok(apart(beside, mark));
  assert.equal(placed(100, 100, 30, 13, [[-500, -500, 500, 500]]), null);
});

test("a theme's page is an address of its own", () => {
  const scope = scopeOf({ pathname: "/area/T1/mediation", search: "?window=30d" });
  assert.deepEqual(scope, { page: "mediation", area: "T1", window: "30d" });
  assert.equal(hrefOf(usual({ ...scope, lang: "zh" })), "/area/T1/mediation?window=30d&lang=zh");
});

test("a snapshot is put together out of the one before it and what changed", () => {
  const known = { kind: "snapshot", title: "a", props: { clock: 1, title: "t" }, map: { cells: [1, 2] } };
  const change = { kind: "change", parts: { title: "b" }, within: { props: { clock: 2 }, map: { cells: [3] } } };
  const next = { kind: "snapshot", title: "b", props: { clock: 2, title: "t" }, map: { cells: [3] } };
  assert.deepEqual(changed(known, change), next);
  assert.equal(known.props.clock, 1);
});
