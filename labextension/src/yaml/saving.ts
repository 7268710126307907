import { Dialog, InputDialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { JSONExt, type JSONValue } from '@lumino/coreutils';

import { isCalledOff, statusOf } from '../api/documents';
import type { IRevised } from './conversion';
import { FACTORY, PROVIDER } from './names';
import { Origin, Unreadable } from './origin';
import type { YamlNotebookModel } from './model';
import type { IPanelOptions } from './panel';

const MOST_WRITES = 3;

export interface ISavingOptions extends IPanelOptions {
  /** The view whose place the new document takes. */
  panel(): NotebookPanel | undefined;
}

/**
 * "Save As" in place of JupyterLab's, which forgets the content provider and would write JSON. What ends in .ipynb is one.
 * Like JupyterLab's it tells whether saving has begun.
 */
export async function saveAs(context: NotebookPanel['context'], options: ISavingOptions): Promise<boolean> {
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
  if (!chosen.button.accept || !chosen.value || context.isDisposed) {
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
  void write(context, path, options).catch(error =>
    isCalledOff(error) ? undefined : showErrorMessage(trans.__('Cannot Save %1', path), error as Error)
  );
  return true;
}

async function write(context: NotebookPanel['context'], path: string, options: ISavingOptions): Promise<void> {
  const { manager } = options;
  const isNotebook = path.toLowerCase().endsWith('.ipynb');
  const model = context.model as YamlNotebookModel;
  const { source } = model;
  // What is typed while it is written is written, too. Outputs that never stop coming are not waited for.
  let isSaved = false;
  for (let times = 0; !isSaved && times < MOST_WRITES; times++) {
    const content = model.toJSON();
    await manager.services.contents.save(path, {
      type: 'notebook',
      format: 'json',
      content,
      ...(isNotebook ? {} : { contentProviderId: PROVIDER })
    } as Partial<Contents.IModel>);
    const known = manager.findWidget(path, null);
    await (known && manager.contextForWidget(known))?.revert();
    if (context.isDisposed) {
      break;
    }
    const said = (each: INotebookContent): unknown =>
      !isNotebook && source instanceof Origin ? source.file(each) : each;
    isSaved = JSONExt.deepEqual(said(content) as JSONValue, said(model.toJSON()) as JSONValue);
  }
  const panel = options.panel();
  manager.openOrReveal(path, isNotebook ? 'default' : FACTORY, undefined, { ref: panel?.id, mode: 'tab-after' });
  if (isSaved) {
    panel?.dispose();
  }
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
export async function mayLose(path: string, revised: IRevised, trans: TranslationBundle): Promise<boolean> {
  const { anew, comments_lost: count } = revised;
  const why = anew
    ? trans.__('What you changed cannot be put into the file as it is laid out: all of it is written anew.')
    : trans.__('What you changed cannot be put into the file as it is laid out: a part of it is written anew.');
  const lost = anew
    ? trans._n('Its comment is lost.', 'Its %1 comments are lost.', count, count)
    : trans._n('A comment in it is lost.', '%1 comments in it are lost.', count, count);
  const answer = await showDialog({
    title: anew ? trans.__('Write %1 anew?', path) : trans.__('Write a part of %1 anew?', path),
    body: `${why} ${lost}`,
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Write Anew') })]
  });
  return answer.button.accept;
}
