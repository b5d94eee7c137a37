// The card at the pointer. Everything in it is set as text, never as markup.
import { STAGE } from "./stage.js";

const card = () => document.getElementById("card");

function line(name, ...texts) {
  const row = document.createElement("div");
  row.className = name;
  for (const [tag, text, style] of texts) {
    const part = document.createElement(tag);
    part.textContent = text;
    if (style) part.className = style;
    row.appendChild(part);
  }
  return row;
}

function place(event) {
  const box = card();
  const stage = document.getElementById("stage").getBoundingClientRect();
  const x = (event.clientX - stage.left) / STAGE.scale;
  const y = (event.clientY - stage.top) / STAGE.scale;
  const left = x + 24 + box.offsetWidth > STAGE.width ? x - 24 - box.offsetWidth : x + 24;
  const top = Math.max(8, Math.min(STAGE.height - box.offsetHeight - 8, y - 20));
  box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  box.classList.add("shown");
}

export function hideCard() {
  card().classList.remove("shown");
}

export function showLines(event, [title, ...lines]) {
  card().replaceChildren(
    line("card-name", ["span", title]),
    ...lines.map(([name, value]) => line("card-line", ["span", name], ["b", value])),
  );
  place(event);
}

// What a figure means: formula, what it is counted over, where it comes from.
export function showAbout(event, [name, formula, over, source], words) {
  card().replaceChildren(
    line("card-name", ["span", name]),
    line("card-formula", ["span", formula]),
    line("card-line", ["span", words.about_over], ["b", over]),
    line("card-line", ["span", words.about_source], ["b", source]),
  );
  place(event);
}

// What the map knows by itself, until the figures come.
export function showName(event, name) {
  card().replaceChildren(line("card-name", ["span", name]));
  place(event);
}

export function showArea(event, area) {
  card().replaceChildren(
    line("card-name", ["span", area.name]),
    line("card-where", ["span", area.where]),
    line("card-value", ["span", area.label], ["b", area.value, area.alarm && `alarm-${area.alarm}`]),
    line("card-line", ["span", ""], ["b", area.change, `mood-${area.mood}`]),
    ...area.lines.map(([name, value]) => line("card-line", ["span", name], ["b", value])),
  );
  place(event);
}
