import { timeWords } from '@jupyter-runt/pages/words.js';
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Sparkline } from '../history/sparkline';
import { type ILooks, Strip } from '../history/strip';
import { type HealthStatus, healthWord, scoreText, scoreWords } from '../history/words';
import { HEALTH_ICONS } from './icons';
import type { FailingCheck, HealthPoint, Monitor } from './model';
import { checkWords, healthyWords, nameOf, newestWords, scoresWords, sinceWords } from './words';

/** So many of the checks that are not well are told here; the run's report has them all. */
const TOLD = 5;

interface IMonitorItemProps {
  monitor: Monitor;
  /** In ms since the epoch, by the server's clock. */
  now: number;
  looks: ILooks<HealthPoint>;
  trans: TranslationBundle;
  onOpen: (runId: string) => void;
}

/** One monitor: how it is, since when, how it was, and what is not well. */
export function MonitorItem({ monitor, now, looks, trans, onOpen }: IMonitorItemProps): JSX.Element {
  const name = nameOf(monitor, trans);
  const healthy = healthyWords(monitor, now, trans);
  const open = (): void => onOpen(monitor.run_id);
  const scores = monitor.recent.map(each => each.score);
  const style = { '--jp-runt-cells': scores.length } as React.CSSProperties;
  return (
    <li className="jp-runt-monitor" data-status={monitor.status}>
      <div className="jp-runt-item-line">
        <HealthIcon status={monitor.status} />
        <button
          type="button"
          className="jp-runt-item-name jp-runt-item-link"
          title={trans.__('%1\n%2\nOpen the newest run', name, monitor.notebook)}
          onClick={open}
        >
          {monitor.monitor || name}
        </button>
        <span className="jp-runt-monitor-score" title={scoreWords(monitor.score, trans)}>
          <span className="jp-runt-unseen">{scoreWords(monitor.score, trans)}</span>
          <span aria-hidden="true">{monitor.score === null ? '–' : scoreText(monitor.score)}</span>
        </span>
      </div>
      {monitor.subject && (
        <div className="jp-runt-monitor-subject" title={monitor.subject}>
          {monitor.subject}
        </div>
      )}
      <div className="jp-runt-item-more">
        <span className="jp-runt-health-word" title={timeWords(monitor.since)}>
          {[healthWord(monitor.status, trans), sinceWords(monitor, now, trans)].filter(Boolean).join(' ')}
        </span>
        {healthy && (
          <>
            {' · '}
            <span className="jp-runt-health-before">{healthy}</span>
          </>
        )}
      </div>
      <div className="jp-runt-history" style={style}>
        <Sparkline scores={scores} label={scoresWords(scores, trans)} />
        <Strip
          label={trans.__('Reports of %1, the newest at the right', name)}
          points={monitor.recent}
          looks={looks}
          onOpen={onOpen}
        />
      </div>
      <div className="jp-runt-item-more" title={timeWords(monitor.at)}>
        {newestWords(monitor, now, trans)}
      </div>
      <Failing checks={monitor.failing} label={name} trans={trans} onOpen={open} />
    </li>
  );
}

function HealthIcon({ status }: { status: HealthStatus }): JSX.Element {
  const icon = HEALTH_ICONS[status];
  return <icon.react tag="span" className="jp-runt-health-icon" />;
}

interface IFailingProps {
  checks: readonly FailingCheck[];
  label: string;
  trans: TranslationBundle;
  onOpen: () => void;
}

/** What was not well in the newest report, the worst first. */
function Failing({ checks, label, trans, onOpen }: IFailingProps): JSX.Element | null {
  if (!checks.length) {
    return null;
  }
  return (
    <>
      <ul className="jp-runt-failing" aria-label={trans.__('Not well: %1', label)}>
        {checks.slice(0, TOLD).map((each, index) => (
          <li key={index} data-status={each.status} title={healthWord(each.status, trans)}>
            <HealthIcon status={each.status} />
            <span>
              <span className="jp-runt-unseen">{healthWord(each.status, trans)} </span>
              {checkWords(each)}
            </span>
          </li>
        ))}
      </ul>
      {checks.length > TOLD && (
        <button type="button" className="jp-runt-link jp-runt-item-more" onClick={onOpen}>
          {trans.__('… and more in the run')}
        </button>
      )}
    </>
  );
}
