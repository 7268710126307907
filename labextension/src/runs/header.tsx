import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, Button, HTMLSelect, InputGroup, ReactWidget } from '@jupyterlab/ui-components';
import React, { useState } from 'react';

import { OPEN } from '../api/types';
import type { StatusFilter } from './model';
import type { RunsView } from './state';
import { filterWord } from './words';

const FILTERS: readonly StatusFilter[] = ['', 'open', ...OPEN, 'succeeded', 'failed', 'cancelled'];

interface IHeaderProps {
  view: RunsView;
  trans: TranslationBundle;
  input: React.RefObject<HTMLInputElement>;
  canStart: () => boolean;
  onStart: () => void;
  onDown: () => void;
}

function Header({ view, trans, input, canStart, onStart, onDown }: IHeaderProps): JSX.Element {
  const [query, setQuery] = useState(view.filter.query);
  const [status, setStatus] = useState(view.filter.status);
  const change = (given: string): void => {
    setQuery(given);
    view.setFilter({ ...view.filter, query: given });
  };
  const choose = (event: React.ChangeEvent<HTMLSelectElement>): void => {
    setStatus(event.target.value as StatusFilter);
    view.setFilter({ ...view.filter, status: event.target.value as StatusFilter });
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      onDown();
    } else if (event.key === 'Escape' && query) {
      change('');
    }
  };
  return (
    <div className="jp-runt-header" role="search" aria-label={trans.__('Filter runs')}>
      {canStart() && (
        <Button
          minimal
          className="jp-runt-header-start"
          onClick={onStart}
          title={trans.__('Start a Run')}
          aria-label={trans.__('Start a Run')}
        >
          <addIcon.react tag="span" />
        </Button>
      )}
      <InputGroup
        className="jp-runt-filter"
        type="search"
        inputRef={input}
        placeholder={trans.__('Filter')}
        aria-label={trans.__('Filter by words')}
        title={trans.__('Words of titles, names, ids, labels, statuses or people')}
        value={query}
        onChange={event => change(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <HTMLSelect
        className="jp-runt-filter-status"
        aria-label={trans.__('Status')}
        value={status}
        onChange={choose}
        options={FILTERS.map(value => ({ value, label: filterWord(value, trans) }))}
      />
    </div>
  );
}

/** What stands above the runs: start one, find one. */
export class RunsHeader extends ReactWidget {
  constructor(private readonly _props: Omit<IHeaderProps, 'input'>) {
    super();
    this.addClass('jp-runt-header-widget');
  }

  focusFilter(): void {
    this._input.current?.focus();
    this._input.current?.select();
  }

  protected override render(): JSX.Element {
    return <Header {...this._props} input={this._input} />;
  }

  private readonly _input = React.createRef<HTMLInputElement>();
}
