import { timeWords } from '@jupyter-runt/pages/words.js';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Button } from '@jupyterlab/ui-components';
import { MessageLoop } from '@lumino/messaging';
import { type Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import React, { useEffect, useLayoutEffect, useRef } from 'react';

import type { Ticker } from '../live/ticker';
import { LiveWidget } from '../live/widget';
import { STATUS_ICONS } from '../runs/icons';
import { statusWord } from '../runs/words';
import { Buttons } from './buttons';
import { SectionBody, SectionButtons } from './sections';
import type { RunView } from './view';
import { outcomes, progress, runTime } from './words';

interface IPartProps {
  view: RunView;
  trans: TranslationBundle;
}

/** What stands above a run's cells. Its height follows what it holds. */
export class RunHeader extends LiveWidget {
  /** `tick()` writes the times in the cells. */
  constructor(
    private readonly _view: RunView,
    private readonly _tick: () => void
  ) {
    super(_view.changed);
    this.addClass('jp-runt-run-header');
  }

  override dispose(): void {
    this._sizes.disconnect();
    super.dispose();
  }

  protected override render(): JSX.Element {
    const { _view: view } = this;
    const { trans } = view;
    return (
      <div className="jp-runt-run-about" ref={this._fit}>
        <Banner view={view} trans={trans} />
        {view.run.seq > 0 && (
          <>
            <TitleLine view={view} trans={trans} ticker={this.ticker} tick={this._tick} />
            <Facts view={view} trans={trans} />
            <Spoken view={view} trans={trans} />
            <Outcomes view={view} trans={trans} />
            <TrustBar view={view} trans={trans} />
            <div className="jp-runt-run-bars">
              <Buttons view={view} />
              <SectionButtons view={view} />
            </div>
            <SectionBody view={view} />
          </>
        )}
      </div>
    );
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.update();
  }

  /** A box layout gives a widget the height that it says it needs. */
  private readonly _fit = (element: HTMLElement | null): void => {
    this._sizes.disconnect();
    if (element) {
      this._sizes.observe(element);
    }
  };

  private readonly _sizes = new ResizeObserver(entries => {
    const height = `${Math.ceil(entries[entries.length - 1].target.getBoundingClientRect().height)}px`;
    if (this.node.style.minHeight !== height && this.parent) {
      this.node.style.minHeight = height;
      MessageLoop.postMessage(this.parent, Widget.Msg.FitRequest);
    }
  });
}

/** Why what is seen may not be how it is. It stands there always, so that a change of it is heard. */
function Banner({ view, trans }: IPartProps): JSX.Element {
  const { state } = view.feed;
  return (
    <div role="status" aria-live="polite" className="jp-runt-run-banner" data-kind={state}>
      {connectionWords(view, trans)}
    </div>
  );
}

function connectionWords(view: RunView, trans: TranslationBundle): string {
  switch (view.feed.state) {
    case 'away':
      return trans.__('Reconnecting … The run goes on without this page.');
    case 'removed':
      return view.run.seq
        ? trans.__('This run has been removed.')
        : trans.__('There is no run %1 here (any more).', view.feed.runId);
    case 'forbidden':
      return trans.__('You may not look at this run (any more). If you were logged out, load the page again.');
    case 'damaged':
      return trans.__('What comes next of this run cannot be read: the store is damaged there.');
    default:
      return view.fault;
  }
}

interface ITimeProps extends IPartProps {
  ticker: Ticker;
  tick: () => void;
}

function TitleLine(props: ITimeProps): JSX.Element {
  const { view, trans } = props;
  const { run } = view;
  const icon = STATUS_ICONS[run.status];
  const word = run.paused && !run.ended ? trans.__('paused') : statusWord(run.status, trans);
  const { done, total, failed } = progress(run);
  const cells = trans._n('%2 of %1 cell', '%2 of %1 cells', total, done);
  const style = {
    '--jp-runt-done': share(done, total),
    '--jp-runt-failed': share(failed, total)
  } as React.CSSProperties;
  return (
    <div className="jp-runt-run-line">
      <span className="jp-runt-run-status" data-status={run.status}>
        <icon.react tag="span" className="jp-runt-run-icon" />
        {word}
      </span>
      <h2 className="jp-runt-run-title" title={view.label}>
        {view.label}
      </h2>
      <span className="jp-runt-run-progress">
        {total > 0 && <span className="jp-runt-run-bar" aria-hidden="true" style={style} />}
        <span>{failed ? trans.__('%1, %2 failed', cells, failed) : cells}</span>
        <Elapsed {...props} />
      </span>
    </div>
  );
}

const share = (cells: number, total: number): string => `${total ? (100 * cells) / total : 0}%`;

/** The time alone is written each second: nothing else is looked at. */
function Elapsed({ view, trans, ticker, tick }: ITimeProps): JSX.Element {
  const element = useRef<HTMLSpanElement>(null);
  const { run } = view;
  const write = (): void => {
    const text = runTime(run, view.clock.now(), trans);
    if (element.current && element.current.textContent !== text) {
      element.current.textContent = text;
    }
  };
  useLayoutEffect(write);
  useEffect(() => {
    const ticking = run.ended ? null : ticker.add(() => (write(), tick()));
    return () => ticking?.dispose();
  }, [run, run.ended]);
  return <span className="jp-runt-run-elapsed" ref={element} />;
}

function Facts({ view, trans }: IPartProps): JSX.Element {
  const { run } = view;
  const runtime = String(run.runtime.display_name || run.runtime.runtime || '');
  const who = run.requested_by && run.via ? trans.__('%1 via %2', run.requested_by, run.via) : run.requested_by;
  return (
    <dl className="jp-runt-run-facts">
      <Fact name={trans.__('By')} value={who} />
      <Fact name={trans.__('Submitted')} value={run.submitted_at && timeWords(run.submitted_at)} />
      <Fact name={trans.__('Notebook')} value={run.title && run.name !== run.title ? run.name : ''} title={run.path} />
      <Fact name={trans.__('Runtime')} value={runtime} />
      <Fact name={trans.__('Worker')} value={run.worker} />
      {run.parent_run && (
        <Fact name={trans.__('Rerun of')}>
          <button className="jp-runt-link" onClick={() => view.open(run.parent_run ?? '')}>
            {run.parent_run}
          </button>
        </Fact>
      )}
      <Fact name={trans.__('Run')} value={run.id} />
      {Object.entries(run.labels).map(([key, value]) => (
        <Fact key={key} name={key} value={value} />
      ))}
    </dl>
  );
}

interface IFactProps {
  name: string;
  value?: string | null;
  title?: string;
  children?: React.ReactNode;
}

function Fact({ name, value, title, children }: IFactProps): JSX.Element | null {
  return value || children ? (
    <div>
      <dt>{name}</dt>
      <dd title={title || value || undefined}>{children ?? value}</dd>
    </div>
  ) : null;
}

/** Said aloud: the status, and questions; never each line of output. */
function Spoken({ view, trans }: IPartProps): JSX.Element {
  const { run } = view;
  const asks = run.question !== null && !run.question.answered;
  const text = asks
    ? trans.__('The run waits for input: %1', run.question?.prompt ?? '')
    : trans.__('The run: %1', statusWord(run.status, trans));
  return (
    <span role="status" className="jp-runt-unseen">
      {text}
    </span>
  );
}

function Outcomes({ view, trans }: IPartProps): JSX.Element {
  return (
    <div className="jp-runt-run-outcomes">
      {outcomes(view.run, view.whyWaiting, trans).map(({ text, kind, cell }) => (
        <p key={text} className={`jp-runt-run-outcome jp-runt-mod-${kind}`}>
          {text}
          {cell !== null && (
            <button className="jp-runt-link" onClick={() => view.goTo(cell)}>
              {trans.__('Show the cell')}
            </button>
          )}
        </p>
      ))}
    </div>
  );
}

function TrustBar({ view, trans }: IPartProps): JSX.Element | null {
  return view.trusted ? null : (
    <p className="jp-runt-run-trust">
      {trans.__(
        '%1 asked for this run. Its outputs are shown without scripts.',
        view.run.requested_by || trans.__('Somebody')
      )}
      <Button small onClick={() => view.trust()}>
        {trans.__('Trust')}
      </Button>
    </p>
  );
}
