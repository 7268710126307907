import type { RunNotebook } from './notebook';

const AWAY_KEYS = ['ArrowUp', 'PageUp', 'Home'];
const BACK_KEYS = ['ArrowDown', 'PageDown', 'End'];
/** Pixels from the running cell's end that count as being there. */
const BOTTOM = 40;
/** What stays free below the running cell. */
const MARGIN = 16;
/** Heights of what was never seen are guesses, so it looks again for a few frames. */
const FRAMES = 4;

/** Stays at the running cell until the reader goes somewhere else, and comes back when asked. */
export class FollowMode {
  /** `target()` gives the index of the running cell; -1 for none. */
  constructor(
    private readonly _notebook: RunNotebook,
    private readonly _target: () => number,
    label: string
  ) {
    const { outerNode } = _notebook;
    const go = (isAway: boolean): void => {
      this._isReturning = !isAway;
      if (isAway) {
        this.set(false);
      }
    };
    outerNode.addEventListener('wheel', event => event.deltaY !== 0 && go(event.deltaY < 0), { passive: true });
    outerNode.addEventListener('touchmove', () => this.set(false), { passive: true });
    outerNode.addEventListener('touchend', () => go(false), { passive: true });
    outerNode.addEventListener('keydown', event => {
      if (!isField(event.target) && (AWAY_KEYS.includes(event.key) || BACK_KEYS.includes(event.key))) {
        go(AWAY_KEYS.includes(event.key));
      }
    });
    // The scroll bar is of the element itself.
    outerNode.addEventListener('pointerdown', event => event.target === outerNode && go(true));
    outerNode.addEventListener('pointerup', () => go(false));
    // The notebook moves by itself, too, while outputs grow: only who has turned back is taken for a returner.
    outerNode.addEventListener(
      'scroll',
      () => {
        if (!this._on && this._isReturning && this._isThere()) {
          this.set(true);
        }
      },
      { passive: true }
    );
    this._button.className = 'jp-runt-jump jp-Button jp-mod-small';
    this._button.textContent = label;
    this._button.hidden = true;
    this._button.addEventListener('click', () => {
      this.set(true);
      this.stay();
    });
    _notebook.node.append(this._button);
  }

  set(on: boolean): void {
    this._on = on;
    this._show();
  }

  /** After something was drawn. */
  stay(): void {
    this._show();
    if (this._on && this._frames === 0 && this._target() >= 0) {
      this._frames = FRAMES;
      this._scroll();
    }
  }

  stop(): void {
    this._on = false;
    this._button.remove();
  }

  private _show(): void {
    this._button.hidden = this._on || this._target() < 0;
  }

  private readonly _scroll = (): void => {
    const index = this._target();
    const cell = this._notebook.widgets[index];
    if (this._on && cell && this._notebook.isVisible) {
      if (!cell.isAttached || !cell.inViewport) {
        this._notebook.moveTo(index);
      } else {
        this._reveal(cell.node);
      }
    }
    this._frames -= 1;
    if (this._frames > 0) {
      requestAnimationFrame(this._scroll);
    }
  };

  private _reveal(node: HTMLElement): void {
    const { outerNode } = this._notebook;
    const window = outerNode.getBoundingClientRect();
    const place = node.getBoundingClientRect();
    if (place.bottom > window.bottom - MARGIN) {
      outerNode.scrollTop += place.bottom - window.bottom + MARGIN;
    } else if (place.bottom < window.top + BOTTOM) {
      outerNode.scrollTop += place.top - window.top - MARGIN;
    }
  }

  /** The end of the running cell is in sight. The notebook itself goes on below it: one may scroll past its end. */
  private _isThere(): boolean {
    const cell = this._notebook.widgets[this._target()];
    const { outerNode } = this._notebook;
    return (
      cell?.isAttached && cell.node.getBoundingClientRect().bottom <= outerNode.getBoundingClientRect().bottom + BOTTOM
    );
  }

  private readonly _button = document.createElement('button');
  private _on = true;
  private _isReturning = false;
  private _frames = 0;
}

const isField = (target: EventTarget | null): boolean => target instanceof HTMLInputElement;
