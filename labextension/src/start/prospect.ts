/** What will happen to a run that is started now. */

import type { IWords } from './types';

export interface IWorkerState {
  alive: boolean | null;
  draining: boolean;
  exclusive: boolean;
  concurrency: number;
  runs: readonly string[];
}

/** `startsWorker`: whether the server does so when none lives. */
export function prospect(workers: readonly IWorkerState[], startsWorker: boolean, words: IWords): string {
  const takers = workers.filter(each => each.alive !== false && !each.draining && !each.exclusive);
  if (!takers.length) {
    return startsWorker
      ? words.__('No worker is there: one is started for it.')
      : words.__(
          'No worker is there, and this server starts none: the run waits until `jupyter runt worker` is started.'
        );
  }
  return takers.some(each => each.runs.length < each.concurrency)
    ? words.__('A worker is free: the run begins at once.')
    : words.__('All workers are busy: the run begins when one of them is free.');
}
