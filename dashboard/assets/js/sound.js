// Two short tones for a new red warning, where somebody at this browser has switched them on.
const KEY = "gridpulse-sound";
let context = null;

export const soundOn = () => localStorage.getItem(KEY) === "on";

export function switchSound() {
  localStorage.setItem(KEY, soundOn() ? "off" : "on");
  if (soundOn()) chime();
}

export function chime() {
  if (!soundOn()) return;
  context ??= new AudioContext();
  context.resume().catch(() => {});
  [660, 880].forEach((pitch, at) => {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const start = context.currentTime + at * 0.22;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.2, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.2);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.22);
  });
}
