import { isControl } from '@jupyter-runt/pages/fold.js';

import type { RunEvent } from '../api/types';

/** One line of a run's timeline: an event, or several of one kind in a row that only show something. */
export interface ILogEntry {
  /** Of the first one. */
  seq: number;
  at: string;
  type: string;
  cell: string | null;
  count: number;
  /** What the event says; of one that holds what a cell shows at most a name. */
  data: Record<string, unknown> | null;
}

/** What has happened, in order, without the texts and pictures: those are in the fold. */
export class EventLog {
  readonly entries: readonly ILogEntry[] = [];

  add(event: RunEvent): void {
    const entries = this.entries as ILogEntry[];
    const cell = event.cell_id ?? null;
    const shows = !isControl(event);
    const last = entries[entries.length - 1];
    if (shows && last?.type === event.type && event.type !== 'result.recorded' && last.cell === cell) {
      last.count += 1;
      return;
    }
    entries.push({ seq: event.seq, at: event.at, type: event.type, cell, count: 1, data: told(event, shows) });
  }
}

function told({ type, data }: RunEvent, shows: boolean): ILogEntry['data'] {
  if (shows) {
    return type === 'result.recorded' ? { name: (data as Record<string, unknown>).name } : null;
  }
  // The notebook is kept elsewhere, and may be megabytes.
  return type === 'run.submitted' ? { ...data, notebook: null, cells: null } : data;
}
