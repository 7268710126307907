const FRAME_MS = 10;

/** Draws until `isLate()`; true when there is more to draw now. */
export type Drawing = (isLate: () => boolean) => boolean;

/** What is drawn of one run, in the browser's frames and a part of each: the page stays usable, however much comes at once. */
export class Painter {
  /** Draws this in one of the next frames. The same drawing is asked for once, however often it is asked for. */
  ask(drawing: Drawing): void {
    this._asked.add(drawing);
    this._schedule();
  }

  forget(drawing: Drawing): void {
    this._asked.delete(drawing);
  }

  /** While nobody sees it, nothing is drawn. */
  set paused(paused: boolean) {
    this._paused = paused;
    this._schedule();
  }

  /** Draws all that is asked for, at once. */
  flush(): void {
    while (this._asked.size) {
      const asked = [...this._asked];
      this._asked.clear();
      asked.forEach(drawing => drawing(() => false));
    }
  }

  stop(): void {
    cancelAnimationFrame(this._frame);
    this._frame = 0;
    this._stopped = true;
    this._asked.clear();
  }

  private _schedule(): void {
    if (this._frame === 0 && !this._paused && !this._stopped && this._asked.size) {
      this._frame = requestAnimationFrame(() => this._draw());
    }
  }

  private _draw(): void {
    this._frame = 0;
    const end = performance.now() + FRAME_MS;
    const isLate = () => performance.now() > end;
    for (const drawing of [...this._asked]) {
      this._asked.delete(drawing);
      if (drawing(isLate)) {
        this._asked.add(drawing);
      }
      if (isLate()) {
        break;
      }
    }
    this._schedule();
  }

  private readonly _asked = new Set<Drawing>();
  private _frame = 0;
  private _paused = false;
  private _stopped = false;
}
