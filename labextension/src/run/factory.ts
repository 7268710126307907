import type { IEditorServices } from '@jupyterlab/codeeditor';
import { ABCWidgetFactory, type DocumentRegistry } from '@jupyterlab/docregistry';
import {
  type INotebookModel,
  type NotebookPanel,
  type NotebookWidgetFactory,
  StaticNotebook
} from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ITranslator } from '@jupyterlab/translation';

import { PROVIDER } from './contents';
import type { RunContext } from './context';
import { RunContentFactory } from './notebook';
import { PENDING_MIME, TEXT_MIME } from './outputs';
import { RunPanel } from './panel';
import { PendingRenderer } from './pending';
import { TextRenderer } from './text';
import type { RunView } from './view';
import { hideWidgets } from './widgets';

export interface IRunFactoryOptions {
  rendermime: IRenderMimeRegistry;
  editorServices: IEditorServices;
  translator: ITranslator;
  /** JupyterLab's own, for what a person has set there about the looks of notebooks. */
  notebooks: () => NotebookWidgetFactory | undefined;
  /** What is shown by a document. */
  viewOf: (path: string) => RunView;
}

/** Makes the tabs of runs: read-only notebooks that no kernel is ever started for. */
export class RunFactory extends ABCWidgetFactory<NotebookPanel, INotebookModel> {
  constructor(private readonly _options: IRunFactoryOptions) {
    super({
      name: 'jupyter-runt-run',
      fileTypes: [],
      modelName: 'jupyter-runt-run',
      contentProviderId: PROVIDER,
      readOnly: true,
      canStartKernel: false,
      preferKernel: false,
      translator: _options.translator,
      toolbarFactory: () => []
    });
  }

  protected override createNewWidget(context: DocumentRegistry.IContext<INotebookModel>): NotebookPanel {
    const { editorServices, notebooks, viewOf } = this._options;
    const view = viewOf((context as RunContext).file);
    const shared = notebooks();
    const contentFactory = new RunContentFactory(
      { editorFactory: editorServices.factoryService.newInlineEditor },
      view
    );
    const content = contentFactory.createNotebook({
      rendermime: this._rendermime(context, view),
      contentFactory,
      mimeTypeService: editorServices.mimeTypeService,
      editorConfig: shared?.editorConfig ?? StaticNotebook.defaultEditorConfig,
      notebookConfig: { ...(shared?.notebookConfig ?? StaticNotebook.defaultNotebookConfig), windowingMode: 'full' },
      translator: this.translator
    });
    return new RunPanel({ context, content, translator: this.translator }, view);
  }

  /** A registry of the run's own, with the renderers that know how its outputs come. */
  private _rendermime(context: DocumentRegistry.IContext<INotebookModel>, view: RunView): IRenderMimeRegistry {
    const rendermime = this._options.rendermime.clone({ resolver: context.urlResolver });
    hideWidgets(rendermime);
    view.rendermime = rendermime;
    rendermime.addFactory({ safe: true, mimeTypes: [TEXT_MIME], createRenderer: () => new TextRenderer(view) });
    rendermime.addFactory({
      safe: true,
      mimeTypes: [PENDING_MIME],
      createRenderer: () => new PendingRenderer(view.trans)
    });
    return rendermime;
  }
}
