/** What jupyterlab_widgets gives at run time; it is no dependency of ours. */
declare module '@jupyter-widgets/jupyterlab-manager' {
  import type { DocumentRegistry } from '@jupyterlab/docregistry';
  import type { INotebookModel } from '@jupyterlab/notebook';
  import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
  import type { IDisposable } from '@lumino/disposable';

  export function registerWidgetManager(
    context: DocumentRegistry.IContext<INotebookModel>,
    rendermime: IRenderMimeRegistry,
    renderers: IterableIterator<never>
  ): IDisposable;
}
