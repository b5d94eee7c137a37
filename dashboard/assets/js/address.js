// The address holds what is looked at. Links to areas change it without loading a page.
const NAMES = ["indicator", "window", "lang", "detail"];

export function wanted() {
  const scope = {};
  const area = location.pathname.match(/^\/area\/([^/]+)$/);
  if (area) scope.area = decodeURIComponent(area[1]);
  const query = new URLSearchParams(location.search);
  for (const name of NAMES) if (query.has(name)) scope[name] = query.get(name);
  return scope;
}

// A snapshot that was on its way when the viewer moved on is not for this address any more.
export function matches(scope) {
  const now = wanted();
  return Object.keys(now).every((name) => now[name] === scope[name]);
}

export function go(href) {
  if (href !== location.pathname + location.search) history.pushState(null, "", href);
  window.dispatchEvent(new Event("address"));
}

export function onAddress(act) {
  window.addEventListener("address", act);
  window.addEventListener("popstate", act);
}

export function interceptLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a");
    const menu = document.getElementById("indicator-menu");
    if (menu?.open && !(menu.contains(event.target) && !link)) menu.open = false;
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const href = link.getAttribute("href");
    if (href?.startsWith("/area/")) {
      event.preventDefault();
      go(href);
    }
  });
}
