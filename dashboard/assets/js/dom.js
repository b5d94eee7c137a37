// Small ways to build and change a page; words are always set as text.
export function make(parent, tag, name = "", words) {
  const part = parent.appendChild(document.createElement(tag));
  if (name) part.className = name;
  if (words !== undefined) part.textContent = words;
  return part;
}

export function say(part, words) {
  if (part.textContent !== words) part.textContent = words;
}

export function options(choice, entries, value) {
  const now = JSON.stringify(entries);
  if (choice.dataset.entries !== now) {
    choice.dataset.entries = now;
    choice.replaceChildren();
    for (const [code, words] of entries) make(choice, "option", "", words).value = code;
  }
  if (document.activeElement !== choice) choice.value = value ?? "";
}
