import { Notification } from '@jupyterlab/apputils';
import type { IRunningSessions } from '@jupyterlab/running';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type ISignal, Signal } from '@lumino/signaling';

import { RequestError } from '../api/server';
import type { Row } from '../api/types';
import type { IRunsChange, Runs } from '../live/runs';
import { STATUS_ICONS } from '../runs/icons';
import { arranged, isOpen } from '../runs/model';
import { about, nameOf, statusWord } from '../runs/words';
import type { IRunt } from '../tokens';

/** The open runs in "Running Terminals and Kernels"; to end one is to cancel it. */
export class RunningRuns implements IRunningSessions.IManager {
  constructor(
    private readonly _runt: IRunt,
    private readonly _trans: TranslationBundle,
    private readonly _open: (runId: string) => void
  ) {
    this.name = _trans.__('Runs');
    this.shutdownLabel = _trans.__('Cancel');
    this.shutdownAllLabel = _trans.__('Cancel All');
    _runt.runs.changed.connect(this._onChanged);
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;

  get runningChanged(): ISignal<this, void> {
    return this._runningChanged;
  }

  shutdownAllConfirmationText = (): string =>
    this._trans._n(
      'Cancel %1 run? It ends wherever it is; what it has done so far is kept.',
      'Cancel %1 runs? They end wherever they are; what they have done so far is kept.',
      this._openRows().length
    );

  running(): IRunningSessions.IRunningItem[] {
    return this._openRows().map(row => ({
      open: () => this._open(row.run_id),
      context: 'runt',
      shutdown: () => void this._cancel(row),
      icon: () => STATUS_ICONS[row.status],
      label: () => nameOf(row),
      labelTitle: () => about(row, this._trans),
      detail: () => statusWord(row.status, this._trans)
    }));
  }

  shutdownAll(): void {
    this._openRows().forEach(row => void this._cancel(row));
  }

  /** They come by themselves. */
  refreshRunning(): void {}

  private _openRows(): Row[] {
    return arranged([...this._runt.runs.rows.values()].filter(isOpen)).flatMap(({ rows }) => rows);
  }

  private async _cancel(row: Row): Promise<void> {
    try {
      await this._runt.server.request(['runs', row.run_id, 'signals'], { method: 'POST', body: { kind: 'cancel' } });
    } catch (error) {
      // 409: it has ended meanwhile.
      if (!(error instanceof RequestError && error.status === 409)) {
        Notification.error(error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** The list is drawn as a whole, so it is told only of what it shows. */
  private readonly _onChanged = (_: Runs, { rows, removed, all }: IRunsChange): void => {
    const differs = rows.some(({ row, before }) => {
      const [is, was] = [isOpen(row), before !== null && isOpen(before)];
      return is !== was || (is && before !== null && (before.status !== row.status || nameOf(before) !== nameOf(row)));
    });
    if (all || removed.length || differs) {
      this._runningChanged.emit();
    }
  };

  private readonly _runningChanged = new Signal<this, void>(this);
}
