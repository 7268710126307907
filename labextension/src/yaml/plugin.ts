import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry, WidgetTracker } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { FileEditor } from '@jupyterlab/fileeditor';
import { ILauncher } from '@jupyterlab/launcher';
import {
  INotebookTracker,
  INotebookWidgetFactory,
  type NotebookPanel,
  type NotebookWidgetFactory
} from '@jupyterlab/notebook';
import { type Contents, IDefaultDrive } from '@jupyterlab/services';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';

import { IRunt } from '../tokens';
import { addCommands, NEW } from './commands';
import { Conversion } from './conversion';
import { extendLikeNotebooks, YamlNotebookFactory } from './factory';
import { yamlNotebookIcon } from './icons';
import { type YamlNotebookModel, YamlNotebookModelFactory } from './model';
import { FACTORY, FILE_TYPE, PROVIDER, TEXT_FACTORY } from './names';
import { Origin } from './origin';
import { setUp } from './panel';
import { YamlContents } from './provider';
import { mayLose } from './saving';
import { BUTTON, makeButton } from './toolbar';

/** Commands to create, convert and open, for what has a document manager. */
export const yamlPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-runt:yaml',
  description: 'Opens YAML files as notebooks, and converts between them and .ipynb.',
  autoStart: true,
  requires: [IRunt, IDocumentManager, IDefaultDrive, INotebookWidgetFactory, INotebookTracker],
  optional: [
    ITranslator,
    ILayoutRestorer,
    IStateDB,
    IToolbarWidgetRegistry,
    IFileBrowserFactory,
    ILauncher,
    ICommandPalette
  ],
  activate: (
    app: JupyterFrontEnd,
    runt: IRunt,
    manager: IDocumentManager,
    drive: Contents.IDrive,
    notebooks: NotebookWidgetFactory.IFactory,
    notebookTracker: INotebookTracker,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    state: IStateDB | null,
    toolbars: IToolbarWidgetRegistry | null,
    browsers: IFileBrowserFactory | null,
    launcher: ILauncher | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_runt');
    if (isTooOld(app)) {
      // eslint-disable-next-line no-console -- for whoever looks why
      console.warn('jupyter-runt: YAML notebooks are opened as text. They need JupyterLab 4.5 or Notebook 7.5.');
      return;
    }
    const conversion = new Conversion(runt.server);
    const tracker = trackPanels(app, restorer);
    drive.contentProviderRegistry?.register(
      PROVIDER,
      new YamlContents({
        drive,
        conversion,
        kernelspecs: app.serviceManager.kernelspecs,
        trans,
        isShown: path => isShown(tracker, app, path),
        mayLose: (path, revised) => mayLose(path, revised, trans)
      })
    );
    registerTypes(app, trans);
    const factory = new YamlNotebookFactory(notebooks, translator ?? nullTranslator, trans);
    factory.widgetCreated.connect((_, panel) => {
      setUp(panel, { manager, trans });
      keepFromNotebooks(panel, tracker, notebookTracker, state);
    });
    app.docRegistry.addWidgetFactory(factory);
    extendLikeNotebooks(app.docRegistry);
    toolbars?.addFactory<IDocumentWidget<FileEditor>>(TEXT_FACTORY, BUTTON, widget =>
      makeButton(widget, manager, trans)
    );
    addCommands({ app, conversion, manager, browsers, trans });
    // Among notebooks the launcher shows kernels' pictures alone, or a letter.
    const kernelIconUrl = `data:image/svg+xml,${encodeURIComponent(yamlNotebookIcon.svgstr)}`;
    launcher?.add({ command: NEW, category: trans.__('Notebook'), rank: 100, kernelIconUrl });
    palette?.addItem({ command: NEW, category: trans.__('Notebook Operations'), args: { isPalette: true } });
  }
};

/** Before 4.5 JupyterLab reads by a content provider and saves past it: JSON would take the place of the YAML. */
function isTooOld({ name, version }: JupyterFrontEnd): boolean {
  const [major, minor] = version.split('.').map(Number);
  const first = name === 'JupyterLab' ? 4 : 7;
  return major < first || (major === first && minor < 5);
}

function registerTypes({ docRegistry }: JupyterFrontEnd, trans: TranslationBundle): void {
  docRegistry.addModelFactory(new YamlNotebookModelFactory(docRegistry));
  docRegistry.addFileType({
    name: FILE_TYPE,
    displayName: trans.__('YAML Notebook'),
    extensions: ['.nb.yml', '.nb.yaml'],
    mimeTypes: ['text/yaml', 'application/yaml'],
    contentType: 'file',
    fileFormat: 'text',
    icon: yamlNotebookIcon
  });
}

function trackPanels(app: JupyterFrontEnd, restorer: ILayoutRestorer | null): WidgetTracker<NotebookPanel> {
  const tracker = new WidgetTracker<NotebookPanel>({ namespace: 'runt-yaml-notebooks' });
  void restorer?.restore(tracker, {
    command: 'docmanager:open',
    args: ({ context }) => ({ path: context.path, factory: FACTORY }),
    name: ({ context }) => context.path,
    when: app.serviceManager.ready
  });
  return tracker;
}

/** JupyterLab's tracker of notebooks would restore a panel as an .ipynb notebook: ours does, and the other's note goes. */
function keepFromNotebooks(
  panel: NotebookPanel,
  tracker: WidgetTracker<NotebookPanel>,
  notebooks: INotebookTracker,
  state: IStateDB | null
): void {
  const added = async (_: unknown, each: NotebookPanel): Promise<void> => {
    if (each === panel) {
      notebooks.widgetAdded.disconnect(added);
      await state?.remove(`notebook:${panel.context.path}`);
    }
  };
  const updated = (_: unknown, each: NotebookPanel): void => {
    if (each === panel) {
      void tracker.save(panel);
    }
  };
  void tracker.add(panel); // at once: what is not restored later is never told to have been added
  notebooks.widgetAdded.connect(added);
  notebooks.widgetUpdated.connect(updated);
  panel.disposed.connect(() => {
    notebooks.widgetAdded.disconnect(added);
    notebooks.widgetUpdated.disconnect(updated);
  });
}

function isShown(tracker: WidgetTracker<NotebookPanel>, { serviceManager }: JupyterFrontEnd, path: string): boolean {
  return (
    tracker.find(({ context }) => {
      const { source } = context.model as YamlNotebookModel;
      return serviceManager.contents.localPath(context.path) === path && source instanceof Origin;
    }) !== undefined
  );
}
