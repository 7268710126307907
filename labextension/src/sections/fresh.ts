import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';

import type { IRunsChange, Runs } from '../live/runs';
import { FetchedSection } from './fetched';

/** What happens in a row is one reason to ask, in ms. */
const PAUSE = 300;

/** It is asked for less often the longer the answer takes: so many times that long is what lies between. */
const REST = 2;

/** Ages may be told so late, in seconds: those of many items change together. */
const LATE = 15;

/** In seconds; browsers know no timer of more than 24 days. */
const DAY = 86_400;

/** A fetched section that stays true while it is seen: asked for anew when runs bring news or a time has come, and drawn again when an
 * age that it shows is another one. There is no clock that ticks. */
export abstract class FreshSection<T> extends FetchedSection<T> {
  constructor(
    protected readonly runs: Runs,
    trans: TranslationBundle
  ) {
    super(trans);
    runs.changed.connect(this._onChanged);
    document.addEventListener('visibilitychange', this._onVisibility);
  }

  override dispose(): void {
    this.runs.changed.disconnect(this._onChanged);
    document.removeEventListener('visibilitychange', this._onVisibility);
    this._rest();
    super.dispose();
  }

  /** What the server has. Throws RequestError. */
  protected abstract ask(): Promise<T>;

  /** Whether the server may have something else to say than this now. */
  protected abstract isNews(change: IRunsChange, content: T | null): boolean;

  /** So many seconds later something that is told of times is not true any more. */
  protected abstract secondsToAge(content: T, now: number): number;

  /** When the server has something else to say even if no run tells it, in ms since the epoch; it was asked at `asked`. */
  protected abstract newsAt(content: T, asked: number): number;

  /** Now, in ms since the epoch, by the server's clock. */
  protected get now(): number {
    return this.runs.clock.now();
  }

  protected override async fetch(): Promise<T> {
    this._isStale = false;
    this._asked = this.now;
    const begin = performance.now();
    try {
      return await this.ask();
    } finally {
      this._took = performance.now() - begin;
    }
  }

  protected override onUpdateRequest(msg: Message): void {
    super.onUpdateRequest(msg);
    this._arrange();
  }

  protected override onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this._rest();
  }

  protected override onBeforeDetach(msg: Message): void {
    super.onBeforeDetach(msg);
    this._rest();
  }

  private _arrange(): void {
    clearTimeout(this._coming);
    if (this._isSeen && this.content !== null) {
      const { now } = this;
      const news = (this.newsAt(this.content, this._asked) - now) / 1000;
      const seconds = Math.min(news, Math.max(LATE, this.secondsToAge(this.content, now)), DAY);
      const next = (): void => (seconds === news ? this.refresh() : this.update());
      this._coming = setTimeout(next, 1000 * Math.max(0, seconds));
    }
  }

  private _rest(): void {
    clearTimeout(this._coming);
    clearTimeout(this._asking);
    this._asking = undefined;
  }

  /** Asks if it is seen; else it will, when it is. */
  private _ask(): void {
    this._isStale = true;
    if (this._isSeen) {
      const soon = (): void => {
        this._asking = undefined;
        this.refresh();
      };
      this._asking ??= setTimeout(soon, Math.max(PAUSE, REST * this._took));
    }
  }

  private get _isSeen(): boolean {
    return this.isVisible && document.visibilityState === 'visible';
  }

  private readonly _onChanged = (_: Runs, change: IRunsChange): void => {
    if (this.isNews(change, this.content)) {
      this._ask();
    }
  };

  private readonly _onVisibility = (): void => {
    if (!this._isSeen) {
      this._rest();
      return;
    }
    this.update();
    if (this._isStale) {
      this._ask();
    }
  };

  private _isStale = false;
  private _asked = 0;
  private _took = 0;
  private _coming: ReturnType<typeof setTimeout> | undefined;
  private _asking: ReturnType<typeof setTimeout> | undefined;
}
