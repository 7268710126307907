// HTML, SVG and markdown, each in a sandboxed frame that the server fills: scripts run there, and reach nothing.

import { config, url } from "./api.js";
import { h } from "./dom.js";

const TALLEST = 20_000; // pixels; beyond, a frame scrolls in itself
const HEIGHT_BEFORE = 60;

const known = new Map(); // window of a frame -> what hears its messages

addEventListener("message", (event) => {
  if (event.data?.runt === "output") known.get(event.source)?.(event.data);
});

// One output's place. A new content is loaded behind the old one, which stays until there is something to see.
export class FrameView {
  constructor(title) {
    this.element = h("div", { class: "framed" });
    Object.assign(this, { title, frame: null, loading: null, wanted: null, blocked: new Set(), note: null });
  }

  show(seq) {
    if (this.loading) {
      this.wanted = seq;
      return;
    }
    const frame = h("iframe", {
      src: url("runs", config.run_id, "outputs", seq), sandbox: "allow-scripts", title: this.title, loading: "lazy",
      class: this.frame ? "coming" : null, onload: () => this.loaded(frame),
    });
    frame.style.height = `${HEIGHT_BEFORE}px`;
    this.loading = frame;
    this.element.prepend(frame);
    known.set(frame.contentWindow, (message) => this.hear(frame, message));
  }

  hear(frame, message) {
    if (Number.isFinite(message.height)) frame.style.height = `${Math.min(TALLEST, Math.max(1, Math.ceil(message.height)))}px`;
    if (typeof message.blocked === "string") this.tellBlocked(message.blocked);
  }

  loaded(frame) {
    if (this.frame) this.drop(this.frame);
    frame.classList.remove("coming");
    Object.assign(this, { frame, loading: null });
    const { wanted } = this;
    this.wanted = null;
    if (wanted !== null) this.show(wanted);
  }

  // An output that would load its parts from elsewhere shows less than its author meant: that is said.
  tellBlocked(what) {
    this.blocked.add(what.slice(0, 200));
    this.note ??= this.element.appendChild(h("p", { class: "note" }));
    const some = [...this.blocked].slice(0, 3).join(", ");
    this.note.textContent = `This output asked for what the page does not allow: ${some}${this.blocked.size > 3 ? " …" : ""}`;
  }

  drop(frame) {
    known.delete(frame.contentWindow);
    frame.remove();
  }

  close() {
    for (const frame of [this.frame, this.loading]) if (frame) this.drop(frame);
  }
}
