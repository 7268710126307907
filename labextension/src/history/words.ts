/** What the panel says of times, of health and of scores. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { components } from '../generated/server';

export type HealthStatus = components['schemas']['HealthStatus'];

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

/** A time that goes by, in whole units: what it says stays true for a minute at least, most of it for hours. */
export function ageWords(seconds: number, trans: TranslationBundle): string {
  const unit = unitOf(seconds);
  const count = Math.max(0, Math.floor(seconds / unit));
  if (unit === DAY) {
    return trans.__('%1 d', count);
  }
  return unit === HOUR ? trans.__('%1 h', count) : count ? trans.__('%1 min', count) : trans.__('less than a minute');
}

/** So many seconds later `ageWords` says something else of what grows. */
export function secondsToNext(seconds: number): number {
  const unit = unitOf(seconds);
  return seconds < 0 ? MINUTE - seconds : unit - (seconds % unit);
}

/** So many seconds later it says something else of what shrinks; Infinity: never. */
export function secondsToFewer(seconds: number): number {
  return seconds < 0 ? Infinity : seconds < MINUTE ? seconds : seconds % unitOf(seconds);
}

/** Seconds from then until now, a time in ms. */
export const ageOf = (then: string, now: number): number => (now - Date.parse(then)) / 1000;

/** `87.5` */
export const scoreText = (score: number): string => String(Math.round(10 * score) / 10);

export function scoreWords(score: number | null, trans: TranslationBundle): string {
  return score === null ? trans.__('no score') : trans.__('score %1 of 100', scoreText(score));
}

/** `from 45 to 100, the newest 62.5, 1 has none`, of scores of which one is known at least. */
export function rangeWords(scores: readonly (number | null)[], trans: TranslationBundle): string {
  const known = scores.filter((each): each is number => each !== null);
  const newest = scores[scores.length - 1];
  const told = [
    trans.__('from %1 to %2', scoreText(Math.min(...known)), scoreText(Math.max(...known))),
    newest === null ? trans.__('the newest has none') : trans.__('the newest %1', scoreText(newest)),
    known.length < scores.length && trans._n('%1 has none', '%1 have none', scores.length - known.length)
  ];
  return told.filter(Boolean).join(', ');
}
