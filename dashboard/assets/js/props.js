// Sets properties of components upon their elements, only those that changed since they were last set.
//
// Not through Dash's set_props: that copies the list of all components at every call, and each of them keeps the state
// it last looked at (docs/decisions/0018). Dash makes the elements and never looks at them again: there is no callback.
const last = new Map();

const SET = {
  children: (part, text) => {
    part.textContent = text;
  },
  className: (part, names) => part.setAttribute("class", names),
  style: (part, style) => {
    part.removeAttribute("style");
    for (const [name, value] of Object.entries(style)) {
      if (name.startsWith("--")) part.style.setProperty(name, value);
      else part.style[name] = value;
    }
  },
};

function set(part, name, value) {
  if (SET[name]) SET[name](part, value);
  else if (value === null) part.removeAttribute(name);
  else part.setAttribute(name, value);
}

export function apply(props) {
  for (const [id, values] of Object.entries(props)) {
    for (const [name, value] of Object.entries(values)) {
      const key = `${id} ${name}`;
      const written = JSON.stringify(value);
      if (last.get(key) === written) continue;
      const part = document.getElementById(id);
      if (!part) continue;
      last.set(key, written);
      set(part, name, value);
    }
  }
}
