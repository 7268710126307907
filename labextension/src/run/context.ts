import { Context } from '@jupyterlab/docregistry';
import type { INotebookModel } from '@jupyterlab/notebook';

/** The document of a run's tab. It has no file: what stands in the tab is the run's name, and nothing renames it. */
export class RunContext extends Context<INotebookModel> {
  /** What the tab is called. JupyterLab takes the label of a document's tab for the name of its file. */
  label = '';

  /** Where RunContents has it. */
  get file(): string {
    return super.path;
  }

  /** None: JupyterLab would write it into the browser's address, and look for that file when the page is loaded anew. */
  override get path(): string {
    return '';
  }

  override get localPath(): string {
    return this.label || super.localPath;
  }

  override async rename(): Promise<void> {
    // A run keeps the name with which it was submitted.
  }
}
