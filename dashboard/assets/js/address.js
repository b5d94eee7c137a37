// The address holds what is looked at. Links within a page change it without loading the page anew.
const NAMES = ["indicator", "window", "lang", "detail", "category", "channel", "show", "compare"];

export const THEMES = ["events", "mediation", "cameras", "statistics", "risk"];
const AREA = /^\/area\/([^/]+)(?:\/([a-z]+))?$/;

export function pageOf(path) {
  return path.match(/^\/(wall|warnings|ops)$/)?.[1] ?? path.match(AREA)?.[2] ?? "explore";
}

export function scopeOf({ pathname, search }) {
  const scope = { page: pageOf(pathname) };
  const query = new URLSearchParams(search);
  const area = pathname.match(AREA);
  if (area) scope.area = decodeURIComponent(area[1]);
  else if (query.has("area")) scope.area = query.get("area");
  for (const name of NAMES) if (query.has(name)) scope[name] = query.get(name);
  return scope;
}

// What an address leaves out is as Python leaves it out: these are at their usual value.
const USUAL = { detail: "leaves", category: "", channel: "", show: "map", compare: "" };
// A scope with what its address leaves out.
export const usual = (scope) => ({ ...USUAL, ...scope });

// The address of a scope, as Python writes it.
export function hrefOf(scope) {
  const query = new URLSearchParams();
  const within = ["wall", "warnings", "ops"].includes(scope.page);
  if (within) query.set("area", scope.area);
  for (const name of ["indicator", "window", "lang"]) if (scope[name]) query.set(name, scope[name]);
  for (const [name, plain] of Object.entries(USUAL)) if (scope[name] !== plain) query.set(name, scope[name]);
  const theme = THEMES.includes(scope.page) ? `/${scope.page}` : "";
  return `${within ? `/${scope.page}` : `/area/${encodeURIComponent(scope.area)}${theme}`}?${query}`;
}

// A link says what it changes in the scope it was written for, that of the last snapshot. Where the viewer has moved on
// meanwhile, that change alone is made to where the viewer is now.
export function followed(href, shown, now) {
  const [pathname, search = ""] = href.split("?");
  if (!shown || !now.area && !shown.area) return href;
  const link = usual(scopeOf({ pathname, search: `?${search}` }));
  const here = usual({ area: shown.area, ...now });
  const next = {};
  for (const name of Object.keys(link)) next[name] = link[name] === shown[name] ? here[name] ?? link[name] : link[name];
  return Object.keys(next).every((name) => next[name] === link[name]) ? href : hrefOf(next);
}

let lastShown = null;

// The scope of the snapshot whose links stand on the page now.
export function nowShown(scope) {
  lastShown = scope;
}

export function wanted() {
  return scopeOf(location);
}

// A snapshot that was on its way when the viewer moved on is not for this address any more.
export function matches(scope) {
  const now = wanted();
  return Object.keys(now).every((name) => now[name] === scope[name]);
}

// What only the browser knows: the wall's tour, the order of explore's table.
const KEPT = {
  wall: ["tour"],
  explore: ["sort"],
  warnings: ["colour", "state", "id"],
  ops: [],
  ...Object.fromEntries(THEMES.map((theme) => [theme, ["tour", "sort"]])),
};

// It goes along from one address to the next.
export function keeping(href, search, names = ["tour"]) {
  const [path, query = ""] = href.split("?");
  const next = new URLSearchParams(query);
  const now = new URLSearchParams(search);
  for (const name of names) if (now.has(name) && !next.has(name)) next.set(name, now.get(name));
  const written = next.toString();
  return written ? `${path}?${written}` : path;
}

// An address without a language gets the one last chosen here, null where there is none to get.
export function inLanguage(search, kept) {
  const query = new URLSearchParams(search);
  if (query.has("lang") || !["zh", "en"].includes(kept)) return null;
  query.set("lang", kept);
  return `?${query}`;
}

export function go(href, replace = false) {
  const to = keeping(href, location.search, KEPT[pageOf(href.split("?")[0])]);
  if (to !== location.pathname + location.search) history[replace ? "replaceState" : "pushState"](null, "", to);
  window.dispatchEvent(new Event("address"));
}

export function onAddress(act) {
  window.addEventListener("address", act);
  window.addEventListener("popstate", act);
}

const LIVE = /^\/(area\/|(wall|warnings|ops)(\?|$))/;

export function interceptLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a");
    const menu = document.getElementById("indicator-menu");
    if (menu?.open && !(menu.contains(event.target) && !link)) menu.open = false;
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const href = link.getAttribute("href");
    if (!href || !LIVE.test(href)) return;
    const to = followed(href, lastShown, wanted());
    const within = pageOf(href.split("?")[0]) === pageOf(location.pathname);
    if (within || to !== href) event.preventDefault();
    if (within) go(to);
    else if (to !== href) location.assign(to);
  });
}
