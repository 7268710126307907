import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { COMMANDS, IRunt } from '../tokens';
import { RunningRuns } from './manager';

export const runningPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-runt:running',
  description: 'Shows open runs beside terminals and kernels.',
  autoStart: true,
  requires: [IRunt],
  optional: [IRunningSessionManagers, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    runt: IRunt,
    managers: IRunningSessionManagers | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_runt');
    const open = (run_id: string): void => {
      if (app.commands.hasCommand(COMMANDS.open)) {
        void app.commands.execute(COMMANDS.open, { run_id });
      }
    };
    managers?.add(new RunningRuns(runt, trans, open));
  }
};
