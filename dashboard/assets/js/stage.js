// Scales the stage to the window: 1080 high, and as wide as the screen is beyond 16:9, so that a video wall is filled.
export const STAGE = { width: 1920, height: 1080, scale: 1 };

const LEAST = 1920;
const MOST = 5760;
const FORMS = [["panorama", 4600], ["wide", 2900], ["standard", 0]];

// Width, scale and form of a stage in a window; a stage that is fixed keeps 16:9.
export function stageIn(width, height, fixed) {
  const wide = fixed ? LEAST : Math.min(MOST, Math.max(LEAST, Math.round((1080 * width) / height)));
  const scale = Math.min(width / wide, height / 1080);
  return { width: wide, height: 1080, scale, form: FORMS.find(([, from]) => wide >= from)[0] };
}

export function fitStage(stage) {
  const flowing = matchMedia("(max-width: 900px)");
  const fit = () => {
    const wall = stage.dataset.page === "wall";
    const flow = !wall && flowing.matches;
    const fitted = stageIn(innerWidth, innerHeight, !wall && !stage.dataset.fills);
    Object.assign(STAGE, flow ? { width: innerWidth, height: innerHeight, scale: 1 } : fitted);
    stage.dataset.form = flow ? "flow" : fitted.form;
    stage.style.width = flow ? "" : `${STAGE.width}px`;
    const left = (innerWidth - STAGE.width * STAGE.scale) / 2;
    const top = (innerHeight - STAGE.height * STAGE.scale) / 2;
    stage.style.transform = flow ? "" : `translate(${left}px, ${top}px) scale(${STAGE.scale})`;
    window.dispatchEvent(new Event("stagefit"));
  };
  addEventListener("resize", fit);
  fit();
}

// Where a pointer is on an element, in stage pixels.
export function pointIn(element, event) {
  const box = element.getBoundingClientRect();
  return [(event.clientX - box.left) / STAGE.scale, (event.clientY - box.top) / STAGE.scale];
}
