import type { TranslationBundle } from '@jupyterlab/translation';
import { Button } from '@jupyterlab/ui-components';
import React from 'react';

import { Sparkline } from '../history/sparkline';
import { type ILooks, Strip } from '../history/strip';
import type { Firing, Schedule } from './model';
import { calendarWords, comingWords, dueWords, lastWords, notebookWords, scoresWords } from './words';

export type Action = 'run' | 'pause' | 'resume' | 'remove';

interface IScheduleItemProps {
  schedule: Schedule;
  /** In ms since the epoch, by the server's clock. */
  now: number;
  /** What came of the last action, if it went wrong. */
  problem: string;
  looks: ILooks<Firing>;
  trans: TranslationBundle;
  onOpen: (runId: string) => void;
  onAct: (action: Action, schedule: Schedule) => void;
}

/** One schedule: when it is due, what became of its due times, and what can be done with it. */
export function ScheduleItem({ schedule, now, problem, looks, trans, onOpen, onAct }: IScheduleItemProps): JSX.Element {
  const { schedule_id: name, notebook, cron, tz, fault, firings } = schedule;
  const file = notebookWords(schedule, trans);
  const [last] = firings;
  return (
    <li className="jp-runt-schedule" data-paused={schedule.paused}>
      <div className="jp-runt-item-line">
        <span className="jp-runt-item-name" title={name}>
          {name}
        </span>
        <span className="jp-runt-schedule-due" title={comingWords(schedule, trans)}>
          {dueWords(schedule, now, trans)}
        </span>
      </div>
      <div className="jp-runt-schedule-notebook" title={notebook}>
        {file}
      </div>
      <div className="jp-runt-item-more" title={trans.__('%1 in %2', cron, tz)}>
        {calendarWords(schedule)}
      </div>
      {fault && <div className="jp-runt-item-fault">{trans.__('It cannot fire: %1', fault)}</div>}
      {last && <History firings={firings} name={name} looks={looks} trans={trans} onOpen={onOpen} />}
      <div className="jp-runt-item-more" title={last && looks.wordsOf(last)}>
        {lastWords(schedule, now, trans)}
      </div>
      {last?.outcome === 'failed' && <div className="jp-runt-item-fault">{last.message}</div>}
      <Actions schedule={schedule} trans={trans} onAct={onAct} />
      {problem && (
        <div role="alert" className="jp-runt-item-fault">
          {problem}
        </div>
      )}
    </li>
  );
}

interface IHistoryProps {
  /** The newest first. */
  firings: readonly Firing[];
  name: string;
  looks: ILooks<Firing>;
  trans: TranslationBundle;
  onOpen: (runId: string) => void;
}

/** What became of the last due times; with a line where their runs recorded health. */
function History({ firings, name, looks, trans, onOpen }: IHistoryProps): JSX.Element {
  const points = [...firings].reverse();
  const scores = points.map(each => each.score);
  const style = { '--jp-runt-cells': points.length } as React.CSSProperties;
  return (
    <div className="jp-runt-history" style={style}>
      {scores.some(each => each !== null) && <Sparkline scores={scores} label={scoresWords(scores, trans)} />}
      <Strip
        label={trans.__('Firings of %1, the newest at the right', name)}
        points={points}
        looks={looks}
        onOpen={onOpen}
      />
    </div>
  );
}

interface IActionsProps {
  schedule: Schedule;
  trans: TranslationBundle;
  onAct: (action: Action, schedule: Schedule) => void;
}

function Actions({ schedule, trans, onAct }: IActionsProps): JSX.Element {
  const { schedule_id: name, paused } = schedule;
  const button = (action: Action, text: string, label: string): JSX.Element => (
    <Button small onClick={() => onAct(action, schedule)} title={label} aria-label={label}>
      {text}
    </Button>
  );
  return (
    <div className="jp-runt-schedule-actions">
      {button('run', trans.__('Run Now'), trans.__('Run Now: %1', name))}
      {paused
        ? button('resume', trans.__('Resume'), trans.__('Resume %1', name))
        : button('pause', trans.__('Pause'), trans.__('Pause %1', name))}
      {button('remove', trans.__('Remove…'), trans.__('Remove… %1', name))}
    </div>
  );
}
