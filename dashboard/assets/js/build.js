// A server with other assets or another layout: load the page anew, once for each new build.
const KEY = "gridpulse-reloaded-for";

export function reloadIfNew(build) {
  const mine = document.querySelector('meta[name="gridpulse-build"]').content;
  if (build === mine || sessionStorage.getItem(KEY) === build) return false;
  sessionStorage.setItem(KEY, build);
  location.reload();
  return true;
}
