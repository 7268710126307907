import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { connection } from './live/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [connection];

export default plugins;
