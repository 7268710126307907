/** What the panel says of a schedule. */

import { reasonWords, timeWords } from '@jupyter-runt/pages/words.js';
import type { TranslationBundle } from '@jupyterlab/translation';

import { OPEN } from '../api/types';
import type { ILooks } from '../history/strip';
import { ageOf, ageWords, healthWord, rangeWords, scoreWords } from '../history/words';
import { statusWord } from '../runs/words';
import { type Firing, lookOf, type Schedule, sinceOf } from './model';

/** `in 4 min`, or why it is not due. */
export function dueWords({ paused, fault, next }: Schedule, now: number, trans: TranslationBundle): string {
  if (paused) {
    return trans.__('paused');
  }
  if (!next.length) {
    return fault ? trans.__('cannot fire') : trans.__('over');
  }
  const seconds = -ageOf(next[0], now);
  return seconds > 0 ? trans.__('in %1', ageWords(seconds, trans)) : trans.__('due now');
}

/** The next due times, on the clocks of here and of the schedule's zone. */
export function comingWords({ next, tz }: Schedule, trans: TranslationBundle): string {
  return next.map(each => momentWords(each, tz, trans)).join('\n');
}

/** `Nov 22, 2026, 7:00:00 AM (15:00, Asia/Tokyo)` */
function momentWords(iso: string, tz: string, trans: TranslationBundle): string {
  const here = timeWords(iso);
  if (tz === zone()) {
    return here;
  }
  try {
    const there = new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short', timeZone: tz });
    return trans.__('%1 (%2, %3)', here, there, tz);
  } catch {
    return here; // a zone that this browser does not know
  }
}

/** The zone of this browser's clock. */
export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `At 07:00 every day`, with the zone where that is not the one of here. */
export function calendarWords({ words, cron, tz }: Schedule): string {
  return [words || cron, tz === zone() ? '' : tz].filter(Boolean).join(' · ');
}

/** `daily.yml`, and whether its file is read at all. */
export function notebookWords({ name, notebook, pinned }: Schedule, trans: TranslationBundle): string {
  return pinned ? trans.__('%1, as it was when this was defined', name || notebook) : name || notebook;
}

/** A firing in one line. */
export function firingWords(firing: Firing, trans: TranslationBundle): string {
  const times = [firing.due_at, ...(firing.count > 1 && firing.last_at ? [firing.last_at] : [])];
  return trans.__('%1: %2', times.map(timeWords).join(' … '), outcomeWords(firing, trans));
}

/** What came of a due time, with all there is to say. */
function outcomeWords(firing: Firing, trans: TranslationBundle): string {
  const { count, run_id, message, outcome, status, reason, health, score } = firing;
  if (run_id === null) {
    switch (lookOf(firing)) {
      case 'missed':
        return trans._n('missed, no worker was there', '%1 times missed, no worker was there', count);
      case 'overlap':
        return trans._n('passed over, the run before went on', '%1 times passed over, the run before went on', count);
      default:
        return trans.__('could not be run. %1', message);
    }
  }
  const told = [
    status === null ? trans.__('its run was removed') : statusWord(status, trans),
    reason && reasonWords(reason),
    outcome === 'by hand' && trans.__('by hand'),
    health !== null && `${healthWord(health, trans)}, ${scoreWords(score, trans)}`
  ];
  return told.filter(Boolean).join(', ');
}

/** `failed, 5 min ago`, `running for 3 min`; of the newest firing. */
export function lastWords({ firings }: Schedule, now: number, trans: TranslationBundle): string {
  const [last] = firings;
  if (!last) {
    return trans.__('It has not been due yet.');
  }
  const age = ageWords(ageOf(sinceOf(last), now), trans);
  const told = briefWords(last, trans);
  return last.status !== null && OPEN.includes(last.status)
    ? trans.__('%1 for %2', told, age)
    : trans.__('%1, %2 ago', told, age);
}

function briefWords(firing: Firing, trans: TranslationBundle): string {
  const { status, health, score } = firing;
  if (status !== null) {
    const found =
      health === null ? [] : [healthWord(health, trans), ...(score === null ? [] : [scoreWords(score, trans)])];
    return [statusWord(status, trans), ...found].join(', ');
  }
  switch (lookOf(firing)) {
    case 'missed':
      return trans.__('missed');
    case 'overlap':
      return trans.__('passed over, the run before went on');
    case 'removed':
      return trans.__('fired');
    default:
      return trans.__('could not be run');
  }
}

/** How firings stand in the strip. */
export const looksOf = (trans: TranslationBundle): ILooks<Firing> => ({
  keysOf: firings => firings.map(each => each.due_at),
  runOf: ({ run_id, status }) => (status === null ? null : run_id),
  statusOf: lookOf,
  wordsOf: firing => firingWords(firing, trans)
});

/** What the line of the scores shows, of which there is one at least. */
export function scoresWords(scores: readonly (number | null)[], trans: TranslationBundle): string {
  return trans._n('Score: %2', 'Scores of the last %1 firings: %2', scores.length, rangeWords(scores, trans));
}
