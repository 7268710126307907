import type { TranslationBundle } from '@jupyterlab/translation';

import type { RequestError } from '../api/server';
import type { Problem } from '../api/types';

/** Where a problem is; empty for the file as a whole. */
export function placeOf(problem: Problem, trans: TranslationBundle): string {
  return problem.line ? trans.__('Line %1, column %2', problem.line, problem.column) : '';
}

/** What is wrong, and what may help. */
export function problemText(problem: Problem): string {
  return problem.remedy ? `${problem.message}: ${problem.remedy}` : problem.message;
}

/** An error with all that the server said of it. */
export function asText(error: RequestError, trans: TranslationBundle): string {
  if (!error.details.length) {
    return error.message;
  }
  const lines = error.details.map(each => [placeOf(each, trans), problemText(each)].filter(Boolean).join(': '));
  return lines.map(each => `${each}.`).join('\n'); // a dialog may show all of it in one line
}
