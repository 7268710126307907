/** A history's scores as a line. */

/** Of a picture in which each cell of the strip has a column of this width; the scores are drawn from 0 to 100, whatever they are. */
export const COLUMN = 10;
export const HEIGHT = 24;
/** Room for half of what is drawn there. */
const EDGE = 2;

export interface ISparkline {
  /** Where two scores stand side by side. */
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
