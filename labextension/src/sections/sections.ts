import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import { MonitorsSection } from '../monitors/section';
import { SCHEDULES, SchedulesSection } from '../schedules/section';
import type { IRunt } from '../tokens';
import { QUEUE, QueueSection } from './queue';
import { RuntimesSection } from './runtimes';
import { TemplatesSection } from './templates';
import { WORKERS, WorkersSection } from './workers';

export { QUEUE, SCHEDULES, WORKERS };

interface ISectionsOptions {
  runt: IRunt;
  trans: TranslationBundle;
  open: (runId: string) => void;
  canStart: () => boolean;
  start: (template: string) => void;
  /** Asks for a notebook, to be run now or at due times. */
  choose: () => void;
}

/** What there is beside the runs, each in a section of its own. */
export function makeSections({ runt, trans, open, canStart, start, choose }: ISectionsOptions): Widget[] {
  return [
    new QueueSection(runt.runs, trans, open),
    new SchedulesSection({ server: runt.server, runs: runt.runs, trans, open, canStart, choose }),
    new MonitorsSection({ server: runt.server, runs: runt.runs, trans, open, canStart, start }),
    new TemplatesSection(runt.server, trans, canStart, start),
    new RuntimesSection(runt.server, trans),
    new WorkersSection(runt.runs, trans)
  ];
}
