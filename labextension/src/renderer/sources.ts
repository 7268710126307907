import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { RequestError } from '../api/server';
import type { View } from '../api/types';
import { Blobs } from '../live/blobs';
import { type FeedState, RunFeed } from '../live/feed';
import type { IRunsChange, Runs } from '../live/runs';
import type { IRunt } from '../tokens';
import { type IShown, isEnded, ofRun, ofView } from './shown';

/** Why a run cannot be shown: `unknown` to this server, `removed` meanwhile, `forbidden`, `damaged` where its log cannot be
 * read; `away` may pass. */
export type Trouble = 'unknown' | 'removed' | 'forbidden' | 'damaged' | 'away';

/** One run for all the outputs that show it: read once, and followed while it is open. */
export class RunSource implements IDisposable {
  constructor(
    private readonly _runt: IRunt,
    readonly runId: string
  ) {
    this.blobs = new Blobs(_runt.server);
    _runt.runs.changed.connect(this._onList);
    void this._read();
  }

  readonly blobs: Blobs;

  /** Null until it has been read. */
  get shown(): IShown | null {
    if (this._view === null) {
      return null;
    }
    const run = this._feed?.run;
    return run && run.seq >= this._view.seq ? ofRun(run, this._view) : ofView(this._view);
  }

  get trouble(): Trouble | null {
    return this._trouble;
  }

  /** `shown` or `trouble` are not as they were. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._runt.runs.changed.disconnect(this._onList);
      this._feed?.dispose();
      Signal.clearData(this);
    }
  }

  /** Once at a time; what is asked for meanwhile comes after it, where nothing follows the run by then. */
  private async _read(): Promise<void> {
    this._isDoubted = true;
    if (this._isReading) {
      return;
    }
    this._isReading = true;
    while (this._isDoubted && this._feed === null && !this._isDisposed) {
      this._isDoubted = false;
      await this._readOnce();
    }
    this._isReading = false;
  }

  private async _readOnce(): Promise<void> {
    let trouble: Trouble | null = null;
    try {
      this._view = await this._runt.server.json<View>(['runs', this.runId]);
    } catch (error) {
      const status = error instanceof RequestError ? error.status : 0;
      trouble = status === 404 ? (this._view ? 'removed' : 'unknown') : status === 403 ? 'forbidden' : 'away';
    }
    if (this._isDisposed) {
      return;
    }
    if (this._view !== null && !isEnded(ofView(this._view))) {
      this._feed = new RunFeed(this._runt.server, this.runId);
      this._feed.changed.connect(this._tell);
      this._feed.stateChanged.connect(this._onState);
    }
    this._become(trouble);
  }

  private readonly _onState = (_: RunFeed, state: FeedState): void => {
    switch (state) {
      case 'away':
      case 'removed':
      case 'forbidden':
      case 'damaged':
        this._become(state);
        break;
      case 'connecting':
      case 'live':
      case 'ended':
        this._become(null);
    }
  };

  /** The server is there (again): what could not be read may be read now. What the list has no more may be no more. */
  private readonly _onList = (_: Runs, { all, removed }: IRunsChange): void => {
    const isMissed = this._view === null && this._trouble === 'away' && all;
    const isDoubtful = this._view !== null && this._feed === null && removed.includes(this.runId);
    if (isMissed || isDoubtful) {
      void this._read();
    }
  };

  private _become(trouble: Trouble | null): void {
    this._trouble = trouble;
    this._tell();
  }

  private readonly _tell = (): void => {
    this._feed?.run.touched.clear();
    this._changed.emit();
  };

  private readonly _changed = new Signal<this, void>(this);
  private _view: View | null = null;
  private _feed: RunFeed | null = null;
  private _trouble: Trouble | null = null;
  private _isReading = false;
  private _isDoubted = false;
  private _isDisposed = false;
}

/** Runs that are shown in notebooks. What nobody shows any more is let go, though not while somebody scrolls past. */
export class Sources {
  constructor(private readonly _runt: IRunt) {}

  acquire(runId: string): RunSource {
    const known = this._used.get(runId);
    if (known) {
      clearTimeout(known.timer);
      known.count += 1;
      return known.source;
    }
    const source = new RunSource(this._runt, runId);
    this._used.set(runId, { source, count: 1, timer: undefined });
    return source;
  }

  release(source: RunSource): void {
    const used = this._used.get(source.runId);
    if (used?.source === source && (used.count -= 1) === 0) {
      used.timer = setTimeout(() => {
        this._used.delete(source.runId);
        source.dispose();
      }, LINGER);
    }
  }

  private readonly _used = new Map<
    string,
    { source: RunSource; count: number; timer?: ReturnType<typeof setTimeout> }
  >();
}

const LINGER = 5000;
