import type { TranslationBundle } from '@jupyterlab/translation';
import { Button } from '@jupyterlab/ui-components';
import React from 'react';

import type { Server } from '../api/server';
import { ageOf, secondsToNext } from '../history/words';
import type { IRunsChange, Runs } from '../live/runs';
import { isOpen } from '../runs/model';
import { FreshSection } from '../sections/fresh';
import { MonitorItem } from './item';
import type { Monitor } from './model';
import { looksOf, timesOf } from './words';

/** What looks after this machine and needs to be told nothing. */
const TEMPLATE = 'simple-health-check';

/** So many monitors are drawn at first, and so many more when they are asked for. */
const PAGE = 20;

interface IMonitorsOptions {
  server: Server;
  runs: Runs;
  trans: TranslationBundle;
  open: (runId: string) => void;
  canStart: () => boolean;
  start: (template: string) => void;
}

/** What is watched, and how it is: the worst first. Asked for anew when a run has ended. */
export class MonitorsSection extends FreshSection<readonly Monitor[]> {
  constructor(private readonly _options: IMonitorsOptions) {
    super(_options.runs, _options.trans);
    this.id = 'jp-runt-monitors';
    this.title.label = this.trans.__('Monitors');
    this._looks = looksOf(this.trans);
  }

  protected async ask(): Promise<readonly Monitor[]> {
    return (await this._options.server.json<{ monitors: readonly Monitor[] }>(['monitors'])).monitors;
  }

  protected draw(monitors: readonly Monitor[]): JSX.Element {
    const { trans, open } = this._options;
    const { now } = this;
    const left = monitors.length - this._limit;
    if (!monitors.length) {
      return <Nothing {...this._options} />;
    }
    return (
      <>
        <ul className="jp-runt-items" aria-label={trans.__('Monitors')}>
          {monitors.slice(0, this._limit).map(each => (
            <MonitorItem
              key={JSON.stringify([each.monitor, each.subject])}
              monitor={each}
              now={now}
              looks={this._looks}
              trans={trans}
              onOpen={open}
            />
          ))}
        </ul>
        {left > 0 && (
          <Button className="jp-mod-styled jp-runt-section-button" onClick={() => this._showMore()}>
            {trans.__('Show More (%1)', left)}
          </Button>
        )}
      </>
    );
  }

  /** A run has ended, or one of those that reported is gone. */
  protected isNews({ rows, removed, all }: IRunsChange, monitors: readonly Monitor[] | null): boolean {
    const hasEnded = rows.some(({ row, before }) => !isOpen(row) && (before === null || isOpen(before)));
    const gone = new Set(removed);
    const known = gone.size ? (monitors ?? []) : [];
    return all || hasEnded || known.some(each => each.recent.some(({ run_id }) => gone.has(run_id)));
  }

  protected secondsToAge(monitors: readonly Monitor[], now: number): number {
    const times = monitors.slice(0, this._limit).flatMap(timesOf);
    return Math.min(...times.map(each => secondsToNext(ageOf(each, now))));
  }

  /** Runs tell everything. */
  protected newsAt(): number {
    return Infinity;
  }

  private _showMore(): void {
    this._limit += PAGE;
    this.update();
  }

  private readonly _looks;
  private _limit = PAGE;
}

function Nothing({ trans, canStart, start }: IMonitorsOptions): JSX.Element {
  return (
    <>
      <p>
        {trans.__(
          'No run has recorded health yet. The template %1 watches this machine; a notebook of yours records the health of what it watches by jupyter_runt.monitoring.',
          TEMPLATE
        )}
      </p>
      {canStart() && (
        <Button className="jp-mod-styled jp-mod-accept jp-runt-section-button" onClick={() => start(TEMPLATE)}>
          {trans.__('Start %1', TEMPLATE)}
        </Button>
      )}
    </>
  );
}
