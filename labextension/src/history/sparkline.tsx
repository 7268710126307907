import React from 'react';

import { COLUMN, HEIGHT, sparkline } from './line';

interface ISparklineProps {
  /** The oldest first. */
  scores: readonly (number | null)[];
  /** What the line shows, for who does not see it. */
  label: string;
}

/** Scores, each above its cell of the strip. */
export function Sparkline({ scores, label }: ISparklineProps): JSX.Element {
  const { line, dots } = sparkline(scores);
  return (
    <svg
      className="jp-runt-sparkline"
      viewBox={`0 0 ${COLUMN * scores.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      {line && <path className="jp-runt-sparkline-line" d={line} />}
      {dots && <path className="jp-runt-sparkline-dots" d={dots} />}
    </svg>
  );
}
