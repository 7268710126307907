import type { ILabShell, ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, Notification, WidgetTracker } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { COMMANDS, type IRunt } from '../tokens';
import type { Source } from './body';
import { saveFirst } from './documents';
import { Gallery } from './gallery';
import { templatesIcon } from './icons';
import { StartModel } from './model';
import { show } from './opening';
import { nameTab, StartContent, tabOf } from './widget';

export interface ITabsOptions {
  app: JupyterFrontEnd;
  runt: IRunt;
  labShell: ILabShell | null;
  documents: IDocumentManager | null;
  trans: TranslationBundle;
}

type StartTab = MainAreaWidget<StartContent>;

/** The forms that are open, one for each notebook, template or run; and the gallery. */
export class Tabs {
  constructor(private readonly _options: ITabsOptions) {
    _options.app.serviceManager.contents.fileChanged.connect((_, change) => this._fileChanged(change));
  }

  /** The form for it, which is opened, or shown as it was left. */
  open(source: Source): StartTab {
    const { app, runt, labShell, trans } = this._options;
    const known = this._forms.find(each => sourceText(each.content.model.source) === sourceText(source));
    const tab = known ?? this._made(source);
    show(app, labShell, tab);
    if (known === undefined) {
      tab.content.started.connect(async (_, submitted) => {
        if (app.commands.hasCommand(COMMANDS.open)) {
          await app.commands.execute(COMMANDS.open, { run_id: submitted.run_id });
        } else {
          window.open(runt.server.url('runs', submitted.run_id), '_blank', 'noopener');
        }
        tab.dispose();
      });
      tab.content.scheduled.connect((_, { schedule_id }) => {
        Notification.success(trans.__('%1 is scheduled.', schedule_id), { autoClose: 5000 });
        if (app.commands.hasCommand(COMMANDS.schedules)) {
          void app.commands.execute(COMMANDS.schedules);
        }
        tab.dispose();
      });
      void this._forms.add(tab);
    }
    return tab;
  }

  /** The gallery of templates. */
  gallery(): MainAreaWidget<Gallery> {
    const { app, runt, labShell, documents, trans } = this._options;
    const known = this._galleries.currentWidget;
    if (known !== null) {
      show(app, labShell, known);
      return known;
    }
    const choose = documents === null ? null : () => void app.commands.execute(COMMANDS.start);
    const content = new Gallery(runt.server, trans, template => this.open({ template }), choose);
    const tab = new MainAreaWidget({ content });
    tab.id = 'jp-runt-gallery';
    tab.title.icon = templatesIcon;
    tab.title.label = trans.__('Templates');
    tab.title.closable = true;
    tab.toolbar.hide();
    show(app, labShell, tab);
    void this._galleries.add(tab);
    return tab;
  }

  /** The form that a key was pressed in. */
  get current(): StartContent | null {
    const focused = this._forms.find(each => each.node.contains(document.activeElement));
    return (focused ?? this._forms.currentWidget)?.content ?? null;
  }

  /** Opens, after the page was loaded anew, what was open before. */
  restore(restorer: ILayoutRestorer | null): void {
    void restorer?.restore(this._forms, {
      command: COMMANDS.start,
      args: tab => ({ ...tab.content.model.source }),
      name: tab => sourceText(tab.content.model.source)
    });
    void restorer?.restore(this._galleries, { command: COMMANDS.templates, name: () => 'gallery' });
  }

  private _made(source: Source): StartTab {
    const { app, runt, documents, trans } = this._options;
    const model = new StartModel({
      server: runt.server,
      source,
      words: trans,
      prepare: async () => {
        if ('path' in model.source) {
          await saveFirst(app, documents, model.source.path, trans);
        }
      }
    });
    return tabOf(new StartContent(model, runt.runs, trans), source, trans);
  }

  /** A form fits its notebook, also when that is saved again or gets another name, or its folder does. */
  private _fileChanged(change: Contents.IChangedArgs): void {
    const { contents } = this._options.app.serviceManager;
    const local = (path: string | undefined): string | null => (path === undefined ? null : contents.localPath(path));
    const isRenamed = change.type === 'rename';
    const before = local(isRenamed ? change.oldValue?.path : change.newValue?.path);
    const now = local(change.newValue?.path);
    if (before === null || now === null) {
      return;
    }
    this._forms.forEach(tab => {
      const { model } = tab.content;
      const path = 'path' in model.source ? model.source.path : null;
      const isWithin = isRenamed && path?.startsWith(`${before}/`);
      if (path === null || (path !== before && !isWithin)) {
        return;
      }
      model.source = { path: now + path.slice(before.length) };
      if (isRenamed) {
        nameTab(tab, model.source, this._options.trans);
        void this._forms.save(tab);
      }
      void model.renew();
    });
  }

  private readonly _forms = new WidgetTracker<StartTab>({ namespace: 'jupyter-runt-start' });
  private readonly _galleries = new WidgetTracker<MainAreaWidget<Gallery>>({ namespace: 'jupyter-runt-gallery' });
}

function sourceText(source: Source): string {
  return JSON.stringify(source);
}
