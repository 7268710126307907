import { type FoldedCell, type FoldedOutput, type Run, WIDGET_VIEW } from '@jupyter-runt/pages/fold.js';
import { CodeCell, CodeCellModel, type ICodeCellModel, type ICellHeader } from '@jupyterlab/cells';
import type { IOutputAreaModel } from '@jupyterlab/outputarea';
import { type PanelLayout, Widget } from '@lumino/widgets';

import type { Blobs } from '../live/blobs';
import { RunOutputs } from './outputs';
import type { Painter } from './painter';

/** What a cell needs of the run's tab. */
export interface ICellContext {
  readonly run: Run;
  readonly blobs: Blobs;
  readonly painter: Painter;
  readonly trusted: boolean;
  /** The widgets above the source and below the outputs. */
  head(): CellPart;
  foot(): CellPart;
}

/** A part of a cell that shows something of its state. */
export abstract class CellPart extends Widget implements ICellHeader {
  abstract draw(cell: FoldedCell, run: Run): void;
}

/** The model of a code cell whose outputs come from the fold and stay out of the shared document. */
class RunCellModel extends CodeCellModel {
  protected override onOutputsChange(): void {
    // The document holds sources alone.
  }
}

/** A code cell of a run. Its outputs begin to be drawn when the cell is about to be seen. */
export class RunCodeCell extends CodeCell {
  constructor(
    options: CodeCell.IOptions,
    private readonly _context: ICellContext
  ) {
    super({ ...options, placeholder: true, model: modelOf(options.model, _context) });
  }

  override initializeDOM(): void {
    super.initializeDOM();
    this._drawable = true;
    this.draw();
  }

  /** Draws it, wherever it is. */
  prepare(): void {
    this.placeholder = false;
  }

  get outputs(): RunOutputs {
    return this.model.outputs as RunOutputs;
  }

  /** Takes over what the fold has of this cell. */
  draw(): void {
    const { run } = this._context;
    const cell = run.cells.get(this.model.id);
    if (!this._drawable || !cell) {
      return;
    }
    this.outputs.take(cell.outputs.flatMap(each => shownFor(each, run)));
    const isRunning = cell.status === 'running' || cell.status === 'waiting';
    this.setPrompt(isRunning ? '*' : `${cell.execution_count ?? ''}`);
    this.node.dataset.runtStatus = cell.status;
    this.drawParts();
  }

  /** What may be different though nothing has happened: times. */
  drawParts(): void {
    const { run } = this._context;
    const cell = run.cells.get(this.model.id);
    if (!this._drawable || !cell) {
      return;
    }
    for (const part of (this.layout as PanelLayout).widgets) {
      if (part instanceof CellPart) {
        part.draw(cell, run);
      }
    }
  }

  override dispose(): void {
    const { model } = this;
    super.dispose();
    model?.dispose();
  }

  private _drawable = false;
}

/** What an Output widget has captured stands in its place. */
function shownFor(output: FoldedOutput, run: Run): FoldedOutput[] {
  const data = output.value?.data as Record<string, { model_id?: unknown } | undefined> | undefined;
  const model = data?.[WIDGET_VIEW]?.model_id;
  return (typeof model === 'string' && run.captured.get(model)) || [output];
}

function modelOf(model: ICodeCellModel, context: ICellContext): RunCellModel {
  const contentFactory = {
    createOutputArea: (options: IOutputAreaModel.IOptions) =>
      new RunOutputs({ ...options, trusted: context.trusted }, context.blobs)
  };
  return new RunCellModel({ sharedModel: model.sharedModel, contentFactory });
}
