/** What the panel says of a monitor. */

import { timeWords } from '@jupyter-runt/pages/words.js';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ILooks } from '../history/strip';
import { ageOf, ageWords, healthWord, rangeWords, scoreWords } from '../history/words';
import { type FailingCheck, type HealthPoint, keysOf, type Monitor } from './model';

/** The times of whose ages a monitor's lines speak. */
export function timesOf({ at, since, healthy_at }: Monitor): string[] {
  return [at, since, ...(healthy_at === null ? [] : [healthy_at])];
}

/** `for 3 h`; `for at least 3 h`, where it was never otherwise; '' of a first report. */
export function sinceWords(monitor: Monitor, now: number, trans: TranslationBundle): string {
  const age = ageWords(ageOf(monitor.since, now), trans);
  if (monitor.began) {
    return trans.__('for %1', age);
  }
  return monitor.reports > 1 ? trans.__('for at least %1', age) : '';
}

/** `last HEALTHY 4 h ago`; '' of what is so now, and of a first report. */
export function healthyWords(monitor: Monitor, now: number, trans: TranslationBundle): string {
  if (monitor.status === 'HEALTHY') {
    return '';
  }
  if (monitor.healthy_at !== null) {
    return trans.__('last HEALTHY %1 ago', ageWords(ageOf(monitor.healthy_at, now), trans));
  }
  return monitor.reports > 1 ? trans.__('not HEALTHY in any of %1 reports', monitor.reports) : '';
}

/** `newest of 12 reports 2 min ago` */
export function newestWords(monitor: Monitor, now: number, trans: TranslationBundle): string {
  const age = ageWords(ageOf(monitor.at, now), trans);
  return monitor.reports > 1
    ? trans.__('newest of %1 reports %2 ago', monitor.reports, age)
    : trans.__('first report %1 ago', age);
}

/** A report in one line. */
export function pointWords(point: Omit<HealthPoint, 'run_id'>, trans: TranslationBundle): string {
  return trans.__('%1: %2, %3', timeWords(point.at), healthWord(point.status, trans), scoreWords(point.score, trans));
}

/** How reports stand in the strip. */
export const looksOf = (trans: TranslationBundle): ILooks<HealthPoint> => ({
  keysOf,
  runOf: ({ run_id }) => run_id,
  statusOf: ({ status }) => status,
  wordsOf: point => pointWords(point, trans)
});

/** What the line of the scores shows, for who does not see it. */
export function scoresWords(scores: readonly (number | null)[], trans: TranslationBundle): string {
  const newest = scores[scores.length - 1] ?? null;
  if (scores.length < 2 || scores.every(each => each === null)) {
    return trans._n('One report: %2', '%1 reports: %2', scores.length, scoreWords(newest, trans));
  }
  return trans.__('Scores of the newest %1 reports: %2', scores.length, rangeWords(scores, trans));
}

/** `disk-check, build server` */
export function nameOf({ monitor, subject }: Monitor, trans: TranslationBundle): string {
  return [monitor || trans.__('A monitor without a name'), subject].filter(Boolean).join(', ');
}

/** `orders-db: cache hits 0.8, less than 0.9` */
export function checkWords({ name, group, message }: FailingCheck): string {
  return [group, message || name].filter(Boolean).join(': ');
}
