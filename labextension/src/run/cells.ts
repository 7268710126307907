import type { Cell } from '@jupyterlab/cells';
import { RunCodeCell } from './cell';
import { FollowMode } from './follow';
import type { RunNotebook } from './notebook';
import type { RunView } from './view';

/** Draws what the feed has changed into the cells of the tab. */
export class CellDrawing {
  constructor(
    private readonly _view: RunView,
    private readonly _notebook: RunNotebook
  ) {
    this._follow = new FollowMode(_notebook, () => this._running(), _view.trans.__('Jump to the running cell'));
    _view.feed.changed.connect(this._onEvents, this);
    _view.wanted.connect((_, id) => this._goTo(id), this);
    _view.trustChanged.connect(this._trust, this);
    _notebook.modelContentChanged.connect(this._onContent, this);
    this._onEvents();
  }

  /** The times of what runs, once a second. */
  tick(): void {
    const { current } = this._view.run;
    const cell = current === null ? null : this._cells.get(current);
    if (cell instanceof RunCodeCell) {
      cell.drawParts();
    }
  }

  renew(mimeType: string): void {
    for (const cell of this._notebook.widgets) {
      if (cell instanceof RunCodeCell) {
        cell.outputs.renew(mimeType);
      }
    }
  }

  stop(): void {
    this._follow.stop();
    this._view.painter.forget(this._draw);
  }

  private _onEvents(): void {
    const { run, painter } = this._view;
    for (const id of run.touched) {
      this._dirty.add(id);
    }
    run.touched.clear();
    painter.ask(this._draw);
  }

  private _onContent(): void {
    this._cells.clear();
    this._view.painter.ask(this._draw);
  }

  private readonly _draw = (isLate: () => boolean): boolean => {
    if (this._notebook.isDisposed || !this._isHere()) {
      return false;
    }
    for (const id of this._dirty) {
      if (isLate()) {
        return true;
      }
      this._dirty.delete(id);
      const cell = this._cells.get(id);
      if (cell instanceof RunCodeCell) {
        cell.draw();
      }
    }
    this._follow.stay();
    return false;
  };

  /** Whether the document has come, which takes a request more than the events. */
  private _isHere(): boolean {
    const { widgets } = this._notebook;
    if (!this._cells.size && widgets.length) {
      widgets.forEach((cell, index) => {
        this._cells.set(cell.model.id, cell);
        this._indices.set(cell.model.id, index);
      });
    }
    return this._cells.size > 0;
  }

  private _running(): number {
    const { run } = this._view;
    return run.ended || run.current === null ? -1 : (this._indices.get(run.current) ?? -1);
  }

  private _goTo(id: string): void {
    const index = this._indices.get(id) ?? -1;
    const cell = this._notebook.widgets[index];
    if (cell) {
      this._follow.set(false);
      this._notebook.activeCellIndex = index;
      void this._notebook.scrollToItem(index, 'start').then(() => cell.node.focus({ preventScroll: true }));
    }
  }

  private _trust(): void {
    for (const cell of this._notebook.widgets) {
      if (cell instanceof RunCodeCell) {
        cell.outputs.trusted = true;
      }
    }
  }

  private readonly _follow: FollowMode;
  private readonly _dirty = new Set<string>();
  private readonly _cells = new Map<string, Cell>();
  private readonly _indices = new Map<string, number>();
}
