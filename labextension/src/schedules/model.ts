/** What the server tells of schedules, and how their firings look. */

import type { Status } from '../api/types';
import type { components } from '../generated/server';
import { ageOf, type HealthStatus, secondsToFewer, secondsToNext } from '../history/words';

type Schemas = components['schemas'];
export type Schedule = Schemas['Schedule'];
export type Firing = Schemas['Firing'];

/** How a firing's cell looks: as its run is or what that found, or why there is no run. */
export type Look = Status | HealthStatus | 'missed' | 'overlap' | 'unprepared' | 'removed';

export function lookOf({ run_id, outcome, status, reason, health }: Firing): Look {
  if (run_id === null) {
    return outcome === 'missed' || outcome === 'overlap' ? outcome : 'unprepared';
  }
  // A run that did its work is as good as what it found; one whose findings made it fail, too.
  const isDone = status === 'succeeded' || (status === 'failed' && (reason ?? '').startsWith('health_'));
  return status === null ? 'removed' : isDone && health !== null ? health : status;
}

/** What cannot fire asks for attention; then the next one first, and what will not fire at the end. */
export function arranged(schedules: readonly Schedule[]): Schedule[] {
  const placeOf = ({ paused, fault, next }: Schedule): string =>
    paused ? '2' : fault ? '0' : next.length ? `1 ${next[0]}` : '3';
  const compared = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...schedules].sort((a, b) => compared(placeOf(a), placeOf(b)) || compared(a.schedule_id, b.schedule_id));
}

/** When the newest firing became what it is. */
export const sinceOf = ({ finished_at, started_at, at }: Firing): string => finished_at ?? started_at ?? at;

/** So many seconds later something that is told of its times is not true any more. */
export function secondsToAge({ next, firings }: Schedule, now: number): number {
  return Math.min(
    ...next.slice(0, 1).map(each => secondsToFewer(-ageOf(each, now))),
    ...firings.slice(0, 1).map(each => secondsToNext(ageOf(sinceOf(each), now)))
  );
}
