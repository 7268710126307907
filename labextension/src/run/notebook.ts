import type { FoldedOutput } from '@jupyter-runt/pages/fold.js';
import { type CodeCell, type ICellFooter, type ICellHeader, type MarkdownCell } from '@jupyterlab/cells';
import { Notebook, NotebookPanel, type StaticNotebook } from '@jupyterlab/notebook';
import type { Message } from '@lumino/messaging';

import { isReference } from '../live/blobs';
import { type ICellContext, RunCodeCell } from './cell';

/** Events by which somebody would drag cells, or text into them. */
const DRAGGING = ['lm-dragenter', 'lm-dragleave', 'lm-dragover', 'lm-drop', 'mousemove'];

/** Guessed heights in pixels of what was never drawn. */
const LINE = 17;
const HEAD = 40;
const FIGURE = 300;
/** Characters of a line of text that is not here. */
const CHARACTERS = 40;

/** The cells of a run: windowed, searched and listed as any notebook's, and changed by nobody. */
export class RunNotebook extends Notebook {
  constructor(
    options: Notebook.IOptions,
    private readonly _context: ICellContext
  ) {
    super(options);
    this.viewModel.estimateWidgetSize = index => this._guess(index);
  }

  override handleEvent(event: Event): void {
    if (!DRAGGING.includes(event.type)) {
      super.handleEvent(event);
    }
  }

  /**
   * Cells are made when they come near the window, and not all of them in idle moments, as JupyterLab does to know their heights:
   * what it asks in these moments is this getter, and what it windows by is the configuration that was set.
   */
  override get notebookConfig(): StaticNotebook.INotebookConfig {
    return { ...super.notebookConfig, windowingMode: 'none' };
  }

  override set notebookConfig(config: StaticNotebook.INotebookConfig) {
    super.notebookConfig = { ...config, windowingMode: 'full' };
  }

  /** For the search, which looks at what is drawn. */
  override renderCellOutputs(index: number): void {
    const cell = this.widgets[index];
    if (cell instanceof RunCodeCell) {
      cell.prepare();
      this._context.painter.flush();
    }
  }

  /** Brings a cell's end into sight once; `scrollToItem` would bring it back for as long as it grows. */
  moveTo(index: number): void {
    this.scrollTo(this.viewModel.getOffsetForIndexAndAlignment(index, 'end'));
  }

  protected override addFooter(): void {
    // There is no cell to be added.
  }

  /** Without the class of either mode no keyboard shortcut of an editable notebook catches a key here. */
  protected override onUpdateRequest(message: Message): void {
    super.onUpdateRequest(message);
    this.removeClass('jp-mod-commandMode');
    this.removeClass('jp-mod-editMode');
  }

  private _guess(index: number): number {
    const { model } = this.widgets[index] ?? {};
    if (!model) {
      return HEAD;
    }
    const source = HEAD + LINE * lines(model.sharedModel.getSource());
    const outputs = this._context.run.cells.get(model.id)?.outputs ?? [];
    return outputs.reduce((height, output) => height + heightOf(output), source);
  }
}

function heightOf({ name, texts, value }: FoldedOutput): number {
  if (name === null) {
    const data = value?.data as Record<string, unknown> | undefined;
    const kinds = Object.keys(data ?? {});
    return kinds.length && kinds.every(kind => kind === 'text/plain') ? LINE : FIGURE;
  }
  return (
    LINE *
    texts.reduce<number>((sum, text) => sum + (isReference(text) ? text.size / CHARACTERS : lines(text as string)), 0)
  );
}

function lines(text: string): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    count += 1;
  }
  return count;
}

/** Makes the cells of one run's notebook. */
export class RunContentFactory extends NotebookPanel.ContentFactory {
  constructor(
    options: Notebook.ContentFactory.IOptions,
    private readonly _context: ICellContext
  ) {
    super(options);
  }

  override createNotebook(options: Notebook.IOptions): Notebook {
    return new RunNotebook(options, this._context);
  }

  override createCodeCell(options: CodeCell.IOptions): CodeCell {
    return new RunCodeCell(options, this._context).initializeState();
  }

  override createMarkdownCell(options: MarkdownCell.IOptions): MarkdownCell {
    return super.createMarkdownCell({ ...options, showEditorForReadOnlyMarkdown: false });
  }

  override createCellHeader(): ICellHeader {
    return this._context.head();
  }

  override createCellFooter(): ICellFooter {
    return this._context.foot();
  }
}
