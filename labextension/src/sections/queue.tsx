import { durationWords } from '@jupyter-runt/pages/words.js';
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useLayoutEffect, useRef } from 'react';

import type { Row } from '../api/types';
import type { ServerClock } from '../live/clock';
import type { Runs } from '../live/runs';
import type { Ticker } from '../live/ticker';
import { LiveWidget } from '../live/widget';
import { nextFirst } from '../runs/model';
import { nameOf } from '../runs/words';

export const QUEUE = 'jp-runt-queue';

/** So many of those that come next are named. */
const SHOWN = 50;

/** What waits for a worker, in the order in which it will be taken, live. */
export class QueueSection extends LiveWidget {
  constructor(
    private readonly _runs: Runs,
    private readonly _trans: TranslationBundle,
    private readonly _open: (runId: string) => void
  ) {
    super(_runs.changed);
    this.id = QUEUE;
    this.addClass('jp-runt-section');
    this.title.label = _trans.__('Queue');
  }

  protected override render(): JSX.Element {
    const trans = this._trans;
    const queued = [...this._runs.rows.values()].filter(row => row.status === 'queued').sort(nextFirst);
    const length = Math.max(this._runs.counts.queued ?? 0, queued.length);
    const oldest = queued.reduce<Row | null>(
      (found, row) => (found && found.submitted_at <= row.submitted_at ? found : row),
      null
    );
    if (oldest === null) {
      return <p>{this._runs.connection === 'connecting' ? null : trans.__('No run is queued.')}</p>;
    }
    return (
      <>
        <p>
          {trans._n('%1 run is queued', '%1 runs are queued', length)}
          {', '}
          <Age since={oldest.submitted_at} clock={this._runs.clock} ticker={this.ticker} trans={trans} />
        </p>
        <ol className="jp-runt-items" aria-label={trans.__('Queue')}>
          {queued.slice(0, SHOWN).map(row => (
            <li key={row.run_id} title={row.run_id}>
              <div className="jp-runt-item-line">
                <button
                  type="button"
                  className="jp-runt-item-name jp-runt-item-link"
                  onClick={() => this._open(row.run_id)}
                >
                  {nameOf(row)}
                </button>
                {row.priority !== 0 && <span className="jp-runt-number">{trans.__('priority %1', row.priority)}</span>}
              </div>
              {row.needs_worker && (
                <div className="jp-runt-item-more">{trans.__('waits for the process that submitted it')}</div>
              )}
            </li>
          ))}
        </ol>
        {length > SHOWN && <p>{trans.__('… and %1 more', length - SHOWN)}</p>}
      </>
    );
  }
}

interface IAgeProps {
  since: string;
  clock: ServerClock;
  ticker: Ticker;
  trans: TranslationBundle;
}

function Age({ since, clock, ticker, trans }: IAgeProps): JSX.Element {
  const element = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const tick = (): void => {
      const text = trans.__('the oldest for %1', durationWords((clock.now() - Date.parse(since)) / 1000, true));
      if (element.current !== null && element.current.textContent !== text) {
        element.current.textContent = text;
      }
    };
    tick();
    const ticking = ticker.add(tick);
    return () => ticking.dispose();
  }, [since, clock, ticker, trans]);
  return <span ref={element} />;
}
