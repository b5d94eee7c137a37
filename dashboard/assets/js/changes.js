// A snapshot out of the one before it and what changed since: see dashboard/changes.py.
export function changed(known, { parts, within }) {
  const next = { ...known, ...parts };
  for (const [name, values] of Object.entries(within)) next[name] = { ...known[name], ...values };
  return next;
}
