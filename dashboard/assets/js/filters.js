// The filters of explore: a choice a dictionary, and the address holds what is chosen.
import { go, wanted } from "./address.js";

export function withChoice(search, name, value) {
  const query = new URLSearchParams(search);
  if (value) query.set(name, value);
  else query.delete(name);
  const written = query.toString();
  return written ? `?${written}` : "";
}

export class Filters {
  constructor(place, choices, language) {
    this.place = place;
    this.choices = choices;
    this.language = language;
    this.spoken = null;
  }

  // In an emergency no category chosen stands for those of the emergency.
  show(emergency) {
    const now = this.language();
    if (now !== this.spoken) this.build(now);
    const first = this.place.querySelector("[name=category] option");
    const { all, emergency: narrowed } = this.choices[now].category ?? {};
    if (first) first.textContent = emergency ? narrowed : all;
    const scope = wanted();
    for (const choice of this.place.children) {
      if (document.activeElement !== choice) choice.value = scope[choice.name] ?? "";
      choice.classList.toggle("chosen", Boolean(choice.value));
    }
  }

  build(language) {
    this.spoken = language;
    this.place.replaceChildren(
      ...Object.entries(this.choices[language]).map(([name, { all, entries }]) => select(name, all, entries)),
    );
  }
}

function select(name, all, entries) {
  const choice = document.createElement("select");
  choice.name = name;
  choice.setAttribute("aria-label", all);
  for (const [code, label, depth] of [["", all, 0], ...entries]) {
    const option = choice.appendChild(document.createElement("option"));
    option.value = code;
    option.textContent = `${"\u3000".repeat(depth)}${label}`;
  }
  choice.addEventListener("change", () => {
    choice.blur();
    go(location.pathname + withChoice(location.search, name, choice.value));
  });
  return choice;
}
