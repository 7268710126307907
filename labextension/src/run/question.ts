import type { Question } from '@jupyter-runt/pages/fold.js';
import { durationWords } from '@jupyter-runt/pages/words.js';
import type { TranslationBundle } from '@jupyterlab/translation';

let count = 0;

export interface IQuestionContext {
  readonly trans: TranslationBundle;
  /** In ms, by the server's clock. */
  now(): number;
  /** Throws RequestError. */
  reply(inputId: string, text: string): Promise<void>;
}

/** The box in which a cell's `input()` is answered. */
export class QuestionBox {
  constructor(
    readonly asked: Question,
    private readonly _context: IQuestionContext
  ) {
    const { trans } = _context;
    const id = `jp-runt-answer-${(count += 1)}`;
    const label = document.createElement('label');
    label.htmlFor = this._field.id = id;
    label.textContent = String(asked.prompt).trim() || trans.__('The cell waits for input.');
    this._field.type = asked.password ? 'password' : 'text';
    this._field.autocomplete = 'off';
    this._field.spellcheck = false;
    this._field.className = 'jp-mod-styled';
    this._field.setAttribute('aria-describedby', `${id}-told`);
    this._send.type = 'submit';
    this._send.className = 'jp-Button jp-mod-small jp-mod-styled jp-mod-accept';
    this._send.textContent = trans.__('Send');
    this._told.id = `${id}-told`;
    this._told.setAttribute('role', 'status');
    const line = document.createElement('div');
    line.append(this._field, this._send);
    this.element.className = 'jp-runt-question';
    this.element.append(label, line, this._left, this._told);
    this.element.addEventListener('submit', event => {
      event.preventDefault();
      void this._reply();
    });
    // JupyterLab keeps line breaks from fields inside of cells, and with them the form's own Enter.
    this._field.addEventListener('keydown', event => {
      if (event.key === 'Enter' && !event.isComposing) {
        event.preventDefault();
        this.element.requestSubmit();
      }
    });
    this.tick();
  }

  readonly element = document.createElement('form');

  focus(): void {
    this._field.focus();
  }

  /** How long it waits, which is written and not spoken. */
  tick(): void {
    const { ends } = this.asked;
    if (ends === null) {
      return;
    }
    const left = Math.max(0, (ends - this._context.now()) / 1000);
    const text = this._context.trans.__('It waits %1 longer.', durationWords(left, true));
    if (this._left.textContent !== text) {
      this._left.textContent = text;
    }
  }

  private async _reply(): Promise<void> {
    if (this._isBusy) {
      return;
    }
    const { trans } = this._context;
    this._busy(true);
    this._tell(trans.__('Sending …'), false);
    try {
      await this._context.reply(this.asked.input_id, this._field.value);
      this._field.value = '';
      this._tell(trans.__('Sent.'), false);
    } catch (error) {
      this._tell((error as Error).message, true);
      this._busy(false);
      this._field.focus();
    }
  }

  /** A button that is disabled would lose the focus. */
  private _busy(isBusy: boolean): void {
    this._isBusy = isBusy;
    this._send.setAttribute('aria-disabled', String(isBusy));
  }

  private _tell(text: string, isFault: boolean): void {
    this._told.textContent = text;
    this._told.classList.toggle('jp-runt-mod-fault', isFault);
  }

  private readonly _field = document.createElement('input');
  private readonly _send = document.createElement('button');
  private readonly _left = document.createElement('p');
  private readonly _told = document.createElement('p');
  private _isBusy = false;
}
