import { Run, isControl } from '@jupyter-runt/pages/fold.js';
import { Stream } from '@jupyter-runt/pages/stream.js';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Server } from '../api/server';
import type { RunEvent } from '../api/types';
import { Blobs } from './blobs';

interface IEvents {
  type: 'events';
  run_id: string;
  after: number;
  seq: number;
  events: RunEvent[];
}

/** Close codes after which the server has nothing more to say: the run has ended, was removed, may not be looked at any more. */
const OVER = { ended: 1000, removed: 4404, forbidden: 4403 } as const;

export type FeedState = 'connecting' | 'live' | 'away' | keyof typeof OVER;

/** One run, folded from its events as they come; after a break it goes on behind its cursor. */
export class RunFeed implements IDisposable {
  constructor(
    readonly server: Server,
    readonly runId: string
  ) {
    this.blobs = new Blobs(server);
    this.run = new Run(runId);
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

  /** All events, in order, for the timeline; their large values are references. */
  readonly events: readonly RunEvent[] = [];

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
          (this.events as RunEvent[]).push(event);
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
    if (state === 'away') {
      this._become('away');
    } else if (state === 'over') {
      // Everything was sent; the last batch may still be on its way through the fold.
      await this._coming;
      if (this._isDisposed) {
        return;
      }
      if (code === OVER.ended && !this.run.ended) {
        this._stream.again();
      } else {
        this._become(code === OVER.removed ? 'removed' : code === OVER.forbidden ? 'forbidden' : 'ended');
      }
    } else if (this._state === 'away') {
      this._become('live');
    }
  }

  private _become(state: FeedState): void {
    if (this._state !== state) {
      this._state = state;
      this._stateChanged.emit(state);
    }
  }

  private readonly _stream: Stream<IEvents>;
  private readonly _changed = new Signal<this, readonly RunEvent[]>(this);
  private readonly _stateChanged = new Signal<this, FeedState>(this);
  private _coming: Promise<void> = Promise.resolve();
  private _state: FeedState = 'connecting';
  private _isDisposed = false;
}
