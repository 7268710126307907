import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  copyIcon,
  deleteIcon,
  downloadIcon,
  type LabIcon,
  launchIcon,
  notebookIcon,
  redoIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { Row } from '../api/types';
import { COMMANDS, type IRunt } from '../tokens';
import { pinIcon } from './icons';
import { isOpen } from './model';
import { ROW_CLASS, type RowAction } from './row';

/** Found by the row that the menu was opened at, the one with the focus, or the `run_id` that is given. */
const LIST_COMMANDS = {
  open: 'runt:list-open',
  cancel: 'runt:list-cancel',
  again: 'runt:list-run-again',
  copyLink: 'runt:list-copy-link',
  downloadNotebook: 'runt:list-download-ipynb',
  downloadYaml: 'runt:list-download-yaml',
  openNotebook: 'runt:list-open-notebook',
  pin: 'runt:list-pin',
  unpin: 'runt:list-unpin',
  remove: 'runt:list-remove'
} as const;

interface IAction {
  label: string;
  icon?: LabIcon;
  /** Whether it is offered for this run. */
  fits?: (row: Row) => boolean;
  /** Another part's command that does it; it takes `{ run_id }` unless `args` says otherwise. */
  command?: string;
  args?: (runId: string) => ReadonlyPartialJSONObject;
  execute?: (row: Row) => Promise<void>;
}

/** What can be done with a run of the list: commands of other parts, for the row that is meant. */
export class RowActions {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _runt: IRunt,
    private readonly _trans: TranslationBundle,
    private readonly _rowOf: (runId: string) => Row | undefined
  ) {
    for (const [name, action] of Object.entries(this._actions())) {
      this._add(LIST_COMMANDS[name as keyof typeof LIST_COMMANDS], action);
    }
  }

  /** The row that a menu was opened at, if it was one. What was clicked there may be gone when the menu is used. */
  menuAt(target: EventTarget | null): void {
    this._menuRun = target instanceof Element ? runOf(target) : undefined;
  }

  get menuRun(): string | undefined {
    return this._menuRun;
  }

  /** What a click on a part of a row asks for. */
  perform(action: RowAction, runId: string, part: HTMLElement): void {
    if (action === 'menu') {
      openMenuBelow(part);
    } else {
      void this._app.commands.execute(LIST_COMMANDS[action === 'answer' ? 'open' : action], { run_id: runId });
    }
  }

  private _actions(): Record<keyof typeof LIST_COMMANDS, IAction> {
    const trans = this._trans;
    const isEnded = (row: Row): boolean => !isOpen(row);
    const hasBegun = (row: Row): boolean => row.started_at !== null;
    const as = (format: string) => (run_id: string) => ({ run_id, format });
    return {
      open: { label: trans.__('Open'), icon: launchIcon, execute: row => this._open(row) },
      cancel: { label: trans.__('Cancel'), icon: stopIcon, fits: isOpen, command: COMMANDS.cancel },
      again: { label: trans.__('Run Again…'), icon: redoIcon, command: COMMANDS.start, args: rerun => ({ rerun }) },
      copyLink: { label: trans.__('Copy Link'), icon: copyIcon, command: COMMANDS.copyLink },
      downloadNotebook: {
        label: trans.__('Download as .ipynb'),
        icon: downloadIcon,
        command: COMMANDS.download,
        args: as('ipynb')
      },
      downloadYaml: {
        label: trans.__('Download as YAML'),
        icon: downloadIcon,
        command: COMMANDS.download,
        args: as('yaml')
      },
      openNotebook: {
        label: trans.__('Open as Notebook'),
        icon: notebookIcon,
        fits: hasBegun,
        command: COMMANDS.openNotebook
      },
      pin: { label: trans.__('Pin'), icon: pinIcon, fits: row => !row.pinned, execute: row => this._pin(row, true) },
      unpin: {
        label: trans.__('Unpin'),
        icon: pinIcon,
        fits: row => row.pinned,
        execute: row => this._pin(row, false)
      },
      remove: { label: trans.__('Remove…'), icon: deleteIcon, fits: isEnded, execute: row => this._remove(row) }
    };
  }

  private _add(id: string, action: IAction): void {
    const { commands } = this._app;
    const fits = (args: ReadonlyPartialJSONObject): boolean => {
      const row = this._meant(args);
      return (
        row !== undefined && (action.fits?.(row) ?? true) && (!action.command || commands.hasCommand(action.command))
      );
    };
    commands.addCommand(id, {
      label: action.label,
      icon: action.icon,
      describedBy: { args: { type: 'object', properties: { run_id: { type: 'string' } } } },
      isVisible: fits,
      isEnabled: fits,
      execute: async args => {
        const row = this._meant(args);
        if (row && action.execute) {
          await action.execute(row);
        } else if (row && action.command) {
          await commands.execute(action.command, action.args?.(row.run_id) ?? { run_id: row.run_id });
        }
      }
    });
  }

  /** The row that is named, has the focus, or that the menu was opened at. */
  private _meant(args: ReadonlyPartialJSONObject): Row | undefined {
    const focused = document.activeElement && runOf(document.activeElement);
    const runId = typeof args.run_id === 'string' ? args.run_id : (focused ?? this._menuRun);
    return runId === undefined ? undefined : this._rowOf(runId);
  }

  private async _pin(row: Row, pinned: boolean): Promise<void> {
    try {
      this._runt.runs.tell(
        row.run_id,
        await this._runt.server.json<Row>(['runs', row.run_id], { method: 'PATCH', body: { pinned } })
      );
    } catch (error) {
      Notification.error(error instanceof Error ? error.message : String(error));
    }
  }

  private async _open(row: Row): Promise<void> {
    if (this._app.commands.hasCommand(COMMANDS.open)) {
      await this._app.commands.execute(COMMANDS.open, { run_id: row.run_id });
    }
    if (!isOpen(row)) {
      await this._look(row);
    }
  }

  private async _remove(row: Row): Promise<void> {
    await this._app.commands.execute(COMMANDS.remove, { run_id: row.run_id });
    await this._look(row);
  }

  /** A run may be too old for the server to tell what has become of it, or that it is gone. */
  private async _look(row: Row): Promise<void> {
    try {
      await this._runt.runs.look(row.run_id);
    } catch {
      // the list says that there is no connection
    }
  }

  private _menuRun: string | undefined;
}

const runOf = (part: Element): string | undefined => part.closest<HTMLElement>(`.${ROW_CLASS}`)?.dataset.runId;

/** The same menu as by the right button: it is the application's, and others may have added to it. */
function openMenuBelow(part: HTMLElement): void {
  const { left, bottom } = part.getBoundingClientRect();
  const init = { bubbles: true, cancelable: true, button: 2, clientX: left, clientY: bottom };
  part.dispatchEvent(new MouseEvent('contextmenu', init));
}
