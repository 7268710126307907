import { NotebookModel, NotebookModelFactory, type INotebookModel } from '@jupyterlab/notebook';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { JSONValue } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';

import { MODEL } from './names';
import { Origin, type Source, Unreadable, recall, remember } from './origin';

type SharedNotebook = INotebookModel['sharedModel'];

/** A notebook that knows the file that it comes from. */
export class YamlNotebookModel extends NotebookModel {
  /** The file, once it has been read. */
  get source(): Source | null {
    return this._source;
  }

  /** The file was read, for the first time or again. */
  get wasRead(): ISignal<this, Source | null> {
    return this._wasRead;
  }

  override get dirty(): boolean {
    return super.dirty;
  }

  /** What was typed while the notebook was being saved is not saved. */
  override set dirty(value: boolean) {
    super.dirty = value || (super.dirty && this.isUnsaved());
  }

  override fromJSON(value: INotebookContent): void {
    super.fromJSON(value);
    const source = recall(value);
    // A notebook that comes from elsewhere is an edit of the file that is known.
    this._source = source ?? this._source;
    if (source instanceof Origin) {
      source.settle(super.toJSON());
    }
    this.readOnly = this._source instanceof Unreadable;
    if (this.readOnly) {
      this.dirty = false; // the empty cell that every notebook has
    }
    this._wasRead.emit(this._source);
  }

  override toJSON(): INotebookContent {
    const content = super.toJSON();
    remember(content, this._source);
    return content;
  }

  /** What a kernel says of itself when it starts is no edit. */
  override setMetadata(key: string, value: JSONValue): void {
    const { dirty } = this;
    const before = this.defaultKernelName;
    super.setMetadata(key, value);
    if (!dirty && (key === 'language_info' || (key === 'kernelspec' && this.defaultKernelName === before))) {
      this.dirty = false;
    }
  }

  private isUnsaved(): boolean {
    const { _source } = this;
    return _source instanceof Origin && !_source.says(_source.file(super.toJSON()));
  }

  private _source: Source | null = null;
  private _wasRead = new Signal<this, Source | null>(this);
}

/** Makes models with a name of their own: a file that is open otherwise is another document. */
export class YamlNotebookModelFactory extends NotebookModelFactory {
  constructor(private readonly registry: DocumentRegistry) {
    super({ collaborative: false });
  }

  override get name(): string {
    return MODEL;
  }

  override createNew(options: DocumentRegistry.IModelOptions<SharedNotebook> = {}): INotebookModel {
    const stock = this.registry.getModelFactory('notebook');
    const settings = stock instanceof NotebookModelFactory ? stock : this;
    const { disableDocumentWideUndoRedo } = settings;
    return new YamlNotebookModel({ languagePreference: options.languagePreference, disableDocumentWideUndoRedo });
  }
}
