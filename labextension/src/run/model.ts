import { type INotebookModel, NotebookModel, NotebookModelFactory } from '@jupyterlab/notebook';
import type { DocumentRegistry } from '@jupyterlab/docregistry';

/** A notebook that nobody edits: it is never dirty, and nothing offers to save it. */
export class RunModel extends NotebookModel {
  constructor(options: NotebookModel.IOptions) {
    super(options);
    this.readOnly = true;
  }

  override get dirty(): boolean {
    return false;
  }

  override set dirty(_: boolean) {
    // What changes are the outputs, and those are kept by the server.
  }
}

export class RunModelFactory extends NotebookModelFactory {
  constructor() {
    super({ collaborative: false });
  }

  override get name(): string {
    return 'jupyter-runt-run';
  }

  override createNew(options: DocumentRegistry.IModelOptions<never> = {}): INotebookModel {
    return new RunModel({ languagePreference: options.languagePreference });
  }
}
