import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { COMMANDS, IRunt } from '../tokens';
import { MIME } from './about';
import { Sources } from './sources';
import { type IRendererContext, RunRenderer } from './widget';

/** Before HTML, which every picture of a run has, too. */
const RANK = 40;

export const rendererPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-runt:renderer',
  description: 'Shows the runs that a notebook has started, live whenever it is opened.',
  autoStart: true,
  requires: [IRunt, IRenderMimeRegistry],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    runt: IRunt,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null
  ): void => {
    const { commands } = app;
    const context: IRendererContext = {
      runt,
      sources: new Sources(runt),
      rendermime,
      trans: (translator ?? nullTranslator).load('jupyter_runt'),
      open: runId => {
        if (commands.hasCommand(COMMANDS.open)) {
          void commands.execute(COMMANDS.open, { run_id: runId });
        } else {
          window.open(runt.server.url('runs', runId), '_blank', 'noopener');
        }
      },
      cancel: async runId => {
        if (commands.hasCommand(COMMANDS.cancel)) {
          await commands.execute(COMMANDS.cancel, { run_id: runId });
        } else {
          await runt.server.request(['runs', runId, 'signals'], { method: 'POST', body: { kind: 'cancel' } });
        }
      }
    };
    rendermime.addFactory(
      { safe: true, mimeTypes: [MIME], createRenderer: options => new RunRenderer(options, context) },
      RANK
    );
  }
};
