import type { INotebookModel } from '@jupyterlab/notebook';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { WIDGET_VIEW } from '@jupyter-runt/pages/fold.js';
import type { PartialJSONObject } from '@lumino/coreutils';

import type { RunFeed } from '../live/feed';

/**
 * Lets a registry show widgets with the state that they had in the end, where JupyterLab has its widgets (jupyterlab_widgets).
 * False where it has none, or nothing was saved.
 */
export async function showWidgets(
  feed: RunFeed,
  context: DocumentRegistry.IContext<INotebookModel>,
  rendermime: IRenderMimeRegistry
): Promise<boolean> {
  let register: typeof import('@jupyter-widgets/jupyterlab-manager').registerWidgetManager;
  try {
    ({ registerWidgetManager: register } = await import('@jupyter-widgets/jupyterlab-manager'));
  } catch {
    return false; // it is not installed: there is the text
  }
  const notebook = await feed.server.json<{ metadata: PartialJSONObject }>(['runs', feed.runId, 'notebook'], {
    query: { format: 'ipynb' }
  });
  if (!notebook.metadata.widgets || context.isDisposed) {
    return false;
  }
  context.model.setMetadata('widgets', notebook.metadata.widgets);
  register(context, rendermime, [].values());
  return true;
}

/** While a run goes on, a widget is a text: without its kernel it would wait for ever. */
export function hideWidgets(rendermime: IRenderMimeRegistry): void {
  rendermime.removeMimeType(WIDGET_VIEW);
}
