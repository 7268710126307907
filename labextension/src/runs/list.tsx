import type { TranslationBundle } from '@jupyterlab/translation';
import { Button } from '@jupyterlab/ui-components';
import React, { useCallback, useEffect, useRef, useState } from 'react';

import type { Row } from '../api/types';
import type { Ticker } from '../live/ticker';
import type { IGroupOfRows } from './model';
import { useRoving } from './roving';
import { ROW_CLASS, type RowAction, RunRow } from './row';
import type { More, RunsView } from './state';
import { groupWord } from './words';

export interface IRunListProps {
  view: RunsView;
  ticker: Ticker;
  trans: TranslationBundle;
  /** What a row's part asks for. */
  onAction: (action: RowAction, runId: string, part: HTMLElement) => void;
  /** Whether a run can be started from here. */
  canStart: () => boolean;
  onStart: () => void;
}

/** The groups of runs in one list: a row that changes its group is moved, not made anew. */
export function RunList(props: IRunListProps): JSX.Element {
  const { view, ticker, trans, onAction, canStart, onStart } = props;
  const { groups, count, more } = view.arrange();
  const [hovered, setHovered] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const rows = groups.flatMap(group => group.rows);
  const { current, focused, onKeyDown, onFocus, onBlur } = useRoving(
    list,
    rows.map(row => row.run_id)
  );
  const onClick = useCallback(
    (event: React.MouseEvent): void => {
      const part = (event.target as Element).closest<HTMLElement>('[data-action]');
      const runId = part?.closest<HTMLElement>(`.${ROW_CLASS}`)?.dataset.runId;
      if (part && runId) {
        onAction(part.dataset.action as RowAction, runId, part);
      }
    },
    [onAction]
  );
  const hover = (event: React.MouseEvent): void =>
    setHovered((event.target as Element).closest<HTMLElement>(`.${ROW_CLASS}`)?.dataset.runId ?? null);
  const draw = (row: Row): JSX.Element => (
    <RunRow
      key={row.run_id}
      row={row}
      isCurrent={row.run_id === current}
      isActive={row.run_id === hovered || row.run_id === focused}
      trans={trans}
      clock={view.runs.clock}
      ticker={ticker}
    />
  );
  return (
    <>
      <Connection view={view} trans={trans} />
      {rows.length > 0 && (
        <ul
          className="jp-runt-rows"
          aria-label={trans.__('Runs')}
          ref={list}
          onClick={onClick}
          onKeyDown={onKeyDown}
          onFocus={onFocus}
          onBlur={onBlur}
          onMouseOver={hover}
          onMouseLeave={() => setHovered(null)}
        >
          {groups.flatMap(group => [
            <GroupTitle key={group.group} {...group} trans={trans} />,
            ...group.rows.map(draw)
          ])}
        </ul>
      )}
      <Foot view={view} count={count} more={more} trans={trans} onStart={canStart() ? onStart : null} />
    </>
  );
}

function GroupTitle({ group, count, trans }: IGroupOfRows & { trans: TranslationBundle }): JSX.Element {
  return (
    <li className="jp-runt-group" data-group={group}>
      <h3>{groupWord(group, trans)}</h3>
      <span className="jp-runt-number">{count}</span>
    </li>
  );
}

/** Says that there is no connection, and why, where that is known. It stands there always, so that a change of it is heard. */
function Connection({ view, trans }: { view: RunsView; trans: TranslationBundle }): JSX.Element {
  const { connection, why } = view.runs;
  let text = '';
  if (why !== null) {
    text =
      why.status === 404
        ? trans.__('This server has no runs: the server extension jupyter_runt is not enabled there.')
        : why.message;
  } else if (connection === 'away') {
    text = trans.__('Reconnecting … Runs go on meanwhile.');
  } else if (connection === 'connecting') {
    text = trans.__('Connecting …');
  }
  return (
    <div role="status" className="jp-runt-banner" data-kind={why === null ? connection : 'fault'}>
      {text}
    </div>
  );
}

/** The end of what is drawn: when it is seen, there is more to draw. */
function End({ onSeen }: { onSeen: () => void }): JSX.Element {
  const element = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver(entries => entries.some(each => each.isIntersecting) && onSeen(), {
      rootMargin: '300px'
    });
    if (element.current !== null) {
      observer.observe(element.current);
    }
    return () => observer.disconnect();
  }, []);
  return <span ref={element} />;
}

interface IFootProps {
  view: RunsView;
  count: number;
  more: More;
  trans: TranslationBundle;
  onStart: (() => void) | null;
}

/** What is below the rows: that there are none, and how to get some. */
function Foot({ view, count, more, trans, onStart }: IFootProps): JSX.Element {
  const isEmpty = count === 0 && view.runs.connection !== 'connecting';
  const words = { draw: trans.__('Show More'), older: trans.__('Older Runs'), search: trans.__('Search Older Runs') };
  return (
    <div className="jp-runt-foot">
      <div role="status">
        {view.isBusy
          ? trans.__('Looking for older runs …')
          : isEmpty && view.isFiltering
            ? trans.__('No run matches.')
            : null}
      </div>
      {isEmpty && !view.isFiltering && !view.isBusy && (
        <>
          <p>
            {trans.__(
              'There are no runs yet. A run executes a notebook on the server and goes on when this page is closed.'
            )}
          </p>
          {onStart !== null && (
            <Button className="jp-mod-styled jp-mod-accept" onClick={onStart}>
              {trans.__('Start a Run')}
            </Button>
          )}
        </>
      )}
      {view.error && <p role="alert">{view.error}</p>}
      {more === 'draw' && <End key={view.drawn} onSeen={() => void view.showMore()} />}
      {more !== null && (
        <Button className="jp-mod-styled" disabled={view.isBusy} onClick={() => void view.showMore()}>
          {words[more]}
        </Button>
      )}
    </div>
  );
}
