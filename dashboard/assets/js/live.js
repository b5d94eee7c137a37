// The socket: says what is looked at, hands on what comes, and comes back for ever with a growing pause.
import { changed } from "./changes.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10000;
const SILENCE = 25000;

export class Live {
  constructor({ message, down }) {
    this.message = message;
    this.down = down;
    this.pause = FIRST_PAUSE;
    this.scope = {};
    this.connect();
    setInterval(() => this.check(), 1000);
  }

  look(scope) {
    this.scope = scope;
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ scope, changes: true }));
  }

  connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
    this.socket = socket;
    this.heard = performance.now();
    this.known = null;
    socket.onopen = () => this.look(this.scope);
    socket.onmessage = (event) => {
      this.heard = performance.now();
      this.pause = FIRST_PAUSE;
      this.message(this.whole(JSON.parse(event.data)));
    };
    socket.onclose = () => this.socket === socket && this.again();
  }

  // What changed is sent alone where the snapshot before it came.
  whole(message) {
    if (message.kind === "change") this.known = changed(this.known, message);
    else if (message.kind === "snapshot") this.known = message;
    else return message;
    return this.known;
  }

  // A line that died without a word is noticed by its silence.
  check() {
    if (performance.now() - this.heard < SILENCE) return;
    const silent = this.socket;
    this.heard = performance.now();
    this.again();
    silent.onclose = silent.onmessage = null;
    silent.close();
  }

  again() {
    this.down();
    const pause = this.pause * (0.75 + Math.random() / 2);
    this.pause = Math.min(LONGEST_PAUSE, this.pause * 1.7);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), pause);
  }
}
