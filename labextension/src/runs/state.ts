import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { RequestError } from '../api/server';
import type { Row } from '../api/types';
import type { IRunsChange, Runs } from '../live/runs';
import { arranged, type IFilter, type IGroupOfRows, isFiltering, matches, questionOf } from './model';

/** So many rows are drawn at first, and so many more when the end of them is seen. */
const DRAWN = 100;
const PAGE = 100;
/** What is being typed is not asked for at each letter. */
const PAUSE = 300;

/** What the button below the list does; null: there is no more to show. */
export type More = 'draw' | 'older' | 'search' | null;

/** What the side bar shows: which of the runs, by which filter, and what the server has found beyond those that are here. */
export class RunsView implements IDisposable {
  constructor(readonly runs: Runs) {
    runs.changed.connect(this._onChanged);
    runs.connectionChanged.connect(this._emit);
  }

  get filter(): IFilter {
    return this._filter;
  }

  /** One of the runs that are here. */
  row(runId: string): Row | undefined {
    return this.runs.rows.get(runId) ?? this._found.get(runId);
  }

  get isFiltering(): boolean {
    return isFiltering(this._filter);
  }

  /** So many rows are drawn at most. */
  get drawn(): number {
    return this._limit;
  }

  /** The server is being asked for more runs. */
  get isBusy(): boolean {
    return this._asking !== null;
  }

  /** Why it could not be asked, else ''. */
  get error(): string {
    return this._error;
  }

  /** Something to be drawn is not as it was. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      clearTimeout(this._pause);
      this.runs.changed.disconnect(this._onChanged);
      this.runs.connectionChanged.disconnect(this._emit);
      Signal.clearData(this);
    }
  }

  /** The runs to draw, and what else there is. */
  arrange(): { groups: IGroupOfRows[]; count: number; more: More } {
    const found = [...this._all()].filter(row => matches(row, this._filter));
    const groups = arranged(found);
    let left = this._limit;
    const shown = groups.map(({ group, rows, count }) => {
      const some = rows.slice(0, Math.max(0, left));
      left -= count;
      return { group, rows: some, count };
    });
    return {
      groups: shown.filter(({ rows }) => rows.length),
      count: found.length,
      more: left < 0 ? 'draw' : this._more()
    };
  }

  setFilter(filter: IFilter): void {
    if (filter.query !== this._filter.query || filter.status !== this._filter.status) {
      this._filter = filter;
      this._limit = DRAWN;
      this._forget();
      this._searchSoon();
      this._emit();
    }
  }

  /** Shows more, where there is more. */
  async showMore(): Promise<void> {
    const more = this.arrange().more;
    if (more === 'draw') {
      this._limit += DRAWN;
      this._emit();
    } else if (more === 'older') {
      await this._ask(async () => void (await this.runs.older(PAGE)));
      this._limit += PAGE;
    } else if (more === 'search') {
      await this._search();
    }
  }

  private *_all(): Iterable<Row> {
    yield* this.runs.rows.values();
    for (const row of this._found.values()) {
      if (!this.runs.rows.has(row.run_id)) {
        yield row;
      }
    }
  }

  private _more(): More {
    if (!this.runs.hasOlder) {
      return null;
    }
    if (!this.isFiltering) {
      return 'older';
    }
    return this._next !== null && questionOf(this._filter) !== null ? 'search' : null;
  }

  /** The server has more runs than are here: it is asked when none of these is meant. */
  private _searchSoon(): void {
    clearTimeout(this._pause);
    if (this.isFiltering && this._more() === 'search' && this._next === '' && this.arrange().count === 0) {
      this._pause = setTimeout(() => void this._search(), PAUSE);
    }
  }

  private async _search(): Promise<void> {
    const question = questionOf(this._filter);
    const before = this._next;
    if (question === null || before === null) {
      return;
    }
    await this._ask(async isWanted => {
      const page = await this.runs.find({ ...question, limit: PAGE, ...(before && { before }) });
      if (isWanted()) {
        page.runs.forEach(row => this._found.set(row.run_id, row));
        this._next = page.next;
      }
    });
  }

  private async _ask(question: (isWanted: () => boolean) => Promise<void>): Promise<void> {
    const asking = {};
    this._asking = asking;
    this._error = '';
    this._emit();
    try {
      await question(() => this._asking === asking);
    } catch (error) {
      if (this._asking === asking) {
        this._error = error instanceof RequestError ? error.message : String(error);
      }
    }
    if (this._asking === asking) {
      this._asking = null;
      this._emit();
    }
  }

  private _forget(): void {
    this._found.clear();
    this._next = '';
    this._asking = null;
    this._error = '';
  }

  private readonly _onChanged = (_: Runs, { rows, removed, all }: IRunsChange): void => {
    if (all) {
      this._forget();
      this._searchSoon();
    }
    for (const { row } of rows) {
      if (this._found.has(row.run_id)) {
        this._found.set(row.run_id, row);
      }
    }
    removed.forEach(id => this._found.delete(id));
    this._emit();
  };

  private readonly _emit = (): void => this._changed.emit();

  private readonly _changed = new Signal<this, void>(this);
  private readonly _found = new Map<string, Row>();
  private _filter: IFilter = { query: '', status: '' };
  private _limit = DRAWN;
  private _pause: ReturnType<typeof setTimeout> | undefined;
  private _asking: object | null = null;
  private _error = '';
  /** Where the search goes on: '' at the newest, null: it is over. */
  private _next: string | null = '';
  private _isDisposed = false;
}
