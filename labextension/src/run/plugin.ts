import { ILabShell, ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, ISanitizer, Sanitizer, showErrorMessage } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { type NotebookTracker, NotebookToCFactory, type NotebookWidgetFactory } from '@jupyterlab/notebook';
import { IMarkdownParser, type IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { type Contents, IDefaultDrive } from '@jupyterlab/services';
import { ITableOfContentsRegistry, type TableOfContents } from '@jupyterlab/toc';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Token } from '@lumino/coreutils';

import { COMMANDS, IRunt } from '../tokens';
import { RunActions, askForRun } from './actions';
import { RunFactory } from './factory';
import { RunTabs } from './tabs';

/** The open tabs of runs, for those who treat them as notebooks. */
export const IRunTracker = new Token<NotebookTracker>('jupyter-runt:IRunTracker', 'The open tabs of runs.');

/** Without the registry of commands, which newer versions may be given. */
const Headings = NotebookToCFactory as unknown as new (
  tracker: NotebookTracker,
  parser: IMarkdownParser | null,
  sanitizer: IRenderMime.ISanitizer
) => TableOfContents.IFactory;

/** The headings of runs in the table of contents. */
export const runHeadings: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-runt:run-headings',
  description: 'Lists the headings of runs in the table of contents.',
  autoStart: true,
  requires: [IRunTracker],
  optional: [ITableOfContentsRegistry, IMarkdownParser, ISanitizer],
  activate: (
    _: JupyterFrontEnd,
    tracker: NotebookTracker,
    registry: ITableOfContentsRegistry | null,
    parser: IMarkdownParser | null,
    sanitizer: IRenderMime.ISanitizer | null
  ) => {
    const factory = new Headings(tracker, parser, sanitizer ?? new Sanitizer());
    registry?.add(factory);
  }
};

export const runTab: JupyterFrontEndPlugin<NotebookTracker> = {
  id: 'jupyter-runt:run',
  description: 'Shows a run in a tab, live.',
  autoStart: true,
  provides: IRunTracker,
  requires: [IRunt, IEditorServices, IRenderMimeRegistry, IDefaultDrive],
  optional: [ITranslator, ILabShell, ILayoutRestorer, ICommandPalette, IDefaultFileBrowser],
  activate: (
    app: JupyterFrontEnd,
    runt: IRunt,
    editorServices: IEditorServices,
    rendermime: IRenderMimeRegistry,
    drive: Contents.IDrive,
    translator: ITranslator | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_runt');
    const tabs: RunTabs = new RunTabs({
      app,
      runt,
      trans,
      drive,
      factory: new RunFactory({
        rendermime,
        editorServices,
        translator: translator ?? nullTranslator,
        notebooks: () => app.docRegistry.getWidgetFactory('Notebook') as NotebookWidgetFactory | undefined,
        viewOf: path => tabs.viewOf(path)
      })
    });
    const folder = (): string => browser?.model.path ?? '';
    new RunActions({ app, server: runt.server, trans, folder, current: () => tabs.current?.feed.runId ?? null });
    app.commands.addCommand(COMMANDS.open, openCommand(tabs, runt, trans, labShell !== null));
    for (const command of [
      COMMANDS.open,
      COMMANDS.cancel,
      COMMANDS.interrupt,
      COMMANDS.openNotebook,
      COMMANDS.copyLink
    ]) {
      palette?.addItem({ command, category: trans.__('Runs') });
    }
    if (restorer) {
      tabs.restore(restorer);
    }
    return tabs.tracker;
  }
};

/** Notebook shows one document a page (`hasTabs` is false there): a run is opened as its page on the server. */
function openCommand(
  tabs: RunTabs,
  runt: IRunt,
  trans: TranslationBundle,
  hasTabs: boolean
): CommandRegistry.ICommandOptions {
  return {
    label: trans.__('Open a Run…'),
    execute: async args => {
      const runId = args.run_id ? String(args.run_id) : await askForRun(trans);
      if (!runId) {
        return null;
      }
      if (!hasTabs) {
        window.open(runt.server.url('runs', await tabs.whole(runId)), '_blank', 'noopener');
        return null;
      }
      try {
        return await tabs.open(runId, args.activate !== false);
      } catch (error) {
        await showErrorMessage(trans.__('The run could not be opened'), (error as Error).message);
        return null;
      }
    }
  };
}
