import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { makeFile } from '../api/documents';
import { saveFirst } from '../start/documents';
import { COMMANDS } from '../tokens';
import { type Conversion, isFault } from './conversion';
import { yamlNotebookIcon } from './icons';
import { FACTORY, SUFFIX, folderOf, isYaml, stemOf } from './names';
import { openAsText } from './panel';
import { listOf } from './problems';

export const NEW = 'runt:new-yaml-notebook';
const EMPTY = 'version: 1\ncells: []\n';

export interface ICommandsOptions {
  app: JupyterFrontEnd;
  conversion: Conversion;
  manager: IDocumentManager;
  browsers: IFileBrowserFactory | null;
  trans: TranslationBundle;
}

export function addCommands(options: ICommandsOptions): void {
  addNew(options);
  addConvert(options);
}

function addNew({ app, manager, browsers, trans }: ICommandsOptions): void {
  app.commands.addCommand(NEW, {
    label: args => (args.isPalette || args.isContextMenu ? trans.__('New YAML Notebook') : trans.__('YAML Notebook')),
    caption: trans.__('Create a new notebook in a YAML file, which reads and compares well'),
    icon: args => (args.isPalette ? undefined : yamlNotebookIcon),
    describedBy: {
      args: { type: 'object', properties: { cwd: { type: 'string', description: 'The folder of the new file.' } } }
    },
    execute: async args => {
      const { contents } = app.serviceManager;
      const folder = typeof args.cwd === 'string' ? args.cwd : (browsers?.tracker.currentWidget?.model.path ?? '');
      try {
        const file = await makeFile(contents, folder, 'Untitled', SUFFIX, EMPTY);
        const widget = manager.openOrReveal(file.path, FACTORY) as IDocumentWidget | undefined;
        if (widget) {
          widget.isUntitled = true;
        }
        return widget;
      } catch (error) {
        return showErrorMessage(trans.__('Cannot Create a Notebook'), error as Error);
      }
    }
  });
}

function addConvert(options: ICommandsOptions): void {
  const { app, browsers, trans } = options;
  const selected = (): string[] => {
    const items = [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])];
    return items.filter(each => each.type !== 'directory').map(each => each.path);
  };
  app.commands.addCommand(COMMANDS.convert, {
    label: args => (args.to === 'yaml' ? trans.__('Convert to YAML') : trans.__('Convert to .ipynb')),
    caption: trans.__('Write this notebook in the other format beside it'),
    icon: yamlNotebookIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          path: { type: 'string', description: 'The file; without one, those that are selected in the file browser.' },
          to: { type: 'string', enum: ['ipynb', 'yaml'], description: 'What its label says.' }
        }
      }
    },
    execute: async args => {
      for (const path of typeof args.path === 'string' ? [args.path] : selected()) {
        try {
          await convert(path, options);
        } catch (error) {
          await showFault(path, error as Error, options);
        }
      }
    }
  });
}

/** Writes the notebook in the other format beside it, and opens that. */
async function convert(path: string, { app, conversion, manager, trans }: ICommandsOptions): Promise<void> {
  const { contents } = app.serviceManager;
  await saveFirst(app, manager, contents.localPath(path), trans);
  // As text, for .ipynb too: what is wrong with it has a place then.
  const text = (await contents.get(path, { type: 'file', format: 'text', content: true })).content as string;
  const name = contents.localPath(path);
  const drive = contents.driveName(path);
  const folder = `${drive && `${drive}:`}${folderOf(name)}`;
  const [to, suffix] = isYaml(path) ? (['ipynb', '.ipynb'] as const) : (['yaml', SUFFIX] as const);
  const file = await makeFile(contents, folder, stemOf(name), suffix, await conversion.other(text, name, to));
  manager.openOrReveal(file.path, 'default');
}

async function showFault(path: string, error: Error, { manager, trans }: ICommandsOptions): Promise<void> {
  const title = trans.__('Cannot Convert %1', path.slice(path.lastIndexOf('/') + 1));
  if (!isFault(error) || !error.details.length) {
    return showErrorMessage(title, error);
  }
  const answer = await showDialog({
    title,
    body: new Widget({ node: listOf(error.details, trans) }),
    buttons: [Dialog.cancelButton({ label: trans.__('Close') }), Dialog.okButton({ label: trans.__('Open as Text') })]
  });
  if (answer.button.accept) {
    await openAsText(manager, path, error.details[0]);
  }
}
