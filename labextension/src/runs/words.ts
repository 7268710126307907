/** What the panel says of a run's line. */

import { durationWords, reasonWords, timeWords } from '@jupyter-runt/pages/words.js';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Row, Status } from '../api/types';
import { isOpen, type Group, type StatusFilter } from './model';

export function statusWord(status: Status, trans: TranslationBundle): string {
  switch (status) {
    case 'queued':
      return trans.__('queued');
    case 'starting':
      return trans.__('starting');
    case 'running':
      return trans.__('running');
    case 'waiting':
      return trans.__('waiting');
    case 'succeeded':
      return trans.__('succeeded');
    case 'failed':
      return trans.__('failed');
    case 'cancelled':
      return trans.__('cancelled');
  }
}

export function groupWord(group: Group, trans: TranslationBundle): string {
  switch (group) {
    case 'waiting':
      return trans.__('Waiting for an answer');
    case 'running':
      return trans.__('Running');
    case 'queued':
      return trans.__('Queued');
    case 'recent':
      return trans.__('Recent');
  }
}

export function filterWord(status: StatusFilter, trans: TranslationBundle): string {
  return status === '' ? trans.__('all') : status === 'open' ? trans.__('open') : statusWord(status, trans);
}

export function nameOf(row: Row): string {
  return row.title || row.name || row.run_id;
}

/** `3 of 5 cells, 1 failed`; '' for a notebook without any. */
export function cellsWords(row: Row, trans: TranslationBundle): string {
  if (!row.cells_total) {
    return '';
  }
  const done = trans._n('%2 of %1 cell', '%2 of %1 cells', row.cells_total, row.cells_done);
  return row.cells_failed ? trans.__('%1, %2 failed', done, row.cells_failed) : done;
}

/** How long it has run, or has been queued, at this moment of the server's; '' for what was never begun. */
export function elapsedWords(row: Row, now: number): string {
  const begin = row.started_at ?? (isOpen(row) ? row.submitted_at : null);
  const end = row.finished_at === null ? now : Date.parse(row.finished_at);
  return begin === null ? '' : durationWords((end - Date.parse(begin)) / 1000, row.finished_at === null);
}

/** All that there is to say, for a tooltip. */
export function about(row: Row, trans: TranslationBundle): string {
  const status = statusWord(row.status, trans);
  return [
    nameOf(row),
    row.title && row.name !== row.title ? row.name : '',
    row.reason ? trans.__('%1: %2', status, reasonWords(row.reason)) : status,
    cellsWords(row, trans),
    row.requested_by
      ? trans.__('submitted by %1, %2', row.requested_by, timeWords(row.submitted_at))
      : trans.__('submitted %1', timeWords(row.submitted_at)),
    row.finished_at ? trans.__('ended %1', timeWords(row.finished_at)) : '',
    ...Object.entries(row.labels).map(([key, value]) => `${key}=${value}`),
    row.run_id
  ]
    .filter(Boolean)
    .join('\n');
}
