import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { type NotebookPanel, NotebookTracker } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Row } from '../api/types';
import { RunFeed } from '../live/feed';
import { COMMANDS, type IRunt } from '../tokens';
import { PROVIDER, RunContents } from './contents';
import { RunContext } from './context';
import type { RunFactory } from './factory';
import { RunModelFactory } from './model';
import { RunPanel } from './panel';
import { OwnNames } from './trust';
import { RunView } from './view';

interface IRunTabsOptions {
  app: JupyterFrontEnd;
  runt: IRunt;
  trans: TranslationBundle;
  drive: Contents.IDrive;
  factory: RunFactory;
}

/** The tabs of runs, one of each run at most. */
export class RunTabs {
  constructor(private readonly _options: IRunTabsOptions) {
    this._ownNames = new OwnNames(_options.runt.server);
    _options.drive.contentProviderRegistry?.register(PROVIDER, this._contents);
  }

  readonly tracker = new NotebookTracker({ namespace: 'jupyter-runt-run' });

  /** The run whose tab is in front. */
  get current(): RunView | null {
    const { currentWidget } = this.tracker;
    return currentWidget instanceof RunPanel && currentWidget === this._options.app.shell.currentWidget
      ? currentWidget.view
      : null;
  }

  viewOf(path: string): RunView {
    const view = this._views.get(path);
    if (!view) {
      throw new Error(`No run is open as ${path}.`);
    }
    return view;
  }

  /** `runId` may be the beginning of one. Throws RequestError. */
  async open(runId: string, activate: boolean): Promise<NotebookPanel> {
    const { shell } = this._options.app;
    const id = await this.whole(runId);
    let panel = this.tracker.find(each => each instanceof RunPanel && each.view.feed.runId === id);
    if (!panel) {
      panel = this._made(id);
      await this.tracker.add(panel);
      shell.add(panel, 'main', { activate });
    }
    if (activate) {
      shell.activateById(panel.id);
    }
    return panel;
  }

  restore(restorer: ILayoutRestorer): void {
    const runOf = (panel: NotebookPanel): string => (panel as RunPanel).view.feed.runId;
    void restorer.restore(this.tracker, {
      command: COMMANDS.open,
      args: panel => ({ run_id: runOf(panel), activate: false }),
      name: runOf
    });
  }

  /** The id that begins so. What is no beginning of exactly one is taken as it is: the tab says that there is no such run. */
  async whole(runId: string): Promise<string> {
    const { runs, server } = this._options.runt;
    if (runs.rows.has(runId) || this.tracker.find(each => each instanceof RunPanel && each.view.feed.runId === runId)) {
      return runId;
    }
    try {
      const found = await server.json<{ runs: Row[] }>(['runs'], { query: { id: runId, limit: 2 } });
      return found.runs.length === 1 ? found.runs[0].run_id : runId;
    } catch {
      return runId;
    }
  }

  private _made(runId: string): RunPanel {
    const { app, runt, trans, factory } = this._options;
    const feed = new RunFeed(runt.server, runId, { log: true });
    const path = this._contents.open(feed);
    const row = runt.runs.rows.get(runId);
    const label = row?.title || row?.name || runId;
    const ownNames = this._ownNames.get();
    const view = new RunView({ feed, trans, commands: app.commands, ownNames, clock: runt.runs.clock, label });
    this._views.set(path, view);
    const context = new RunContext({
      manager: app.serviceManager,
      factory: this._models,
      path,
      contentProviderId: factory.contentProviderId,
      kernelPreference: { canStart: factory.canStartKernel, shouldStart: false, autoStartDefault: false },
      translator: factory.translator
    });
    const panel = factory.createNew(context) as RunPanel;
    panel.disposed.connect(() => {
      this._contents.close(path);
      this._views.delete(path);
    });
    void view.ready
      .then(() => (context.isDisposed ? undefined : context.initialize(false)))
      .catch((error: Error) => {
        view.fault = error.message;
      });
    return panel;
  }

  private readonly _ownNames: OwnNames;
  private readonly _contents = new RunContents();
  private readonly _models = new RunModelFactory();
  private readonly _views = new Map<string, RunView>();
}
