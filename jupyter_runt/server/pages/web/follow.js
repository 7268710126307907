// Stays at the running cell until the reader goes somewhere else, and comes back when asked.

import { byId } from "./dom.js";

const AWAY_KEYS = ["ArrowUp", "PageUp", "Home"];
const BOTTOM = 40; // pixels from the end of the page that count as being there

export class FollowMode {
  // `target()` gives the element of the running cell, or null.
  constructor(target) {
    Object.assign(this, { target, on: true, frames: 0 });
    const leave = () => this.set(false);
    addEventListener("wheel", (event) => event.deltaY < 0 && leave(), { passive: true });
    addEventListener("touchmove", leave, { passive: true });
    addEventListener("keydown", (event) => AWAY_KEYS.includes(event.key) && !event.target.matches("input") && leave());
    addEventListener("pointerdown", (event) => event.target === document.documentElement && leave()); // the scroll bar
    addEventListener("hashchange", leave);
    // Down to the end is back again; the first steps of a smooth scroll upwards are near the end, too.
    let before = scrollY;
    addEventListener("scroll", () => {
      if (!this.on && scrollY > before && this.atBottom()) this.set(true);
      before = scrollY;
    }, { passive: true });
    byId("jump").addEventListener("click", () => {
      this.set(true);
      this.target()?.focus({ preventScroll: true });
      this.stay();
    });
  }

  atBottom() {
    const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
    return scrollHeight > clientHeight && scrollTop + clientHeight >= scrollHeight - BOTTOM;
  }

  set(on) {
    this.on = on;
    this.show();
  }

  show() {
    byId("jump").hidden = this.on || !this.target();
  }

  // After drawing. Heights of what was never seen are guesses, so it looks again for a few frames.
  stay() {
    this.show();
    if (!this.on) return;
    this.scroll();
    if (this.frames > 0) return;
    this.frames = 3;
    const again = () => {
      if (this.on) this.scroll();
      this.frames -= 1;
      if (this.frames > 0) requestAnimationFrame(again);
    };
    requestAnimationFrame(again);
  }

  scroll() {
    const cell = this.target();
    if (!cell) return;
    const top = byId("cells").offsetTop > 0 ? document.querySelector(".bar").offsetHeight : 0;
    const place = cell.getBoundingClientRect();
    const room = document.documentElement.clientHeight;
    if (place.bottom > room - 16) scrollBy({ top: place.bottom - room + 16, behavior: "instant" });
    else if (place.bottom < top + 40) scrollBy({ top: place.top - top - 16, behavior: "instant" });
  }
}
