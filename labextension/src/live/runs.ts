import { Stream } from '@jupyter-runt/pages/stream.js';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { RequestError, type Server } from '../api/server';
import { type Counts, OPEN, type Row, type Worker } from '../api/types';
import { ServerClock } from './clock';

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

export interface IPage {
  runs: Row[];
  /** Where the next page begins. */
  next: string | null;
}

/** The newest runs that a snapshot has; older ones in it are there because they are open. */
const NEWEST = 100;

/** More rows than these are not kept while time goes by; pages that somebody asked for come on top. */
const KEPT = 2000;

/** The list of runs, the workers and the counts, as they change: one WebSocket for the whole panel. */
export class Runs implements IDisposable {
  constructor(readonly server: Server) {
    this._stream = new Stream<Message>(() => server.socket(['follow']), {
      onMessage: message => this._take(message),
      onState: state => state !== 'over' && void this._connected(state),
      isOver: () => false
    });
  }

  /** By run id: the open runs and the newest hundred, and older pages that somebody has asked for. */
  readonly rows: ReadonlyMap<string, Row> = new Map<string, Row>();

  /** The server's, for what is running. */
  readonly clock = new ServerClock();

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

  /** Why there is no connection, where the server answers and says it. */
  get why(): RequestError | null {
    return this._why;
  }

  /** Whether there are runs that are older than all that are here. */
  get hasOlder(): boolean {
    return this._oldest !== null;
  }

  /** Rows, workers or counts are not as they were. */
  get changed(): ISignal<this, IRunsChange> {
    return this._changed;
  }

  /** `connection` or `why` is not as it was. */
  get connectionChanged(): ISignal<this, Connection> {
    return this._connectionChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Older runs than all that are here; false when there are none left after them. Throws RequestError. */
  async older(limit = 100): Promise<boolean> {
    const before = this._oldest;
    if (before !== null) {
      const page = await this.find({ before, limit });
      if (this._oldest === before) {
        this._oldest = page.next;
        this._kept += page.runs.length;
        this._apply(page.runs, [], false);
      }
    }
    return this.hasOlder;
  }

  /** A page of runs that are so, the newest first. They are not watched. Throws RequestError. */
  async find(query: Record<string, string | number | readonly string[]>): Promise<IPage> {
    return this.server.json<IPage>(['runs'], { query });
  }

  /** Looks at one run anew, which may be too old to be watched. Throws RequestError. */
  async look(runId: string): Promise<void> {
    const [row] = (await this.find({ id: runId, limit: 1 })).runs;
    this.tell(runId, row ?? null);
  }

  /** What somebody has learnt of a run that may be too old to be watched; null: it is no more. */
  tell(runId: string, row: Row | null): void {
    if (row === null) {
      this._apply([], [runId], false);
    } else if (this.rows.has(runId)) {
      this._apply([row], [], false);
    } else {
      this._changed.emit({ rows: [{ row, before: null }], removed: [], all: false });
    }
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
    this._become('live', null);
    if (message.type === 'snapshot') {
      const gone = new Set(this.rows.keys());
      message.runs.forEach(row => gone.delete(row.run_id));
      this._oldest = message.runs[NEWEST - 1]?.run_id ?? null;
      this._kept = KEPT;
      this._apply(message.runs, [...gone], true);
    } else {
      this._apply(message.runs, message.removed, false);
      const surplus = this._surplus();
      if (surplus.length) {
        this._apply([], surplus, false);
      }
    }
  }

  /** Of a page that is open for weeks: the runs that ended and are the oldest. They are to be had again as older ones. */
  private _surplus(): string[] {
    if (this.rows.size <= this._kept) {
      return [];
    }
    const known = [...this.rows.values()].sort((a, b) => (a.submitted_at < b.submitted_at ? 1 : -1));
    const [last, ...surplus] = known.slice(Math.floor(this._kept / 2)).filter(row => !OPEN.includes(row.status));
    this._oldest = last?.run_id ?? this._oldest;
    return surplus.map(row => row.run_id);
  }

  private _apply(rows: readonly Row[], removed: readonly string[], all: boolean): void {
    const known = this.rows as Map<string, Row>;
    const changes = rows.map(row => ({ row, before: known.get(row.run_id) ?? null }));
    for (const { row, before } of changes) {
      known.set(row.run_id, row);
      this.clock.heard(row.submitted_at, false);
      this.clock.heard(row.started_at, !all && before !== null && before.started_at === null);
      this.clock.heard(row.finished_at, !all && before !== null && before.finished_at === null);
    }
    for (const id of removed) {
      known.delete(id);
    }
    this._changed.emit({ rows: changes, removed, all });
  }

  private async _connected(state: 'live' | 'away'): Promise<void> {
    if (state === 'live') {
      this._become(this._known ? 'live' : 'connecting', null);
      return;
    }
    this._become('away', this._why);
    // A socket that cannot be opened does not tell why.
    let why: RequestError | null = null;
    try {
      await this.server.request(['status']);
    } catch (error) {
      why = error instanceof RequestError && error.status ? error : null;
    }
    if (this._connection === 'away' && !this._isDisposed) {
      this._become('away', why);
    }
  }

  private _become(connection: Connection, why: RequestError | null): void {
    if (this._connection !== connection || this._why?.message !== why?.message) {
      this._connection = connection;
      this._why = why;
      this._connectionChanged.emit(connection);
    }
  }

  private readonly _stream: Stream<Message>;
  private readonly _changed = new Signal<this, IRunsChange>(this);
  private readonly _connectionChanged = new Signal<this, Connection>(this);
  private _connection: Connection = 'connecting';
  private _why: RequestError | null = null;
  private _workers: readonly Worker[] = [];
  private _counts: Counts = {};
  private _known = false;
  private _oldest: string | null = null;
  private _kept = KEPT;
  private _isDisposed = false;
}
