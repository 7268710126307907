import { timeWords, whyWords } from '@jupyter-runt/pages/words.js';
import { Button, caretDownEmptyThinIcon, caretUpEmptyThinIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { statusWord } from '../runs/words';
import { Results } from './results';
import { Timeline } from './timeline';
import type { RunView } from './view';

export type Section = 'parameters' | 'results' | 'events' | 'attempts';

/** What there is to know besides the cells. */
function known(view: RunView): [Section, string][] {
  const { run, trans } = view;
  const names: [Section, string, boolean][] = [
    ['parameters', trans.__('Parameters'), Object.keys(run.parameters).length > 0],
    ['results', trans.__('Results'), view.hasResults],
    ['events', trans.__('Events'), true],
    ['attempts', trans.__('Attempts'), run.past.length > 0]
  ];
  return names.flatMap(([section, label, isThere]) => (isThere ? [[section, label] as [Section, string]] : []));
}

const idOf = (view: RunView): string => `jp-runt-section-${view.feed.runId}`;

/** One part is open at a time, or none. */
export function SectionButtons({ view }: { view: RunView }): JSX.Element {
  return (
    <div className="jp-runt-run-sections">
      {known(view).map(([section, label]) => {
        const isOpen = section === view.section;
        const caret = isOpen ? caretUpEmptyThinIcon : caretDownEmptyThinIcon;
        return (
          <Button
            key={section}
            minimal
            small
            aria-expanded={isOpen}
            aria-controls={isOpen ? idOf(view) : undefined}
            onClick={() => view.openSection(isOpen ? null : section)}
          >
            {label}
            <caret.react tag="span" className="jp-runt-button-caret" />
          </Button>
        );
      })}
    </div>
  );
}

export function SectionBody({ view }: { view: RunView }): JSX.Element | null {
  const open = known(view).find(([section]) => section === view.section);
  return open ? (
    <div className="jp-runt-run-section" id={idOf(view)} role="region" aria-label={open[1]} tabIndex={0}>
      {open[0] === 'parameters' && <Parameters view={view} />}
      {open[0] === 'results' && <Results view={view} />}
      {open[0] === 'events' && <Timeline view={view} />}
      {open[0] === 'attempts' && <Attempts view={view} />}
    </div>
  ) : null;
}

/** The values with which the run runs; a secret is shown as the reference that it is. */
function Parameters({ view }: { view: RunView }): JSX.Element {
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return (
    <table className="jp-runt-run-table">
      <tbody>
        {Object.entries(view.run.parameters).map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{text(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Attempts({ view }: { view: RunView }): JSX.Element {
  const { run, trans } = view;
  return (
    <ol className="jp-runt-run-attempts">
      {run.past.map(each => (
        <li key={each.attempt}>
          {trans.__(
            'Attempt %1, until %2: %3',
            each.attempt,
            timeWords(each.ended_at),
            whyWords(each.reason, each.message)
          )}
          {each.cell !== null && <CellLink view={view} cell={each.cell} />}
        </li>
      ))}
      <li>{trans.__('Attempt %1: %2', run.attempt, statusWord(run.status, trans))}</li>
    </ol>
  );
}

export function CellLink({ view, cell }: { view: RunView; cell: string }): JSX.Element | null {
  const label = view.cellLabel(cell);
  return label ? (
    <button className="jp-runt-link" onClick={() => view.goTo(cell)}>
      {label}
    </button>
  ) : null;
}
