// What an indicator means, at hand wherever it is named: shown at the pointer and at the keyboard's focus.
import { hideCard, showAbout } from "./card.js";

const WAIT = 450;

// The indicator a part of the page stands for, if any.
export function indicatorOf(part) {
  const named = part.closest?.("[data-indicator], [id^='kpi-'], [id^='choice-']");
  if (!named) return null;
  return named.dataset.indicator ?? named.id.match(/^(?:kpi|choice)-([a-z0-9_]+)/)?.[1] ?? null;
}

export function tellAbout(root, meanings, words) {
  let timer = null;
  let shown = null;
  const end = () => {
    clearTimeout(timer);
    if (shown) hideCard();
    shown = null;
  };
  const begin = (event, at) => {
    const name = indicatorOf(event.target);
    if (name === shown && name) return;
    end();
    const meaning = name && meanings()[name];
    if (!meaning) return;
    timer = setTimeout(() => {
      shown = name;
      showAbout(at(), meaning, words());
    }, WAIT);
  };
  root.addEventListener("pointerover", (event) => begin(event, () => event));
  root.addEventListener("pointerout", (event) => {
    if (indicatorOf(event.target) && !indicatorOf(event.relatedTarget ?? root)) end();
  });
  root.addEventListener("focusin", (event) => {
    if (!event.target.matches(":focus-visible")) return;
    begin(event, () => {
      const box = event.target.getBoundingClientRect();
      return { clientX: box.left, clientY: box.bottom };
    });
  });
  root.addEventListener("focusout", end);
}
