import { Token } from '@lumino/coreutils';

import type { Server } from './api/server';
import type { Runs } from './live/runs';

/** The panel's one connection to the server, for all plugins. */
export interface IRunt {
  readonly server: Server;
  readonly runs: Runs;
}

export const IRunt = new Token<IRunt>(
  'jupyter-runt:IRunt',
  'The list of runs as it changes, and the server that has them.'
);

/** Commands, by which parts call each other. Each takes `{ run_id }` unless it says otherwise. */
export const COMMANDS = {
  /** Opens the tab of a run. */
  open: 'runt:open-run',
  /** The form that starts a run: `{ path }`, `{ template }`, `{ rerun: run_id }` or nothing. */
  start: 'runt:start',
  /** The gallery of templates; takes nothing. */
  templates: 'runt:templates',
  /** Shows the schedules, as they are now; takes nothing. */
  schedules: 'runt:show-schedules',
  cancel: 'runt:cancel',
  interrupt: 'runt:interrupt',
  copyLink: 'runt:copy-link',
  /** Takes `{ run_id, format: 'ipynb' | 'yaml' | 'html' }`. */
  download: 'runt:download',
  /** Saves the run as .ipynb beside the other files and opens it. */
  openNotebook: 'runt:open-notebook',
  remove: 'runt:remove',
  /** Takes `{ path }`. */
  convert: 'runt:convert'
} as const;
