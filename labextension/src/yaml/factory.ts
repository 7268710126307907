import { ABCWidgetFactory, type DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel, NotebookPanel, NotebookWidgetFactory } from '@jupyterlab/notebook';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { DisposableSet, type IDisposable } from '@lumino/disposable';

import { FACTORY, FILE_TYPE, MODEL, PROVIDER, STOCK_FACTORY } from './names';

/**
 * JupyterLab's notebooks over YAML files. Each is made by JupyterLab's own factory, so that its toolbar is the same, and
 * everything that listens to that factory or to the tracker of notebooks knows it: commands, menus, completer, debugger.
 */
export class YamlNotebookFactory extends ABCWidgetFactory<NotebookPanel, INotebookModel> {
  constructor(
    private readonly notebooks: NotebookWidgetFactory.IFactory,
    translator: ITranslator,
    trans: TranslationBundle
  ) {
    super({
      name: FACTORY,
      label: trans.__('YAML Notebook'),
      fileTypes: [FILE_TYPE, 'yaml'],
      defaultFor: [FILE_TYPE],
      modelName: MODEL,
      contentProviderId: PROVIDER,
      preferKernel: notebooks.preferKernel,
      canStartKernel: true,
      toolbarFactory: () => [], // it has one already
      translator
    });
  }

  override get autoStartDefault(): boolean {
    return this.notebooks.autoStartDefault;
  }

  override set autoStartDefault(value: boolean) {
    this.notebooks.autoStartDefault = value;
  }

  override get shutdownOnClose(): boolean {
    return this.notebooks.shutdownOnClose;
  }

  override set shutdownOnClose(value: boolean) {
    this.notebooks.shutdownOnClose = value;
  }

  protected createNewWidget(context: DocumentRegistry.IContext<INotebookModel>, source?: NotebookPanel): NotebookPanel {
    return this.notebooks.createNew(context, source);
  }
}

/** What extends notebooks extends ours, too. */
export function extendLikeNotebooks(registry: DocumentRegistry): IDisposable {
  return registry.addWidgetExtension(FACTORY, {
    createNew: (widget, context) => {
      const made = new DisposableSet();
      for (const extension of registry.widgetExtensions(STOCK_FACTORY)) {
        const each = extension.createNew(widget, context);
        if (each) {
          made.add(each);
        }
      }
      return made;
    }
  });
}
