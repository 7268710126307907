import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Worker } from '../api/types';
import type { Runs } from '../live/runs';
import { LiveWidget } from '../live/widget';

export const WORKERS = 'jp-runt-workers';

/** Who takes runs from the queue, live. */
export class WorkersSection extends LiveWidget {
  constructor(
    private readonly _runs: Runs,
    private readonly _trans: TranslationBundle
  ) {
    super(_runs.changed);
    this.id = WORKERS;
    this.addClass('jp-runt-section');
    this.title.label = _trans.__('Workers');
  }

  protected override render(): JSX.Element {
    const trans = this._trans;
    const { workers } = this._runs;
    return (
      <>
        {this._runs.connection !== 'connecting' && !workers.some(each => each.alive !== false) && (
          <p>
            {trans.__(
              'No worker is running. One is started when a run is queued, unless this server is told not to; nothing runs until then.'
            )}
          </p>
        )}
        {workers.length > 0 && (
          <ul className="jp-runt-items" aria-label={trans.__('Workers')}>
            {workers.map(each => (
              <WorkerItem key={each.worker_id} worker={each} trans={trans} />
            ))}
          </ul>
        )}
      </>
    );
  }
}

function WorkerItem({ worker, trans }: { worker: Worker; trans: TranslationBundle }): JSX.Element {
  const state = stateWord(worker, trans);
  return (
    <li title={trans.__('%1, version %2', worker.worker_id, worker.version)}>
      <div className="jp-runt-item-line">
        <span className="jp-runt-item-name">{worker.name}</span>
        <span className="jp-runt-number">{trans.__('%1 of %2 places', worker.runs.length, worker.concurrency)}</span>
      </div>
      <div className="jp-runt-item-more">{trans.__('process %1 on %2', worker.pid, worker.host)}</div>
      <div className={worker.alive === false ? 'jp-runt-item-fault' : 'jp-runt-item-more'}>{state}</div>
    </li>
  );
}

function stateWord(worker: Worker, trans: TranslationBundle): string {
  if (worker.alive === false) {
    return trans.__('dead: another worker takes over its runs');
  }
  const told = [
    worker.alive === null ? trans.__('on another machine: whether it lives is not known here') : trans.__('alive'),
    worker.draining && trans.__('takes no new runs'),
    worker.exclusive && trans.__('takes only what it has submitted itself')
  ];
  return told.filter(Boolean).join(', ');
}
