// Two quick choices before the next snapshot are two choices: a link changes what it is for and nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { followed, hrefOf, inLanguage, scopeOf } from "../../dashboard/assets/js/address.js";

const SHOWN = {
  page: "explore", area: "D", indicator: "events_reported", window: "7d", lang: "zh",
  detail: "leaves", category: "", channel: "", show: "map", compare: "",
};
const at = (address) => scopeOf(new URL(address, "http://x"));

test("a link pressed while its snapshot stands leads where it says", () => {
  const href = "/area/D?indicator=events_reported&window=30d&lang=zh";
  assert.equal(followed(href, SHOWN, at("/area/D")), href);
  assert.equal(followed(href, null, at("/area/D")), href);
});

test("a second choice before a tick keeps the first", () => {
  const now = at("/area/D?indicator=events_reported&window=30d&lang=zh");
  const indicator = "/area/D?indicator=backlog&window=7d&lang=zh";
  assert.equal(followed(indicator, SHOWN, now), "/area/D?indicator=backlog&window=30d&lang=zh");
  const town = "/area/T1?indicator=events_reported&window=7d&lang=zh";
  assert.equal(followed(town, SHOWN, now), "/area/T1?indicator=events_reported&window=30d&lang=zh");
});

test("a filter chosen or dropped before a tick stays chosen or dropped", () => {
  const href = "/area/D?indicator=backlog&window=7d&lang=zh";
  const chosen = at("/area/D?indicator=events_reported&window=7d&lang=zh&category=flood");
  assert.equal(followed(href, SHOWN, chosen), "/area/D?indicator=backlog&window=7d&lang=zh&category=flood");
  const filtered = { ...SHOWN, category: "flood" };
  const dropped = at("/area/D?indicator=events_reported&window=7d&lang=zh");
  const link = `${href}&category=flood`;
  assert.equal(followed(link, filtered, dropped), href);
});

test("a link to another page goes from where the viewer is now", () => {
  const now = at("/area/T1?indicator=backlog&window=30d&lang=en");
  const href = "/wall?area=D&indicator=events_reported&window=7d&lang=zh";
  assert.equal(followed(href, SHOWN, now), "/wall?area=T1&indicator=backlog&window=30d&lang=en");
});

test("an address written here reads as what it was written for", () => {
  const scope = { ...SHOWN, area: "T 1", category: "a > b", show: "compare", compare: "T2", detail: "children" };
  assert.deepEqual({ ...SHOWN, ...at(hrefOf(scope)) }, scope);
});

test("an address without a language gets the one last chosen, and one with a language keeps it", () => {
  assert.equal(inLanguage("?window=30d", "en"), "?window=30d&lang=en");
  assert.equal(inLanguage("?lang=zh", "en"), null);
  assert.equal(inLanguage("", null), null);
  assert.equal(inLanguage("", "<b>"), null);
});
