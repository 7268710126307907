/** A monitor's history as a line, and which of its reports is which. */

import type { components } from '../generated/server';

type Schemas = components['schemas'];
export type Monitor = Schemas['Monitor'];
export type HealthPoint = Schemas['HealthPoint'];
export type HealthStatus = Schemas['HealthStatus'];
export type FailingCheck = Schemas['FailingCheck'];

/** Of a picture in which each report has a column of this width; the scores are drawn from 0 to 100, whatever they are. */
export const COLUMN = 10;
export const HEIGHT = 24;
/** Room for half of what is drawn there. */
const EDGE = 2;

export interface ISparkline {
  /** Where two reports in a row have a score. */
  line: string;
  /** The newest score, and those that have none beside them: no line shows them. */
  dots: string;
}

/** SVG paths. Where a score is null there is a gap. */
export function sparkline(scores: readonly (number | null)[]): ISparkline {
  const isKnown = (index: number): boolean => typeof scores[index] === 'number';
  const line: string[] = [];
  const dots: string[] = [];
  scores.forEach((score, index) => {
    if (score === null) {
      return;
    }
    const place = `${(index + 0.5) * COLUMN} ${heightOf(score)}`;
    const isLinked = isKnown(index - 1);
    if (isLinked || isKnown(index + 1)) {
      line.push(`${isLinked ? 'L' : 'M'}${place}`);
    }
    if (index === scores.length - 1 || !(isLinked || isKnown(index + 1))) {
      dots.push(`M${place}h0`);
    }
  });
  return { line: line.join(''), dots: dots.join('') };
}

function heightOf(score: number): number {
  const share = Math.min(100, Math.max(0, score)) / 100;
  return Math.round(10 * (HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE))) / 10;
}

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
