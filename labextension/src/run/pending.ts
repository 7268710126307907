import type { IRenderMime } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { PendingOutput } from './outputs';

/** How far outside of the window an output may be when it is fetched. */
const AHEAD = '600px';

/** Stands where a large output will be, and fetches it when it comes near the window. */
export class PendingRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(private readonly _trans: TranslationBundle) {
    super();
    this.addClass('jp-runt-pending');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    if (model instanceof PendingOutput) {
      this._model = model;
      this.node.textContent = this._trans.__('Loading …');
      this._watch();
    }
  }

  override dispose(): void {
    this._near?.disconnect();
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._watch();
  }

  private _watch(): void {
    this._near?.disconnect();
    if (!this._model || !this.isAttached) {
      return;
    }
    this._near = new IntersectionObserver(entries => entries.some(each => each.isIntersecting) && void this._fetch(), {
      root: this.node.closest('.jp-WindowedPanel-outer'),
      rootMargin: AHEAD
    });
    this._near.observe(this.node);
  }

  private async _fetch(): Promise<void> {
    this._near?.disconnect();
    try {
      await this._model?.fetch();
    } catch (error) {
      if (!this.isDisposed) {
        this._failed(error as Error);
      }
    }
  }

  private _failed(error: Error): void {
    const again = document.createElement('button');
    again.className = 'jp-mod-styled jp-mod-minimal';
    again.textContent = this._trans.__('Try again');
    again.addEventListener('click', () => void this._fetch());
    this.node.replaceChildren(this._trans.__('This output could not be loaded: %1', error.message), ' ', again);
  }

  private _model: PendingOutput | null = null;
  private _near: IntersectionObserver | null = null;
}
