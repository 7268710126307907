import type { IDisposable } from '@lumino/disposable';
import { DisposableDelegate } from '@lumino/disposable';

/** Calls once a second, and only while there is somebody to call, the widget is visible and the page is. */
export class Ticker implements IDisposable {
  constructor() {
    document.addEventListener('visibilitychange', this._onVisibility);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether the widget can be seen. */
  set isShown(isShown: boolean) {
    this._isShown = isShown;
    this._arrange(true);
  }

  /** Calls `tick` until the returned object is disposed. */
  add(tick: () => void): IDisposable {
    this._ticks.add(tick);
    this._arrange();
    return new DisposableDelegate(() => {
      this._ticks.delete(tick);
      this._arrange();
    });
  }

  dispose(): void {
    this._isDisposed = true;
    this._ticks.clear();
    document.removeEventListener('visibilitychange', this._onVisibility);
    this._arrange();
  }

  private _arrange(atOnce = false): void {
    const isWanted = this._ticks.size > 0 && this._isShown && document.visibilityState === 'visible';
    if (!isWanted) {
      clearTimeout(this._timer);
      this._timer = undefined;
    } else if (atOnce) {
      clearTimeout(this._timer);
      this._tick();
    } else {
      this._timer ??= setTimeout(this._tick, 1000);
    }
  }

  private readonly _tick = (): void => {
    this._timer = undefined;
    this._ticks.forEach(tick => tick());
    this._arrange();
  };

  private readonly _onVisibility = (): void => this._arrange(true);
  private readonly _ticks = new Set<() => void>();
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _isShown = false;
  private _isDisposed = false;
}
