import React from 'react';

import { LiveWidget } from '../live/widget';
import { type IRunListProps, RunList } from './list';
import { NAME_CLASS } from './row';

/** The runs of the side bar. */
export class RunsBody extends LiveWidget {
  constructor(private readonly _props: Omit<IRunListProps, 'ticker'>) {
    super(_props.view.changed);
    this.addClass('jp-runt-runs');
  }

  /** The focus goes to this run's row, or to the first one. */
  focusRow(runId?: string): void {
    const row = runId === undefined ? '' : `[data-run-id="${CSS.escape(runId)}"] `;
    this.node.querySelector<HTMLElement>(`${row}.${NAME_CLASS}`)?.focus();
  }

  protected override render(): JSX.Element {
    return <RunList {...this._props} ticker={this.ticker} />;
  }
}
