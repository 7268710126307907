import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { FileEditor } from '@jupyterlab/fileeditor';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ToolbarButton } from '@jupyterlab/ui-components';
import { Debouncer } from '@lumino/polling';
import { Signal } from '@lumino/signaling';

import { yamlNotebookIcon } from './icons';
import { FACTORY, isYaml, isYamlNotebook } from './names';

export const BUTTON = 'runt-open-as-notebook';
const QUIET = 300;
const HAS_CELLS = /^(?:cells|"cells"|'cells')[ \t]*:/m;

/** "Open as Notebook" in a text editor, as long as its text looks like one. */
export function makeButton(
  widget: IDocumentWidget<FileEditor>,
  manager: IDocumentManager,
  trans: TranslationBundle
): ToolbarButton {
  const { context } = widget;
  const button = new ToolbarButton({
    label: trans.__('Open as Notebook'),
    tooltip: trans.__('Save this file and edit its cells as a notebook'),
    icon: yamlNotebookIcon,
    onClick: () => void openAsNotebook(widget, manager)
  });
  button.addClass('jp-runt-yaml-open');
  button.hide();
  const look = (): void => {
    if (!button.isDisposed && context.isReady) {
      const { path } = context;
      button.setHidden(!isYaml(path) || !(isYamlNotebook(path) || HAS_CELLS.test(context.model.toString())));
    }
  };
  const later = new Debouncer(look, QUIET);
  const changed = (): void => {
    if (isYaml(context.path)) {
      void later.invoke();
    }
  };
  context.model.contentChanged.connect(changed, button);
  context.pathChanged.connect(look, button);
  void context.ready.then(look);
  button.disposed.connect(() => {
    later.dispose();
    Signal.clearData(button);
  });
  return button;
}

/** In place of the editor: two views that both save would contradict each other. */
async function openAsNotebook(widget: IDocumentWidget<FileEditor>, manager: IDocumentManager): Promise<void> {
  const { context } = widget;
  if (context.model.dirty) {
    try {
      await context.save();
    } catch {
      return; // JupyterLab has said why, or a person has said no
    }
  }
  manager.openOrReveal(context.path, FACTORY, undefined, { ref: widget.id, mode: 'tab-after' });
  widget.close();
}
