import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';

import { STATUS_ICONS } from '../runs/icons';
import { type IShown, isEnded, progress } from './shown';
import { factWords, outcomeWords } from './words';

export interface IHeadOptions {
  runId: string;
  trans: TranslationBundle;
  open: () => void;
  cancel: () => void;
}

/** What stands above a run's cells: status, title, how far it is, what it asks, and what can be done. */
export class CardHead extends Widget {
  constructor(private readonly _options: IHeadOptions) {
    super();
    this.addClass('jp-runt-picture-head');
    const { trans, open, cancel } = _options;
    this._open = button(trans.__('Open run'), open);
    this._cancel = button(trans.__('Cancel'), cancel);
    this._status.setAttribute('role', 'status');
    const line = element('div', 'jp-runt-picture-line');
    this._words.append(this._title, ' ', this._status);
    line.append(this._icon, this._words);
    const below = element('div', 'jp-runt-picture-below');
    const actions = element('span', 'jp-runt-picture-actions');
    actions.append(this._open, this._cancel);
    below.append(this._facts, actions);
    this._prompt.setAttribute('role', 'status');
    this._bar.setAttribute('aria-label', trans.__('Cells done'));
    this.node.append(line, below, this._bar, this._prompt, this._note);
  }

  draw(shown: IShown, now: number, note: string): void {
    const { trans, runId } = this._options;
    const title = shown.title || shown.name || runId;
    if (this.node.dataset.status !== shown.status) {
      this.node.dataset.status = shown.status;
      const icon = STATUS_ICONS[shown.status] as LabIcon | undefined;
      this._icon.replaceChildren();
      icon?.element({ container: this._icon });
    }
    setText(this._title, title);
    setText(this._status, outcomeWords(shown, trans));
    this._words.title = this._words.textContent ?? '';
    setText(this._facts, [...factWords(shown, now, trans), runId].join(' · '));
    this._facts.title = this._facts.textContent ?? '';
    const open = !isEnded(shown);
    const [done, total] = progress(shown.cells);
    this._bar.hidden = !open || !total;
    this._bar.max = total || 1;
    this._bar.value = done;
    this._cancel.hidden = !open;
    this._open.setAttribute('aria-label', trans.__('Open run %1', title));
    this._cancel.setAttribute('aria-label', trans.__('Cancel %1', title));
    const asks =
      shown.prompt === null ? '' : trans.__('Waits for an answer: %1', shown.prompt || trans.__('(no prompt)'));
    setText(this._prompt, asks);
    setText(this._note, [shown.why, note].filter(Boolean).join(' '));
  }

  /** Whether somebody has just asked for the end. */
  set isCancelling(isCancelling: boolean) {
    this._cancel.disabled = isCancelling;
  }

  private readonly _icon = element('span', 'jp-runt-picture-icon');
  private readonly _words = element('span', 'jp-runt-picture-words');
  private readonly _title = document.createElement('strong');
  private readonly _status = document.createElement('span');
  private readonly _facts = element('span', 'jp-runt-picture-facts');
  private readonly _bar = document.createElement('progress');
  private readonly _prompt = element('p', 'jp-runt-picture-prompt');
  private readonly _note = element('p', 'jp-runt-picture-note');
  private readonly _open: HTMLButtonElement;
  private readonly _cancel: HTMLButtonElement;
}

export function element(tag: string, className: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

export function button(label: string, pressed: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'jp-runt-picture-button jp-mod-styled jp-mod-minimal';
  made.textContent = label;
  made.addEventListener('click', pressed);
  return made;
}
