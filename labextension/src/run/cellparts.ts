import type { FoldedCell, Run } from '@jupyter-runt/pages/fold.js';
import type { TranslationBundle } from '@jupyterlab/translation';

import { STATUS_ICONS } from '../runs/icons';
import { CellPart } from './cell';
import { type IQuestionContext, QuestionBox } from './question';
import { answerWords, cellTime, cellWords, noteWords } from './words';

const RUN_STATUS = ['running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const;

/** Above a cell's source: how it went, in words, and how long it took. */
export class CellHead extends CellPart {
  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _now: () => number
  ) {
    super();
    this.addClass('jp-runt-cell-head');
    this._words.className = 'jp-runt-cell-words';
    this._icon.setAttribute('aria-hidden', 'true');
    this.node.append(this._icon, this._words);
  }

  override draw(cell: FoldedCell, run: Run): void {
    if (cell.status !== this._status) {
      this._status = cell.status;
      const known = RUN_STATUS.find(each => each === cell.status);
      this._icon.replaceChildren();
      if (known) {
        STATUS_ICONS[known].element({ container: this._icon, tag: 'span' });
      }
    }
    const time = cellTime(cell, run, this._now(), this._trans);
    const attempt = cell.attempt > 1 ? this._trans.__('attempt %1', cell.attempt) : '';
    const text = [cellWords(cell, this._trans), time, attempt].filter(Boolean).join(' · ');
    if (this._words.textContent !== text) {
      this._words.textContent = text;
    }
  }

  private readonly _icon = document.createElement('span');
  private readonly _words = document.createElement('span');
  private _status: FoldedCell['status'] = '';
}

/** Below a cell's outputs: what is missing or late there, who answered, and the question that is open. */
export class CellFoot extends CellPart {
  constructor(private readonly _context: IQuestionContext) {
    super();
    this.addClass('jp-runt-cell-foot');
  }

  override draw(cell: FoldedCell, run: Run): void {
    const { trans } = this._context;
    const texts = [
      ...cell.answers.map(each => answerWords(each, trans)),
      ...cell.notes.map(each => noteWords(each, trans)),
      ...(cell.late ? [trans.__('Some of this was written after the cell had finished.')] : [])
    ];
    this._drawNotes(texts);
    const { question } = run;
    this._drawQuestion(question?.cell_id === cell.id && !question.answered ? question : null);
  }

  private _drawNotes(texts: readonly string[]): void {
    while (this._notes.length > texts.length) {
      this._notes.pop()?.remove();
    }
    texts.forEach((text, index) => {
      let note = this._notes[index];
      if (!note) {
        note = document.createElement('p');
        note.className = 'jp-runt-note';
        this._notes.push(note);
        this.node.insertBefore(note, this._question?.element ?? null);
      }
      if (note.textContent !== text) {
        note.textContent = text;
      }
    });
  }

  private _drawQuestion(asked: Run['question']): void {
    if (this._question && this._question.asked.input_id !== asked?.input_id) {
      this._question.element.remove();
      this._question = null;
    }
    if (asked && !this._question) {
      this._question = new QuestionBox(asked, this._context);
      this.node.append(this._question.element);
    }
    this._question?.tick();
  }

  private readonly _notes: HTMLElement[] = [];
  private _question: QuestionBox | null = null;
}
