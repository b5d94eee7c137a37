// Starts everything once Dash has put the stage into the page.
import { inLanguage, onAddress, wanted, matches, nowShown, interceptLinks } from "./address.js";
import { Live } from "./live.js";
import { apply } from "./props.js";
import { Banner } from "./banner.js";
import { fitStage } from "./stage.js";
import { MapView } from "./map.js";
import { drawTrend } from "./trend.js";
import { drawCells } from "./cells.js";
import { drawFlow } from "./flow.js";
import { chart } from "./chart.js";
import { Tour } from "./tour.js";
import { Filters } from "./filters.js";
import { Table } from "./table.js";
import { tellAbout } from "./about.js";
import { Desk } from "./desk.js";
import { Operations } from "./ops.js";
import { turnPages } from "./pager.js";
import { Emergency } from "./emergency.js";
import { reloadIfNew } from "./build.js";

const DRAWN = { trend: drawTrend, heat: drawCells, matrix: drawCells, week: drawCells, flow: drawFlow };

const LANGUAGE = "gridpulse-language";

// A page whose parts did not all come, because the server went away meanwhile, is loaded again.
const LOAD_PATIENCE = 20000;

function whenReady(start) {
  const ready = () => document.getElementById("stage");
  if (ready()) return start();
  const again = setTimeout(() => location.reload(), LOAD_PATIENCE);
  const observer = new MutationObserver(() => {
    if (ready()) {
      clearTimeout(again);
      observer.disconnect();
      start();
    }
  });
  observer.observe(document.body, { childList: true, subtree: true });
}

// What a page shows besides properties: each part takes its share of a snapshot and can be drawn anew.
function partsOf(stage, words) {
  const at = (id) => document.getElementById(id);
  const parts = [];
  if (at("map")) {
    const map = new MapView(at("map"), words, stage.dataset.page === "wall" ? { side: 178 } : { zooms: true });
    parts.push({ show: (message) => map.show(message.map), resize: () => map.resize() });
  }
  for (const [name, draw] of Object.entries(DRAWN)) {
    const place = at(`${name}-figure`);
    if (!place) continue;
    const drawn = chart(place, draw);
    parts.push({ show: (message) => drawn.show(message.figures[name]), resize: drawn.resize });
  }
  if (at("tour")) {
    const tour = new Tour(at("tour"), words);
    parts.push({ show: (message) => tour.show(message.tour), resize: () => {} });
  }
  const language = () => (document.documentElement.lang.startsWith("en") ? "en" : "zh");
  if (at("filters")) {
    const filters = new Filters(at("filters"), JSON.parse(stage.dataset.choices), language);
    parts.push({ show: (message) => filters.show(message.emergency.on), resize: () => {} });
  }
  if (at("table")) {
    const table = new Table(at("table"), words);
    parts.push({ show: (message) => table.show(message.figures.table), resize: () => {} });
  }
  if (at("desk")) {
    const desk = new Desk(at("desk-list"), at("desk-warning"), words, language);
    parts.push({ show: (message) => desk.show(message.figures.desk), resize: () => {} });
  }
  if (at("ops")) {
    const operations = new Operations(at("ops"));
    parts.push({ show: (message) => operations.show(message.figures.ops), resize: () => {} });
  }
  if (at("emergency-switch")) {
    const emergency = new Emergency(at("emergency-switch"), at("emergency-form"), words);
    parts.push({ show: (message) => emergency.show(message.emergency), resize: () => {} });
  }
  if (stage.dataset.about) {
    const meanings = JSON.parse(stage.dataset.about);
    tellAbout(stage, () => meanings[language()], words);
  }
  return parts;
}

whenReady(() => {
  const stage = document.getElementById("stage");
  const asked = inLanguage(location.search, localStorage.getItem(LANGUAGE));
  if (asked) history.replaceState(null, "", location.pathname + asked);
  fitStage(stage);
  interceptLinks();
  const texts = JSON.parse(stage.dataset.texts);
  const words = () => texts[wanted().lang] ?? texts[document.documentElement.lang.startsWith("en") ? "en" : "zh"];
  const banner = new Banner(stage, words);
  const parts = partsOf(stage, words);
  if (stage.dataset.page === "wall") turnPages(stage);

  const live = new Live({
    message(message) {
      if (message.build && reloadIfNew(message.build)) return;
      if (message.kind === "problem") return banner.problem(message.detail);
      if (!matches(message.scope)) return;
      if (message.kind === "stale") {
        banner.stale(message.age);
        return apply(message.props);
      }
      document.documentElement.lang = message.scope.lang === "en" ? "en" : "zh-CN";
      document.title = message.title;
      banner.live();
      nowShown(message.scope);
      if (wanted().lang) localStorage.setItem(LANGUAGE, message.scope.lang);
      apply(message.props);
      for (const part of parts) part.show(message);
    },
    down: () => banner.down(),
  });
  onAddress(() => live.look(wanted()));
  live.look(wanted());
  const redraw = () => parts.forEach((part) => part.resize());
  window.addEventListener("stagefit", redraw);
  document.fonts.ready.then(redraw);
});
