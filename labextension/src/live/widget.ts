import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';

import { Ticker } from './ticker';

/** Draws what has changed in the next frame; nothing while it cannot be seen. */
export abstract class LiveWidget extends ReactWidget {
  constructor(changed: ISignal<unknown, unknown>) {
    super();
    const redraw = (): void => this._redraw();
    changed.connect(redraw);
    this.disposed.connect(() => changed.disconnect(redraw));
  }

  protected readonly ticker = new Ticker();

  override dispose(): void {
    cancelAnimationFrame(this._frame);
    this.ticker.dispose();
    super.dispose();
  }

  private _redraw(): void {
    if (this.isVisible) {
      this._frame ||= requestAnimationFrame(() => {
        this._frame = 0;
        this.update();
      });
    }
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this.ticker.isShown = this.isVisible;
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.update();
    this.ticker.isShown = true;
  }

  protected override onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this.ticker.isShown = false;
  }

  private _frame = 0;
}
