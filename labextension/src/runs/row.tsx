import type { TranslationBundle } from '@jupyterlab/translation';
import { Button, ellipsesIcon, type LabIcon, redoIcon, stopIcon } from '@jupyterlab/ui-components';
import React, { memo, useEffect, useLayoutEffect, useRef } from 'react';

import type { Row, Status } from '../api/types';
import type { ServerClock } from '../live/clock';
import type { Ticker } from '../live/ticker';
import { pinIcon, STATUS_ICONS } from './icons';
import { isOpen } from './model';
import { about, cellsWords, elapsedWords, nameOf, statusWord } from './words';

export const ROW_CLASS = 'jp-runt-row';
export const NAME_CLASS = 'jp-runt-row-name';

/** What a click on a part of a row does: `data-action` of the part. */
export type RowAction = 'open' | 'answer' | 'cancel' | 'again' | 'menu';

interface IElapsedProps {
  row: Row;
  clock: ServerClock;
  ticker: Ticker;
}

/** How long it has taken; of an open run it goes on. The text is no business of React's, which would look at the whole row each second. */
function Elapsed({ row, clock, ticker }: IElapsedProps): JSX.Element {
  const element = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => setText(element.current, elapsedWords(row, clock.now())));
  useEffect(() => {
    const ticking = isOpen(row) ? ticker.add(() => setText(element.current, elapsedWords(row, clock.now()))) : null;
    return () => ticking?.dispose();
  }, [row, clock, ticker]);
  return <span className="jp-runt-number" ref={element} />;
}

function setText(element: HTMLElement | null, text: string): void {
  if (element !== null && element.textContent !== text) {
    element.textContent = text;
  }
}

/** Without the subscriptions of LabIcon's own component, which take longer than the rest of a row. */
function StatusIcon({ status }: { status: Status }): JSX.Element {
  return <span className="jp-runt-row-icon" dangerouslySetInnerHTML={{ __html: STATUS_ICONS[status].svgstr }} />;
}

/** How far it is; the text beside it says the same. */
function Bar({ row }: { row: Row }): JSX.Element {
  const share = (cells: number): string => `${row.cells_total ? (100 * cells) / row.cells_total : 0}%`;
  const style = { '--jp-runt-done': share(row.cells_done), '--jp-runt-failed': share(row.cells_failed) };
  return <span className="jp-runt-bar" aria-hidden="true" style={style as React.CSSProperties} />;
}

function ActionButton(props: { action: RowAction; icon: LabIcon; label: string }): JSX.Element {
  const { action, icon, label } = props;
  return (
    <Button
      minimal
      small
      className="jp-runt-row-action"
      data-action={action}
      tabIndex={-1}
      title={label}
      aria-label={label}
    >
      <icon.react tag="span" />
    </Button>
  );
}

function Actions({ row, trans }: { row: Row; trans: TranslationBundle }): JSX.Element {
  return (
    <span className="jp-runt-row-actions">
      {isOpen(row) ? (
        <ActionButton action="cancel" icon={stopIcon} label={trans.__('Cancel %1', nameOf(row))} />
      ) : (
        <ActionButton action="again" icon={redoIcon} label={trans.__('Run %1 again', nameOf(row))} />
      )}
      <ActionButton action="menu" icon={ellipsesIcon} label={trans.__('More for %1', nameOf(row))} />
    </span>
  );
}

export interface IRunRowProps {
  row: Row;
  /** The one that Tab leads to. */
  isCurrent: boolean;
  /** The mouse or the focus is on it: it shows what can be done, and all that is known of it. */
  isActive: boolean;
  trans: TranslationBundle;
  clock: ServerClock;
  ticker: Ticker;
}

/** One run's line. What its parts do stands in their `data-action`; the list hears it. */
export const RunRow = memo(function RunRow(props: IRunRowProps): JSX.Element {
  const { row, isCurrent, isActive, trans, clock, ticker } = props;
  const cells = cellsWords(row, trans);
  const meta = `jp-runt-meta-${row.run_id}`;
  return (
    <li
      className={ROW_CLASS}
      data-run-id={row.run_id}
      data-status={row.status}
      data-action="open"
      title={isActive ? about(row, trans) : undefined}
    >
      <StatusIcon status={row.status} />
      <div className="jp-runt-row-line">
        <button type="button" className={NAME_CLASS} tabIndex={isCurrent ? 0 : -1} aria-describedby={meta}>
          {nameOf(row)}
        </button>
        {row.pinned && (
          <pinIcon.react
            tag="span"
            className="jp-runt-row-pin"
            title={trans.__('Pinned: it is not removed by itself')}
          />
        )}
        {row.status === 'waiting' && (
          <Button
            small
            className="jp-runt-row-answer"
            data-action="answer"
            tabIndex={-1}
            aria-label={trans.__('Answer %1', nameOf(row))}
          >
            {trans.__('Answer')}
          </Button>
        )}
        {isActive && <Actions row={row} trans={trans} />}
      </div>
      <div className="jp-runt-row-meta" id={meta}>
        <span className="jp-runt-status">{statusWord(row.status, trans)}</span>
        {cells && (
          <span className="jp-runt-number" title={cells}>
            {row.cells_done}/{row.cells_total}
            {row.cells_failed > 0 && <span className="jp-runt-failed"> {trans.__('%1 failed', row.cells_failed)}</span>}
          </span>
        )}
        <Elapsed row={row} clock={clock} ticker={ticker} />
        <span className="jp-runt-who">{row.requested_by}</span>
      </div>
      {isOpen(row) && row.status !== 'queued' && <Bar row={row} />}
    </li>
  );
});
