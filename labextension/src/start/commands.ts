import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { COMMANDS } from '../tokens';
import type { Source } from './body';
import { chooseNotebook, notebookPath } from './documents';
import { startIcon, templatesIcon } from './icons';
import type { Tabs } from './tabs';

/** Commands of menus and keys, which know themselves what they are about. */
export const START_COMMANDS = {
  /** The notebook that is in front. */
  notebook: 'runt:start-notebook',
  /** The file that is selected in the file browser. */
  selected: 'runt:start-selected',
  /** What the form in front has. */
  submit: 'runt:start-submit'
} as const;

export interface ICommandsOptions {
  app: JupyterFrontEnd;
  tabs: Tabs;
  documents: IDocumentManager | null;
  browsers: IFileBrowserFactory | null;
  notebooks: INotebookTracker | null;
  translator: ITranslator;
  trans: TranslationBundle;
}

export function addCommands(options: ICommandsOptions): void {
  const { app, tabs, documents, translator, trans } = options;
  app.commands.addCommand(COMMANDS.start, {
    label: trans.__('Run a Notebook…'),
    caption: trans.__('Run a notebook by a worker: it goes on when this page is closed'),
    icon: args => (args.isPalette ? undefined : startIcon),
    describedBy: { args: ARGUMENTS },
    execute: async args => {
      const source = sourceOf(args);
      if (source !== null) {
        return tabs.open(source);
      }
      const folder = typeof args.cwd === 'string' ? args.cwd : undefined;
      const path = documents && (await chooseNotebook(documents, trans.__('Run a Notebook'), folder, translator));
      return path ? tabs.open({ path }) : undefined;
    }
  });
  app.commands.addCommand(COMMANDS.templates, {
    label: args => (args.isPalette ? trans.__('Show Templates') : trans.__('Templates')),
    caption: trans.__('Notebooks that can be run by their names'),
    icon: args => (args.isPalette ? undefined : templatesIcon),
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => tabs.gallery()
  });
  addNotebook(options);
  addSelected(options);
  app.commands.addCommand(START_COMMANDS.submit, {
    label: trans.__('Start the Run of This Form'),
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => tabs.current !== null,
    execute: () => tabs.current?.run()
  });
}

const ARGUMENTS = {
  type: 'object',
  properties: {
    path: { type: 'string', description: "A notebook's path, as the file browser has it." },
    template: { type: 'string', description: "A template's name." },
    rerun: { type: 'string', description: 'The id of a run that shall be repeated.' },
    cwd: { type: 'string', description: 'Where a notebook is looked for, if none is named.' }
  }
} as const;

function sourceOf(args: ReadonlyPartialJSONObject): Source | null {
  const { path, template, rerun } = args;
  if (typeof path === 'string' && path) {
    return { path };
  }
  if (typeof template === 'string' && template) {
    return { template };
  }
  return typeof rerun === 'string' && rerun ? { rerun } : null;
}

function addNotebook({ app, tabs, notebooks, trans }: ICommandsOptions): void {
  const { contents } = app.serviceManager;
  const path = (): string | null => {
    const opened = notebooks?.currentWidget?.context.path;
    return opened === undefined ? null : notebookPath(contents, opened);
  };
  app.commands.addCommand(START_COMMANDS.notebook, {
    label: args => (args.toolbar ? '' : trans.__('Run in the Background…')),
    caption: trans.__('Save this notebook and run it by a worker, from its first cell, in a kernel of its own'),
    icon: args => (args.isPalette ? undefined : startIcon),
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => path() !== null,
    execute: () => {
      const found = path();
      return found === null ? undefined : tabs.open({ path: found });
    }
  });
  notebooks?.currentChanged.connect(() => app.commands.notifyCommandChanged(START_COMMANDS.notebook));
}

function addSelected({ app, tabs, browsers, trans }: ICommandsOptions): void {
  const { contents } = app.serviceManager;
  const path = (): string | null => {
    const [item, ...more] = [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])];
    return item && !more.length && item.type !== 'directory' ? notebookPath(contents, item.path) : null;
  };
  app.commands.addCommand(START_COMMANDS.selected, {
    label: trans.__('Run in the Background…'),
    caption: trans.__('Run this notebook by a worker: it goes on when this page is closed'),
    icon: startIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    isVisible: () => path() !== null,
    execute: () => {
      const found = path();
      return found === null ? undefined : tabs.open({ path: found });
    }
  });
}
