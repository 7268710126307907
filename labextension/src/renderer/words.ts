import { durationWords, reasonWords, whyWords } from '@jupyter-runt/pages/words.js';
import type { TranslationBundle } from '@jupyterlab/translation';

import { OPEN, type Status } from '../api/types';
import { statusWord } from '../runs/words';
import type { IAbout } from './about';
import { type IShown, type IShownCell, isEnded, progress } from './shown';
import type { Trouble } from './sources';
import { errorLine } from './tail';

/** `running, paused`, `failed in total: ValueError: bad number`, `cancelled: on request`. */
export function outcomeWords(shown: IShown, trans: TranslationBundle): string {
  const status = statusWord(shown.status, trans) ?? shown.status;
  if (shown.status !== 'failed' && shown.status !== 'cancelled') {
    return shown.paused && !isEnded(shown) ? trans.__('%1, paused', status) : status;
  }
  const culprit = shown.cells.find(cell => cell.status === 'failed');
  const isError = shown.reason === 'cell_error' && culprit?.error;
  const why =
    (isError && errorLine(culprit.error ?? {})) || (shown.reason ? whyWords(shown.reason, shown.message) : '');
  const where = culprit ? trans.__('%1 in %2', status, culprit.id) : status;
  return why ? trans.__('%1: %2', where, why) : where;
}

/** `3/5 cells`, `1 min 20 s`, …: what stands below the title. `now` is the server's clock. */
export function factWords(shown: IShown, now: number, trans: TranslationBundle): string[] {
  const [done, total] = progress(shown.cells);
  const begun = shown.started_at ?? shown.submitted_at;
  const ticking = begun === null || isEnded(shown) ? '' : durationWords((now - Date.parse(begun)) / 1000, true);
  return [
    total ? trans._n('%2/%1 cell', '%2/%1 cells', total, done) : '',
    shown.duration === null ? ticking : durationWords(shown.duration),
    shown.attempt > 1 ? trans.__('attempt %1', shown.attempt) : ''
  ].filter(Boolean);
}

/** Why a cell failed or did not run, where its outputs do not say so. */
export function cellWords(cell: IShownCell): string {
  const took = cell.duration === null ? '' : durationWords(cell.duration);
  return [took, cell.reason && cell.reason !== 'cell_error' ? reasonWords(cell.reason) : '']
    .filter(Boolean)
    .join(' · ');
}

/** Why a notebook's picture of the run is all that there is. */
export function troubleWords(trouble: Trouble | null, about: IAbout | null, trans: TranslationBundle): string {
  const isOpen = about !== null && OPEN.includes(about.status as Status);
  const old = isOpen ? trans.__('This is how it was when it was last heard of.') : '';
  switch (trouble) {
    case 'removed':
      return trans.__('This run was removed.');
    case 'away':
      return [trans.__('The server cannot tell how this run is now.'), old].filter(Boolean).join(' ');
    case 'damaged':
      return [trans.__('What comes next of this run cannot be read.'), old].filter(Boolean).join(' ');
    case 'forbidden':
      return [trans.__('You may not look at this run.'), old].filter(Boolean).join(' ');
    case 'unknown':
    case null: {
      const place = about?.server
        ? trans.__('This server does not know the run; it was started by way of %1.', about.server)
        : trans.__('This server does not know the run.');
      return [place, old].filter(Boolean).join(' ');
    }
  }
}
