/** What the panel says of a monitor. */

import { timeWords } from '@jupyter-runt/pages/words.js';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { FailingCheck, HealthPoint, HealthStatus, Monitor } from './model';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function healthWord(status: HealthStatus, trans: TranslationBundle): string {
  switch (status) {
    case 'CRITICAL':
      return trans.__('CRITICAL');
    case 'WARNING':
      return trans.__('WARNING');
    case 'NO DATA':
      return trans.__('NO DATA');
    case 'PARTIAL':
      return trans.__('PARTIAL');
    case 'HEALTHY':
      return trans.__('HEALTHY');
  }
}

/** From two of a unit on it is counted in that: `90 min`, `3 h`. */
function unitOf(seconds: number): number {
  return [DAY, HOUR].find(unit => seconds >= 2 * unit) ?? MINUTE;
}

/** How long ago, in whole units: what it says stays true for a minute at least, most of it for hours. */
export function ageWords(seconds: number, trans: TranslationBundle): string {
  const unit = unitOf(seconds);
  const count = Math.max(0, Math.floor(seconds / unit));
  if (unit === DAY) {
    return trans.__('%1 d', count);
  }
  return unit === HOUR ? trans.__('%1 h', count) : count ? trans.__('%1 min', count) : trans.__('less than a minute');
}

/** So many seconds later `ageWords` says something else. */
export function secondsToNext(seconds: number): number {
  const unit = unitOf(seconds);
  return seconds < 0 ? MINUTE - seconds : unit - (seconds % unit);
}

/** Seconds from then until now, a time in ms. */
export const ageOf = (then: string, now: number): number => (now - Date.parse(then)) / 1000;

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

/** `87.5` */
export const scoreText = (score: number): string => String(Math.round(10 * score) / 10);

export function scoreWords(score: number | null, trans: TranslationBundle): string {
  return score === null ? trans.__('no score') : trans.__('score %1 of 100', scoreText(score));
}

/** A report in one line. */
export function pointWords(point: Omit<HealthPoint, 'run_id'>, trans: TranslationBundle): string {
  return trans.__('%1: %2, %3', timeWords(point.at), healthWord(point.status, trans), scoreWords(point.score, trans));
}

/** What the line of the scores shows, for who does not see it. */
export function scoresWords(scores: readonly (number | null)[], trans: TranslationBundle): string {
  const known = scores.filter((each): each is number => each !== null);
  const newest = scores[scores.length - 1] ?? null;
  if (scores.length < 2 || !known.length) {
    return trans._n('One report: %2', '%1 reports: %2', scores.length, scoreWords(newest, trans));
  }
  const told = [
    trans.__('from %1 to %2', scoreText(Math.min(...known)), scoreText(Math.max(...known))),
    newest === null ? trans.__('the newest has none') : trans.__('the newest %1', scoreText(newest)),
    known.length < scores.length && trans._n('%1 has none', '%1 have none', scores.length - known.length)
  ];
  return trans.__('Scores of the newest %1 reports: %2', scores.length, told.filter(Boolean).join(', '));
}

/** `disk-check, build server` */
export function nameOf({ monitor, subject }: Monitor, trans: TranslationBundle): string {
  return [monitor || trans.__('A monitor without a name'), subject].filter(Boolean).join(', ');
}

/** `orders-db: cache hits 0.8, less than 0.9` */
export function checkWords({ name, group, message }: FailingCheck): string {
  return [group, message || name].filter(Boolean).join(': ');
}
