import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { COLUMN, HEIGHT, sparkline } from './model';
import { scoresWords } from './words';

interface ISparklineProps {
  scores: readonly (number | null)[];
  trans: TranslationBundle;
}

/** The scores of the reports, each above its cell of the strip. */
export function Sparkline({ scores, trans }: ISparklineProps): JSX.Element {
  const { line, dots } = sparkline(scores);
  const words = scoresWords(scores, trans);
  return (
    <svg
      className="jp-runt-sparkline"
      viewBox={`0 0 ${COLUMN * scores.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      {line && <path className="jp-runt-sparkline-line" d={line} />}
      {dots && <path className="jp-runt-sparkline-dots" d={dots} />}
    </svg>
  );
}
