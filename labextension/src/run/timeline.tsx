import { Button, HTMLSelect } from '@jupyterlab/ui-components';
import React, { memo, useState } from 'react';

import type { ILogEntry } from '../live/log';
import { CellLink } from './sections';
import type { RunView } from './view';

/** Lines that are drawn before somebody asks for more. */
const PORTION = 500;
const LONGEST = 240;
const INNER = ['clock', 'msg_id', 'epoch'];

/** What has happened, the newest first, as the events say it. */
export function Timeline({ view }: { view: RunView }): JSX.Element {
  const { trans } = view;
  const [type, setType] = useState('');
  const [cell, setCell] = useState('');
  const [limit, setLimit] = useState(PORTION);
  const all = view.feed.log?.entries ?? [];
  const { found, hasMore } = newest(all, each => (!type || each.type === type) && (!cell || each.cell === cell), limit);
  return (
    <>
      <div className="jp-runt-run-filters">
        <Choice label={trans.__('Type')} value={type} all={trans.__('all events')} onChange={setType}>
          {[...new Set(all.map(each => each.type))].sort().map(each => [each, each])}
        </Choice>
        <Choice label={trans.__('Cell')} value={cell} all={trans.__('all cells')} onChange={setCell}>
          {[...new Set(all.map(each => each.cell))].flatMap(each => (each ? [[each, view.cellLabel(each)]] : []))}
        </Choice>
      </div>
      <table className="jp-runt-run-table jp-runt-run-events">
        <thead>
          <tr>
            <th scope="col">{trans.__('Time')}</th>
            <th scope="col">{trans.__('Event')}</th>
            <th scope="col">{trans.__('Cell')}</th>
            <th scope="col">{trans.__('What it says')}</th>
          </tr>
        </thead>
        <tbody>
          {found.map(each => (
            <Line key={each.seq} entry={each} count={each.count} view={view} />
          ))}
        </tbody>
      </table>
      {hasMore && (
        <Button small onClick={() => setLimit(limit + PORTION)}>
          {trans.__('Show earlier ones')}
        </Button>
      )}
    </>
  );
}

interface IChoiceProps {
  label: string;
  value: string;
  all: string;
  onChange: (value: string) => void;
  children: string[][];
}

function Choice({ label, value, all, onChange, children }: IChoiceProps): JSX.Element {
  return (
    <label>
      {label}
      <HTMLSelect value={value} onChange={event => onChange(event.target.value)}>
        <option value="">{all}</option>
        {children.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </HTMLSelect>
    </label>
  );
}

/** An entry may count further events of its kind. */
const Line = memo(function Line({
  entry,
  count,
  view
}: {
  entry: ILogEntry;
  count: number;
  view: RunView;
}): JSX.Element {
  return (
    <tr>
      <td>
        <time dateTime={entry.at}>{new Date(entry.at).toLocaleTimeString()}</time>
      </td>
      <td>
        {entry.type}
        {count > 1 && ` × ${count}`}
      </td>
      <td>{entry.cell !== null && <CellLink view={view} cell={entry.cell} />}</td>
      <td className="jp-runt-run-told">{told(entry.data)}</td>
    </tr>
  );
});

function newest(
  all: readonly ILogEntry[],
  fits: (entry: ILogEntry) => boolean,
  limit: number
): { found: ILogEntry[]; hasMore: boolean } {
  const found: ILogEntry[] = [];
  for (let index = all.length - 1; index >= 0; index -= 1) {
    if (fits(all[index])) {
      if (found.length === limit) {
        return { found, hasMore: true };
      }
      found.push(all[index]);
    }
  }
  return { found, hasMore: false };
}

/** Its plain values, in one line, without those that are for machines alone. */
function told(data: ILogEntry['data']): string {
  const parts = Object.entries(data ?? {}).flatMap(([key, value]) =>
    value === null || value === '' || typeof value === 'object' || INNER.includes(key)
      ? []
      : [`${key}: ${String(value)}`]
  );
  const text = parts.join(' · ');
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
}
