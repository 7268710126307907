import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { Server } from '../api/server';
import { IRunt } from '../tokens';
import { Runs } from './runs';

export const connection: JupyterFrontEndPlugin<IRunt> = {
  id: 'jupyter-runt:connection',
  description: 'Knows the runs of the server, live.',
  autoStart: true,
  provides: IRunt,
  activate: (app: JupyterFrontEnd): IRunt => {
    const server = new Server(app.serviceManager.serverSettings);
    return { server, runs: new Runs(server) };
  }
};
