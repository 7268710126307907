import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';

import { OwnNames } from '../run/trust';
import { makeSections, SCHEDULES } from '../sections/sections';
import { COMMANDS, IRunt } from '../tokens';
import { RowActions } from './actions';
import { showAttention } from './attention';
import { runsIcon } from './icons';
import { type INotify, Notices, NOTIFY } from './notices';
import { RunsPanel } from './panel';
import { RunsView } from './state';

const ID = 'jupyter-runt:runs';
const SHOW = 'runt:show-runs';
const RANK = 250;

export const runsPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Shows the runs in the side bar, and asks for attention when one waits for an answer.',
  autoStart: true,
  requires: [IRunt],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette, ISettingRegistry, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    runt: IRunt,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    state: IStateDB | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_runt');
    const panel = makePanel(app, runt, trans);
    showAttention(panel.title, runt.runs, trans);
    app.shell.add(panel, 'left', { rank: RANK, type: 'Runs' });
    restorer?.add(panel, panel.id);
    void keepSections(panel, state);

    app.commands.addCommand(SHOW, {
      label: trans.__('Show Runs'),
      caption: trans.__('The runs of this server, in the side bar'),
      icon: runsIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => app.shell.activateById(panel.id)
    });
    palette?.addItem({ command: SHOW, category: trans.__('Runs') });
    app.commands.addCommand(COMMANDS.schedules, {
      label: trans.__('Show Schedules'),
      caption: trans.__('The notebooks that run at due times, in the side bar'),
      icon: runsIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        app.shell.activateById(panel.id);
        panel.showSection(SCHEDULES);
      }
    });
    palette?.addItem({ command: COMMANDS.schedules, category: trans.__('Runs') });
    void tellNews(app, runt, trans, settings);
  }
};

function makePanel(app: JupyterFrontEnd, runt: IRunt, trans: TranslationBundle): RunsPanel {
  const { commands } = app;
  const execute = (command: string, args = {}): void => {
    if (commands.hasCommand(command)) {
      void commands.execute(command, args);
    }
  };
  const view = new RunsView(runt.runs);
  const actions = new RowActions(app, runt, trans, runId => view.row(runId));
  const canStart = (): boolean => commands.hasCommand(COMMANDS.start);
  const sections = makeSections({
    runt,
    trans,
    open: run_id => execute(COMMANDS.open, { run_id }),
    canStart,
    start: template => execute(COMMANDS.start, { template }),
    choose: () => execute(COMMANDS.start)
  });
  const panel = new RunsPanel(
    {
      view,
      trans,
      onAction: (action, runId, part) => actions.perform(action, runId, part),
      canStart,
      onStart: () => execute(COMMANDS.start)
    },
    sections
  );
  commands.commandChanged.connect((_, { id, type }) => {
    if (id === COMMANDS.start && type !== 'changed') {
      panel.redraw();
    }
  });
  giveFocusBack(app, panel, actions);
  return panel;
}

/** A menu takes the focus; whoever closes it is at the row again, unless what it did is elsewhere. */
function giveFocusBack(app: JupyterFrontEnd, panel: RunsPanel, actions: RowActions): void {
  document.addEventListener('contextmenu', event => actions.menuAt(event.target), { capture: true });
  app.contextMenu.menu.aboutToClose.connect(() => {
    const runId = actions.menuRun;
    requestAnimationFrame(() => {
      if (runId !== undefined && (document.activeElement ?? document.body) === document.body) {
        panel.focusRow(runId);
      }
    });
  });
}

/** Notifications, once it is known which ones are wanted. */
async function tellNews(
  app: JupyterFrontEnd,
  runt: IRunt,
  trans: TranslationBundle,
  registry: ISettingRegistry | null
): Promise<void> {
  const settings = await registry?.load(ID).catch(() => null);
  const wanted = (): INotify => ({ ...NOTIFY, ...(settings?.composite.notify as Partial<INotify> | undefined) });
  const notices = new Notices(
    {
      runs: runt.runs,
      own: new OwnNames(runt.server),
      trans,
      open: run_id => {
        if (app.commands.hasCommand(COMMANDS.open)) {
          void app.commands.execute(COMMANDS.open, { run_id });
        }
      },
      show: () => void app.commands.execute(SHOW)
    },
    wanted()
  );
  settings?.changed.connect(() => (notices.notify = wanted()));
}

/** The sections that are open are so again after a reload. */
async function keepSections(panel: RunsPanel, state: IStateDB | null): Promise<void> {
  const kept = await state?.fetch(ID).catch(() => undefined);
  const open = (kept as { open?: unknown } | undefined)?.open;
  if (Array.isArray(open)) {
    panel.openSections = open.map(String);
  }
  panel.sectionToggled.connect(() => void state?.save(ID, { open: panel.openSections }));
}
