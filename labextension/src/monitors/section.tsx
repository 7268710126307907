import type { TranslationBundle } from '@jupyterlab/translation';
import { Button } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import React from 'react';

import type { Server } from '../api/server';
import type { IRunsChange, Runs } from '../live/runs';
import { isOpen } from '../runs/model';
import { FetchedSection } from '../sections/fetched';
import { MonitorItem } from './item';
import type { Monitor } from './model';
import { ageOf, secondsToNext, timesOf } from './words';

/** What looks after this machine and needs to be told nothing. */
const TEMPLATE = 'simple-health-check';

/** So many monitors are drawn at first, and so many more when they are asked for. */
const PAGE = 20;

/** Runs that end in a row are one reason to ask, in ms. */
const PAUSE = 300;

/** Ages may be told so late, in seconds: those of many monitors change together. */
const LATE = 15;

interface IMonitorsOptions {
  server: Server;
  runs: Runs;
  trans: TranslationBundle;
  open: (runId: string) => void;
  canStart: () => boolean;
  start: (template: string) => void;
}

/** What is watched, and how it is: the worst first. Asked for anew when a run has ended. */
export class MonitorsSection extends FetchedSection<readonly Monitor[]> {
  constructor(private readonly _options: IMonitorsOptions) {
    super(_options.trans);
    this.id = 'jp-runt-monitors';
    this.title.label = this.trans.__('Monitors');
    _options.runs.changed.connect(this._onChanged);
    document.addEventListener('visibilitychange', this._onVisibility);
  }

  override dispose(): void {
    this._options.runs.changed.disconnect(this._onChanged);
    document.removeEventListener('visibilitychange', this._onVisibility);
    this._rest();
    super.dispose();
  }

  protected async fetch(): Promise<readonly Monitor[]> {
    this._isStale = false;
    return (await this._options.server.json<{ monitors: readonly Monitor[] }>(['monitors'])).monitors;
  }

  protected draw(monitors: readonly Monitor[]): JSX.Element {
    const { trans, open } = this._options;
    const now = this._options.runs.clock.now();
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
              trans={trans}
              onOpen={open}
            />
          ))}
        </ul>
        {left > 0 && (
          <Button className="jp-mod-styled jp-runt-monitors-more" onClick={() => this._showMore()}>
            {trans.__('Show More (%1)', left)}
          </Button>
        )}
      </>
    );
  }

  protected override onUpdateRequest(msg: Message): void {
    super.onUpdateRequest(msg);
    this._age();
  }

  protected override onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this._rest();
  }

  protected override onBeforeDetach(msg: Message): void {
    super.onBeforeDetach(msg);
    this._rest();
  }

  private _showMore(): void {
    this._limit += PAGE;
    this.update();
  }

  /** Draws again when an age that is shown is not true any more, and not before: there is no clock that ticks. */
  private _age(): void {
    clearTimeout(this._ageing);
    if (this._isSeen && this.content?.length) {
      const now = this._options.runs.clock.now();
      const times = this.content.slice(0, this._limit).flatMap(timesOf);
      const next = Math.min(...times.map(each => secondsToNext(ageOf(each, now))));
      this._ageing = setTimeout(() => this.update(), 1000 * Math.max(next, LATE));
    }
  }

  private _rest(): void {
    clearTimeout(this._ageing);
    clearTimeout(this._asking);
    this._asking = undefined;
  }

  /** Asks if it is seen; else it will, when it is. */
  private _ask(): void {
    this._isStale = true;
    if (this._isSeen) {
      this._asking ??= setTimeout(() => {
        this._asking = undefined;
        this.refresh();
      }, PAUSE);
    }
  }

  private get _isSeen(): boolean {
    return this.isVisible && document.visibilityState === 'visible';
  }

  private readonly _onChanged = (_: Runs, change: IRunsChange): void => {
    if (isNews(change, this.content ?? [])) {
      this._ask();
    }
  };

  private readonly _onVisibility = (): void => {
    if (!this._isSeen) {
      this._rest();
      return;
    }
    this.update();
    if (this._isStale) {
      this._ask();
    }
  };

  private _limit = PAGE;
  private _isStale = false;
  private _ageing: ReturnType<typeof setTimeout> | undefined;
  private _asking: ReturnType<typeof setTimeout> | undefined;
}

/** Whether there may be other reports now: a run has ended, or one of those that reported is gone. */
function isNews({ rows, removed, all }: IRunsChange, monitors: readonly Monitor[]): boolean {
  const hasEnded = rows.some(({ row, before }) => !isOpen(row) && (before === null || isOpen(before)));
  const gone = new Set(removed);
  return (
    all || hasEnded || (gone.size > 0 && monitors.some(each => each.recent.some(({ run_id }) => gone.has(run_id))))
  );
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
        <Button className="jp-mod-styled jp-mod-accept jp-runt-monitors-more" onClick={() => start(TEMPLATE)}>
          {trans.__('Start %1', TEMPLATE)}
        </Button>
      )}
    </>
  );
}
