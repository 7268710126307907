import type { Line } from '@jupyter-runt/pages/terminal.js';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel, Widget } from '@lumino/widgets';

import type { Blobs } from '../live/blobs';
import { styled } from '../run/ansi';
import { button, element, setText } from './head';
import { areaOf, Budget, outputsOf } from './outputs';
import { type IShown, type IShownCell, isEnded, telling } from './shown';
import { Tail } from './tail';
import { cellWords } from './words';

/** So many of an open run's cells; the others are counted above. */
const SHOWN = 12;
const MARKS: Record<string, string> = {
  pending: '·',
  running: '▶',
  waiting: '?',
  succeeded: '✓',
  failed: '✗',
  cancelled: '–',
  skipped: '–'
};
/** Milliseconds of drawing between two frames. */
const SLICE = 10;
const WORKING = ['running', 'waiting'];

export interface ICellsOptions {
  rendermime: IRenderMimeRegistry;
  blobs: Blobs;
  trans: TranslationBundle;
  /** Calls for another drawing. */
  again: () => void;
}

/** The cells of a run that tell something: while it is open the last lines of the one that works, at the end all outputs. */
export class CardCells extends Panel {
  constructor(private readonly _options: ICellsOptions) {
    super();
    this.addClass('jp-runt-picture-cells');
    this._tail = new Tail(_options.blobs, _options.again);
  }

  draw(shown: IShown): void {
    const [told, ended] = [telling(shown, SHOWN), isEnded(shown)];
    const ids = new Set(told.map(cell => cell.id));
    for (const [id, line] of this._lines) {
      if (!ids.has(id)) {
        line.dispose();
        this._lines.delete(id);
      }
    }
    told.forEach((cell, at) => {
      const line = this._lines.get(cell.id) ?? new CellLine();
      this._lines.set(cell.id, line);
      if (this.widgets[at] !== line) {
        this.insertWidget(at, line);
      }
      line.draw(cell);
      if (!ended) {
        line.tail(WORKING.includes(cell.status) ? this._tail.lines(cell.outputs) : null);
      }
    });
    if (ended && !this._isWhole) {
      this._isWhole = true;
      void this._showOutputs(told);
    }
  }

  /** One cell after the other, within one budget, and never for longer than a frame. */
  private async _showOutputs(cells: readonly IShownCell[]): Promise<void> {
    const budget = new Budget();
    let begun = performance.now();
    for (const cell of cells.filter(({ outputs }) => outputs.length)) {
      if (performance.now() - begun > SLICE) {
        await new Promise(requestAnimationFrame);
        begun = performance.now();
      }
      await this._showCell(cell, budget);
      if (this.isDisposed) {
        return;
      }
    }
  }

  private async _showCell(cell: IShownCell, budget: Budget): Promise<void> {
    const { blobs, rendermime, trans } = this._options;
    const before = budget.left;
    const own: Budget = { left: before };
    let area: Widget;
    try {
      area = areaOf(await outputsOf(cell.outputs, blobs, own, trans), rendermime);
      budget.left -= before - own.left;
    } catch (error) {
      area = this._note(error as Error, () => void this._showCell(cell, budget));
    }
    const line = this._lines.get(cell.id);
    if (this.isDisposed || !line) {
      area.dispose();
    } else {
      line.outputs(area);
    }
  }

  /** In place of outputs that could not be had, which may be had later. */
  private _note(error: Error, again: () => void): Widget {
    const { trans } = this._options;
    const note = new Widget();
    note.addClass('jp-runt-picture-note');
    // One that is disabled would lose the focus.
    const made = button(trans.__('Try again'), () => {
      if (made.ariaDisabled === null) {
        made.ariaDisabled = 'true';
        again();
      }
    });
    note.node.append(trans.__('Its outputs could not be loaded: %1', error.message), ' ', made);
    return note;
  }

  private readonly _tail: Tail;
  private readonly _lines = new Map<string, CellLine>();
  private _isWhole = false;
}

/** One cell: its mark, its id, how long it took, and what it has shown. */
class CellLine extends Panel {
  constructor() {
    super();
    this.addClass('jp-runt-picture-cell');
    const head = new Widget();
    head.addClass('jp-runt-picture-cell-head');
    this._mark.setAttribute('aria-hidden', 'true');
    head.node.append(this._mark, this._id, this._words);
    this.addWidget(head);
  }

  draw(cell: IShownCell): void {
    this.node.dataset.status = cell.status;
    setText(this._mark, MARKS[cell.status] ?? '·');
    setText(this._id, cell.id);
    this._id.title = cell.id;
    setText(this._words, cellWords(cell));
  }

  /** Null where there is nothing to follow. */
  tail(lines: Line[] | null): void {
    if (!lines?.length) {
      this._tail?.dispose();
      this._tail = null;
      this._shown = '';
      return;
    }
    const shown = JSON.stringify(lines.map(({ runs }) => runs));
    if (shown !== this._shown) {
      this._shown = shown;
      if (this._tail === null) {
        this._tail = new Widget({ node: element('pre', 'jp-runt-picture-tail') });
        this.addWidget(this._tail);
      }
      const parts = lines.map(({ runs }) => runs.map(([style, text]) => (style === null ? text : styled(style, text))));
      this._tail.node.replaceChildren(...parts.flatMap((line, at) => (at ? ['\n', ...line] : line)));
    }
  }

  /** Everything that the cell has shown, or why that is not there. The focus stays in the cell. */
  outputs(area: Widget): void {
    this.tail(null);
    const isFocused = this._outputs?.node.contains(document.activeElement);
    this._outputs?.dispose();
    this._outputs = area;
    area.addClass('jp-runt-picture-outputs');
    this.addWidget(area);
    if (isFocused) {
      this.node.tabIndex = -1;
      (area.node.querySelector<HTMLElement>('.jp-runt-picture-button') ?? this.node).focus({ preventScroll: true });
    }
  }

  private readonly _mark = element('span', 'jp-runt-picture-mark');
  private readonly _id = element('span', 'jp-runt-picture-id');
  private readonly _words = element('span', 'jp-runt-picture-why');
  private _tail: Widget | null = null;
  private _outputs: Widget | null = null;
  private _shown = '';
}
