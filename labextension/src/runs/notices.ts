import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Row } from '../api/types';
import type { IRowChange, IRunsChange, Runs } from '../live/runs';
import type { OwnNames } from '../run/trust';
import { isOpen } from './model';
import { elapsedWords, nameOf } from './words';

/** What is told by a notification: the settings of schema/runs.json. */
export interface INotify {
  waiting: boolean;
  failed: boolean;
  succeeded: boolean;
}

export const NOTIFY: INotify = { waiting: true, failed: true, succeeded: false };

/** Whoever submitted a run that took no longer is looking at it still. */
const QUICK = 10_000;
/** More questions than this at once are told by one notification. */
const SEVERAL = 3;
const SHOWN = 8000;

interface INoticesOptions {
  runs: Runs;
  own: OwnNames;
  trans: TranslationBundle;
  open: (runId: string) => void;
  /** Shows the side bar. */
  show: () => void;
}

/** Notifications: of each question, until it is answered, and of the end of what this user has submitted. */
export class Notices {
  constructor(
    private readonly _options: INoticesOptions,
    public notify: INotify = NOTIFY
  ) {
    const { runs } = _options;
    if (runs.connection !== 'connecting') {
      const rows = [...runs.rows.values()].map(row => ({ row, before: null }));
      this._onChanged(runs, { rows, removed: [], all: true });
    }
    runs.changed.connect(this._onChanged);
  }

  private readonly _onChanged = (runs: Runs, change: IRunsChange): void => {
    const isFirst = !this._hasBegun;
    this._hasBegun ||= change.all;
    this._dismissAnswered(runs);
    const asking = this.notify.waiting ? change.rows.filter(each => isQuestion(each)).map(({ row }) => row) : [];
    if ((isFirst && asking.length) || asking.length > SEVERAL) {
      this._askAtOnce(asking);
    } else {
      asking.forEach(row => this._ask(row));
    }
    for (const { row, before } of change.rows) {
      if (before !== null && isOpen(before) && !isOpen(row)) {
        void this._tellEnd(row);
      }
    }
  };

  private _ask(row: Row): void {
    const { trans, open } = this._options;
    const message = trans.__('“%1” waits for an answer.', nameOf(row));
    const answer = { label: trans.__('Answer'), displayType: 'accent' as const, callback: () => open(row.run_id) };
    this._noteQuestion([row], Notification.emit(message, 'warning', { autoClose: false, actions: [answer] }));
  }

  private _askAtOnce(rows: readonly Row[]): void {
    const { trans, show } = this._options;
    const [row] = rows;
    if (rows.length === 1 && row) {
      this._ask(row);
      return;
    }
    const message = trans._n('%1 run waits for an answer.', '%1 runs wait for an answer.', rows.length);
    const look = { label: trans.__('Show Runs'), displayType: 'accent' as const, callback: show };
    this._noteQuestion(rows, Notification.emit(message, 'warning', { autoClose: false, actions: [look] }));
  }

  /** A notification goes away with the last of its questions. */
  private _noteQuestion(rows: readonly Row[], notification: string): void {
    for (const { run_id, current_cell } of rows) {
      this._questions.set(run_id, { notification, cell: current_cell });
    }
  }

  private _dismissAnswered(runs: Runs): void {
    const left = new Set<string>();
    const answered = new Set<string>();
    for (const [runId, { notification, cell }] of this._questions) {
      const row = runs.rows.get(runId);
      if (row?.status === 'waiting' && row.current_cell === cell) {
        left.add(notification);
      } else {
        answered.add(notification);
        this._questions.delete(runId);
      }
    }
    answered.forEach(notification => left.has(notification) || Notification.dismiss(notification));
  }

  private async _tellEnd(row: Row): Promise<void> {
    const { trans, open, own, runs } = this._options;
    const isFailure = row.status === 'failed';
    const isWanted = isFailure ? this.notify.failed : row.status === 'succeeded' && this.notify.succeeded;
    const took = row.finished_at === null ? 0 : Date.parse(row.finished_at) - Date.parse(row.submitted_at);
    if (!isWanted || took < QUICK || !(await own.get()).includes(row.requested_by)) {
      return;
    }
    const name = nameOf(row);
    const elapsed = elapsedWords(row, runs.clock.now());
    const message = isFailure
      ? trans.__('“%1” failed after %2.', name, elapsed)
      : trans.__('“%1” succeeded after %2.', name, elapsed);
    Notification.emit(message, isFailure ? 'error' : 'success', {
      autoClose: SHOWN,
      actions: [{ label: trans.__('Open'), callback: () => open(row.run_id) }]
    });
  }

  private readonly _questions = new Map<string, { notification: string; cell: string | null }>();
  private _hasBegun = false;
}

/** A run that waits now and did not, or not in this cell. */
function isQuestion({ row, before }: IRowChange): boolean {
  return row.status === 'waiting' && (before?.status !== 'waiting' || before.current_cell !== row.current_cell);
}
