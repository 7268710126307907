import type { Run } from '@jupyter-runt/pages/fold.js';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { RunEvent, View } from '../api/types';
import type { Blobs } from '../live/blobs';
import type { ServerClock } from '../live/clock';
import type { RunFeed } from '../live/feed';
import { COMMANDS } from '../tokens';
import { type CellPart, type ICellContext } from './cell';
import { CellFoot, CellHead } from './cellparts';
import { Painter } from './painter';
import type { IQuestionContext } from './question';
import type { Section } from './sections';
import type { ITextContext } from './text';

/** How often to ask why nothing happens with a run: no event says that. */
const LOOK_MS = 10_000;
const FIRST_LOOK_MS = 1500;

export interface IRunViewOptions {
  feed: RunFeed;
  trans: TranslationBundle;
  commands: CommandRegistry;
  /** By which this user's runs are known. */
  ownNames: Promise<readonly string[]>;
  clock: ServerClock;
  /** What the run is called, as far as that is known before it is here. */
  label: string;
}

/** One run as its tab shows it: what the parts of the tab have in common. */
export class RunView implements ICellContext, ITextContext, IQuestionContext, IDisposable {
  constructor(private readonly _options: IRunViewOptions) {
    this.feed.changed.connect(this._onEvents, this);
    this.feed.stateChanged.connect(this._onState, this);
    this.ready = _options.ownNames.then(names => {
      this._ownNames = names;
      this._changed.emit();
    });
    this._looking = window.setTimeout(() => void this._look(), FIRST_LOOK_MS);
  }

  /** Before this, nobody may draw an output. */
  readonly ready: Promise<void>;
  readonly painter = new Painter();
  /** The registry that the cells' outputs are shown by. */
  rendermime: IRenderMimeRegistry | null = null;
  /** Why nothing happens, while nothing does. */
  whyWaiting = '';

  /** Why its notebook cannot be shown, else ''. */
  get fault(): string {
    return this._fault;
  }

  set fault(message: string) {
    this._fault = message;
    this._changed.emit();
  }

  get feed(): RunFeed {
    return this._options.feed;
  }

  get run(): Run {
    return this.feed.run;
  }

  get blobs(): Blobs {
    return this.feed.blobs;
  }

  get trans(): TranslationBundle {
    return this._options.trans;
  }

  get commands(): CommandRegistry {
    return this._options.commands;
  }

  get clock(): ServerClock {
    return this._options.clock;
  }

  get label(): string {
    return this.run.title || this.run.name || this._options.label;
  }

  /** Something that is not in the cells is not as it was. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Somebody wants to see a cell. */
  get wanted(): ISignal<this, string> {
    return this._wanted;
  }

  get trustChanged(): ISignal<this, void> {
    return this._trustChanged;
  }

  /** Whether outputs may do what a notebook's own may. Without doubt they may when this user has asked for the run. */
  get trusted(): boolean {
    return this._isTrusted || (this.run.requested_by !== '' && this._ownNames.includes(this.run.requested_by));
  }

  trust(): void {
    this._isTrusted = true;
    this._trustChanged.emit();
    this._changed.emit();
  }

  get section(): Section | null {
    return this._section;
  }

  openSection(section: Section | null): void {
    this._section = section;
    this._changed.emit();
  }

  /** The event that recorded a result last; 0 when there is none. */
  get resultsSeq(): number {
    return this._resultsSeq;
  }

  get hasResults(): boolean {
    return this._resultsSeq > 0;
  }

  head(): CellPart {
    return new CellHead(this.trans, () => this.now());
  }

  foot(): CellPart {
    return new CellFoot(this);
  }

  now(): number {
    return this.clock.now();
  }

  async reply(inputId: string, text: string): Promise<void> {
    await this.feed.server.request(['runs', this.run.id, 'inputs', inputId], { method: 'POST', body: { text } });
  }

  /** Cells are known to people by their numbers, which count those of code. */
  cellLabel(id: string): string {
    if (this._labels.size !== this.run.cells.size) {
      let number = 0;
      for (const cell of this.run.cells.values()) {
        number += cell.type === 'code' ? 1 : 0;
        this._labels.set(cell.id, cell.type === 'code' ? this.trans.__('cell %1', number) : this.trans.__('text'));
      }
    }
    return this._labels.get(id) ?? '';
  }

  goTo(cell: string): void {
    this._wanted.emit(cell);
  }

  open(runId: string): void {
    this.do(COMMANDS.open, { run_id: runId });
  }

  do(command: string, args: ReadonlyPartialJSONObject): void {
    void this.commands.execute(command, args);
  }

  get isDisposed(): boolean {
    return this.feed.isDisposed;
  }

  dispose(): void {
    window.clearTimeout(this._looking);
    this.painter.stop();
    this.feed.dispose();
    Signal.clearData(this);
  }

  private _onEvents(_: RunFeed, events: readonly RunEvent[]): void {
    const recorded = events.filter(each => each.type === 'result.recorded').pop();
    this._resultsSeq = recorded?.seq ?? this._resultsSeq;
    this._changed.emit();
  }

  private _onState(): void {
    this._changed.emit();
  }

  private async _look(): Promise<void> {
    const { run, feed } = this;
    if (run.ended || feed.isDisposed) {
      return;
    }
    const waits = run.status === 'queued' || run.worker === null;
    if (waits && run.seq && document.visibilityState === 'visible') {
      try {
        const view = await feed.server.json<View>(['runs', run.id]);
        this._tellWhy(view.why_queued ?? view.why_undriven ?? '');
      } catch {
        // The feed tells that the server is away.
      }
    } else if (!waits) {
      this._tellWhy('');
    }
    if (!feed.isDisposed) {
      this._looking = window.setTimeout(() => void this._look(), LOOK_MS);
    }
  }

  private _tellWhy(text: string): void {
    if (this.whyWaiting !== text) {
      this.whyWaiting = text;
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _wanted = new Signal<this, string>(this);
  private readonly _trustChanged = new Signal<this, void>(this);
  private readonly _labels = new Map<string, string>();
  private _section: Section | null = null;
  private _resultsSeq = 0;
  private _fault = '';
  private _isTrusted = false;
  private _ownNames: readonly string[] = [];
  private _looking = 0;
}
