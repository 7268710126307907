import { Dialog, InputDialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { FACTORY, PROVIDER } from './names';
import { Unreadable } from './origin';
import type { YamlNotebookModel } from './model';
import type { IPanelOptions } from './panel';
import { statusOf } from './provider';

/**
 * "Save As" in place of JupyterLab's, which forgets the content provider and would write JSON. What ends in .ipynb is one.
 * Like JupyterLab's it tells whether saving has begun.
 */
export async function saveAs(panel: NotebookPanel, options: IPanelOptions): Promise<boolean> {
  const { context } = panel;
  const { manager, trans } = options;
  const { contents } = manager.services;
  await context.ready;
  if ((context.model as YamlNotebookModel).source instanceof Unreadable) {
    return false;
  }
  const chosen = await InputDialog.getText({
    title: trans.__('Save File As…'),
    label: trans.__('Path'),
    text: contents.localPath(context.path),
    okLabel: trans.__('Save')
  });
  if (!chosen.button.accept || !chosen.value || panel.isDisposed) {
    return false;
  }
  const drive = contents.driveName(context.path);
  const path = drive ? `${drive}:${chosen.value}` : chosen.value;
  if (contents.normalize(path) === context.path) {
    await context.save();
    return true;
  }
  if ((await exists(contents, path)) && !(await mayReplace(path, trans))) {
    return false;
  }
  // JupyterLab, which asked, looks until this returns for what is saved, and would open it as what it is by its name.
  void write(panel, path, options).catch(error => showErrorMessage(trans.__('Cannot Save %1', path), error as Error));
  return true;
}

async function write(panel: NotebookPanel, path: string, { manager }: IPanelOptions): Promise<void> {
  const isNotebook = path.toLowerCase().endsWith('.ipynb');
  await manager.services.contents.save(path, {
    type: 'notebook',
    format: 'json',
    content: panel.context.model.toJSON(),
    ...(isNotebook ? {} : { contentProviderId: PROVIDER })
  } as Partial<Contents.IModel>);
  const known = manager.findWidget(path, null);
  await (known && manager.contextForWidget(known))?.revert();
  manager.openOrReveal(path, isNotebook ? 'default' : FACTORY, undefined, { ref: panel.id, mode: 'tab-after' });
  panel.dispose();
}

async function exists(contents: Contents.IManager, path: string): Promise<boolean> {
  try {
    await contents.get(path, { content: false });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) {
      return false;
    }
    throw error;
  }
}

async function mayReplace(path: string, trans: TranslationBundle): Promise<boolean> {
  const answer = await showDialog({
    title: trans.__('File Overwrite?'),
    body: trans.__('"%1" already exists. Do you want to replace it?', path),
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Overwrite') })]
  });
  return answer.button.accept;
}

/** Asks whether a file may be written anew although comments are lost by it. */
export async function mayLose(path: string, comments: number, trans: TranslationBundle): Promise<boolean> {
  const lost = trans._n('Its comment is lost.', 'Its %1 comments are lost.', comments, comments);
  const answer = await showDialog({
    title: trans.__('Write %1 anew?', path),
    body: `${trans.__('What you changed cannot be put into the file as it is laid out: all of it is written anew.')} ${lost}`,
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Write Anew') })]
  });
  return answer.button.accept;
}
