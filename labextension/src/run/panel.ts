import { type Run, WIDGET_VIEW } from '@jupyter-runt/pages/fold.js';
import { Printing } from '@jupyterlab/apputils';
import type { DocumentWidget } from '@jupyterlab/docregistry';
import { type INotebookModel, type Notebook, NotebookPanel } from '@jupyterlab/notebook';
import type { Message } from '@lumino/messaging';

import { STATUS_ICONS } from '../runs/icons';
import { statusWord } from '../runs/words';
import { CellDrawing } from './cells';
import type { RunContext } from './context';
import { RunHeader } from './header';
import type { RunNotebook } from './notebook';
import type { RunView } from './view';
import { showWidgets } from './widgets';

/** The tab of a run. */
export class RunPanel extends NotebookPanel {
  constructor(
    options: DocumentWidget.IOptions<Notebook, INotebookModel>,
    readonly view: RunView
  ) {
    super(options);
    this.addClass('jp-runt-run');
    this.id = `jp-runt-run-${view.feed.runId}`;
    this.title.closable = true;
    this.toolbar.hide();
    this._cells = new CellDrawing(view, this.content as RunNotebook);
    this.contentHeader.addWidget(new RunHeader(view, () => this._cells.tick()));
    view.changed.connect(this._onChanged, this);
    this._onChanged();
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    const { context } = this;
    this._cells.stop();
    super.dispose();
    this.view.dispose();
    context.dispose();
  }

  /** The run as the server prints it: there is no file that JupyterLab could convert. */
  override [Printing.symbol](): () => Promise<void> {
    const { server, runId } = this.view.feed;
    return () => Printing.printURL(`${server.url('api', 'runs', runId, 'notebook')}?format=html`);
  }

  protected override onCloseRequest(message: Message): void {
    super.onCloseRequest(message);
    this.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.view.painter.paused = false;
  }

  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    this.view.painter.paused = true;
  }

  /** What the tab itself tells, also of a run that is behind others. */
  private _onChanged(): void {
    const { run, label, trans, feed } = this.view;
    (this.context as RunContext).label = label;
    this.title.label = label;
    this.title.icon = STATUS_ICONS[run.status];
    this.title.caption = run.seq ? `${label}\n${statusWord(run.status, trans)}\n${run.id}` : feed.runId;
    this.toggleClass('jp-runt-mod-empty', run.cells.size === 0);
    if (run.ended && this.view.trusted && !this._widgetsAsked && hasWidgets(run)) {
      this._widgetsAsked = true;
      this._showWidgets().catch(() => {
        this._widgetsAsked = false; // with the next thing that happens; until then they are texts
      });
    }
  }

  private async _showWidgets(): Promise<void> {
    const { feed, rendermime } = this.view;
    await this.context.ready;
    const shown = rendermime && !this.isDisposed ? await showWidgets(feed, this.context, rendermime) : null;
    if (this.isDisposed) {
      shown?.dispose();
    } else if (shown) {
      this.disposed.connect(() => shown.dispose());
      this._cells.renew(WIDGET_VIEW);
    }
  }

  private _widgetsAsked = false;

  private readonly _cells: CellDrawing;
}

function hasWidgets(run: Run): boolean {
  return [...run.cells.values()].some(cell =>
    cell.outputs.some(output => WIDGET_VIEW in ((output.value?.data as Record<string, unknown> | undefined) ?? {}))
  );
}
