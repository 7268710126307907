import type { TranslationBundle } from '@jupyterlab/translation';
import type { Title, Widget } from '@lumino/widgets';

import type { Runs } from '../live/runs';

const ATTENTION_CLASS = 'jp-runt-attention';
const BADGE = 'runt-waiting';

/** Lets the side bar's icon say how many runs wait for an answer, and its caption what is going on. */
export function showAttention(title: Title<Widget>, runs: Runs, trans: TranslationBundle): void {
  const update = (): void => {
    const { waiting = 0, running = 0, starting = 0, queued = 0 } = runs.counts;
    const told = [
      waiting && trans._n('%1 run waits for an answer', '%1 runs wait for an answer', waiting),
      running + starting && trans.__('%1 running', running + starting),
      queued && trans.__('%1 queued', queued)
    ].filter(Boolean);
    title.caption = told.length ? trans.__('Runs: %1', told.join(', ')) : trans.__('Runs');
    title.className = waiting ? ATTENTION_CLASS : '';
    const badge = waiting > 99 ? '99+' : waiting ? String(waiting) : '';
    // Each new dataset is drawn, also an equal one. It has the id, too, by which JupyterLab knows the tab.
    if (badge !== (title.dataset[BADGE] ?? '')) {
      const dataset: Record<string, string> = { ...title.dataset, [BADGE]: badge };
      if (!badge) {
        delete dataset[BADGE];
      }
      title.dataset = dataset;
    }
  };
  update();
  runs.changed.connect(update);
}
