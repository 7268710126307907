import { Run, isControl } from '@jupyter-runt/pages/fold.js';
import { Stream } from '@jupyter-runt/pages/stream.js';
import { PromiseDelegate } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { RequestError, Server } from '../api/server';
import type { RunEvent } from '../api/types';
import { Blobs } from './blobs';
import { EventLog } from './log';

interface IEvents {
  type: 'events';
  run_id: string;
  after: number;
  seq: number;
  events: RunEvent[];
}

/**
 * Close codes after which the server has nothing more to say: the run has ended, was removed, may not be looked at any more, or
 * what comes next of it cannot be read.
 */
const OVER = { ended: 1000, removed: 4404, forbidden: 4403, damaged: 4500 } as const;

export type FeedState = 'connecting' | 'live' | 'away' | keyof typeof OVER;

/** One run, folded from its events as they come; after a break it goes on behind its cursor. */
export class RunFeed implements IDisposable {
  /** `log`: for somebody who shows what has happened, and not only what came of it. */
  constructor(
    readonly server: Server,
    readonly runId: string,
    options: { log?: boolean } = {}
  ) {
    this.blobs = new Blobs(server);
    this.run = new Run(runId);
    this.log = options.log ? new EventLog() : null;
    // Nobody may wait for it.
    this.submitted.catch(() => undefined);
    this._stream = new Stream<IEvents>(() => server.socket(['runs', runId, 'follow'], { after: this.run.seq }), {
      onMessage: message => {
        if (message.type === 'events') {
          this._coming = this._coming.then(() => this._take(message.events));
        }
      },
      onState: (state, code) => void this._connection(state, code),
      isOver: code => Object.values<number>(OVER).includes(code)
    });
  }

  /** The fold. Whoever draws clears `run.touched`. */
  readonly run: Run;
  readonly blobs: Blobs;

  readonly log: EventLog | null;

  /** The first event as it came, with the notebook, whose large values are references. Rejects when there is none to be had. */
  get submitted(): Promise<RunEvent> {
    return this._submitted.promise;
  }

  get state(): FeedState {
    return this._state;
  }

  /** Events were folded. */
  get changed(): ISignal<this, readonly RunEvent[]> {
    return this._changed;
  }

  get stateChanged(): ISignal<this, FeedState> {
    return this._stateChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._stream.close();
    this._submitted.reject(new Error('Closed.'));
    Signal.clearData(this);
  }

  /** Batches are taken one after the other: values that the fold needs may have to be fetched first. */
  private async _take(events: readonly RunEvent[]): Promise<void> {
    try {
      for (const event of events) {
        const whole = isControl(event) ? await this._whole(event) : event;
        if (this._isDisposed) {
          return;
        }
        const known = this.run.seq;
        if (!this.run.apply(whole)) {
          this._stream.again();
          return;
        }
        if (this.run.seq > known) {
          this.log?.add(whole);
          if (event.type === 'run.submitted') {
            this._submitted.resolve(event);
          }
        }
      }
    } catch {
      this._stream.again();
      return;
    }
    this._become('live');
    this._changed.emit(events);
  }

  /** The event with its blobs put back; the notebook is asked for elsewhere. */
  private async _whole(event: RunEvent): Promise<RunEvent> {
    const given = event.type === 'run.submitted' ? { ...event.data, notebook: null } : event.data;
    return { ...event, data: await this.blobs.resolve(given) } as RunEvent;
  }

  private async _connection(state: 'live' | 'away' | 'over', code?: number): Promise<void> {
    const turn = (this._turns += 1);
    if (state === 'away') {
      if (this._state !== 'forbidden') {
        this._become('away');
      }
      const why = await this._whyAway();
      if (turn === this._turns && !this._isDisposed) {
        this._tellWhy(why);
      }
    } else if (state === 'over') {
      // Everything was sent; the last batch may still be on its way through the fold.
      await this._coming;
      if (this._isDisposed) {
        return;
      }
      if (code === OVER.ended && !this.run.ended) {
        this._stream.again();
      } else {
        this._end((Object.keys(OVER) as (keyof typeof OVER)[]).find(each => OVER[each] === code) ?? 'ended');
      }
    } else if (this._state === 'away' || this._state === 'forbidden') {
      this._become('live');
    }
  }

  /** What a socket that cannot be opened does not tell: the HTTP status, 0 for none. */
  private async _whyAway(): Promise<number> {
    try {
      await this.server.request(['runs', this.runId, 'events'], { query: { after: this.run.seq, limit: 1 } });
      return 0;
    } catch (error) {
      return (error as RequestError).status;
    }
  }

  private _tellWhy(status: number): void {
    if (status === 404) {
      this._stream.close();
      this._end('removed');
    } else {
      // Who is logged out may log in again: it goes on asking.
      this._become(status === 401 || status === 403 ? 'forbidden' : 'away');
    }
  }

  private _end(state: keyof typeof OVER): void {
    this._submitted.reject(new Error(state));
    this._become(state);
  }

  private _become(state: FeedState): void {
    if (this._state !== state) {
      this._state = state;
      this._stateChanged.emit(state);
    }
  }

  private readonly _submitted = new PromiseDelegate<RunEvent>();
  private readonly _stream: Stream<IEvents>;
  private readonly _changed = new Signal<this, readonly RunEvent[]>(this);
  private readonly _stateChanged = new Signal<this, FeedState>(this);
  private _coming: Promise<void> = Promise.resolve();
  private _state: FeedState = 'connecting';
  private _turns = 0;
  private _isDisposed = false;
}
