// Lists longer than their place turn a page now and then: nobody scrolls a wall.
const EVERY = 9000;

// Where a list of this length goes next, in pixels from its top.
export function nextPage({ top, shown, whole }) {
  if (whole <= shown + 2) return 0;
  return top + shown >= whole - 2 ? 0 : Math.min(top + shown, whole - shown);
}

export function turnPages(root) {
  setInterval(() => {
    for (const list of root.querySelectorAll(".rows")) {
      if (list.matches(":hover")) continue;
      const top = nextPage({ top: list.scrollTop, shown: list.clientHeight, whole: list.scrollHeight });
      if (top !== list.scrollTop) list.scrollTo({ top, behavior: "smooth" });
    }
  }, EVERY);
}
