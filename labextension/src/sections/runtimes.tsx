import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Server } from '../api/server';
import type { operations } from '../generated/server';
import { FetchedSection } from './fetched';

type Runtime = operations['list_runtimes']['responses'][200]['content']['application/json']['runtimes'][number];

/** Where notebooks can be executed, or why not. */
export class RuntimesSection extends FetchedSection<Runtime[]> {
  constructor(
    private readonly _server: Server,
    trans: TranslationBundle
  ) {
    super(trans);
    this.id = 'jp-runt-runtimes';
    this.title.label = trans.__('Runtimes');
  }

  protected async fetch(): Promise<Runtime[]> {
    return (await this._server.json<{ runtimes: Runtime[] }>(['runtimes'])).runtimes;
  }

  protected draw(runtimes: Runtime[]): JSX.Element {
    const { trans } = this;
    if (!runtimes.length) {
      return <p>{trans.__('No kernel is installed where the server is. “pip install ipykernel” brings one.')}</p>;
    }
    return (
      <ul className="jp-runt-items" aria-label={trans.__('Runtimes')}>
        {runtimes.map(each => (
          <li key={each.name} title={each.resource_dir}>
            <div className="jp-runt-item-line">
              <span className="jp-runt-item-name">{each.display_name}</span>
              {each.default && <span className="jp-runt-item-mark">{trans.__('default')}</span>}
            </div>
            <div className="jp-runt-item-more">
              {[each.name, each.language, each.problem ? '' : trans.__('usable')].filter(Boolean).join(' · ')}
            </div>
            {each.problem && <div className="jp-runt-item-fault">{trans.__('Not usable: %1', each.problem)}</div>}
          </li>
        ))}
      </ul>
    );
  }
}
