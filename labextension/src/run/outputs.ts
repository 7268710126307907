import type { FoldedOutput } from '@jupyter-runt/pages/fold.js';
import type { ExecutionCount, IOutput, MultilineString } from '@jupyterlab/nbformat';
import { type IOutputAreaModel, OutputAreaModel } from '@jupyterlab/outputarea';
import { type IOutputModel, OutputModel } from '@jupyterlab/rendermime';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';

import { type Blobs, atHand } from '../live/blobs';

/** By these names rendermime finds our renderers, which are in a run's own registry alone. */
export const TEXT_MIME = 'application/vnd.jupyter-runt.text';
export const PENDING_MIME = 'application/vnd.jupyter-runt.pending';

/** What both kinds of our own models have in common: nothing of theirs is ever saved. */
abstract class RunOutput implements IOutputModel {
  constructor(mimeType: string) {
    this.data = { [mimeType]: '' };
  }

  readonly type: string = 'display_data';
  readonly executionCount: ExecutionCount = null;
  readonly metadata: ReadonlyPartialJSONObject = {};
  readonly data: ReadonlyPartialJSONObject;
  trusted = false;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  setData(): void {
    // The events alone say what there is.
  }

  toJSON(): IOutput {
    return { output_type: 'display_data', data: {}, metadata: {} };
  }

  dispose(): void {
    Signal.clearData(this);
  }

  protected readonly _changed = new Signal<this, void>(this);
}

/** A stream's text, in the pieces in which it came. */
export class TextOutput extends RunOutput {
  constructor(private readonly _folded: FoldedOutput) {
    super(TEXT_MIME);
    this._known = _folded.texts.length;
  }

  get name(): string {
    return this._folded.name ?? 'stdout';
  }

  get pieces(): readonly unknown[] {
    return this._folded.texts;
  }

  /** Tells whoever draws it that there is more. */
  grow(): void {
    if (this._known !== this._folded.texts.length) {
      this._known = this._folded.texts.length;
      this._changed.emit();
    }
  }

  override toJSON(): IOutput {
    const texts = this.pieces.map(piece => atHand(piece) ?? '…') as MultilineString;
    return { output_type: 'stream', name: this.name, text: texts };
  }

  private _known: number;
}

/** An output that is large: it is fetched when somebody is about to see it. */
export class PendingOutput extends RunOutput {
  constructor(
    private readonly _value: unknown,
    private readonly _blobs: Blobs,
    private readonly _arrived: (value: IOutput) => void
  ) {
    super(PENDING_MIME);
    const count = (_value as { execution_count?: ExecutionCount }).execution_count;
    this.executionCount = count ?? null;
  }

  override readonly executionCount: ExecutionCount;

  /** Asks for it, once. Throws RequestError. */
  fetch(): Promise<void> {
    this._fetching ??= this._blobs.resolve(this._value).then(
      value => this._arrived(value as IOutput),
      error => {
        this._fetching = null;
        throw error;
      }
    );
    return this._fetching;
  }

  private _fetching: Promise<void> | null = null;
}

interface IShown {
  folded: FoldedOutput;
  seq: number;
}

/** A cell's outputs as the fold has them. It takes over what has changed, and nothing goes back into the document. */
export class RunOutputs extends OutputAreaModel {
  constructor(
    options: IOutputAreaModel.IOptions,
    private readonly _blobs: Blobs
  ) {
    super({ trusted: options.trusted });
    this._isTrusted = !!options.trusted;
  }

  override get trusted(): boolean {
    return this._isTrusted;
  }

  override set trusted(trusted: boolean) {
    if (trusted !== this._isTrusted) {
      this._isTrusted = trusted;
      this._shown.forEach(({ folded }, index) => folded.name === null && this._replace(index, this._made(folded)));
    }
  }

  take(outputs: readonly FoldedOutput[]): void {
    if (outputs.length === 0 && this.length) {
      this._shown = [];
      this.clear();
      return;
    }
    for (let index = this.length - 1; index >= outputs.length; index -= 1) {
      this._shown.pop();
      this.remove(index);
    }
    outputs.forEach((folded, index) => this._takeOne(folded, index));
  }

  /** What is of this type is drawn anew: there is another renderer for it. */
  renew(mimeType: string): void {
    this._shown.forEach(({ folded }, index) => {
      if (mimeType in this.get(index).data) {
        this._replace(index, this._made(folded));
      }
    });
  }

  private _takeOne(folded: FoldedOutput, index: number): void {
    const shown = this._shown[index];
    if (shown?.folded === folded) {
      const item = this.get(index);
      if (item instanceof TextOutput) {
        item.grow();
      } else if (shown.seq !== folded.seq) {
        shown.seq = folded.seq;
        this._update(folded, index);
      }
      return;
    }
    this._shown[index] = { folded, seq: folded.seq };
    if (index === this.length) {
      this.list.push(this._made(folded));
    } else {
      this._replace(index, this._made(folded));
    }
  }

  /** What is shown stays until the new one is here: a picture that is replaced many times does not flicker. */
  private _update(folded: FoldedOutput, index: number): void {
    const made = this._made(folded);
    if (made instanceof PendingOutput && !(this.get(index) instanceof PendingOutput)) {
      made.fetch().catch(() => this._isCurrent(folded, folded.seq) && this._replace(index, made));
    } else {
      this._replace(index, made);
    }
  }

  private _made(folded: FoldedOutput): IOutputModel {
    if (folded.name !== null) {
      return new TextOutput(folded);
    }
    const { seq } = folded;
    const value = atHand(folded.value);
    if (value !== undefined) {
      return this._ready(value as IOutput);
    }
    return new PendingOutput(folded.value, this._blobs, whole => {
      if (this._isCurrent(folded, seq)) {
        this._replace(
          this._shown.findIndex(each => each.folded === folded),
          this._ready(whole)
        );
      }
    });
  }

  private _ready(value: IOutput): IOutputModel {
    return new OutputModel({ value, trusted: this._isTrusted });
  }

  private _isCurrent(folded: FoldedOutput, seq: number): boolean {
    return !this.isDisposed && this._shown.some(each => each.folded === folded && each.seq === seq);
  }

  private _replace(index: number, item: IOutputModel): void {
    const before = this.get(index);
    this.list.set(index, item);
    before.dispose();
  }

  private _shown: IShown[] = [];
  private _isTrusted: boolean;
}
