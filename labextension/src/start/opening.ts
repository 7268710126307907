import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import { TabPanel, type Widget } from '@lumino/widgets';

/** Shows a widget as a tab of its own; in Notebook, where a page has one document, beside it, or as a tab of the page of files. */
export function show(app: JupyterFrontEnd, labShell: ILabShell | null, widget: Widget): void {
  if (labShell !== null) {
    if (!widget.isAttached) {
      labShell.add(widget, 'main');
    }
    labShell.activateById(widget.id);
    return;
  }
  const [first] = app.shell.widgets('main');
  if (first instanceof TabPanel) {
    if (!widget.isAttached) {
      first.addWidget(widget);
    }
    first.currentWidget = widget;
    widget.activate();
    return;
  }
  if (!widget.isAttached) {
    app.shell.add(widget, 'right');
  }
  app.shell.activateById(widget.id);
}
