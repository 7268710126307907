/** What the server tells of monitors, and which of their reports is which. */

import type { components } from '../generated/server';

type Schemas = components['schemas'];
export type Monitor = Schemas['Monitor'];
export type HealthPoint = Schemas['HealthPoint'];
export type FailingCheck = Schemas['FailingCheck'];

/** A name for each report that stays its own while others come and go; one run may have several. */
export function keysOf(points: readonly HealthPoint[]): string[] {
  const seen = new Map<string, number>();
  return points.map(({ run_id, at }) => {
    const key = `${run_id} ${at}`;
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return times ? `${key} ${times}` : key;
  });
}
