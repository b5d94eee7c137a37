// Starts everything once Dash has put the stage into the page.
import { onAddress, wanted, matches, interceptLinks } from "./address.js";
import { Live } from "./live.js";
import { apply } from "./props.js";
import { Banner } from "./banner.js";
import { fitStage } from "./stage.js";
import { MapView } from "./map.js";
import { drawTrend } from "./trend.js";
import { drawHeat } from "./heat.js";
import { chart } from "./chart.js";
import { reloadIfNew } from "./build.js";

function whenReady(start) {
  const ready = () => document.getElementById("stage") && window.dash_clientside?.set_props;
  if (ready()) return start();
  const observer = new MutationObserver(() => {
    if (ready()) {
      observer.disconnect();
      start();
    }
  });
  observer.observe(document.body, { childList: true, subtree: true });
}

whenReady(() => {
  const stage = document.getElementById("stage");
  fitStage(stage);
  interceptLinks();
  const texts = JSON.parse(stage.dataset.texts);
  const words = () => texts[wanted().lang] ?? texts[document.documentElement.lang.startsWith("en") ? "en" : "zh"];
  const banner = new Banner(stage, words);
  const map = new MapView(document.getElementById("map"), words);
  const trend = chart(document.getElementById("trend-figure"), drawTrend);
  const heat = chart(document.getElementById("heat-figure"), drawHeat);

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
      apply(message.props);
      map.show(message.map);
      trend.show(message.trend);
      heat.show(message.heat);
    },
    down: () => banner.down(),
  });
  onAddress(() => live.look(wanted()));
  live.look(wanted());
  window.addEventListener("stagefit", () => {
    map.resize();
    trend.resize();
    heat.resize();
  });
  document.fonts.ready.then(() => {
    map.resize();
    trend.resize();
    heat.resize();
  });
});
