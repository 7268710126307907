import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import React, { useEffect, useState } from 'react';

import type { Server } from '../api/server';
import { found, type ITemplate } from './search';

/** What can be run by its name, as cards. */
export class Gallery extends ReactWidget {
  constructor(
    private readonly _server: Server,
    private readonly _trans: TranslationBundle,
    private readonly _start: (template: string) => void,
    /** Runs a file instead; null where none can be chosen. */
    private readonly _choose: (() => void) | null
  ) {
    super();
    this.addClass('jp-runt-gallery');
    this.node.tabIndex = -1;
  }

  protected render(): JSX.Element {
    return (
      <Cards
        templates={this._templates}
        fault={this._fault}
        trans={this._trans}
        onStart={this._start}
        onChoose={this._choose}
        onAgain={() => void this._load()}
        onDrawn={this._focus}
      />
    );
  }

  /** The files may have changed since it was last seen. */
  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    void this._load();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    void this._load();
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    if (!this.node.contains(document.activeElement)) {
      this.node.focus();
    }
    this._focus();
  }

  /** Leads who has come here, and nowhere in it yet, to its first element. */
  private readonly _focus = (): void => {
    if (document.activeElement === this.node) {
      this.node.querySelector('input')?.focus();
    }
  };

  private async _load(): Promise<void> {
    if (!this.isVisible || this._isLoading) {
      return;
    }
    this._isLoading = true;
    try {
      this._templates = (await this._server.json<{ templates: ITemplate[] }>(['templates'])).templates;
      this._fault = '';
    } catch (error) {
      this._fault = error instanceof Error ? error.message : String(error);
    }
    this._isLoading = false;
    if (!this.isDisposed) {
      this.update();
    }
  }

  private _templates: readonly ITemplate[] | null = null;
  private _fault = '';
  private _isLoading = false;
}

interface ICardsProps {
  templates: readonly ITemplate[] | null;
  fault: string;
  trans: TranslationBundle;
  onStart: (template: string) => void;
  onChoose: (() => void) | null;
  onAgain: () => void;
  /** It stands on the page for the first time. */
  onDrawn: () => void;
}

function Cards({ templates, fault, trans, onStart, onChoose, onAgain, onDrawn }: ICardsProps): JSX.Element {
  const [words, setWords] = useState('');
  useEffect(onDrawn, [onDrawn]);
  const shown = found(templates ?? [], words);
  return (
    <div className="jp-runt-gallery-body">
      <h1>{trans.__('Templates')}</h1>
      <div className="jp-runt-gallery-head" role="search">
        <input
          type="search"
          className="jp-mod-styled"
          placeholder={trans.__('Search')}
          aria-label={trans.__('Search templates')}
          value={words}
          onChange={event => setWords(event.target.value)}
        />
        {onChoose && (
          <button type="button" className="jp-mod-styled jp-mod-reject" onClick={onChoose}>
            {trans.__('Choose a File…')}
          </button>
        )}
      </div>
      <div role="status" className="jp-runt-gallery-state">
        {templates === null && !fault && trans.__('Reading the templates …')}
        {templates !== null && !templates.length && <Empty trans={trans} />}
        {templates !== null && templates.length > 0 && !shown.length && trans.__('No template matches.')}
      </div>
      <div role="alert" className="jp-runt-gallery-fault">
        {fault && (
          <>
            {fault}{' '}
            <button type="button" className="jp-mod-styled jp-mod-reject" onClick={onAgain}>
              {trans.__('Try Again')}
            </button>
          </>
        )}
      </div>
      <ul className="jp-runt-cards" aria-label={trans.__('Templates')}>
        {shown.map(each => (
          <Card key={each.name} template={each} trans={trans} onStart={onStart} />
        ))}
      </ul>
    </div>
  );
}

function Empty({ trans }: { trans: TranslationBundle }): JSX.Element {
  return (
    <>
      <strong>{trans.__('There are no templates.')}</strong>{' '}
      {trans.__('Put notebooks into share/jupyter/jupyter_runt/templates of a Jupyter data path.')}
    </>
  );
}

interface ICardProps {
  template: ITemplate;
  trans: TranslationBundle;
  onStart: (template: string) => void;
}

function Card({ template, trans, onStart }: ICardProps): JSX.Element {
  const { name, title, description, tags, parameters, needs } = template;
  const id = `jp-runt-card-${name}`;
  return (
    <li>
      <button
        type="button"
        className="jp-runt-card"
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-text`}
        onClick={() => onStart(name)}
      >
        <span id={`${id}-title`} className="jp-runt-card-title" title={title || name}>
          {title || name}
        </span>
        <span id={`${id}-text`} className="jp-runt-card-text">
          {description && <span className="jp-runt-card-about">{description}</span>}
          <span className="jp-runt-card-more">
            {title && <code>{name}</code>}
            <span>
              {parameters.length
                ? trans._n('%1 parameter', '%1 parameters', parameters.length)
                : trans.__('no parameters')}
            </span>
            {needs.length > 0 && <span className="jp-runt-card-needs">{trans.__('needs %1', needs.join(', '))}</span>}
          </span>
          {tags.length > 0 && (
            <span className="jp-runt-card-tags">
              {tags.map(tag => (
                <span key={tag}>{tag}</span>
              ))}
            </span>
          )}
        </span>
      </button>
    </li>
  );
}
