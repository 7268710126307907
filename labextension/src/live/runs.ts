import { Stream } from '@jupyter-runt/pages/stream.js';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Server } from '../api/server';
import type { Counts, Row, Worker } from '../api/types';

type Message =
  | { type: 'snapshot'; runs: Row[]; workers: Worker[]; counts: Counts }
  | { type: 'changes'; runs: Row[]; removed: string[]; workers?: Worker[]; counts?: Counts };

/** `connecting` until the first snapshot is here. */
export type Connection = 'connecting' | 'live' | 'away';

/** One row that is new or is not as it was; `before` is null for a new one. */
export interface IRowChange {
  row: Row;
  before: Row | null;
}

export interface IRunsChange {
  rows: readonly IRowChange[];
  removed: readonly string[];
  /** Everything may be new: the first snapshot, or one after the server was away. */
  all: boolean;
}

/** The list of runs, the workers and the counts, as they change: one WebSocket for the whole panel. */
export class Runs implements IDisposable {
  constructor(readonly server: Server) {
    this._stream = new Stream<Message>(() => server.socket(['follow']), {
      onMessage: message => this._take(message),
      onState: state => state !== 'over' && this._become(state === 'away' ? 'away' : this._known ? 'live' : 'connecting'),
      isOver: () => false
    });
  }

  /** By run id: the open runs and the newest hundred, and older pages that somebody has asked for. */
  readonly rows: ReadonlyMap<string, Row> = new Map<string, Row>();

  get workers(): readonly Worker[] {
    return this._workers;
  }

  /** How many runs there are of each status. */
  get counts(): Counts {
    return this._counts;
  }

  get connection(): Connection {
    return this._connection;
  }

  /** Rows, workers or counts are not as they were. */
  get changed(): ISignal<this, IRunsChange> {
    return this._changed;
  }

  get connectionChanged(): ISignal<this, Connection> {
    return this._connectionChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Older runs than all that are here; false when there are none. Throws RequestError. */
  async older(limit = 100): Promise<boolean> {
    const oldest = [...this.rows.values()].reduce<Row | null>(
      (found, row) => (found === null || row.submitted_at < found.submitted_at ? row : found),
      null
    );
    const query = oldest === null ? { limit } : { limit, before: oldest.run_id };
    const page = await this.server.json<{ runs: Row[]; next: string | null }>(['runs'], { query });
    this._apply(page.runs, [], false);
    return page.next !== null;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._stream.close();
    Signal.clearData(this);
  }

  private _take(message: Message): void {
    this._workers = message.workers ?? this._workers;
    this._counts = message.counts ?? this._counts;
    this._known = true;
    this._become('live');
    if (message.type === 'snapshot') {
      (this.rows as Map<string, Row>).clear();
      this._apply(message.runs, [], true);
    } else {
      this._apply(message.runs, message.removed, false);
    }
  }

  private _apply(rows: readonly Row[], removed: readonly string[], all: boolean): void {
    const known = this.rows as Map<string, Row>;
    const changes = rows.map(row => ({ row, before: known.get(row.run_id) ?? null }));
    for (const row of rows) {
      known.set(row.run_id, row);
    }
    for (const id of removed) {
      known.delete(id);
    }
    this._changed.emit({ rows: changes, removed, all });
  }

  private _become(connection: Connection): void {
    if (this._connection !== connection) {
      this._connection = connection;
      this._connectionChanged.emit(connection);
    }
  }

  private readonly _stream: Stream<Message>;
  private readonly _changed = new Signal<this, IRunsChange>(this);
  private readonly _connectionChanged = new Signal<this, Connection>(this);
  private _connection: Connection = 'connecting';
  private _workers: readonly Worker[] = [];
  private _counts: Counts = {};
  private _known = false;
  private _isDisposed = false;
}
