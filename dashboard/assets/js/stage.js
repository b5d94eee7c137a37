// Scales the stage of 1920 × 1080 to the window, whole and in the middle.
export const STAGE = { width: 1920, height: 1080, scale: 1 };

export function fitStage(stage) {
  const fit = () => {
    const scale = Math.min(innerWidth / STAGE.width, innerHeight / STAGE.height);
    const left = (innerWidth - STAGE.width * scale) / 2;
    const top = (innerHeight - STAGE.height * scale) / 2;
    STAGE.scale = scale;
    stage.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
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
