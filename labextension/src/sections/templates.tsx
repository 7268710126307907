import type { TranslationBundle } from '@jupyterlab/translation';
import { Button } from '@jupyterlab/ui-components';
import React from 'react';

import type { Server } from '../api/server';
import type { components } from '../generated/server';
import { FetchedSection } from './fetched';

type Template = components['schemas']['Template'];

/** The notebooks that can be run by their names. */
export class TemplatesSection extends FetchedSection<Template[]> {
  constructor(
    private readonly _server: Server,
    trans: TranslationBundle,
    private readonly _canStart: () => boolean,
    private readonly _start: (template: string) => void
  ) {
    super(trans);
    this.id = 'jp-runt-templates';
    this.title.label = trans.__('Templates');
  }

  protected async fetch(): Promise<Template[]> {
    return (await this._server.json<{ templates: Template[] }>(['templates'])).templates;
  }

  protected draw(templates: Template[]): JSX.Element {
    const { trans } = this;
    if (!templates.length) {
      return (
        <p>
          {trans.__(
            'There are no templates. Put notebooks into share/jupyter/jupyter_runt/templates of a Jupyter data path.'
          )}
        </p>
      );
    }
    const canStart = this._canStart();
    return (
      <ul className="jp-runt-items" aria-label={trans.__('Templates')}>
        {templates.map(each => (
          <li key={each.name} title={each.path}>
            <div className="jp-runt-item-line">
              <span className="jp-runt-item-name">{each.title || each.name}</span>
              {canStart && (
                <Button
                  small
                  onClick={() => this._start(each.name)}
                  aria-label={trans.__('Start %1', each.title || each.name)}
                >
                  {trans.__('Start')}
                </Button>
              )}
            </div>
            {each.description && <div className="jp-runt-item-more">{each.description}</div>}
          </li>
        ))}
      </ul>
    );
  }
}
