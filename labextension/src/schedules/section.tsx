import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Button } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { RequestError, type Server } from '../api/server';
import type { IRunsChange, Runs } from '../live/runs';
import { FreshSection } from '../sections/fresh';
import { type Action, ScheduleItem } from './item';
import { List } from './list';
import { arranged, type Schedule, secondsToAge } from './model';
import { looksOf } from './words';

export const SCHEDULES = 'jp-runt-schedules';

/** What the worker labels each run of a schedule with. */
const LABEL = 'schedule';

/** So many firings of each are in its strip. */
const FIRINGS = 20;

/** So many schedules are drawn at first, and so many more when they are asked for. */
const PAGE = 20;

/** So long after a due time it is known what came of it, in ms. Mostly its run tells that before. */
const SETTLED = 1000;

/** Where nobody has fired a schedule in time, it is asked once more after so many ms. */
const OVERDUE = 60_000;

interface ISchedulesOptions {
  server: Server;
  runs: Runs;
  trans: TranslationBundle;
  open: (runId: string) => void;
  canStart: () => boolean;
  /** Asks for a notebook, which can be scheduled then. */
  choose: () => void;
}

/** Notebooks that run at due times: the next one first. Asked for anew when a run of theirs begins or ends, and after a due time. */
export class SchedulesSection extends FreshSection<readonly Schedule[]> {
  constructor(private readonly _options: ISchedulesOptions) {
    super(_options.runs, _options.trans);
    this.id = SCHEDULES;
    this.title.label = this.trans.__('Schedules');
    this._looks = looksOf(this.trans);
  }

  protected async ask(): Promise<readonly Schedule[]> {
    const query = { firings: FIRINGS };
    return arranged((await this._options.server.json<{ schedules: Schedule[] }>(['schedules'], { query })).schedules);
  }

  protected draw(schedules: readonly Schedule[]): JSX.Element {
    const { trans, open } = this._options;
    const { now } = this;
    const left = schedules.length - this._limit;
    if (!schedules.length) {
      return <Nothing {...this._options} />;
    }
    return (
      <>
        <List label={trans.__('Schedules')} onEmpty={this._onEmpty}>
          {schedules.slice(0, this._limit).map(each => (
            <ScheduleItem
              key={each.schedule_id}
              schedule={each}
              now={now}
              problem={this._problems.get(each.schedule_id) ?? ''}
              looks={this._looks}
              trans={trans}
              onOpen={open}
              onAct={this._onAct}
            />
          ))}
        </List>
        {left > 0 && (
          <Button className="jp-mod-styled jp-runt-section-button" onClick={() => this._showMore()}>
            {trans.__('Show More (%1)', left)}
          </Button>
        )}
      </>
    );
  }

  /** A run of a schedule is new, or not as it was; or one of those in the strips is gone. */
  protected isNews({ rows, removed, all }: IRunsChange, schedules: readonly Schedule[] | null): boolean {
    const gone = new Set(removed);
    const known = gone.size ? (schedules ?? []) : [];
    return (
      all ||
      rows.some(({ row, before }) => LABEL in row.labels && row.status !== before?.status) ||
      known.some(each => each.firings.some(({ run_id }) => run_id !== null && gone.has(run_id)))
    );
  }

  protected secondsToAge(schedules: readonly Schedule[], now: number): number {
    return Math.min(...schedules.slice(0, this._limit).map(each => secondsToAge(each, now)));
  }

  protected newsAt(schedules: readonly Schedule[], asked: number): number {
    const settled = schedules.flatMap(({ next }) => next.slice(0, 1)).map(each => Date.parse(each) + SETTLED);
    return Math.min(...settled.map(each => (each > asked ? each : asked + OVERDUE)));
  }

  /** Somebody has defined one, or wants to know. */
  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.node.focus();
    this.refresh();
  }

  private _showMore(): void {
    this._limit += PAGE;
    this.update();
  }

  private async _perform(action: Action, schedule: Schedule): Promise<void> {
    const { server, trans } = this._options;
    const { schedule_id: id } = schedule;
    const parts = ['schedules', id];
    switch (action) {
      case 'run':
        await server.request([...parts, 'run'], { method: 'POST' });
        return;
      case 'pause':
      case 'resume':
        await server.request(parts, { method: 'PATCH', body: { paused: action === 'pause' } });
        return;
      case 'remove':
        if (await isSure(id, trans)) {
          await server.request(parts, { method: 'DELETE' });
        }
    }
  }

  /** One action at a time with each: whoever clicks twice means it once. */
  private readonly _onAct = (action: Action, schedule: Schedule): void => {
    const { schedule_id: id } = schedule;
    if (!this._acting.has(id)) {
      this._acting.add(id);
      this._problems.delete(id);
      void this._perform(action, schedule)
        .catch(error => this._problems.set(id, told(error, this.trans)))
        .then(() => {
          this._acting.delete(id);
          this.refresh();
        });
    }
  };

  private readonly _onEmpty = (): void => this.node.focus();

  private readonly _looks;
  private readonly _acting = new Set<string>();
  /** By id, why the last action failed. */
  private readonly _problems = new Map<string, string>();
  private _limit = PAGE;
}

async function isSure(id: string, trans: TranslationBundle): Promise<boolean> {
  const answer = await showDialog({
    title: trans.__('Remove this schedule?'),
    body: trans.__('The schedule %1 and the history of its due times are deleted for good. Its runs stay.', id),
    buttons: [Dialog.cancelButton({ label: trans.__('Keep it') }), Dialog.warnButton({ label: trans.__('Remove') })],
    defaultButton: 0
  });
  return answer.button.accept;
}

function told(error: unknown, trans: TranslationBundle): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof RequestError && error.status === 403
    ? trans.__('You may look at schedules here, but not do that. The server says: %1', message)
    : message;
}

function Nothing({ trans, canStart, choose }: ISchedulesOptions): JSX.Element {
  return (
    <>
      <p>{trans.__('No notebook runs at due times yet. This has one run every morning at 7:')}</p>
      <p>
        <code className="jp-runt-schedules-command">jupyter runt schedule add NOTEBOOK --cron "0 7 * * *"</code>
      </p>
      {canStart() && (
        <>
          <p>{trans.__('So does “Schedule…” in the form that starts a run.')}</p>
          <Button className="jp-mod-styled jp-mod-accept jp-runt-section-button" onClick={choose}>
            {trans.__('Choose a Notebook…')}
          </Button>
        </>
      )}
    </>
  );
}
