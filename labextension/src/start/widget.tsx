import { MainAreaWidget, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Runs } from '../live/runs';
import type { Source } from './body';
import { StartForm } from './form';
import { startIcon } from './icons';
import type { Schedule, StartModel, Submitted } from './model';
import { Press } from './press';

/** The class by which a key finds the form. */
const FORM_CLASS = 'jp-runt-start';

let count = 0;
let tabs = 0;

/** The form in its tab. */
export class StartContent extends ReactWidget {
  constructor(
    readonly model: StartModel,
    private readonly _runs: Runs,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass(FORM_CLASS);
    this.node.tabIndex = -1;
    void model.load();
  }

  /** A run was started. */
  get started(): ISignal<this, Submitted> {
    return this._started;
  }

  /** It will run at due times. */
  get scheduled(): ISignal<this, Schedule> {
    return this._scheduled;
  }

  /** Whoever fills it in does not want to any more. */
  get cancelled(): ISignal<this, void> {
    return this._cancelled;
  }

  /** Starts the run, or has it run at due times; or leads to what is wrong. */
  async run(): Promise<void> {
    const { model } = this;
    this._isLeading = true;
    const done = model.isScheduling ? await model.schedule() : await model.submit();
    this._isLeading &&= done === null && model.faults().size + model.refusals.length > 0;
    done?.warnings?.forEach(each => Notification.warning(each));
    if (done !== null && 'schedule_id' in done) {
      this._scheduled.emit(done);
    } else if (done !== null) {
      this._started.emit(done);
    }
  }

  override dispose(): void {
    this._press.dispose();
    this.model.dispose();
    Signal.clearData(this);
    super.dispose();
  }

  protected render(): JSX.Element {
    return (
      <UseSignal signal={this.model.stateChanged}>
        {() => (
          <StartForm
            model={this.model}
            runs={this._runs}
            trans={this._trans}
            id={this._id}
            onRun={() => void this.run()}
            onCancel={() => this._cancelled.emit()}
            onLeave={key => this._press.after(() => this.model.leave(key))}
            onDrawn={this._focus}
            onRedrawn={this._lead}
          />
        )}
      </UseSignal>
    );
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
      const first = this.node.querySelector<HTMLElement>('input, select, textarea');
      (first ?? this.node.querySelector('button'))?.focus();
    }
  };

  /** Leads to the first fault, once it is drawn. */
  private readonly _lead = (): void => {
    if (!this._isLeading || this.model.isSubmitting) {
      return;
    }
    // The form draws faults after itself.
    requestAnimationFrame(() => {
      const faulty = this.node.querySelector<HTMLElement>('[aria-invalid="true"]');
      const told = this.node.querySelector<HTMLElement>('.jp-runt-start-refused ul');
      if (this._isLeading && (faulty ?? told)) {
        this._isLeading = false;
        (faulty ?? told)?.scrollIntoView({ block: 'nearest' });
        faulty?.focus();
      }
    });
  };

  private _isLeading = false;
  private readonly _press = new Press(this.node);
  private readonly _id = `jp-runt-start-${++count}`;
  private readonly _started = new Signal<this, Submitted>(this);
  private readonly _scheduled = new Signal<this, Schedule>(this);
  private readonly _cancelled = new Signal<this, void>(this);
}

/** The tab of the form. */
export function tabOf(content: StartContent, source: Source, trans: TranslationBundle): MainAreaWidget<StartContent> {
  const tab = new MainAreaWidget({ content });
  tab.id = `jp-runt-start-tab-${++tabs}`;
  tab.title.icon = startIcon;
  tab.title.closable = true;
  nameTab(tab, source, trans);
  tab.toolbar.hide();
  content.cancelled.connect(() => tab.dispose());
  return tab;
}

/** What the tab says of itself. */
export function nameTab(tab: MainAreaWidget<StartContent>, source: Source, trans: TranslationBundle): void {
  const [name] = Object.values(source) as [string];
  tab.title.label = 'rerun' in source ? trans.__('Run again') : trans.__('Run %1', name.split('/').pop());
  tab.title.caption = name;
}
