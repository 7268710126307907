import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog } from '@jupyterlab/filebrowser';
import type { Contents } from '@jupyterlab/services';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';

import { isCalledOff } from '../api/documents';

/** How files of notebooks end; what is in another .yml or .json only the server can tell. */
const SUFFIXES = ['.ipynb', '.yml', '.yaml', '.json'];
/** Drives that show the server's own files. */
const OWN_DRIVES = ['', 'RTC'];

/** The path as the server knows it; null for what is no notebook by its name, or lies elsewhere. */
export function notebookPath(contents: Contents.IManager, path: string): string | null {
  const isNotebook = SUFFIXES.some(suffix => path.toLowerCase().endsWith(suffix));
  return isNotebook && OWN_DRIVES.includes(contents.driveName(path)) ? contents.localPath(path) : null;
}

/** Saves what is open of this path and was changed: the server reads files. Rejects where that cannot be done. */
export async function saveFirst(
  app: JupyterFrontEnd,
  manager: IDocumentManager | null,
  path: string,
  trans: TranslationBundle
): Promise<void> {
  const { contents } = app.serviceManager;
  const found = [...app.shell.widgets('main')].map(widget => manager?.contextForWidget(widget));
  for (const context of new Set(found)) {
    if (context && contents.localPath(context.path) === path && context.model.dirty && !context.model.readOnly) {
      try {
        await context.save();
      } catch (error) {
        throw isCalledOff(error) ? new Error(trans.__('The notebook has changes that were not saved.')) : error;
      }
    }
  }
}

/** A notebook that a person chooses; null for none. */
export async function chooseNotebook(
  manager: IDocumentManager,
  title: string,
  folder: string | undefined,
  translator: ITranslator
): Promise<string | null> {
  const { contents } = manager.services;
  const chosen = await FileDialog.getOpenFiles({
    manager,
    title,
    translator,
    defaultPath: folder,
    filter: model => (model.type === 'directory' || notebookPath(contents, model.path) !== null ? {} : null)
  });
  const file = chosen.button.accept ? chosen.value?.find(each => each.type !== 'directory') : undefined;
  return file ? notebookPath(contents, file.path) : null;
}
