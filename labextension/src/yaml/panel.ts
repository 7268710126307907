import type { ISessionContext } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { FileEditor } from '@jupyterlab/fileeditor';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type IMessageHandler, type Message, MessageLoop } from '@lumino/messaging';
import { BoxLayout } from '@lumino/widgets';

import type { Problem } from '../api/types';
import { yamlNotebookIcon } from './icons';
import type { YamlNotebookModel } from './model';
import { TEXT_FACTORY } from './names';
import { type Source, Unreadable } from './origin';
import { Problems } from './problems';
import { saveAs } from './saving';

export interface IPanelOptions {
  manager: IDocumentManager;
  trans: TranslationBundle;
}

/** Makes a YAML notebook of a notebook: its icon, where it is saved, and what it shows of a file that is none. */
export function setUp(panel: NotebookPanel, options: IPanelOptions): void {
  const { context } = panel;
  const model = context.model as YamlNotebookModel;
  panel.title.icon = yamlNotebookIcon;
  panel.title.iconClass = '';
  panel.title.iconLabel = options.trans.__('YAML notebook');
  replaceSaveAs(panel, options);
  const shown = new Shown(panel, options);
  const update = (_: unknown, source: Source | null): void => shown.update(source);
  model.wasRead.connect(update);
  const { contents } = options.manager.services;
  const again = (_: unknown, change: Contents.IChangedArgs): void => {
    if (change.type === 'save' && change.newValue?.path === context.path) {
      shown.tryAgain();
    }
  };
  contents.fileChanged.connect(again);
  panel.disposed.connect(() => {
    model.wasRead.disconnect(update);
    contents.fileChanged.disconnect(again);
  });
  if (model.source) {
    shown.update(model.source); // another view of a file that is open
  }
}

/** The views of each document. */
const views = new WeakMap<NotebookPanel['context'], Set<NotebookPanel>>();

/** Views share a document, and each may be closed before the others. */
function replaceSaveAs(panel: NotebookPanel, options: IPanelOptions): void {
  const { context } = panel;
  const open = views.get(context) ?? new Set();
  if (!views.has(context)) {
    views.set(context, open);
    const current = (): NotebookPanel | undefined => {
      const found = [...open];
      return found.find(each => each.title.className.includes(CURRENT)) ?? found.pop();
    };
    // Whether it was saved is asked by newer versions only.
    (context as { saveAs: () => Promise<unknown> }).saveAs = () => saveAs(context, { ...options, panel: current });
  }
  open.add(panel);
  panel.disposed.connect(() => void open.delete(panel));
}

/** Opens the file as text; at the place of a problem, if it has one. */
export async function openAsText(manager: IDocumentManager, path: string, at?: Problem): Promise<void> {
  const widget = manager.openOrReveal(path, TEXT_FACTORY) as IDocumentWidget<FileEditor> | undefined;
  if (!widget) {
    return;
  }
  await widget.context.ready;
  const { editor } = widget.content;
  if (at?.line) {
    const place = { line: at.line - 1, column: Math.max(0, (at.column ?? 1) - 1) };
    editor.setCursorPosition(place);
    editor.revealPosition(place);
  }
  editor.focus();
}

/** What JupyterLab calls the tab in front. */
const CURRENT = 'jp-mod-current';
const READ_ONLY = 'read-only-indicator';

/** What of a panel is to be seen: the notebook, or what is wrong with its file. */
class Shown {
  constructor(
    private readonly panel: NotebookPanel,
    private readonly options: IPanelOptions
  ) {}

  update(source: Source | null): void {
    if (source instanceof Unreadable) {
      this.showProblems(source);
    } else if (this.problems) {
      this.showNotebook();
    }
  }

  /** Reads a file again that was none. */
  tryAgain(): void {
    if (this.problems) {
      void this.panel.context.revert().catch(() => undefined); // JupyterLab has said it
    }
  }

  private showProblems(source: Unreadable): void {
    const { panel } = this;
    const { manager, trans } = this.options;
    const { path } = panel.context;
    if (!this.problems) {
      this.problems = new Problems({
        trans,
        openAsText: at => void openAsText(manager, panel.context.path, at),
        tryAgain: () => this.tryAgain()
      });
      const layout = panel.layout as BoxLayout;
      layout.addWidget(this.problems);
      BoxLayout.setStretch(this.problems, 1);
      panel.toolbar.hide();
      panel.content.hide();
      const { sessionContext } = panel;
      this.preference = sessionContext.kernelPreference;
      sessionContext.kernelPreference = { ...this.preference, shouldStart: false, canStart: false };
      MessageLoop.installMessageHook(panel, this.focus);
      void panel.revealed.then(() => this.settle());
    }
    this.problems.present(path.slice(path.lastIndexOf('/') + 1), source.problems);
    const { activeElement, body } = document;
    if (panel.isVisible && (activeElement === body || panel.node.contains(activeElement))) {
      this.problems.activate();
    }
  }

  /** Takes back what JupyterLab makes of an empty file that cannot be written: there may be another one in its place later. */
  private settle(): void {
    const { content, toolbar, isDisposed } = this.panel;
    if (!isDisposed) {
      content.mode = 'command';
      [...toolbar.children()].find(each => each.node.dataset.jpItemName === READ_ONLY)?.dispose();
    }
  }

  private showNotebook(): void {
    const { panel } = this;
    MessageLoop.removeMessageHook(panel, this.focus);
    this.problems?.dispose();
    this.problems = null;
    panel.toolbar.show();
    panel.content.show();
    const { model, sessionContext } = panel.context;
    model.sharedModel.clearUndoHistory();
    const name = model.defaultKernelName || this.preference.name;
    sessionContext.kernelPreference = { ...this.preference, name, language: model.defaultKernelLanguage };
    if (this.preference.shouldStart) {
      void sessionContext.startKernel();
    }
  }

  /** Who comes to the panel comes to what it shows, not to the hidden notebook. */
  private readonly focus = (_: IMessageHandler, message: Message): boolean => {
    if (message.type !== 'activate-request' || !this.problems) {
      return true;
    }
    this.problems.activate();
    return false;
  };
  private problems: Problems | null = null;
  private preference: ISessionContext.IKernelPreference = {};
}
