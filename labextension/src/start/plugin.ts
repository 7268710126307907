import { ILabShell, ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { COMMANDS, IRunt } from '../tokens';
import { addCommands, START_COMMANDS } from './commands';
import { Tabs } from './tabs';

export const startPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-runt:start',
  description: 'Starts runs by a form.',
  autoStart: true,
  requires: [IRunt],
  optional: [
    ITranslator,
    ILabShell,
    ILayoutRestorer,
    ICommandPalette,
    ILauncher,
    IDocumentManager,
    IFileBrowserFactory,
    INotebookTracker
  ],
  activate: (
    app: JupyterFrontEnd,
    runt: IRunt,
    translator: ITranslator | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    documents: IDocumentManager | null,
    browsers: IFileBrowserFactory | null,
    notebooks: INotebookTracker | null
  ): void => {
    const known = translator ?? nullTranslator;
    const trans = known.load('jupyter_runt');
    const tabs = new Tabs({ app, runt, labShell, documents, trans });
    addCommands({ app, tabs, documents, browsers, notebooks, translator: known, trans });
    const category = trans.__('Runs');
    for (const command of [COMMANDS.start, COMMANDS.templates, START_COMMANDS.notebook]) {
      palette?.addItem({ command, category, args: { isPalette: true } });
    }
    launcher?.add({ command: COMMANDS.start, category, rank: 1 });
    launcher?.add({ command: COMMANDS.templates, category, rank: 2 });
    tabs.restore(restorer);
  }
};
