// Routes properties to Dash components, only those that changed since they were last set.
const last = new Map();

export function apply(props) {
  for (const [id, values] of Object.entries(props)) {
    const changed = {};
    let any = false;
    for (const [name, value] of Object.entries(values)) {
      const key = `${id} ${name}`;
      const written = JSON.stringify(value);
      if (last.get(key) === written) continue;
      last.set(key, written);
      changed[name] = value;
      any = true;
    }
    if (any) window.dash_clientside.set_props(id, changed);
  }
}
