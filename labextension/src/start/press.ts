import type { IDisposable } from '@lumino/disposable';

/** Puts off what moves the parts of a form until no button of the mouse is held: a click that began on one would end beside it. */
export class Press implements IDisposable {
  constructor(node: HTMLElement) {
    node.addEventListener('pointerdown', () => (this._isHeld = true), { capture: true });
    ENDS.forEach(name => window.addEventListener(name, this._release, { capture: true }));
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Does it now, or after the click. */
  after(act: () => void): void {
    if (this._isHeld) {
      this._waiting.push(act);
    } else {
      act();
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._waiting.length = 0;
    ENDS.forEach(name => window.removeEventListener(name, this._release, { capture: true }));
  }

  private readonly _release = (): void => {
    this._isHeld = false;
    if (this._waiting.length) {
      // The click comes right after it.
      setTimeout(() => this._waiting.splice(0).forEach(act => act()));
    }
  };

  private readonly _waiting: (() => void)[] = [];
  private _isHeld = false;
  private _isDisposed = false;
}

const ENDS = ['pointerup', 'pointercancel'] as const;
