import type { TranslationBundle } from '@jupyterlab/translation';
import { Button, ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import React from 'react';

/** A section whose content is asked for whenever it comes into view; what was there stays until the answer is here. */
export abstract class FetchedSection<T> extends ReactWidget {
  constructor(protected readonly trans: TranslationBundle) {
    super();
    this.addClass('jp-runt-section');
  }

  /** The last answer; null before the first one. */
  protected get content(): T | null {
    return this._content;
  }

  /** What the server has. Throws RequestError. */
  protected abstract fetch(): Promise<T>;

  protected abstract draw(content: T): JSX.Element;

  /** Asks anew; where it is being asked already, once more behind the answer, which may be too old. */
  protected refresh(): void {
    if (this._isLoading) {
      this._isLate = true;
    } else {
      void this._load();
    }
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    if (this.isVisible) {
      void this._load();
    }
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    void this._load();
  }

  protected override render(): JSX.Element {
    const { trans } = this;
    return (
      <>
        <div role="status">{this._isLoading && this._content === null ? trans.__('Loading …') : null}</div>
        {this._error && (
          <div className="jp-runt-section-error">
            <p role="alert">{this._error}</p>
            <Button className="jp-mod-styled" onClick={() => void this._load()}>
              {trans.__('Try Again')}
            </Button>
          </div>
        )}
        {this._content !== null && this.draw(this._content)}
      </>
    );
  }

  private async _load(): Promise<void> {
    if (this._isLoading) {
      return;
    }
    this._isLoading = true;
    this._isLate = false;
    this.update();
    try {
      this._content = await this.fetch();
      this._error = '';
    } catch (error) {
      this._error = error instanceof Error ? error.message : String(error);
    }
    this._isLoading = false;
    if (!this.isDisposed) {
      this.update();
      if (this._isLate && this.isVisible) {
        void this._load();
      }
    }
  }

  private _content: T | null = null;
  private _error = '';
  private _isLoading = false;
  private _isLate = false;
}
