import type { INotebookModel } from '@jupyterlab/notebook';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { WIDGET_VIEW } from '@jupyter-runt/pages/fold.js';
import type { PartialJSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import type { RunFeed } from '../live/feed';

/**
 * Lets a registry show widgets with the state that they had in the end, where JupyterLab has its widgets (jupyterlab_widgets).
 * Null where it has none, or nothing was saved.
 */
export async function showWidgets(
  feed: RunFeed,
  context: DocumentRegistry.IContext<INotebookModel>,
  rendermime: IRenderMimeRegistry
): Promise<IDisposable | null> {
  let register: typeof import('@jupyter-widgets/jupyterlab-manager').registerWidgetManager;
  try {
    ({ registerWidgetManager: register } = await import('@jupyter-widgets/jupyterlab-manager'));
  } catch {
    return null; // it is not installed: there is the text
  }
  const notebook = await feed.server.json<{ metadata: PartialJSONObject }>(['runs', feed.runId, 'notebook'], {
    query: { format: 'ipynb' }
  });
  if (!notebook.metadata.widgets || context.isDisposed) {
    return null;
  }
  context.model.setMetadata('widgets', notebook.metadata.widgets);
  const registered = register(withoutKernel(context), rendermime, [].values());
  await new Promise(resolve => setTimeout(resolve)); // it registers its renderer once its session is ready, which it is
  return registered;
}

let count = 0;

/** The manager of widgets goes by kernels' ids and waits for one: it is given one that has no comms. */
function withoutKernel(context: DocumentRegistry.IContext<INotebookModel>): DocumentRegistry.IContext<INotebookModel> {
  const never = new Signal<object, never>({});
  const kernel = {
    id: `jupyter-runt-${(count += 1)}`,
    handleComms: false,
    registerCommTarget: () => undefined,
    removeCommTarget: () => undefined,
    requestCommInfo: () => Promise.resolve({ content: { status: 'ok', comms: {} } })
  };
  const sessionContext = {
    ready: Promise.resolve(),
    session: { kernel },
    kernelChanged: never,
    statusChanged: never,
    connectionStatusChanged: never
  };
  return Object.create(context, { sessionContext: { value: sessionContext } }) as typeof context;
}

/** While a run goes on, a widget is a text: without its kernel it would wait for ever. */
export function hideWidgets(rendermime: IRenderMimeRegistry): void {
  rendermime.removeMimeType(WIDGET_VIEW);
}
