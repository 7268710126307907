// A WebSocket that comes back: `open()` makes the next one, at each attempt from where to go on. The panel has it, too.

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5000;
const LASTING = 60000; // a fault within this of the one before is the same one
const PATIENCE = 700; // a server that is back within this is not worth a banner

export class Stream {
  // `onMessage(message)`; `onState(state)` with live, over or, after each attempt that failed, away; `isOver(code)` says
  // which close codes are for good.
  constructor(open, { onMessage, onState, isOver }) {
    Object.assign(this, { open, onMessage, onState, isOver });
    Object.assign(this, { attempts: 0, faults: 0, fault: -Infinity, since: null, socket: null, retry: null, notice: null, gone: new AbortController() });
    const { signal } = this.gone;
    addEventListener("online", () => this.hurry(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry(), { signal });
    this.connect();
  }

  connect() {
    this.retry = null;
    const socket = (this.socket = this.open());
    socket.onmessage = (event) => {
      if (this.socket !== socket) return;
      this.settled();
      this.onMessage(JSON.parse(event.data));
    };
    socket.onopen = () => this.settled();
    socket.onclose = (event) => this.socket === socket && this.closed(event.code);
  }

  settled() {
    this.attempts = 0;
    this.since = null;
    clearTimeout(this.notice);
    this.onState("live");
  }

  closed(code) {
    if (this.gone.signal.aborted) return;
    this.socket = null;
    clearTimeout(this.retry);
    if (this.isOver(code)) {
      clearTimeout(this.notice);
      this.onState("over", code);
      return;
    }
    this.since ??= Date.now();
    clearTimeout(this.notice);
    this.notice = setTimeout(() => this.onState("away", code), Math.max(0, this.since + PATIENCE - Date.now()));
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(Math.max(this.attempts, this.faults), 10));
    this.attempts += 1;
    // Many pages wait for the same server: they do not come back in one moment.
    this.retry = setTimeout(() => this.connect(), pause * (0.75 + Math.random() / 2));
  }

  // Something that was sent did not arrive: begins anew behind the cursor. A connection that is made proves nothing then, so
  // that each fault that follows another one waits longer.
  again() {
    if (this.gone.signal.aborted) return;
    this.faults = Date.now() - this.fault < LASTING ? this.faults + 1 : 0;
    this.fault = Date.now();
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.closed(0);
  }

  hurry() {
    if (this.retry === null) return;
    clearTimeout(this.retry);
    this.connect();
  }

  // For good: nothing is heard of it any more.
  close() {
    this.gone.abort();
    clearTimeout(this.retry);
    clearTimeout(this.notice);
    const socket = this.socket;
    this.retry = this.socket = null;
    socket?.close();
  }
}
